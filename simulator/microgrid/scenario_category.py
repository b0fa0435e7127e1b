"""Names and numbers of component categories and their sub-types.

The numbers are those of `frequenz.api.common.v1alpha8.microgrid.electrical_components`
(package 0.8.12); scenario files use the same names in lower case. Older numberings are translated
by the API layer, never here.
"""

from enum import IntEnum, unique


@unique
class Category(IntEnum):
    """Electrical component category."""

    GRID_CONNECTION_POINT = 1
    METER = 2
    INVERTER = 3
    CONVERTER = 4
    BATTERY = 5
    EV_CHARGER = 6
    BREAKER = 7
    PRECHARGER = 8
    CHP = 9
    ELECTROLYZER = 10
    POWER_TRANSFORMER = 11
    HVAC = 12
    PLC = 13
    CRYPTO_MINER = 14
    STATIC_TRANSFER_SWITCH = 15
    UNINTERRUPTIBLE_POWER_SUPPLY = 16
    CAPACITOR_BANK = 17
    WIND_TURBINE = 18
    STEAM_BOILER = 19


@unique
class BatteryType(IntEnum):
    """Sub-type of a battery."""

    LI_ION = 1
    NA_ION = 2


@unique
class InverterType(IntEnum):
    """Sub-type of an inverter."""

    BATTERY = 1
    PV = 2
    HYBRID = 3


@unique
class EvChargerType(IntEnum):
    """Sub-type of an EV charger."""

    AC = 1
    DC = 2
    HYBRID = 3


SUB_TYPES: dict[Category, type[IntEnum]] = {
    Category.BATTERY: BatteryType,
    Category.INVERTER: InverterType,
    Category.EV_CHARGER: EvChargerType,
}
"""The sub-type enumeration of the categories that have one."""
