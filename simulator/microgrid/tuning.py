"""A battery that gets other values while it is in use, or is exchanged for another one.

The object stays, with its registers, so that everything that knows it goes on; its law is that of a
battery built anew. Stored energy is kept as far as the new one has room for it.
"""

from dataclasses import dataclass, fields, replace

from .battery import Battery
from .scenario_components import Battery as Entry

__all__ = ["BatteryValues", "retune"]

_HISTORY = frozenset(
    {
        "ageing_loss_wh",
        "charged_wh",
        "discharged_wh",
        "loss_wh",
        "moved_wh",
        "self_discharge_wh",
        "wear",
    }
)
"""What a battery keeps when its values change."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BatteryValues:
    """Values of a battery; None = as the scenario has it."""

    capacity_wh: float | None = None
    """Nominal capacity times state of health."""
    soc_initial: float | None = None
    """Only for a battery through which nothing has flowed yet."""
    soc_min: float | None = None
    soc_max: float | None = None
    charge_w: float | None = None
    discharge_w: float | None = None
    e_c: float | None = None
    e_d: float | None = None
    sigma: float | None = None
    """Rate of self-discharge, 1/s."""

    def over(self, other: "BatteryValues") -> "BatteryValues":
        """Return these values, those of another where these have none."""
        return replace(
            other,
            **{
                each.name: value
                for each in fields(self)
                if (value := getattr(self, each.name)) is not None
            },
        )


def retune(
    battery: Battery, entry: Entry, values: BatteryValues, *, energy_wh: float | None = None
) -> float:
    """Give a battery other values; return the stored energy for which it has no room any more.

    `entry`: what the scenario says of it. `energy_wh`: what a new battery brings along, None = what
    this one has. `plan` must follow.

    Raises:
        ValueError: the window is empty.
    """
    low = entry.soc_min if values.soc_min is None else values.soc_min
    high = entry.soc_max if values.soc_max is None else values.soc_max
    if not low < high:
        raise ValueError(f"the lowest state of charge {low:g} is not below the highest {high:g}")
    wear = battery.wear
    nominal = entry.capacity_wh * entry.soh if values.capacity_wh is None else values.capacity_wh
    charge = entry.max_charge_w if values.charge_w is None else values.charge_w
    discharge = entry.max_discharge_w if values.discharge_w is None else values.discharge_w
    capacity = nominal
    if wear is not None:
        wear.renew(nominal, charge, discharge, new=energy_wh is not None)
        capacity = nominal * (1.0 - wear.fade)
    energy = battery.energy_wh if energy_wh is None else energy_wh
    untouched = not (battery.charged_wh or battery.discharged_wh)
    if values.soc_initial is not None and untouched:
        energy = values.soc_initial * capacity
    surplus = max(energy - high * capacity, 0.0)
    # The tapers keep their widths; those of a narrower window begin at its other edge.
    taper_low = min(low + entry.soc_taper_low - entry.soc_min, high)
    taper_high = max(high - (entry.soc_max - entry.soc_taper_high), low)
    twin = Battery(
        component_id=battery.component_id,
        capacity_wh=capacity,
        energy_wh=energy - surplus,
        e_low=low * capacity,
        e_high=high * capacity,
        e_taper_low=taper_low * capacity,
        e_taper_high=taper_high * capacity,
        charge_w=charge,
        discharge_w=discharge,
        e_c=entry.charge_efficiency if values.e_c is None else values.e_c,
        e_d=entry.discharge_efficiency if values.e_d is None else values.e_d,
        sigma=entry.self_discharge_per_s if values.sigma is None else values.sigma,
        aux_w=entry.aux_power_w,
        min_w=entry.min_power_w,
    )
    for name in Battery.__slots__:
        if name not in _HISTORY:
            setattr(battery, name, getattr(twin, name))
    if wear is not None:
        wear.derate(battery)
    if energy_wh is None:
        battery.ageing_loss_wh += surplus
    return surplus
