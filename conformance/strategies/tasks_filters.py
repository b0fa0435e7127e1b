"""Filters for tasks and types that were made for them, orders, and texts that are neither.

Trees aim at values that the items have, so that filters find some and not all; written out they
group everything by parentheses, so that no reader's precedence matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from hypothesis import strategies as st

from conformance.oracles.meta.times import format_time
from conformance.oracles.tasks.filter import ABSENT, TASK_FIELDS, TYPE_FIELDS, FieldKind, find
from conformance.oracles.tasks.filter_text import (
    And,
    Compare,
    In,
    Node,
    Not,
    Or,
    Value,
    literally,
)
from conformance.oracles.tasks.model import Task, Type
from conformance.oracles.tasks.values import kind_of

ORDERED = ("<", "<=", ">", ">=")
EQUAL = ("=", "!=")

MALFORMED = (
    "a = ",
    "type IN ()",
    "IN = 3",
    "type = 'x",
    "type = 'a' AND",
    "AND type = 'a'",
    "type = 'a')",
    "(type = 'a'",
    "type == ",
    "= 1",
    "type IN 'x'",
    "type ! b",
    "NOT",
    "type,name",
    "metadata..b = 1",
    "()",
    "type = 'b' OR",
    "type = = 'b'",
    'type = "b',
    "type IN ('a',)",
    "type IN ('a' 'b')",
    ">= 3",
    "OR",
)
"""Texts that no reading of the grammar takes; the first ones matter most."""

MISTAKEN = ("nope = 1", "create_time > 'x'", "state = new")
"""Filters of right form about unknown fields, or with values of a wrong kind."""

MORE_MISTAKEN = (
    "state < COMPLETED",
    "state = 1",
    "type.x = 'a'",
    "nope.a = 'b'",
    "nope(type) = 'a'",
    "create_time = '2026-13-01T00:00:00Z'",
    "update_time < yesterday",
    "links = 'a'",
)
"""Further ones, which only a careful server refuses."""

BAD_ORDERS = ("a,,b", "--create_time", "-create_time desc", "create_time up", "create_time,")
"""Texts that are no order."""

_PLAIN_KINDS: tuple[FieldKind, ...] = ("text", "state", "time", "struct")


def fields_of(items: Sequence[Task | Type]) -> Mapping[str, tuple[FieldKind, str]]:
    """The fields that such items have."""
    return TASK_FIELDS if isinstance(items[0], Task) else TYPE_FIELDS


def paths_of(
    items: Sequence[Task | Type], *, everywhere: bool = False
) -> tuple[tuple[str, ...], ...]:
    """Paths that can be compared: fields, and keys of metadata and annotations in some item.

    Args:
        items: of one collection, at least one.
        everywhere: only those that every item has, so that nothing depends on absence.
    """
    found: dict[tuple[str, ...], None] = {}
    for name, (kind, _) in fields_of(items).items():
        if kind == "struct":
            for item in items:
                found.update(dict.fromkeys(_keys(item, name)))
        elif kind in _PLAIN_KINDS:
            found[(name,)] = None
    return tuple(
        path
        for path in found
        if not everywhere or all(find(item, path) is not ABSENT for item in items)
    )


def _keys(item: Task | Type, name: str) -> Iterator[tuple[str, ...]]:
    value = find(item, (name,))
    for key, inner in value.items() if isinstance(value, Mapping) else ():
        if kind_of(inner) in ("string", "number", "bool", "null"):
            yield (name, key)


@st.composite
def comparisons(
    draw: st.DrawFn, items: Sequence[Task | Type], *, everywhere: bool = False
) -> Compare | In:
    """One comparison, or membership, about values near to those of the items."""
    path = draw(st.sampled_from(paths_of(items, everywhere=everywhere)))
    kind = fields_of(items)[path[0]][0]
    # What text, number and truth have in common is little: paths keep the kind of one item.
    having = [item for item in items if find(item, path) is not ABSENT]
    value = draw(values(kind, path, having))
    # Nobody says what a star, escaped or not, is to an order.
    unordered = kind == "state" or value.kind == "word" or "*" in value.text
    signs = EQUAL if unordered else (*EQUAL, *ORDERED)
    if kind != "time" and draw(st.integers(0, 3)) == 0:
        listed = (value, *draw(st.lists(values(kind, path, having), max_size=2)))
        return In(path, listed, negated=draw(st.booleans()))
    return Compare(path, draw(st.sampled_from(signs)), value)


@st.composite
def values(
    draw: st.DrawFn, kind: FieldKind, path: tuple[str, ...], items: Sequence[Task | Type]
) -> Value:
    """A literal for a field: what some item has, or something near to it."""
    found = find(draw(st.sampled_from(items)), path)
    if kind == "state":
        return Value(draw(st.sampled_from(("NEW", "IN_PROGRESS", "COMPLETED"))), "word")
    if kind == "time":
        near_ns = found + draw(st.sampled_from((-1000, 0, 1000)))
        offset = draw(st.sampled_from((0, 120, -330)))
        return Value(format_time(near_ns, offset_minutes=offset))
    if kind == "struct" and kind_of(found) == "number":
        return Value(_number(found + draw(st.sampled_from((-1, 0, 0, 1)))), "number")
    if kind == "struct" and kind_of(found) in ("bool", "null"):
        words = {None: "null", True: "true", False: "false"}
        return Value(words[found], "word")
    return Value(literally(draw(st.sampled_from((found, found, found + "x", found[:-1])))))


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def trees(
    items: Sequence[Task | Type], *, everywhere: bool = False, size: int = 5
) -> st.SearchStrategy[Node]:
    """Whole filters of up to so many comparisons.

    Args:
        items: of one collection, at least one.
        everywhere: only fields that every item has, so that NOT is the complement.
        size: number of comparisons.
    """
    leaves: st.SearchStrategy[Node] = comparisons(items, everywhere=everywhere)
    return st.recursive(leaves, _joined, max_leaves=size)


def _joined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(parts.map(And), parts.map(Or), st.builds(Not, inner, minus=st.booleans()))


def broken(text: str) -> tuple[str, ...]:
    """A filter made malformed: unclosed, cut in the middle of a comparison, doubled signs.

    Args:
        text: a right filter of one comparison with a quoted value.
    """
    return (
        f"({text}",
        f"{text})",
        f"{text} AND",
        f"{text} OR",
        f"AND {text}",
        f"NOT {text} AND NOT",
        text.replace("=", "= =", 1),
        text.removesuffix("'"),
        f"{text} AND ()",
    )


def excessive() -> tuple[str, ...]:
    """Filters of right form that are far too long, or too deep."""
    return (
        "type = '" + "a" * 100_000 + "'",
        "(" * 1000 + "type = 'a'" + ")" * 1000,
        " OR ".join(["type = 'a'"] * 10_000),
        "NOT (" * 1000 + "type = 'a'" + ")" * 1000,
    )


def orders(paths: Sequence[str]) -> st.SearchStrategy[str]:
    """Orders by up to three of these paths, in all spellings of the directions."""
    forms = st.sampled_from(("{0}", "-{0}", "{0} desc", "{0} asc", " {0} ", " -{0} "))
    keys = st.lists(st.sampled_from(list(paths)), min_size=1, max_size=3, unique=True)

    def spelled(chosen: list[str]) -> st.SearchStrategy[str]:
        parts = [forms.map(partial(_filled, path)) for path in chosen]
        return st.tuples(*parts).map(",".join)

    return keys.flatmap(spelled)


def _filled(path: str, form: str) -> str:
    return form.format(path)
