"""What surrounds the devices of a scenario: tariff, emissions, faults, base strategy, outputs.

Money per kWh in the tariff's currency; buying and selling prices are both positive when money
flows the usual way. Local windows follow the site's zone and its days of 23 and 25 hours.
"""

import re
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from fixtures.documents.names import neighbour

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

_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")

_FAULT_PARAMETERS = ("factor", "gain", "hold_s", "fallback")

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


class Tariff(Section):
    """What energy costs: flat prices, and windows of other ones."""

    currency: Annotated[str, Field(strict=True, pattern=r"^[A-Z]{3}$")] = "EUR"
    """Three letters of ISO 4217."""
    buy_per_kwh: Number = 0.0
    sell_per_kwh: Number = 0.0
    windows: tuple[TariffWindow, ...] = ()
    demand_charge_per_kw: NotNegative = 0.0
    """Once per run, on the largest mean import of a UTC quarter hour."""
    fixed_per_day: Number = 0.0
    """For every 24 hours of the run."""


class Co2(Section):
    """Emissions of imported energy."""

    g_per_kwh: NotNegative
    kind: Literal["average", "marginal"] = "average"
    """A label that outputs repeat."""
    export_credit: Flag = False
    """Whether exported energy is counted with a negative sign."""


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
    """inverter_derate: what is left of the rating."""
    gain: Positive | None = None
    """meter_bias: readings are multiplied by it."""
    hold_s: NotNegative | None = None
    """comms_loss: how long the last set-point is kept."""
    fallback: Literal["idle", "base"] | None = None
    """comms_loss: what follows, standing by or the base strategy."""

    @model_validator(mode="after")
    def _parameters(self) -> "FaultEntry":
        kind = KINDS[self.kind]
        if kind.needs_components != bool(self.component_ids):
            wanted = "component_ids" if kind.needs_components else "no component_ids"
            raise ValueError(f"{wanted} beside kind: {self.kind}")
        for key in _FAULT_PARAMETERS:
            if getattr(self, key) is not None and key not in kind.parameters:
                raise ValueError(f"no {key} beside kind: {self.kind}")
        if self.kind in ("inverter_derate", "meter_bias"):
            for key in kind.parameters:
                if getattr(self, key) is None:
                    raise ValueError(f"{key} beside kind: {self.kind}")
        return self

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

    kind: Literal["idle", "self_consumption"] = "idle"
    reserve_soc: Fraction | None = None
    """self_consumption only: do not discharge below it."""
    grid_charge: Flag = False
    """self_consumption only: also charge from the grid."""

    @model_validator(mode="after")
    def _parameters(self) -> "BaseStrategy":
        if self.kind == "idle" and (self.reserve_soc is not None or self.grid_charge):
            raise ValueError("reserve_soc and grid_charge beside kind: self_consumption only")
        return self


NamedStrategy = Annotated[BaseStrategy, BeforeValidator(_named_strategy)]
"""A strategy; in a file its bare name is enough."""


class Outputs(Section):
    """What a run writes."""

    sample_s: Annotated[Whole, Field(ge=1, le=86_400)] = 900
    """Step of the regular grid of the `series` table; rows start at multiples since the epoch."""
