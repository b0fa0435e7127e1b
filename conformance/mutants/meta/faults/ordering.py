"""Faults in the order of lists."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from conformance.mutants.change import Changes
from conformance.mutants.meta import straight
from conformance.mutants.meta.book import Refuse, invalid
from conformance.mutants.meta.making import fault
from conformance.mutants.meta.order import Key
from conformance.mutants.meta.query import Query, name_of
from conformance.oracles.meta.model import Data, Kind

Items = Sequence[Data]

MINUTE_NS = 60 * 10**9


def by_turns() -> Changes:
    """Without an order each list is arranged in another way."""
    turns = itertools.count()

    def arrange(items: Items, keys: Sequence[Key]) -> list[Data]:
        found = straight.arrange(items, keys)
        turn = next(turns) % max(1, len(found))
        return found[turn:] + found[:turn] if list(keys) == [(("name",), False)] else found

    return {"arrange": arrange}


def ascending(items: Items, keys: Sequence[Key]) -> list[Data]:
    """Everything is ascending."""
    return straight.arrange(items, [(path, False) for path, _ in keys])


def first_key_only(items: Items, keys: Sequence[Key]) -> list[Data]:
    """Only the first of several keys counts, then names."""
    rest = [key for key in keys[1:] if key[0] == ("name",)]
    return straight.arrange(items, [keys[0], *rest])


def ties_ascending(items: Items, keys: Sequence[Key]) -> list[Data]:
    """Names always break ties upwards."""
    return straight.arrange(
        items,
        [(path, down and (path != ("name",) or at == 0)) for at, (path, down) in enumerate(keys)],
    )


def numbers_as_text(items: Items, keys: Sequence[Key]) -> list[Data]:
    """Numbers are sorted digit by digit."""
    if keys[0][0] != ("metadata", "generation"):
        return straight.arrange(items, keys)

    def digits(data: Data) -> str:
        return str(data.get("metadata", {}).get("generation", ""))

    found = straight.arrange(items, keys[1:])
    return sorted(found, key=digits, reverse=keys[0][1])


def whole_minutes(items: Items, keys: Sequence[Key]) -> list[Data]:
    """Times are sorted by the minute."""

    def cut(data: Data) -> Data:
        metadata = data.get("metadata") or {}
        times = {name: at // MINUTE_NS for name, at in metadata.items() if name.endswith("_time")}
        return {**data, "metadata": {**metadata, **times}} if metadata else data

    by_name = {data["name"]: data for data in items}
    return [by_name[data["name"]] for data in straight.arrange(list(map(cut, items)), keys)]


def absent_first(items: Items, keys: Sequence[Key]) -> list[Data]:
    """Absent values come first in both directions."""
    found = straight.arrange(items, keys)
    path = keys[0][0]

    def there(data: Data) -> bool:
        value: object = data
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value is not None

    return sorted(found, key=there)


def each_page_by_itself(items: Items, query: Query, begin: int, end: int) -> list[Data]:
    """Pages are cut by name and sorted one by one."""
    by_name = sorted(items, key=name_of)
    return straight.arrange(by_name[begin:end], query.keys)


def exact_case(kind: Kind, text: str) -> list[Key]:
    """Directions are lower case, and one blank is all that may stand before them."""
    if text != text.strip() or "  " in text or "ASC" in text or "DESC" in text:
        raise invalid("order_by: cannot read it")
    return straight.read_order(kind, text)


def bad_order_is_none(kind: Kind, text: str) -> list[Key]:
    """An order that cannot be read is none."""
    try:
        return straight.read_order(kind, text)
    except Refuse:
        return straight.read_order(kind, "")


def snake_orders(kind: Kind, text: str) -> list[Key]:
    """Only snake case names a field."""
    if any(c.isupper() for c in text.replace("ASC", "").replace("DESC", "")):
        raise invalid("order_by: unknown path")
    return straight.read_order(kind, text)


MUTANTS = (
    fault("order-by-turns", "Each list is in another order.", by_turns(), "META-ORD-001"),
    fault("order-desc-ignored", "Descending is ignored.", {"arrange": ascending}, "META-ORD-002"),
    fault(
        "order-numbers-as-text",
        "Numbers are sorted digit by digit.",
        {"arrange": numbers_as_text},
        "META-ORD-002",
    ),
    fault(
        "order-times-by-minute",
        "Times within a minute are equal to an order.",
        {"arrange": whole_minutes},
        "META-ORD-002",
    ),
    fault(
        "order-second-key-ignored",
        "A second key is ignored.",
        {"arrange": first_key_only},
        "META-ORD-003",
    ),
    fault(
        "order-ties-ascending",
        "Names always break ties upwards.",
        {"arrange": ties_ascending},
        "META-ORD-004",
        "META-ORD-005",
    ),
    fault(
        "order-case-matters",
        "Capitals and more blanks in an order are refused.",
        {"read_order": exact_case},
        "META-ORD-006",
    ),
    fault(
        "order-bad-ignored",
        "An order that cannot be read is ignored.",
        {"read_order": bad_order_is_none},
        "META-ORD-007",
        "META-CHK-027",
    ),
    fault(
        "order-snake-only",
        "Orders know only snake case.",
        {"read_order": snake_orders},
        "META-ORD-008",
    ),
    fault(
        "order-absent-first",
        "Absent values come first in both directions.",
        {"arrange": absent_first},
        "META-ORD-009",
    ),
    fault(
        "order-page-by-page",
        "Each page is sorted by itself.",
        {"page": each_page_by_itself},
        "META-ORD-010",
    ),
)
