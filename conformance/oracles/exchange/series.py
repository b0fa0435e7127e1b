"""What last values and structured queries have to show of a table of the model (`upserts`).

Which attribute a value belongs to is told by its measure alone: the other dimensions do not split
an attribute (our choice), so several rows may have a value of it at one instant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.oracles.exchange.exports import Point
from conformance.oracles.exchange.model import AssetData
from conformance.oracles.exchange.upserts import Table
from conformance.oracles.exchange.values import same, shown

Assets = Mapping[str, Sequence[str]]
"""Asset ids, and the attributes asked of each; none is all."""


@dataclass(frozen=True, kw_only=True)
class Value:
    """A stored value: of which attribute, when, of which type, and what it means."""

    asset: str
    attribute: str
    time_ns: int
    type: str
    meaning: Any


def values(table: Table, *assets: str) -> list[Value]:
    """Every stored value, of these assets or of all, by asset, attribute and time."""
    found = [
        Value(asset=asset, attribute=name, time_ns=at, type=type_, meaning=meant)
        for (asset, _, _, at), row in table.rows.items()
        if not assets or asset in assets
        for name, (type_, meant) in row.measures.items()
    ]
    return sorted(found, key=lambda v: (v.asset, v.attribute, v.time_ns))


def queried(
    table: Table, assets: Assets, start_ns: int, end_ns: int, *, end_inclusive: bool = True
) -> list[Value]:
    """The values that a structured query finds; its start always belongs to it."""
    return [
        value
        for value in values(table, *assets)
        if assets
        and (not assets[value.asset] or value.attribute in assets[value.asset])
        and start_ns <= value.time_ns
        and (value.time_ns < end_ns or (end_inclusive and value.time_ns == end_ns))
    ]


def differing(wanted: Iterable[Value], points: Iterable[Point]) -> str | None:
    """How points differ from the values that they have to be, in any order; None if they do not.

    Values of one attribute at one instant may come in any order; times are compared as far as the
    points show them, in milliseconds.
    """
    left: dict[tuple[str, str, int], list[Value]] = {}
    for value in wanted:
        left.setdefault(_key(value.asset, value.attribute, value.time_ns), []).append(value)
    for point in points:
        options = left.get(_key(point.asset, point.attribute, point.time_ns), [])
        match = next((o for o in options if same(o.type, o.meaning, point.value)), None)
        if match is None:
            meant = f"there it is {options[0].meaning!r}" if options else "nothing more is there"
            return f"{point} should not be found: {meant}"
        options.remove(match)
    missing = [value for options in left.values() for value in options]
    return f"{len(missing)} values are missing, the first is {missing[0]}" if missing else None


def last_values(table: Table, *assets: str) -> dict[tuple[str, str], list[Value]]:
    """The values with the latest time of each attribute; several only where rows tie."""
    found: dict[tuple[str, str], list[Value]] = {}
    for value in values(table, *assets):
        best = found.setdefault((value.asset, value.attribute), [value])
        if value.time_ns > best[0].time_ns:
            found[value.asset, value.attribute] = [value]
        elif value.time_ns == best[0].time_ns and value is not best[0]:
            best.append(value)
    return found


def wrong_last_values(table: Table, seen: Mapping[str, AssetData], *assets: str) -> str | None:
    """What is wrong in the last values of some assets; None if nothing is."""
    wanted = last_values(table, *assets)
    shown_ = [(a.asset_id, x) for a in seen.values() for x in a.attributes or ()]
    count = Counter((asset, attribute.name) for asset, attribute in shown_)
    if twice := [key for key, n in count.items() if n > 1]:
        return f"{twice[0]} comes {count[twice[0]]} times"
    if missing := wanted.keys() - count.keys():
        return f"{sorted(missing)[0]} is missing"
    for asset, attribute in shown_:
        options = wanted.get((asset, attribute.name))
        if options is None:
            return f"{asset} {attribute.name} was never written"
        if attribute.attribute_type != options[0].type:
            return f"{attribute.name} is {attribute.attribute_type}, written as {options[0].type}"
        at = attribute.last_value_ns
        if at is None or _ms(at) != _ms(options[0].time_ns):
            return (
                f"{attribute.name} is of {attribute.last_value_time}, not {options[0].time_ns} ns"
            )
        if not any(same(o.type, o.meaning, attribute.last_value) for o in options):
            return (
                f"{attribute.name} is {attribute.last_value!r}, written was {options[0].meaning!r}"
            )
        if shown(attribute.attribute_type, attribute.last_value) is None:
            return f"{attribute.last_value!r} is no {attribute.attribute_type}"
    return None


def _key(asset: str, attribute: str, time_ns: int) -> tuple[str, str, int]:
    return asset, attribute, _ms(time_ns)


def _ms(ns: int) -> int:
    return ns // 1_000_000
