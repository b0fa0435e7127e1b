"""Files of exported query results (seed 002, getTimeSeriesAssetAttributeData): the points in them.

The layout of CSV is not published. What counts is which points there are: asset, attribute, time
and value of each, as a multiset.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.oracles.exchange.times import instant


@dataclass(frozen=True, kw_only=True, order=True)
class Point:
    """One value of an attribute at an instant in nanoseconds since the epoch."""

    asset: str
    attribute: str
    time_ns: int
    value: str


@dataclass(frozen=True, kw_only=True)
class Points:
    """The points of a file in their order, and the types that it tells of attributes, if any."""

    points: tuple[Point, ...]
    types: Mapping[tuple[str, str], str]

    @property
    def counted(self) -> Counter[Point]:
        """How often each point comes."""
        return Counter(self.points)


def read_json(data: bytes) -> Points:
    """The points of an export in JSON: a list of asset data.

    Raises:
        ValueError: it is none.
    """
    assets = json.loads(data.decode("utf-8-sig"))
    if not isinstance(assets, list):
        raise ValueError("no list of asset data")
    points, types = [], {}
    for asset in assets:
        id_ = _text(asset, "assetId")
        for attribute in _list(asset, "attributes"):
            name = _text(attribute, "name")
            types[id_, name] = _text(attribute, "attributeType")
            for point in _list(attribute, "data"):
                points.append(_point(id_, name, _text(point, "timestamp"), _text(point, "value")))
    return Points(points=tuple(points), types=types)


def read_csv(data: bytes, columns: Mapping[str, str]) -> Points:
    """The points of an export in CSV.

    Args:
        data: the file, with a header.
        columns: other names of assetId, attributeName, timestamp and value.

    Raises:
        ValueError: a column or a value is missing, or a time is none.
    """
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    names = {n: columns.get(n, n) for n in ("assetId", "attributeName", "timestamp", "value")}
    if missing := set(names.values()) - set(rows.fieldnames or ()):
        raise ValueError(f"no column {', '.join(sorted(missing))} in {rows.fieldnames}")
    points, types = [], {}
    try:
        for row in rows:
            asset, name, time, value = (row[column] for column in names.values())
            if None in (asset, name, time, value):
                raise ValueError(f"a short row: {list(row.values())}")
            points.append(_point(asset, name, time, value))
            if kind := row.get("attributeType"):
                types[asset, name] = kind
    except csv.Error as error:
        raise ValueError(str(error)) from None
    return Points(points=tuple(points), types=types)


def _point(asset: str, attribute: str, time: str, value: str) -> Point:
    time_ns = instant(time)
    if time_ns is None:
        raise ValueError(f"no time: {time!r}")
    return Point(asset=asset, attribute=attribute, time_ns=time_ns, value=value)


def _text(value: Any, key: str) -> str:
    found = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(found, str):
        raise ValueError(f"no text {key} in {value!r}"[:300])
    return found


def _list(value: Mapping[str, Any], key: str) -> Iterable[Any]:
    found = value.get(key)
    if not isinstance(found, list):
        raise ValueError(f"no list {key} in {value!r}"[:300])
    return found
