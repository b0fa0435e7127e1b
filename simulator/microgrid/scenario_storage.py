"""Inverters and batteries as a scenario file describes them.

Conventions are those of `scenario_components.py`.
"""

from math import sqrt
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from .reactive import ReactiveRule, tan_phi
from .scenario_base import (
    CosPhi,
    Efficiency,
    Flag,
    Fraction,
    Name,
    NotNegative,
    Number,
    Positive,
    Section,
)
from .scenario_component import BaseComponent, Phase

__all__ = ["AgeingEntry", "Battery", "Inverter", "ThermalEntry"]


class Inverter(BaseComponent):
    """Between the AC side and batteries or PV modules.

    Losses of battery inverters: `L(x) = l0 + l1 |x| + l2 x^2 / rated` in W over the DC power x,
    with l0 = `standby_loss` times the rated power. PV inverters take their losses from the input,
    which is AC power already.
    """

    category: Literal["inverter"]
    type: Literal["battery", "pv", "hybrid"]
    rated_power_w: Positive
    """Largest AC power in either direction."""
    standby_loss: Fraction = 0.003
    proportional_loss: Fraction = 0.012
    quadratic_loss: Fraction = 0.015
    min_power_w: NotNegative = 0.0
    """Smallest power other than 0: the exclusion zone is the open interval around 0."""
    phase: Phase = None
    grid_forming: Flag = False
    """Battery inverters with one battery: whether it keeps the site alive without its grid."""
    input: Name | None = None
    """PV only: the input that says what the modules could deliver (AC, magnitude)."""
    apparent_power_va: Positive | None = None
    """Rated apparent power; absent = `rated_power_w`. Active power comes first: reactive power is
    clipped to what it leaves."""
    reactive_power_var: Number | None = None
    """Fixed reactive power, positive = inductive (taken up), also while there is no active power;
    none while the inverter is off."""
    cos_phi: CosPhi | None = None
    """Instead of it a fixed power factor; as for loads positive = inductive, negative = capacitive,
    whichever way the active power flows. Both absent = no reactive power."""

    @field_validator("apparent_power_va")
    @classmethod
    def _able(cls, value: float | None, info: ValidationInfo) -> float | None:
        rated_w = info.data.get("rated_power_w")
        if value is not None and rated_w is not None and value < rated_w:
            raise ValueError(f"at least rated_power_w {rated_w:g}")
        return value

    @field_validator("cos_phi")
    @classmethod
    def _alone(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and info.data.get("reactive_power_var") is not None:
            raise ValueError("reactive_power_var or cos_phi, not both")
        return value

    @model_serializer(mode="wrap")
    def _stated(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what is not stated of late keys, so that older digests stay as they were."""
        data: dict[str, Any] = handler(self)
        return {k: v for k, v in data.items() if k not in _LATE_OF_INVERTERS or v is not None}

    @property
    def reactive_rule(self) -> ReactiveRule | None:
        """What decides over its reactive power; None = the file does not speak of it."""
        if all(getattr(self, key) is None for key in _LATE_OF_INVERTERS):
            return None
        return ReactiveRule(
            apparent_va=self.apparent_power_va or self.rated_power_w,
            request_var=self.reactive_power_var or 0.0,
            tan_phi=0.0 if self.cos_phi is None else tan_phi(self.cos_phi),
        )


_LATE_OF_INVERTERS = ("apparent_power_va", "reactive_power_var", "cos_phi")


class ThermalEntry(Section):
    """The warmth of a battery as one lump: above 45 degC its power falls, to nothing at 60 degC."""

    heat_capacity_j_per_k: Positive
    resistance_k_per_w: Positive
    """To the surroundings."""
    ambient_c: Annotated[Number, Field(ge=-60, le=80)] = 20.0
    initial_c: Annotated[Number, Field(ge=-60, le=80)] | None = None
    """Absent = that of the surroundings."""


class AgeingEntry(Section):
    """How the capacity fades: with the square root of time, and with full cycles."""

    calendar_per_sqrt_year: NotNegative = 0.2 / sqrt(15.0)
    """At 25 degC and half charge; the default is 20 % after 15 years."""
    cycle_per_efc: NotNegative = 0.2 / 6_000.0
    """For each equivalent full cycle; the default is 20 % after 6,000."""
    activation_k: NotNegative = 6_000.0
    """Activation energy over the gas constant, for other temperatures."""


class Battery(BaseComponent):
    """DC storage with an operating window and linear tapers towards its edges."""

    category: Literal["battery"]
    type: Literal["li_ion", "na_ion"] = "li_ion"
    capacity_wh: Positive
    """Nominal usable capacity."""
    soh: Efficiency = 1.0
    """State of health: factor on the capacity."""
    soc_initial: Fraction = 0.5
    soc_min: Fraction = 0.10
    soc_max: Fraction = 0.95
    max_charge_w: Positive
    """Largest DC charge power; default half the capacity per hour."""
    max_discharge_w: Positive
    """Largest DC discharge power as a magnitude; default half the capacity per hour."""
    soc_taper_low: Fraction
    """Below it discharging tapers; default `soc_min` + 0.05, equal to `soc_min` = hard stop."""
    soc_taper_high: Fraction
    """Above it charging tapers; default `soc_max` - 0.10, equal to `soc_max` = hard stop."""
    charge_efficiency: Efficiency = 0.975
    discharge_efficiency: Efficiency = 0.975
    self_discharge_per_s: NotNegative = 7.7e-9
    """Rate of self-discharge, 1/s; the default is 2 % in 30 days."""
    aux_power_w: NotNegative = 0.0
    """Auxiliary draw on the AC side."""
    min_power_w: NotNegative = 0.0
    """Smallest power other than 0."""
    ramp_w_per_s: Positive | None = None
    """How fast set-points may change the AC power of its inverter; absent = at once. Faults, the
    edges of the window, tapers and limits (of the device, of the site) do not wait for it."""
    thermal: ThermalEntry | None = None
    ageing: AgeingEntry | None = None
    """Both absent = neither warmth nor age play a part."""

    @model_validator(mode="before")
    @classmethod
    def _derived_defaults(cls, data: object) -> object:
        """Fill what follows from other values when the file leaves it out."""
        if not isinstance(data, dict):
            return data
        filled = dict(data)
        capacity = _number(filled.get("capacity_wh"))
        # A value that is wrong itself is reported as such; stand-ins keep others from following.
        half = 0.5 * capacity if capacity is not None and capacity > 0 else 1.0
        filled.setdefault("max_charge_w", half)
        filled.setdefault("max_discharge_w", half)
        low = _fraction(filled.get("soc_min"), 0.10)
        high = _fraction(filled.get("soc_max"), 0.95)
        filled.setdefault("soc_taper_low", max(min(low + 0.05, high), low))
        filled.setdefault("soc_taper_high", min(max(high - 0.10, low), high))
        return filled

    @model_serializer(mode="wrap")
    def _stated(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out a ramp that is not stated, so that digests do not depend on it."""
        data: dict[str, Any] = handler(self)
        return {k: v for k, v in data.items() if k != "ramp_w_per_s" or v is not None}

    @model_validator(mode="after")
    def _ordered(self) -> "Battery":
        if not self.soc_min < self.soc_max:
            raise ValueError(f"soc_min below soc_max, not {self.soc_min} and {self.soc_max}")
        if not self.soc_min <= self.soc_taper_low <= self.soc_max:
            raise ValueError(
                f"soc_taper_low between soc_min {self.soc_min} and soc_max {self.soc_max}, "
                f"not {self.soc_taper_low}"
            )
        if not self.soc_min <= self.soc_taper_high <= self.soc_max:
            raise ValueError(
                f"soc_taper_high between soc_min {self.soc_min} and soc_max {self.soc_max}, "
                f"not {self.soc_taper_high}"
            )
        return self


def _number(value: object) -> float | None:
    """Return a plain number as float, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _fraction(value: object, default: float) -> float:
    """Return a number cut to 0..1, the default for anything else."""
    number = _number(value)
    return default if number is None else min(max(number, 0.0), 1.0)
