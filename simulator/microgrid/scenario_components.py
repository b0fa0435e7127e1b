"""The devices of a site as a scenario file describes them, one model per category.

Power in W, energy in Wh, fractions 0..1. Signs of parameters are magnitudes: a discharge power is
positive here, although the world counts discharge as negative. Defaults are our choice.
"""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from .scenario_base import (
    Efficiency,
    Fraction,
    Name,
    NotNegative,
    Number,
    Positive,
    Section,
    Whole,
)
from .scenario_component import BaseComponent, Phase
from .scenario_sessions import Arrivals, Session, SessionsFile
from .scenario_site import LocalTime
from .scenario_storage import AgeingEntry, Battery, Inverter, ThermalEntry

__all__ = [
    "AgeingEntry",
    "Battery",
    "Chp",
    "Component",
    "ControllableLoad",
    "EvCharger",
    "GridConnectionPoint",
    "HeatEntry",
    "Inverter",
    "Meter",
    "MeterErrors",
    "PassThrough",
    "RateWindow",
    "ThermalEntry",
    "WindTurbine",
]


class GridConnectionPoint(BaseComponent):
    """Where the site meets the grid: the root of the graph."""

    category: Literal["grid_connection_point"]
    import_limit_w: Positive | None = None
    """Most the site may draw; absent = only the fuse limits."""
    export_limit_w: NotNegative | None = None
    """Most the site may feed in, as a magnitude; absent = only the fuse limits."""
    fuse_a: Positive | None = None
    """Fuse rating per phase, three phases; absent = no fuse."""
    voltage_v: Positive = 230.0
    """Phase to neutral, turns the fuse rating into a power."""

    @property
    def fuse_w(self) -> float | None:
        """The power that three phases at rated current carry."""
        return None if self.fuse_a is None else 3 * self.fuse_a * self.voltage_v


class MeterErrors(Section):
    """What a real meter makes of the truth. Only readings are bent, never the truth."""

    gain: Positive = 1.0
    noise_w: NotNegative = 0.0
    """Standard deviation of powers."""
    step_w: NotNegative = 0.0
    step_wh: NotNegative = 0.0
    """Resolution: powers are rounded, registers rounded down."""
    dropout: Fraction = 0.0
    """Probability that a reading does not arrive."""


class RateWindow(Section):
    """A daily local window; over midnight if it ends at or before its start."""

    from_minute: LocalTime = Field(alias="from")
    to_minute: LocalTime = Field(alias="to")

    @model_validator(mode="after")
    def _not_empty(self) -> "RateWindow":
        if self.from_minute % 1440 == self.to_minute % 1440:
            raise ValueError("a window that does not last all day")
        return self


class Meter(BaseComponent):
    """Observes the sum of what is connected below it, plus its hidden load."""

    category: Literal["meter"]
    registers: Literal["basic", "full"] = "basic"
    """`full`: each phase on its own, and the largest quarter hour."""
    line_ohm: NotNegative = 0.0
    """Resistance of each phase up to here, for the voltage."""
    errors: MeterErrors | None = None
    """What its readings make of the truth; absent = they show it."""
    rate_one: RateWindow | None = None
    """Full registers only: when import counts as tariff rate 1, else as 2; absent = no rates."""
    reading_day: Annotated[Whole, Field(ge=1, le=28)] | None = None
    """Day of the month on which somebody is asked to read it, where the site is served."""

    @model_validator(mode="after")
    def _countable(self) -> "Meter":
        if self.rate_one is not None and self.registers == "basic":
            raise ValueError("registers: full beside rate_one")
        return self

    @model_serializer(mode="wrap")
    def _stated(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what is not stated of late keys, so that older digests stay as they were."""
        data: dict[str, Any] = handler(self)
        late = ("rate_one", "reading_day")
        return {k: v for k, v in data.items() if k not in late or v is not None}


class EvCharger(BaseComponent):
    """A charging point; which vehicles come to it stands in `sessions` or `arrivals`."""

    category: Literal["ev_charger"]
    type: Literal["ac", "dc", "hybrid"] = "ac"
    rated_power_w: Positive
    """Most that the charging point gives."""
    phase: Phase = None
    """Which one vehicles with one phase use; absent = drawn from the seed."""
    strategy: Literal["asap", "even", "latest"] = "asap"
    """How it charges while no dispatch tells it anything: at once with full power, evenly until the
    vehicle leaves, or as late as possible."""
    efficiency: Efficiency = 0.92
    """From the plug into the vehicle's battery."""
    min_current_a: NotNegative = 6.0
    """Less for each phase pauses charging (IEC 61851); direct current has no such limit."""
    sessions: tuple[Session, ...] = ()
    """Who is plugged in when; sessions of one point must not overlap."""
    sessions_file: SessionsFile | None = None
    """The same from a CSV file, instead of `sessions`."""
    arrivals: Arrivals | None = None
    """Vehicles that come at random, beside `sessions`; who finds the point taken drives on."""

    @model_validator(mode="after")
    def _one_at_a_time(self) -> "EvCharger":
        ordered = sorted(self.sessions, key=lambda each: each.arrive_us)
        for one, other in pairwise(ordered):
            if other.arrive_us < one.depart_us:
                raise ValueError("sessions that do not overlap: one point serves one vehicle")
        if self.sessions and self.sessions_file is not None:
            raise ValueError("sessions or sessions_file, not both")
        return self

    @model_serializer(mode="wrap")
    def _stated(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out a file that is not stated, so that digests do not depend on it."""
        data: dict[str, Any] = handler(self)
        return {k: v for k, v in data.items() if k != "sessions_file" or v is not None}


class HeatEntry(Section):
    """Who wants the heat of a CHP unit, and what keeps it until then; told in the outcome."""

    input: Name
    """The demand, W."""
    buffer_wh: NotNegative = 0.0
    """What the store holds between empty and full; 0 = there is none."""
    loss_per_s: NotNegative = 8e-7
    """Standing loss, 1/s; the default is 7 % of the content a day."""
    initial: Fraction = 0.5
    """How full the store is at the start."""


class Chp(BaseComponent):
    """Combined heat and power: it produces between its minimum load and its rating, or rests."""

    category: Literal["chp"]
    rated_power_w: Positive
    """Electrical."""
    min_load: Fraction = 0.5
    """Smallest electrical power as a fraction of the rating."""
    ramp_w_per_s: Positive | None = None
    """How fast the electrical power changes, starting and stopping included; absent = at once."""
    min_run_s: NotNegative = 0.0
    """Once started it runs at least so long."""
    min_idle_s: NotNegative = 0.0
    """Once stopped it rests at least so long."""
    electrical_efficiency: Efficiency = 0.33
    thermal_efficiency: Fraction = 0.55
    """Useful heat for each unit of fuel."""
    fuel_per_kwh: Number = 0.0
    """Price of a kWh of fuel, in the currency of the tariff."""
    start_cost: NotNegative = 0.0
    """Wear of one start, in the currency of the tariff."""
    heat: HeatEntry | None = None
    """Absent = nobody asks what becomes of the heat."""

    @model_serializer(mode="wrap")
    def _stated(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out heat that is not stated, so that digests do not depend on it."""
        data: dict[str, Any] = handler(self)
        return {k: v for k, v in data.items() if k != "heat" or v is not None}

    @model_validator(mode="after")
    def _conserving(self) -> "Chp":
        total = self.electrical_efficiency + self.thermal_efficiency
        if total > 1.0 + 1e-12:
            raise ValueError(f"efficiencies of at most 1 together, not {total:g}")
        return self


class WindTurbine(BaseComponent):
    """A producer that follows an input and can be curtailed."""

    category: Literal["wind_turbine"]
    rated_power_w: Positive
    input: Name
    """What the turbine could deliver (AC, magnitude)."""


class ControllableLoad(BaseComponent):
    """A consumer that follows its set-point between 0 and its rated power."""

    category: Literal["electrolyzer", "hvac", "crypto_miner", "steam_boiler"]
    rated_power_w: Positive
    min_power_w: NotNegative = 0.0
    """Smallest power other than 0."""
    phase: Phase = None
    input: Name | None = None
    """What it draws while no dispatch tells it anything; absent = nothing."""


class PassThrough(BaseComponent):
    """Carries what is below it and has no behaviour of its own."""

    category: Literal[
        "converter",
        "breaker",
        "precharger",
        "power_transformer",
        "plc",
        "static_transfer_switch",
        "uninterruptible_power_supply",
        "capacitor_bank",
    ]


Component = Annotated[
    GridConnectionPoint
    | Meter
    | Inverter
    | Battery
    | EvCharger
    | Chp
    | WindTurbine
    | ControllableLoad
    | PassThrough,
    Field(discriminator="category"),
]
"""Any component; `category` in the file decides which keys are allowed."""
