"""Vehicles at a charging point as a scenario file describes them: known sessions, or random ones.

Energies are what the vehicle wants in its battery, in Wh. Defaults are our choice.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from fixtures.documents.names import neighbour

from .scenario_base import Fraction, Instant, Name, NotNegative, Positive, Section
from .scenario_inputs import PackagedPath

__all__ = ["COLUMNS", "Arrivals", "PerDay", "Session", "SessionsFile"]

COLUMNS = (
    *("charger", "arrive", "depart", "energy_wh", "energy_kwh"),
    *("max_power_w", "phases", "capacity_wh", "soc_arrival", "soc_taper"),
)
"""Of a file of sessions: the keys of a session, and which charging point it belongs to."""


class Vehicle(Section):
    """What kind of vehicle comes."""

    max_power_w: Positive | None = None
    """Most that its own charger takes; absent = as much as the charging point gives."""
    phases: Literal[1, 3] = 3
    """How many phases it uses; decides the power of the smallest current."""
    capacity_wh: Positive | None = None
    """Of its battery; absent = unknown: constant power until it has what it wants."""
    soc_taper: Annotated[Fraction, Field(lt=1)] = 0.8
    """Where the power begins to fall, linearly, to 0 at a full battery; needs `capacity_wh`."""


class Session(Vehicle):
    """One vehicle at a charging point, from arrival to departure."""

    arrive_us: Instant = Field(alias="arrive")
    depart_us: Instant = Field(alias="depart")
    """Excluded."""
    energy_wh: Positive
    soc_arrival: Fraction | None = None
    """Needs `capacity_wh`; absent = such that the wanted energy fills the battery."""

    @model_validator(mode="after")
    def _possible(self) -> "Session":
        if self.depart_us <= self.arrive_us:
            raise ValueError("a departure after the arrival")
        if self.capacity_wh is None:
            if self.soc_arrival is not None:
                raise ValueError("capacity_wh beside soc_arrival")
        elif self.energy_wh > self.capacity_wh * (1.0 - (self.soc_arrival or 0.0)) * (1 + 1e-12):
            raise ValueError("an energy_wh that fits into the battery")
        return self


class SessionsFile(PackagedPath):
    """A CSV file with a row for each session; what its columns mean stands in `COLUMNS`.

    With a column `charger` only the rows with the id of this charging point are its own.
    """

    zone: Name | None = None
    """Zone of instants without an offset; default the site's zone."""
    columns: dict[str, Name] = Field(default_factory=dict)
    """What the file calls our columns, as far as names differ; with it, other columns of the file
    are passed over, without it they are mistakes."""

    @model_validator(mode="after")
    def _known(self) -> "SessionsFile":
        for name in self.columns:
            if name not in COLUMNS:
                raise ValueError(f"{', '.join(COLUMNS)}, not {name}{neighbour(name, COLUMNS)}")
        return self


class PerDay(Section):
    """How many vehicles come on a day, on average, by kind of day."""

    workday: NotNegative = 0.0
    weekend: NotNegative = 0.0
    """Saturdays, Sundays and holidays."""


class Arrivals(Vehicle):
    """Vehicles that come at random: a Poisson process whose rate follows the hours of the day."""

    per_day: PerDay
    hours: Annotated[tuple[NotNegative, ...], Field(min_length=24, max_length=24)] = (1.0,) * 24
    """Weight of each local hour; only their proportions count."""
    stay_h: Positive = 4.0
    """Median of the log-normal time that a vehicle stays."""
    stay_spread: NotNegative = 0.4
    """Standard deviation of the logarithm of that time."""
    energy_wh: Positive = 15_000.0
    """Mean of the normal energy that a vehicle wants, cut to 5 % to 300 % of it."""
    energy_spread_wh: NotNegative = 0.0
    """Its standard deviation."""

    @model_validator(mode="after")
    def _some_hours(self) -> "Arrivals":
        if not any(self.hours):
            raise ValueError("at least one hour with a weight above 0")
        return self
