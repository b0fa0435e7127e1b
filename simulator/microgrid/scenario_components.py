"""The devices of a site as a scenario file describes them, one model per category.

Power in W, energy in Wh, fractions 0..1. Signs of parameters are magnitudes: a discharge power is
positive here, although the world counts discharge as negative. Defaults are our choice.
"""

from itertools import pairwise
from math import sqrt
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from .scenario_base import (
    ComponentId,
    Efficiency,
    Flag,
    Fraction,
    Name,
    NotNegative,
    Number,
    Positive,
    Section,
    Whole,
)
from .scenario_category import SUB_TYPES, Category
from .scenario_sessions import Arrivals, Session, SessionsFile
from .scenario_site import LocalTime

Phase = Literal[1, 2, 3] | None
"""The only phase that something is connected to; absent = all three alike."""


class _Component(Section):
    id: ComponentId
    """Unique in the site, above 0."""
    name: Name | None = None

    @property
    def label(self) -> str:
        """The name, or the category and id of an unnamed component."""
        return self.name or f"{self.number.name.lower()} {self.id}"

    @property
    def number(self) -> Category:
        """Category with its v1alpha8 number."""
        return Category[getattr(self, "category").upper()]  # noqa: B009 - set by subclasses

    @property
    def type_number(self) -> int | None:
        """Sub-type number of batteries, inverters and EV chargers, else None."""
        sub_type = getattr(self, "type", None)
        return None if sub_type is None else int(SUB_TYPES[self.number][sub_type.upper()])


class GridConnectionPoint(_Component):
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


class Meter(_Component):
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


class Inverter(_Component):
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


class Battery(_Component):
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


class EvCharger(_Component):
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


class Chp(_Component):
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


class WindTurbine(_Component):
    """A producer that follows an input and can be curtailed."""

    category: Literal["wind_turbine"]
    rated_power_w: Positive
    input: Name
    """What the turbine could deliver (AC, magnitude)."""


class ControllableLoad(_Component):
    """A consumer that follows its set-point between 0 and its rated power."""

    category: Literal["electrolyzer", "hvac", "crypto_miner", "steam_boiler"]
    rated_power_w: Positive
    min_power_w: NotNegative = 0.0
    """Smallest power other than 0."""
    phase: Phase = None
    input: Name | None = None
    """What it draws while no dispatch tells it anything; absent = nothing."""


class PassThrough(_Component):
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
