"""What surrounds the devices of a scenario: tariff, emissions, faults, base strategy, outputs.

Money per kWh in the tariff's currency; buying and selling prices are both positive when money
flows the usual way. Local windows follow the site's zone and its days of 23 and 25 hours.
"""

import re
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from fixtures.documents.names import neighbour

from .effect import Effect
from .faults import KINDS, Fault
from .scenario_base import (
    ComponentId,
    Flag,
    Fraction,
    Instant,
    Name,
    NotNegative,
    Number,
    Positive,
    Section,
    Whole,
)
from .vocabulary import effect_of

_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")

_LATER = (
    "sigma_w",
    "step_w",
    "step_wh",
    "temperature_c",
    "skew_ms",
    "probability",
    "code",
    "current_a",
)
_FAULT_PARAMETERS = ("factor", "gain", "hold_s", "fallback", *_LATER)
_NEEDED = {
    "inverter_derate": ("factor",),
    "meter_bias": ("gain",),
    "meter_noise": ("sigma_w",),
    "clock_skew": ("skew_ms",),
    "pv_soiling": ("factor",),
}
"""Parameters without which a kind of fault would do nothing."""

DayClass = Literal[
    "all",
    "workday",
    "weekend",
    "holiday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
]
"""Which days a tariff window applies to; `workday` is Monday to Friday without holidays."""


def _minute_of_day(value: Any) -> int:
    if isinstance(value, time):
        return value.hour * 60 + value.minute
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1440:
        return value
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) * 60 + int(match[2]) > 1440:
        raise ValueError("a local time from 00:00 to 24:00")
    return int(match[1]) * 60 + int(match[2])


LocalTime = Annotated[int, BeforeValidator(_minute_of_day)]
"""Minutes since local midnight, 0..1440; in a file `hh:mm`."""


class TariffWindow(Section):
    """Other prices during a daily local window; the first window that matches wins."""

    name: Name | None = None
    from_minute: LocalTime = Field(alias="from")
    to_minute: LocalTime = Field(alias="to")
    """Excluded; at or before `from` the window runs over midnight and belongs to the day on
    which it starts."""
    days: tuple[DayClass, ...] = ("all",)
    months: tuple[Annotated[Whole, Field(ge=1, le=12)], ...] = ()
    """Empty = every month."""
    buy_per_kwh: Number | None = None
    """Absent = the flat price."""
    sell_per_kwh: Number | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "TariffWindow":
        if self.buy_per_kwh is None and self.sell_per_kwh is None:
            raise ValueError("buy_per_kwh or sell_per_kwh")
        return self


class Dynamic(Section):
    """A price that follows an input, such as the spot market's; the flat price comes on top."""

    input: Name
    unit: Literal["per_kwh", "per_mwh"] = "per_mwh"
    factor: Positive = 1.0
    """Such as 1.19 for value added tax."""

    @property
    def scale(self) -> float:
        """What a value of the input is worth per kWh."""
        return self.factor / (1000.0 if self.unit == "per_mwh" else 1.0)


class Tier(Section):
    """A surcharge (or rebate) on what is imported beyond an amount in a local calendar month."""

    above_kwh: NotNegative
    adds_per_kwh: Number


class Tariff(Section):
    """What energy costs: flat prices, windows of other ones, a dynamic part, tiers, power."""

    currency: Annotated[str, Field(strict=True, pattern=r"^[A-Z]{3}$")] = "EUR"
    """Three letters of ISO 4217."""
    buy_per_kwh: Number = 0.0
    sell_per_kwh: Number = 0.0
    windows: tuple[TariffWindow, ...] = ()
    buy_dynamic: Dynamic | None = None
    sell_dynamic: Dynamic | None = None
    """Added to the flat price or that of the window."""
    tiers: tuple[Tier, ...] = ()
    demand_charge_per_kw: NotNegative = 0.0
    """On the largest mean import of a UTC quarter hour."""
    demand_period: Literal["run", "month"] = "run"
    """Charged once for the run, or for the largest one of each local calendar month."""
    fixed_per_day: Number = 0.0
    """For every 24 hours of the run."""

    @model_validator(mode="after")
    def _ascending(self) -> "Tariff":
        amounts = [each.above_kwh for each in self.tiers]
        if amounts != sorted(set(amounts)):
            raise ValueError("tiers in ascending order of above_kwh, each amount once")
        return self


class Co2(Section):
    """Emissions of imported energy: one factor, or an input that holds it over time."""

    g_per_kwh: NotNegative | None = None
    input: Name | None = None
    """In g/kWh."""
    kind: Literal["average", "marginal"] = "average"
    """A label that outputs repeat."""
    export_credit: Flag = False
    """Whether exported energy is counted with a negative sign."""

    @model_validator(mode="after")
    def _one_source(self) -> "Co2":
        if (self.g_per_kwh is None) == (self.input is None):
            raise ValueError("either g_per_kwh or input")
        return self


def _fault_kind(value: Any) -> str:
    if isinstance(value, str) and value in KINDS:
        return value
    raise ValueError("one of " + ", ".join(KINDS) + neighbour(str(value), list(KINDS)))


class FaultEntry(Section):
    """Something that goes wrong at a known time; `faults.py` says what each kind does."""

    kind: Annotated[str, BeforeValidator(_fault_kind)]
    start_us: Instant = Field(alias="start")
    duration_s: NotNegative | None = None
    """Absent = until the end of the run."""
    component_ids: tuple[ComponentId, ...] = ()
    """The devices it befalls; a grid outage befalls the site and names none."""
    factor: Fraction | None = None
    """inverter_derate, battery_overheat: what is left of the rating; pv_soiling: of the input."""
    gain: Positive | None = None
    """meter_bias: readings are multiplied by it."""
    hold_s: NotNegative | None = None
    """comms_loss: how long the last set-point is kept."""
    fallback: Literal["idle", "base"] | None = None
    """comms_loss: what follows, standing by or the base strategy."""
    sigma_w: NotNegative | None = None
    """meter_noise: standard deviation of powers."""
    step_w: NotNegative | None = None
    step_wh: NotNegative | None = None
    """meter_quantise: resolution of powers and registers."""
    temperature_c: Number | None = None
    """meter_burning, battery_overheat: what a sensor shows."""
    skew_ms: Number | None = None
    """clock_skew: added to the time of readings."""
    probability: Fraction | None = None
    """ev_no_show: of each arrival not to happen; absent = 1."""
    code: Number | None = None
    """inverter_fault: what the device shows."""
    current_a: NotNegative | None = None
    """breaker_trip: at which it opened."""

    @model_validator(mode="after")
    def _parameters(self) -> "FaultEntry":
        kind = KINDS[self.kind]
        if kind.needs_components != bool(self.component_ids):
            wanted = "component_ids" if kind.needs_components else "no component_ids"
            raise ValueError(f"{wanted} beside kind: {self.kind}")
        for key in _FAULT_PARAMETERS:
            if getattr(self, key) is not None and key not in kind.parameters:
                raise ValueError(f"no {key} beside kind: {self.kind}")
        for key in _NEEDED.get(self.kind, ()):
            if getattr(self, key) is None:
                raise ValueError(f"{key} beside kind: {self.kind}")
        if self.kind == "meter_quantise" and not (self.step_w or self.step_wh):
            raise ValueError("step_w or step_wh beside kind: meter_quantise")
        return self

    @model_serializer(mode="wrap")
    def _stated(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what few kinds have, so that digests of files do not depend on it."""
        data: dict[str, Any] = handler(self)
        return {k: v for k, v in data.items() if v is not None or k not in _LATER}

    def to_fault(self) -> Fault:
        """Return the fault as the world knows it."""
        given = {
            key: value for key in _FAULT_PARAMETERS if (value := getattr(self, key)) is not None
        }
        return Fault(
            kind=self.kind,
            component_ids=self.component_ids,
            start_us=self.start_us,
            duration_s=self.duration_s,
            **given,
        )


def _named_strategy(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


class BaseStrategy(Section):
    """What batteries do while no dispatch gives them a set-point."""

    kind: Literal["idle", "self_consumption", "peak_shaving", "external"] = "idle"
    """`external` says that somebody else decides, and is the same as `idle` here."""
    reserve_soc: Fraction | None = None
    """self_consumption: do not discharge below it."""
    grid_charge: Flag | None = None
    """self_consumption: also charge from the grid, up to the reserve."""
    import_limit_w: NotNegative | None = None
    """peak_shaving: discharge for what exceeds it."""
    export_limit_w: NotNegative | None = None
    """peak_shaving: charge with what exceeds it."""
    recharge_w: Positive | None = None
    """peak_shaving: charge with that much while the import limit leaves room."""
    target_soc: Fraction | None = None
    """peak_shaving: recharge up to it."""

    @model_validator(mode="after")
    def _parameters(self) -> "BaseStrategy":
        own = _STRATEGY_KEYS.get(self.kind, ())
        for keys in _STRATEGY_KEYS.values():
            for key in keys:
                if getattr(self, key) is not None and key not in own:
                    raise ValueError(f"no {key} beside kind: {self.kind}")
        if self.kind == "peak_shaving" and self.import_limit_w is None:
            raise ValueError("import_limit_w beside kind: peak_shaving")
        if self.target_soc is not None and self.recharge_w is None:
            raise ValueError("recharge_w beside target_soc")
        return self

    def to_effect(self) -> Effect | None:
        """Return what the world shall do; None = nothing."""
        own = _STRATEGY_KEYS.get(self.kind)
        if own is None:
            return None
        given = {key: value for key in own if (value := getattr(self, key)) is not None}
        return effect_of(self.kind, given)


_STRATEGY_KEYS = {
    "self_consumption": ("reserve_soc", "grid_charge"),
    "peak_shaving": ("import_limit_w", "export_limit_w", "recharge_w", "target_soc"),
}
"""Parameters of the strategies that have any, as in the payloads of the same name."""


NamedStrategy = Annotated[BaseStrategy, BeforeValidator(_named_strategy)]
"""A strategy; in a file its bare name is enough."""


class Outputs(Section):
    """What a run writes."""

    sample_s: Annotated[Whole, Field(ge=1, le=86_400)] = 900
    """Step of the regular grid of the `series` table; rows start at multiples since the epoch."""
