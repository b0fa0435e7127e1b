"""Where the profiles of a site come from: the `inputs` and `loads` of a scenario file.

An input is a power over time, given as a magnitude in W on the AC side: what a consumer draws or
what a producer could deliver; or a price or an emission factor in its own unit. How each kind is
turned into values stands in `inputs.py`.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from .reactive import tan_phi
from .scenario_base import (
    ComponentId,
    CosPhi,
    Efficiency,
    Fraction,
    Name,
    Number,
    Positive,
    Section,
    Whole,
)

Profile = Literal[
    "h0",
    "g0",
    "g1",
    "g2",
    "g3",
    "g4",
    "g5",
    "g6",
    "l0",
    "l1",
    "l2",
    "h25",
    "g25",
    "l25",
    "p25",
    "s25",
]
"""Standard load profiles of the BDEW: the set of 1999, then the set of 2025."""


class PackagedPath(Section):
    """A file: beside the scenario file, or inside an installed Python package."""

    path: Name
    """Relative to the scenario file, or inside `package` when that is given."""
    package: Name | None = None
    """Importable name of an installed package that ships the file."""


class CsvInput(PackagedPath):
    """A column of a CSV or Parquet file: measured power, or a shape to scale."""

    name: Name
    kind: Literal["csv", "parquet"]
    column: Name
    """Header of the value column."""
    time_column: Name = "time"
    """Header of the column of labels: the value holds from its label to the next one."""
    zone: Name | None = None
    """Zone of labels without an offset; default the site's zone."""
    unit: Literal["w", "kw", "per_unit", "value"] = "w"
    """`value`: no power at all, but a price or an emission factor; only these may be negative."""
    scale_w: Positive | None = None
    """What 1.0 stands for when the unit is per_unit."""
    annual_kwh: Positive | None = None
    """Scale the values so that their mean gives this energy in 8,760 hours."""
    repeat: Literal["none", "day_of_year"] = "none"
    """`day_of_year`: one recorded year stands for every simulated one."""

    @model_validator(mode="after")
    def _scaled(self) -> "CsvInput":
        if self.unit == "per_unit" and self.scale_w is None and self.annual_kwh is None:
            raise ValueError("scale_w or annual_kwh beside unit: per_unit")
        if self.scale_w is not None and self.unit != "per_unit":
            raise ValueError(f"scale_w only beside unit: per_unit, not beside unit: {self.unit}")
        return self


class ConstantInput(Section):
    """The same power at all times."""

    name: Name
    kind: Literal["constant"]
    power_w: Annotated[Number, Field(ge=0)]


class DailyInput(Section):
    """The same course every day, by the clock on the wall of the site."""

    name: Name
    kind: Literal["daily"]
    values: tuple[Number, ...]
    """24, 48 or 96 values: one for each hour, half hour or quarter hour from local midnight; W, or
    the unit of what they stand for. Powers are magnitudes."""
    weekend_values: tuple[Number, ...] = ()
    """As many other ones for Saturdays, Sundays and holidays."""

    @model_validator(mode="after")
    def _whole_day(self) -> "DailyInput":
        if len(self.values) not in (24, 48, 96):
            raise ValueError("24, 48 or 96 values")
        if self.weekend_values and len(self.weekend_values) != len(self.values):
            raise ValueError("as many weekend_values as values")
        return self


class Appliance(Section):
    """Something that is switched on now and then, at any time of the day."""

    power_w: Positive
    minutes: Annotated[Number, Field(gt=0, le=1440)]
    """How long it runs each time."""
    per_day: Annotated[Number, Field(gt=0, le=1000)] = 1.0
    """How often, on average."""


class SyntheticInput(Section):
    """A load that is made up, by chance but the same for the same seed; for trials and tests."""

    name: Name
    kind: Literal["synthetic"]
    base_w: Annotated[Number, Field(ge=0)]
    harmonics: tuple[tuple[Number, Annotated[Number, Field(ge=0, lt=24)]], ...] = ()
    """Waves that come once, twice, three times ... a day: W, and the hour of a peak."""
    noise_w: Annotated[Number, Field(ge=0)] = 0.0
    """Standard deviation of what comes on top in each step."""
    appliances: tuple[Appliance, ...] = ()
    step_s: Literal[60, 300, 900] = 900
    seed: Annotated[Whole, Field(ge=0, lt=2**63)] = 0


def _profile_code(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class StandardLoadInput(Section):
    """A standard load profile of the BDEW, scaled to a year's consumption.

    Needs the data files of demandlib (`pip install gridproof[profiles]`).
    """

    name: Name
    kind: Literal["standard_load"]
    profile: Annotated[
        Profile,
        BeforeValidator(_profile_code),
    ]
    annual_kwh: Positive
    """Consumption of one calendar year."""
    dynamic: Annotated[bool, Field(strict=True)] = True
    """Smooth the seasons of h0, h25, p25 and s25 day by day, as the standard asks for homes."""


class Weather(PackagedPath):
    """An hourly weather year: irradiance, temperature, wind."""

    format: Literal["tmy3", "epw", "try2010"]
    """TMY3 of the NREL, an EnergyPlus file, or the 2010 test reference years of the DWD."""


class Clouds(Section):
    """Clouds that come and go before a clear sky, by chance."""

    share: Annotated[Number, Field(ge=0, lt=1)]
    """Of the time that is cloudy."""
    spell_h: Annotated[Number, Field(ge=0.25)] = 2.0
    """How long clouds stay, on average."""
    index: tuple[Positive, Positive] = (2.0, 4.0)
    """Parameters of the Beta distribution of what clouds leave, one draw for each day."""
    seed: Annotated[Whole, Field(ge=0, lt=2**63)] = 0
    """Another one is another weather."""

    @property
    def leave(self) -> float:
        """The probability that clouds are gone a quarter hour later."""
        return 0.25 / self.spell_h

    @property
    def enter(self) -> float:
        """The probability that clouds are there a quarter hour later."""
        return self.leave * self.share / (1.0 - self.share)

    @model_validator(mode="after")
    def _possible(self) -> "Clouds":
        if self.enter > 1.0:
            raise ValueError("a longer spell_h for such a share")
        return self


class PvInput(Section):
    """A photovoltaic array by the PVWatts chain, scaled by its size or by its yearly yield.

    Needs pvlib (`pip install gridproof[pv]`). Without `weather` and `clouds` the sky is always
    clear, which overstates the yield; outputs say so.
    """

    name: Name
    kind: Literal["pv"]
    kwp: Positive
    """Size of the array: DC power under standard test conditions."""
    annual_kwh: Positive | None = None
    """Scale to this AC yield of a calendar year; default what the chain gives."""
    weather: Weather | None = None
    clouds: Clouds | None = None
    """Only without `weather`, which has clouds of its own."""
    latitude: Annotated[Number, Field(ge=-90, le=90)] | None = None
    """Degrees north; default where the weather was measured."""
    longitude: Annotated[Number, Field(ge=-180, le=180)] | None = None
    """Degrees east; default where the weather was measured."""
    altitude_m: Annotated[Number, Field(ge=-500, le=9000)] | None = None
    tilt_deg: Annotated[Number, Field(ge=0, le=90)] = 30.0
    """From the horizontal."""
    azimuth_deg: Annotated[Number, Field(ge=0, lt=360)] = 180.0
    """Clockwise from north: 180 faces south."""
    inverter_kw: Positive | None = None
    """AC rating of the inverter; default the size of the array."""
    inverter_efficiency: Efficiency = 0.96
    """Nominal efficiency of the PVWatts inverter curve."""
    system_losses: Annotated[Number, Field(ge=0, lt=1)] = 0.14
    """Soiling, wiring, mismatch and the like; the default is that of PVWatts."""
    temperature_coefficient_per_k: Annotated[Number, Field(ge=-0.02, le=0)] = -0.004
    albedo: Annotated[Number, Field(ge=0, le=1)] = 0.25

    @model_validator(mode="after")
    def _placed(self) -> "PvInput":
        if self.weather is None and (self.latitude is None or self.longitude is None):
            raise ValueError("latitude and longitude, or a weather file that has them")
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude together")
        if self.weather is not None and self.clouds is not None:
            raise ValueError("weather or clouds, not both")
        return self

    @property
    def is_always_clear(self) -> bool:
        """Whether its sky never has a cloud."""
        return self.weather is None and self.clouds is None

    @model_serializer(mode="wrap")
    def _stated(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out clouds that are not stated, so that digests do not depend on them."""
        data: dict[str, Any] = handler(self)
        return {k: v for k, v in data.items() if k != "clouds" or v is not None}


Input = Annotated[
    CsvInput | ConstantInput | DailyInput | SyntheticInput | StandardLoadInput | PvInput,
    Field(discriminator="kind"),
]


class Load(Section):
    """Consumption that no component stands for: it hangs behind a meter."""

    meter: ComponentId
    input: Name
    phases: tuple[Fraction, Fraction, Fraction] | None = None
    """Shares of the three phases, 1 together; absent = a third each."""
    cos_phi: CosPhi | None = None
    """Power factor; negative = capacitive; absent = 1."""

    @property
    def tan_phi(self) -> float:
        """Reactive power for each W, positive = inductive."""
        return 0.0 if self.cos_phi is None else tan_phi(self.cos_phi)

    @model_serializer(mode="wrap")
    def _stated(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out a power factor that is not stated, so that digests do not depend on it."""
        data: dict[str, Any] = handler(self)
        return {k: v for k, v in data.items() if k != "cos_phi" or v is not None}

    @model_validator(mode="after")
    def _whole(self) -> "Load":
        if self.phases is not None and abs(sum(self.phases) - 1.0) > 1e-9:
            raise ValueError(f"phases that are 1 together, not {sum(self.phases):g}")
        return self


def _parse_day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("a date of the calendar, such as 2026-12-25") from None
    return value


Day = Annotated[date, BeforeValidator(_parse_day)]


class HolidayCalendar(Section):
    """Public holidays of a country, from the package `holidays`."""

    country: Name
    """Two letters of ISO 3166-1, such as DE."""
    subdivision: Name | None = None
    """Such as BE, for countries whose parts differ."""
