"""Records as callers publish them (seed 002, createTimeSeriesInputRecord; Timestream WriteRecords).

All values travel as text. `single` and `multi` make ordinary records; any other is made with
`Record` itself, whose absent parts are not sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.oracles.exchange.times import in_unit, of_unit

Dimensions = Mapping[str, str] | Iterable[tuple[str, str]]
"""Names and values; pairs where their order or a repeated name matters."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One of the measures of a MULTI record."""

    name: str
    type: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record; what is None is not sent.

    Attributes:
        measure_name: of a single measure, or of the row of a MULTI record.
        type: DOUBLE, BIGINT, VARCHAR, BOOLEAN, TIMESTAMP or MULTI.
        value: of a single measure.
        measures: of a MULTI record; None sends no list.
        time: number of units since the epoch, as text.
        unit: SECONDS, MILLISECONDS, MICROSECONDS or NANOSECONDS.
        dimensions: name and value, in the order in which they are sent.
        version: sent as a number.
    """

    measure_name: str | None
    type: str | None
    value: str | None = None
    measures: tuple[Measure, ...] | None = None
    time: str | None
    unit: str | None = "MILLISECONDS"
    dimensions: tuple[tuple[str, str], ...] = ()
    version: int | None = None

    @property
    def time_ns(self) -> int | None:
        """Nanoseconds since the epoch; None if the time is none."""
        return None if self.time is None else of_unit(self.time, self.unit)

    def to_input(self) -> dict[str, Any]:
        """As the contract has it; dimensions are always sent, as the published SDK does."""
        said: dict[str, Any] = {
            "Dimensions": [
                {"DimensionValueType": "VARCHAR", "Name": name, "Value": value}
                for name, value in self.dimensions
            ],
            "MeasureName": self.measure_name,
            "MeasureValue": self.value,
            "MeasureValues": None
            if self.measures is None
            else [{"Type": m.type, "Name": m.name, "Value": m.value} for m in self.measures],
            "MeasureValueType": self.type,
            "Time": self.time,
            "TimeUnit": self.unit,
            "Version": self.version,
        }
        return {key: value for key, value in said.items() if value is not None}

    def values(self) -> tuple[Measure, ...]:
        """Attributes and their values: one of a single measure, several of a MULTI record."""
        if self.type == "MULTI":
            return self.measures or ()
        return (
            Measure(
                name=self.measure_name or "", type=self.type or "DOUBLE", value=self.value or ""
            ),
        )


def single(
    name: str,
    value: str,
    ns: int,
    *,
    type: str = "DOUBLE",
    unit: str = "MILLISECONDS",
    dimensions: Dimensions = (),
    version: int | None = None,
) -> Record:
    """A record of one measure at an instant, in nanoseconds since the epoch.

    Raises:
        ValueError: the instant is no whole number of units (a fault of the check).
    """
    return Record(
        measure_name=name,
        type=type,
        value=value,
        time=in_unit(ns, unit),
        unit=unit,
        dimensions=pairs(dimensions),
        version=version,
    )


def multi(
    name: str,
    measures: Iterable[Measure],
    ns: int,
    *,
    unit: str = "MILLISECONDS",
    dimensions: Dimensions = (),
    version: int | None = None,
) -> Record:
    """A MULTI record at an instant, in nanoseconds since the epoch.

    Raises:
        ValueError: the instant is no whole number of units (a fault of the check).
    """
    return Record(
        measure_name=name,
        type="MULTI",
        measures=tuple(measures),
        time=in_unit(ns, unit),
        unit=unit,
        dimensions=pairs(dimensions),
        version=version,
    )


def measure(name: str, value: str, type: str = "DOUBLE") -> Measure:
    """A measure of a MULTI record."""
    return Measure(name=name, type=type, value=value)


def pairs(dimensions: Dimensions) -> tuple[tuple[str, str], ...]:
    """Names and values in their order."""
    return tuple(dimensions.items() if isinstance(dimensions, Mapping) else dimensions)
