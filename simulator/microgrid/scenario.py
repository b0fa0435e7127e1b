"""A scenario: one site, its profiles, tariff, schedule and faults, over a stretch of time.

`load` reads a shipped scenario by name or any YAML file by path; the file's form is schema 1.
Powers in W, energies in Wh, instants in microseconds since the Unix epoch (UTC).
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
)

from .dispatch import Dispatch
from .scenario_base import ComponentId, Flag, Name, NotNegative, Section, Whole, parse_boundary
from .scenario_category import Category
from .scenario_components import Component, GridConnectionPoint
from .scenario_dispatch import DispatchEntry
from .scenario_inputs import Day, HolidayCalendar, Input, Load
from .scenario_site import BaseStrategy, Co2, FaultEntry, NamedStrategy, Outputs, Tariff

__all__ = ["Category", "Scenario", "load"]


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("a zone of the IANA database, such as Europe/Berlin") from None
    return value


class Meta(Section):
    """The key `scenario` of the file: what the run is about."""

    name: Name
    description: str = ""
    seed: Annotated[Whole, Field(ge=0, lt=2**63)] = 0
    zone: Annotated[Name, AfterValidator(_known_zone)] = "UTC"
    """Zone of the site: tariffs, load profiles and plain dates follow its local time."""
    start_us: int = Field(alias="start")
    """A date (midnight in the zone) or an instant with its offset."""
    end_us: int = Field(alias="end")
    """Excluded."""
    microgrid_id: ComponentId = 1
    holidays: tuple[Day, ...] | HolidayCalendar = ()
    """Days that count as Sundays in load profiles and as holidays in tariffs."""
    control_s: Annotated[Whole, Field(ge=0, le=86_400)] = 60
    """Controller cycle while a device tapers; 0 = set-points change at events only."""
    allow_no_grid: Flag = False
    """Whether the site may do without a grid connection point: an island from the start, which an
    inverter with `grid_forming` keeps alive, or else without power. A meter is its root."""
    until_inclusive: Flag = False
    """Whether an occurrence exactly at a rule's `until` happens."""
    phase_accounting: Literal["vector_sum", "per_phase"] = "vector_sum"
    """How OBIS registers of a meter with full registers count import and export: for the sum of the
    phases, or for each phase on its own."""
    arbitration: Literal["priority", "sum"] = "priority"
    """Whether set-points of equal priority compete or add up."""
    sharing: Literal["soc_balance", "available_power", "equal", "priority_list"] = "soc_balance"
    """How a set-point is divided among several batteries."""
    sharing_exponent: NotNegative = 1.0
    """soc_balance only: weight of the distance to the edge of the window; 0 = by capacity."""

    @model_serializer(mode="wrap")
    def _stated(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what is not stated of late keys, so that older digests stay as they were."""
        data: dict[str, Any] = handler(self)
        return {k: v for k, v in data.items() if k != "allow_no_grid" or v}

    @field_validator("start_us", "end_us", mode="before")
    @classmethod
    def _boundary(cls, value: Any, info: ValidationInfo) -> int:
        """A plain date needs the zone, which stands before these fields."""
        return parse_boundary(value, info.data.get("zone", "UTC"))

    @field_validator("end_us")
    @classmethod
    def _forwards(cls, value: int, info: ValidationInfo) -> int:
        """Told even when other values of the section are wrong."""
        if value <= info.data.get("start_us", value - 1):
            raise ValueError("an end after the start")
        return value


def _connection(value: Any) -> Any:
    """Take `{from: 1, to: 2}` as well as `[1, 2]`."""
    if isinstance(value, dict) and set(value) == {"from", "to"}:
        return (value["from"], value["to"])
    return value


Connection = Annotated[tuple[ComponentId, ComponentId], BeforeValidator(_connection)]
"""An edge that points away from the grid: (predecessor, successor)."""


class Scenario(Section):
    """One scenario file, checked: references resolve and the wiring is legal."""

    schema_version: Literal[1] = Field(alias="schema")
    meta: Meta = Field(alias="scenario")
    components: Annotated[tuple[Component, ...], Field(min_length=1)]
    connections: tuple[Connection, ...] = ()
    loads: tuple[Load, ...] = ()
    inputs: tuple[Input, ...] = ()
    tariff: Tariff = Tariff()
    co2: Co2 | None = None
    base_strategy: NamedStrategy = BaseStrategy()
    dispatches: tuple[DispatchEntry, ...] = ()
    faults: tuple[FaultEntry, ...] = ()
    outputs: Outputs = Outputs()

    _folder: Path | None = PrivateAttr(default=None)

    @property
    def folder(self) -> Path | None:
        """Where the file stands, for paths relative to it; None when built from data."""
        return self._folder

    @property
    def zone(self) -> ZoneInfo:
        """The site's zone."""
        return ZoneInfo(self.meta.zone)

    @property
    def voltage_v(self) -> float:
        """Nominal voltage, phase to neutral."""
        roots = [each for each in self.components if isinstance(each, GridConnectionPoint)]
        return roots[0].voltage_v if roots else 230.0

    def component(self, component_id: int) -> Component:
        """Return a component by id.

        Raises:
            KeyError: no such component.
        """
        for component in self.components:
            if component.id == component_id:
                return component
        raise KeyError(component_id)

    def schedule(self) -> tuple[Dispatch, ...]:
        """Return the dispatches as the world knows them, in the order of the file.

        A dispatch without id gets its position in the list, counted from 1.
        """
        return tuple(
            entry.to_dispatch(default_id) for default_id, entry in enumerate(self.dispatches, 1)
        )

    def with_schedule(self, dispatches: tuple[DispatchEntry, ...]) -> "Scenario":
        """Return the same scenario with another schedule."""
        changed = self.model_copy(update={"dispatches": dispatches})
        changed._folder = self._folder
        return changed

    def holidays(self, years: Iterable[int]) -> frozenset[date]:
        """Return the site's public holidays that fall into `years`.

        Raises:
            MissingExtra: a calendar is named and the package `holidays` is absent.
            UnknownCalendar: that package does not know the country or subdivision.
        """
        from .inputs_calendar import holidays_of

        return holidays_of(self.meta.holidays, tuple(years))


def load(path_or_name: str | Path) -> Scenario:
    """Read and check a scenario: a path to a YAML file, or the name of a shipped one.

    Raises:
        DocumentError: lists every mistake with file, line, field, what was found and expected.
    """
    from .scenario_file import load_scenario

    return load_scenario(path_or_name)
