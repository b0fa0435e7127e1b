"""What is read out of a table: assets with their newest values, and the points of a query."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from simulator.services.exchange.errors import limit
from simulator.services.exchange.series.answers import AssetData, AttributeData, DataPoint
from simulator.services.exchange.series.records import Record
from simulator.services.exchange.series.schema import Attribute
from simulator.services.exchange.series.stored import Asset, StoredTable
from simulator.services.exchange.series.table import ColumnType, Values, folded
from simulator.services.exchange.series.values import iso, text_of

T = TypeVar("T")

Wanted = Mapping[str, frozenset[str] | None]
"""Folded names of attributes by asset; None: all that the asset has."""


class Deferred(Sequence[T], Generic[T]):
    """A sequence that is made when it is first looked at: most callers leave it alone."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], Sequence[T]]) -> None:
        self._make = make
        self._made: Sequence[T] | None = None

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> Sequence[T]:
        if self._made is None:
            self._made = self._make()
        return self._made


def published(asset: Asset, stored: Sequence[tuple[Record, Sequence[Attribute]]]) -> AssetData:
    """Return an asset with the attributes that records have touched, and the records' points."""

    def attributes() -> list[AttributeData]:
        points: dict[Attribute, list[DataPoint]] = {}
        for record, touched in stored:
            time = iso(record.time_ns)
            for attribute, (_, type, value) in zip(touched, record.measures, strict=True):
                point = DataPoint(timestamp=time, value=text_of(value, type))
                points.setdefault(attribute, []).append(point)
        return _attributes(asset, points, points)

    return AssetData(asset_id=asset.asset_id, name=asset.name, attributes=Deferred(attributes))


def newest(asset: Asset) -> AssetData:
    """Return an asset with the newest value of each of its attributes."""
    attributes = _attributes(asset, asset.newest, {})
    return AssetData(asset_id=asset.asset_id, name=asset.name, attributes=attributes)


def _attributes(
    asset: Asset,
    attributes: Iterable[Attribute],
    points: Mapping[Attribute, Sequence[DataPoint]],
) -> list[AttributeData]:
    return [
        _attribute(asset, attribute, points.get(attribute, ()))
        for attribute in sorted(attributes, key=lambda each: each.name)
    ]


def _attribute(asset: Asset, attribute: Attribute, data: Sequence[DataPoint]) -> AttributeData:
    last = asset.newest[attribute]
    return AttributeData(
        name=attribute.name,
        attribute_type=attribute.type,
        last_value=text_of(last.cells.get(last.row), attribute.type),
        last_value_time=iso(last.time_ns),
        data=data,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Points:
    """Some points of one attribute of one asset, copied: what comes later does not show."""

    asset_id: str
    asset_name: str | None
    name: str
    type: ColumnType
    last_value: str
    last_value_time: str
    times: NDArray[np.int64]
    """Nanoseconds since the epoch, ascending."""
    values: Values


def select(
    table: StoredTable,
    wanted: Wanted,
    first_ns: int,
    last_ns: int,
    *,
    newest_only: int | None,
    most: int,
) -> list[Points]:
    """Return the points from `first_ns` to `last_ns`, both included, by asset and attribute name.

    Assets and attributes without a point are left out. With `newest_only`, each attribute has at
    most so many, the newest ones.

    Raises:
        ExchangeError: LimitExceeded, there are more than `most` points.
    """
    found: list[Points] = []
    total = 0
    for asset_id in sorted(wanted):
        asset, names = table.assets.get(asset_id), wanted[asset_id]
        if asset is None:
            continue
        for attribute in sorted(asset.newest, key=lambda each: each.name):
            if names is not None and folded(attribute.name) not in names:
                continue
            times, values = table.points(asset, attribute, first_ns, last_ns)
            if newest_only is not None:
                times, values = times[-newest_only:], values[-newest_only:]
            total += len(times)
            if total > most:
                raise limit(f"a query has at most {most} points: ask for less time or fewer assets")
            if len(times):
                newest = _attribute(asset, attribute, ())
                found.append(
                    Points(
                        asset_id=asset_id,
                        asset_name=asset.name,
                        name=attribute.name,
                        type=attribute.type,
                        last_value=newest.last_value,
                        last_value_time=newest.last_value_time,
                        times=times,
                        values=values,
                    )
                )
    return found


def first(points: Sequence[Points], count: int) -> list[Points]:
    """Return the first `count` points."""
    kept: list[Points] = []
    for part in points:
        if count <= 0:
            break
        kept.append(replace(part, times=part.times[:count], values=part.values[:count]))
        count -= len(part.times)
    return kept
