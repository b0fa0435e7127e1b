"""Registers of electricity meters by their OBIS codes (IEC 62056-61; medium 1, channel 0).

Energies in Wh or varh, powers in W or var, volts, amperes, hertz. A meter without full registers
has the sums; how three phases make one sum, net or each sign on its own, is the site's
`phase_accounting`.
"""

from collections.abc import Mapping
from math import hypot

from .telemetry import Reading

__all__ = ["FREQUENCY_HZ", "registers"]

FREQUENCY_HZ = 50.0
_POWER = ("1-0:36.7.0", "1-0:56.7.0", "1-0:76.7.0")
_IMPORT = ("1-0:21.8.0", "1-0:41.8.0", "1-0:61.8.0")
_EXPORT = ("1-0:22.8.0", "1-0:42.8.0", "1-0:62.8.0")
_VOLTAGE = ("1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0")
_CURRENT = ("1-0:31.7.0", "1-0:51.7.0", "1-0:71.7.0")


def registers(
    reading: Reading,
    *,
    voltage_v: float,
    line_ohm: float = 0.0,
    per_phase: bool = False,
    frequency_hz: float = FREQUENCY_HZ,
) -> Mapping[str, float]:
    """Return what a reading of a meter shows; empty when nothing arrives from it.

    `line_ohm`: resistance of each phase between the source and the meter, for the voltage drop, to
    which reactive power adds nothing without a reactance. Currents are those of the apparent power.
    """
    if reading.missing or reading.power_w is None:
        return {}
    power = reading.power_w
    found = {
        "1-0:1.8.0": reading.import_wh or 0.0,
        "1-0:2.8.0": reading.export_wh or 0.0,
        "1-0:1.7.0": max(power, 0.0),
        "1-0:2.7.0": max(-power, 0.0),
        "1-0:16.7.0": power,
        "1-0:14.7.0": frequency_hz,
    }
    phases = reading.phases
    if phases is None:
        return found
    if per_phase:
        found["1-0:1.8.0"], found["1-0:2.8.0"] = sum(phases.import_wh), sum(phases.export_wh)
        found["1-0:1.7.0"] = sum(max(each, 0.0) for each in phases.power_w)
        found["1-0:2.7.0"] = sum(max(-each, 0.0) for each in phases.power_w)
    found["1-0:1.6.0"] = phases.maximum_w
    if phases.reactive is not None:
        var, found["1-0:3.8.0"], found["1-0:4.8.0"] = phases.reactive
        found["1-0:3.7.0"], found["1-0:4.7.0"] = max(var, 0.0), max(-var, 0.0)
        apparent = hypot(power, var)
        found["1-0:9.7.0"], found["1-0:10.7.0"] = (
            (apparent, 0.0) if power >= 0.0 else (0.0, apparent)
        )
    if phases.rates_wh is not None:
        found["1-0:1.8.1"], found["1-0:1.8.2"] = phases.rates_wh
    for place, each in enumerate(phases.power_w):
        voltage = voltage_v - each / voltage_v * line_ohm
        found[_POWER[place]] = each
        found[_IMPORT[place]] = phases.import_wh[place]
        found[_EXPORT[place]] = phases.export_wh[place]
        found[_VOLTAGE[place]] = voltage
        var = phases.reactive_var[place] if phases.reactive_var is not None else 0.0
        found[_CURRENT[place]] = hypot(each, var) / voltage
    return found
