"""The order of lists and stateful watches (seed 003, order_by; total order of the published pager).

`arrange` gives the canonical total order: absent values first ascending, texts by their bytes, ties
by name in the direction of the last key, no order_by by name. `judge_order` is milder: absent
values may stand first or last, as long as they all do, and ties may stand anyhow.

Codes of the violations: `order` (a pair out of order), `absent` (absent values on both sides, or
not where the published client puts them), `tie` (equal keys, not by name).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import pairwise
from typing import Any, Literal

from conformance.oracles.meta.model import Data, Kind
from conformance.oracles.meta.paths import Path, PathError, look, resolve
from conformance.oracles.model import Violation

RULES: Mapping[str, str] = {
    "order": "META-ORD-002",
    "absent": "META-ORD-009",
    "tie": "META-ORD-004",
}
"""Which requirement each code breaks."""

Placement = Literal["first", "last"]
"""Where absent values stand when ascending."""


class OrderError(ValueError):
    """A text is no order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One field to sort by."""

    path: Path
    descending: bool = False


def parse_order(text: str, kind: Kind) -> tuple[Key, ...]:
    """The keys of an order_by text, without the name that breaks ties; none for an empty text.

    Raises:
        OrderError: an element is empty, has an unknown path or direction, or a third word.
    """
    return tuple(_key(part, kind) for part in text.split(",")) if text else ()


def _key(text: str, kind: Kind) -> Key:
    words = text.split()
    if not words:
        raise OrderError("an element is empty")
    path, *direction = words
    if len(direction) > 1 or (direction and direction[0].lower() not in ("asc", "desc")):
        raise OrderError(f"{' '.join(direction)!r} is no direction")
    try:
        resolved = resolve(path, kind.message)
    except PathError as error:
        raise OrderError(str(error)) from None
    return Key(path=resolved, descending=bool(direction) and direction[0].lower() == "desc")


def total(keys: Sequence[Key], kind: Kind) -> tuple[Key, ...]:
    """The keys with the name that breaks ties, in the direction of the last one."""
    if any(key.path.text == "name" for key in keys):
        return tuple(keys)
    name = Key(
        path=resolve("name", kind.message), descending=keys[-1].descending if keys else False
    )
    return (*keys, name)


def arrange(items: Iterable[Data], order: str, kind: Kind) -> list[Data]:
    """Resources in the canonical total order of an order_by text.

    Raises:
        OrderError: the text is no order.
    """
    keys = total(parse_order(order, kind), kind)

    def by_keys(one: Data, other: Data) -> int:
        return compare(one, other, keys)

    return sorted(items, key=cmp_to_key(by_keys))


def compare(one: Data, other: Data, keys: Sequence[Key], absent: Placement = "first") -> int:
    """Negative, 0 or positive as one resource stands before, beside or after the other."""
    for key in keys:
        found = _compare(one, other, key.path, absent)
        if found:
            return -found if key.descending else found
    return 0


def _compare(one: Data, other: Data, path: Path, absent: Placement) -> int:
    """Among lists, maps and messages only their presence counts."""
    (state, a), (other_state, b) = look(one, path), look(other, path)
    gone, other_gone = (_is_absent(s, path) for s in (state, other_state))
    if gone or other_gone:
        return (other_gone - gone) * (1 if absent == "first" else -1)
    if not _is_comparable(path):
        return 0
    return int(a > b) - int(a < b)


def _is_comparable(path: Path) -> bool:
    leaf = path.leaf
    if path.through_list or leaf.type == "message":
        return False
    return leaf.shape == "one" or path.key is not None


def _is_absent(state: str, path: Path) -> bool:
    return state in ("absent", "repeated") or (state == "unset" and path.leaf.shape != "one")


def judge_order(
    items: Sequence[Data], order: str, kind: Kind, *, ties: bool = False
) -> list[Violation]:
    """What is wrong with the order of a list, at most one violation of each code.

    `ties` asks for the rule of the published client, that equal items stand by name. Without
    order_by and without `ties` nothing is judged: any fixed order is fine.

    Raises:
        OrderError: the text is no order.
    """
    keys = parse_order(order, kind)
    found = []
    # Absent counts as one value that is placed by the endpoint's choice, the same for every pair.
    placements: tuple[Placement, ...] = ("first", "last")
    wrong = {place: _first_wrong(items, keys, place) for place in placements}
    if wrong["first"] is not None:
        code = "order" if wrong["last"] is not None else "absent"
        found.append(_violation(code, items, wrong["first"], order))
    if ties and not found:
        complete = total(keys, kind)
        at = _first_wrong(items, complete, "first")
        if at is not None:
            found.append(_violation("tie", items, at, order))
    return found


def _first_wrong(items: Sequence[Data], keys: Sequence[Key], absent: Placement) -> int | None:
    for at, (one, other) in enumerate(pairwise(items)):
        if compare(one, other, keys, absent) > 0:
            return at
    return None


def _violation(code: str, items: Sequence[Data], at: int, order: str) -> Violation:
    one, other = items[at]["name"], items[at + 1]["name"]
    text = f"item {at} is {one}, item {at + 1} is {other}, asked was {order or 'no order'!r}"
    return Violation(code=code, text=text)


def value_under(data: Data, path: Path) -> Any:
    """The value that is sorted by, None if it is absent."""
    state, value = look(data, path)
    return None if _is_absent(state, path) else value
