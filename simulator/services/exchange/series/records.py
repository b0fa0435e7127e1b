"""Records as they are published: read from the wire's form, checked as far as one record goes.

Follows the record of Timestream's WriteRecords (public documentation): a key of dimensions, measure
name and time, a version, and one typed value or, for MULTI, several named ones. What contradicts
other records is found where it is stored.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from simulator.services.exchange.series.policy import SeriesPolicy
from simulator.services.exchange.series.table import ColumnType, folded
from simulator.services.exchange.series.values import (
    READERS,
    UNITS,
    Value,
    is_text,
    read_instant,
)

MULTI: Final = "MULTI"
_DAY_NS: Final = 86_400 * 10**9
_MAX_VERSION: Final = 2**63 - 1


class Dimensions(NamedTuple):
    """The dimensions of a record, the asset's id not among them, in the order of their keys."""

    names: tuple[str, ...]
    """As they were given."""
    keys: tuple[tuple[str, str], ...]
    """Folded names and values: equal for equal dimensions, in whichever order they came."""


class BadRecord(ValueError):
    """A record that is not stored; the text says why."""

    def __init__(self, reason: str, existing_version: int | None = None) -> None:
        super().__init__(reason)
        self.existing_version = existing_version
        """The version of the stored record that stands against this one, if one does."""


Measure = tuple[str, ColumnType, Value]
"""Name, type and value. A plain tuple: there are very many."""


class Record(NamedTuple):
    """A record that is well-formed in itself."""

    dimensions: Dimensions
    name: str
    """The measure's name, or the row's name of a MULTI record."""
    multi: bool
    time_ns: int
    version: int
    measures: Sequence[Measure]


class Reader:
    """Reads the records of one call, all of one asset.

    Args:
        asset_id: whose records they are.
        policy: the limits.
        now_ns: the world's time, from which the bounds of a record's time count.
    """

    def __init__(self, asset_id: str, policy: SeriesPolicy, now_ns: int) -> None:
        self._asset_id = asset_id
        self._policy = policy
        self._first_ns = now_ns - policy.retention_days * _DAY_NS
        self._last_ns = now_ns + policy.max_future_s * 10**9
        # Records of a call mostly have the same dimensions.
        self._seen: dict[tuple[tuple[str, str], ...], Dimensions] = {}

    def read(self, raw: Mapping[str, Any]) -> Record:
        """Return a record out of the fields of the contract's input. BadRecord: it is none."""
        dimensions = self._dimensions(raw.get("Dimensions") or ())
        name = raw.get("MeasureName")
        if not name:
            raise BadRecord("MeasureName: a record needs one")
        unit_ns = UNITS[raw.get("TimeUnit") or "MILLISECONDS"]
        time_ns = self._time(raw.get("Time"), unit_ns)
        version = raw.get("Version")
        if version is None:
            version = 1
        elif not 1 <= version <= _MAX_VERSION:
            raise BadRecord(f"Version: {version} is below 1, or has more than 64 bits")
        kind = raw.get("MeasureValueType") or "DOUBLE"
        if kind == MULTI:
            if raw.get("MeasureValue") is not None:
                raise BadRecord("MeasureValue: a record of type MULTI has MeasureValues alone")
            measures = self._measures(raw.get("MeasureValues") or (), unit_ns)
        else:
            if raw.get("MeasureValues"):
                raise BadRecord(f"MeasureValues: only records of type MULTI have some, not {kind}")
            measures = (self._measure(name, kind, raw.get("MeasureValue"), unit_ns),)
        return Record(dimensions, name, kind == MULTI, time_ns, version, measures)

    def _time(self, text: str | None, unit_ns: int) -> int:
        if text is None:
            raise BadRecord("Time: a record needs one")
        try:
            time_ns = read_instant(text, unit_ns)
        except ValueError as error:
            raise BadRecord(f"Time: {error}") from None
        if time_ns > self._last_ns:
            raise BadRecord(f"Time: {text} is more than {self._policy.max_future_s} s ahead")
        if time_ns < self._first_ns:
            raise BadRecord(f"Time: {text} is older than {self._policy.retention_days} days")
        return time_ns

    def _measures(self, raw: Sequence[Mapping[str, Any]], unit_ns: int) -> Sequence[Measure]:
        if not 1 <= len(raw) <= self._policy.max_measures:
            bound = self._policy.max_measures
            raise BadRecord(f"MeasureValues: a MULTI record has 1 to {bound}, not {len(raw)}")
        measure = self._measure
        found = [measure(each["Name"], each["Type"], each["Value"], unit_ns) for each in raw]
        if len({folded(name) for name, _, _ in found}) < len(found):
            raise BadRecord("MeasureValues: a name occurs twice")
        return found

    def _measure(self, name: str, kind: str, text: str | None, unit_ns: int) -> Measure:
        if text is None:
            raise BadRecord(f"MeasureValue: a record of type {kind} needs one")
        if not 1 <= len(text) <= self._policy.max_value:
            bound = self._policy.max_value
            raise BadRecord(f"{name:.60}: a value has 1 to {bound} characters, not {len(text)}")
        if kind == MULTI:
            raise BadRecord(f"{name:.60}: a measure cannot be MULTI itself")
        type, read = READERS[kind]
        try:
            return name, type, read(text, unit_ns)
        except ValueError as error:
            raise BadRecord(f"{name:.60}: {error}") from None

    def _dimensions(self, raw: Sequence[Mapping[str, Any]]) -> Dimensions:
        given = tuple([(each["Name"], each["Value"]) for each in raw])
        found = self._seen.get(given)
        if found is None:
            found = self._seen[given] = self._checked(given)
        return found

    def _checked(self, given: tuple[tuple[str, str], ...]) -> Dimensions:
        policy = self._policy
        if len(given) > policy.max_dimensions:
            raise BadRecord(f"Dimensions: {len(given)}, at most {policy.max_dimensions} can be")
        for name, value in given:
            if not (1 <= len(value) <= policy.max_value and is_text(value)):
                bound = policy.max_value
                raise BadRecord(f"Dimensions: the value of {name:.60} has 1 to {bound} characters")
        by_key = {folded(name): (name, value) for name, value in given}
        if len(by_key) < len(given):
            raise BadRecord("Dimensions: a name occurs twice")
        name, value = by_key.pop(folded(policy.asset_column), ("", self._asset_id))
        if value != self._asset_id:
            raise BadRecord(f"Dimensions: {name} is the asset's id, not {value!r:.60}")
        ordered = sorted(by_key.items())
        return Dimensions(
            names=tuple([name for _, (name, _) in ordered]),
            keys=tuple([(key, value) for key, (_, value) in ordered]),
        )
