"""Orders of lists: what order_by means, and whether a sequence of items keeps it (seed 001).

Absent values come first upward and last downward. Where all keys are equal the order is the
server's own, as long as it is the same on every page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from conformance.oracles.model import Violation
from conformance.oracles.tasks.filter import ABSENT, TASK_FIELDS, TYPE_FIELDS, find
from conformance.oracles.tasks.model import STATES, Task, Type
from conformance.oracles.tasks.values import kind_of

_RANKS = {"null": 1, "bool": 2, "number": 3, "string": 4}
_ITEM = re.compile(r"(?P<minus>-?)(?P<path>[A-Za-z_]\w*(?:\.\w+)*)(?:\s+(?P<word>asc|desc))?")


class OrderError(ValueError):
    """The text is no order."""


@dataclass(frozen=True, slots=True)
class Key:
    """A field to sort by, and whether downward."""

    path: tuple[str, ...]
    down: bool = False


def parse_order(text: str) -> tuple[Key, ...]:
    """The keys of an order_by; none for an empty one.

    Raises:
        OrderError: it is malformed.
    """
    keys: list[Key] = []
    for part in text.split(",") if text.strip() else ():
        found = _ITEM.fullmatch(part.strip())
        if found is None or (found["minus"] and found["word"]):
            raise OrderError(f"cannot read {part!r}")
        key = Key(tuple(found["path"].split(".")), bool(found["minus"]) or found["word"] == "desc")
        if any(known.path == key.path for known in keys):
            raise OrderError(f"{found['path']} appears twice")
        keys.append(key)
    return tuple(keys)


def sortable(key: Key, collection: str) -> bool:
    """Whether items of a collection can be sorted by a key."""
    known = TASK_FIELDS if collection == "tasks" else TYPE_FIELDS
    kind = known.get(key.path[0], ("links", ""))[0]
    return kind != "links" and (kind == "struct") == (len(key.path) > 1)


def sort_value(item: Task | Type, path: tuple[str, ...]) -> tuple[Any, ...]:
    """A value that sorts among its like as the field does."""
    found = find(item, path)
    if found is ABSENT:
        return (0,)
    if len(path) == 1:
        return (1, STATES[found] if path == ("state",) else found)
    kind = kind_of(found)
    rank = _RANKS.get(kind, 5)
    return (rank, found) if kind in ("bool", "number", "string") else (rank,)


def judge_order(items: Sequence[Task | Type], order: str) -> Violation | None:
    """The first pair of neighbours that stands the wrong way round.

    Raises:
        OrderError: the order is malformed.
    """
    keys = parse_order(order)
    for one, other in pairwise(items):
        for key in keys:
            left, right = sort_value(one, key.path), sort_value(other, key.path)
            if left == right:
                continue
            if (left > right) != key.down:
                name = ".".join(key.path)
                shown = f"{_shown(one, key)} before {_shown(other, key)}"
                return Violation(code="order", text=f"by {order!r}: {name} {shown}")
            break
    return None


def ties(items: Sequence[Task | Type], order: str) -> Mapping[tuple[Any, ...], list[str]]:
    """Names of the items that an order does not tell apart, by their common values."""
    keys = parse_order(order)
    groups: dict[tuple[Any, ...], list[str]] = {}
    for item in items:
        values = tuple(sort_value(item, key.path) for key in keys)
        groups.setdefault(values, []).append(item.name)
    return {values: names for values, names in groups.items() if len(names) > 1}


def _shown(item: Task | Type, key: Key) -> str:
    found = find(item, key.path)
    return "absent" if found is ABSENT else repr(found)
