"""Filters for meta resources: valid ones from the whole grammar, canonical ones, and broken ones.

Conditions aim at values that the given resources have, so that filters find some and not all.
Sources: the filter language of the published Go client; seed 003, filter fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from conformance.oracles.meta.fields import TABLES, Field
from conformance.oracles.meta.filter_terms import ORDERING
from conformance.oracles.meta.model import Data, Kind
from conformance.oracles.meta.paths import look, resolve
from conformance.oracles.meta.times import format_time
from conformance.oracles.meta.views import spellings
from conformance.strategies import meta

COMPARISONS = ("=", "==", "!=", *sorted(ORDERING))


def quoted(text: str) -> str:
    """A text as a literal of the filter language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def literal(value: Any, field: Field) -> str:
    """A value of a field (of an element, for lists and maps) as the filter language writes it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if field.type == "timestamp":
        return quoted(format_time(value))
    if field.type == "enum" and field.enum:
        by_number = {number: name for name, number in field.enum.items()}
        return quoted(by_number[value])
    return str(value) if isinstance(value, int) else quoted(value)


def comparable_paths(kind: Kind, *, plain: bool = False) -> tuple[str, ...]:
    """Paths of single scalars and keys of maps; `plain`: only those that no resource can lack."""
    found = tuple(_comparable(kind.message, ""))
    return tuple(p for p in found if not (plain and resolve(p, kind.message).may_be_absent))


def _comparable(message: str, prefix: str) -> Iterator[str]:
    for field in TABLES[message].values():
        path = prefix + field.name
        if field.shape == "map":
            yield from (f"{path}.{key}" for key in meta.KEYS[:2])
        elif field.shape == "one" and field.type != "message":
            yield path
        elif field.shape == "one":
            yield from _comparable(field.message, path + ".")


def list_paths(kind: Kind) -> tuple[str, ...]:
    """Paths of repeated texts."""
    own = [f.name for f in kind.fields.values() if f.shape == "list" and f.type == "string"]
    return (*own, "metadata.tags", "metadata.syncing.regions")


def nullable_paths(kind: Kind) -> tuple[str, ...]:
    """Paths whose IS NULL is clear: messages, lists, timestamps and keys of maps."""
    own = [f.name for f in kind.fields.values() if f.has_presence or f.shape == "list"]
    return (*own, "metadata.lifecycle", "metadata.tags", "metadata.labels.k")


@st.composite
def conditions(draw: st.DrawFn, kind: Kind, items: Sequence[Data], *, plain: bool = False) -> str:
    """One condition. `plain` ones every server has to take and to decide alike (§ FLT-026)."""
    form = "compare" if plain else draw(st.sampled_from(("compare", "compare", "list", "null")))
    if form == "null":
        path = draw(st.sampled_from(nullable_paths(kind)))
        return f"{_spelled(draw, path, kind)} IS {draw(st.sampled_from(('', 'NOT ')))}NULL"
    if form == "list":
        path = draw(st.sampled_from(list_paths(kind)))
        value = st.sampled_from((*meta.TAGS, *meta.VERSIONS)).map(quoted)
        words = draw(st.sampled_from(("CONTAINS", "HAS")))
        if draw(st.booleans()):
            every = draw(st.sampled_from(("ANY", "ALL")))
            return f"{path} {words} {every} ({', '.join(draw(st.lists(value, min_size=1)))})"
        return f"{path} {words} {draw(st.sampled_from(('', 'VALUE ')))}{draw(value)}"
    path = draw(st.sampled_from(comparable_paths(kind, plain=plain)))
    return _comparison(draw, path, kind, items, plain)


def _comparison(draw: st.DrawFn, path: str, kind: Kind, items: Sequence[Data], plain: bool) -> str:
    resolved = resolve(path, kind.message)
    field = resolved.leaf
    known = [look(item, resolved)[1] for item in items]
    values = st.one_of(
        st.sampled_from([value for value in known if value is not None] or [_any(field)]),
        meta.single_values(field, True),
    ).filter(lambda value: field.type != "name" or value != "")
    text = values.map(lambda value: literal(value, field))
    spelled = path if plain else _spelled(draw, path, kind)
    if draw(st.integers(0, 3)) == 0:
        listed = ", ".join(draw(st.lists(text, min_size=1, max_size=3)))
        brackets = draw(st.sampled_from(("()", "[]")))
        word = draw(st.sampled_from(("IN", "NOT IN")))
        return f"{spelled} {word} {brackets[0]}{listed}{brackets[1]}"
    unordered = field.type in ("bool", "enum", "name") or (plain and field.type == "timestamp")
    operator = draw(st.sampled_from(COMPARISONS[:3] if unordered else COMPARISONS))
    return f"{spelled} {operator} {draw(text)}"


def _any(field: Field) -> Any:
    if field.type == "timestamp":
        return meta.TIMES[0]
    if field.type == "bool":
        return False
    return "" if field.type in ("string", "name") else 0


def _spelled(draw: st.DrawFn, path: str, kind: Kind) -> str:
    return draw(st.sampled_from(spellings(path, kind)))


def filters(
    kind: Kind, items: Sequence[Data] = (), *, plain: bool = False, max_leaves: int = 5
) -> st.SearchStrategy[str]:
    """Valid filters of conditions, AND, OR, NOT, juxtaposition, `+`, `|` and parentheses."""

    def combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        joiner = st.sampled_from((" AND ", " OR ", " and ", " Or ", " + ", " | ", " "))
        pair = st.tuples(inner, joiner, inner).map("".join)
        return st.one_of(
            pair, pair.map("({})".format), inner.map("NOT ({})".format), inner.map("({})".format)
        )

    leaves = conditions(kind, items, plain=plain)
    return st.recursive(leaves, combine, max_leaves=max_leaves)


def canonical(kind: Kind, *, text: str = "a") -> tuple[str, ...]:
    """Filters as the published client prints them, all of them legal for the kind."""
    field = (
        next(f.name for f in kind.fields.values() if f.type == "string" and f.shape == "one")
        if any(f.type == "string" for f in kind.fields.values())
        else "metadata.uuid"
    )
    name = f"{kind.plural}/x"
    return (
        "()",
        f"{field} = {quoted(text)}",
        f'({field} = {quoted(text)} AND {field} != "b")',
        f'({field} = {quoted(text)} OR ({field} = "b" AND {field} < "c"))',
        f"NOT {field} = {quoted(text)}",
        f'{field} IN ["a","b"]',
        f'{field} NOT IN ["a","b"]',
        'metadata.tags CONTAINS "red"',
        'metadata.tags CONTAINS ANY ("red", "green")',
        'metadata.tags CONTAINS ALL ("red", "green")',
        "metadata IS NULL",
        "metadata IS NOT NULL",
        "metadata.generation IS NaN",
        f"metadata.labels.k = {quoted(text)}",
        "metadata.generation >= 0",
        'metadata.create_time = "2024-01-01T00:00:00Z"',
        *([f"name = {quoted(name)}"] if not kind.parent else []),
    )


BAD_FILTERS = (
    *(" ", "  \t", "-- nothing but a comment", "AND", "OR", "NOT", "(", ")", "(()", "()()"),
    *("( )  OR ()", "name", "name =", "= 1", 'name "x"', '"x" = name', "name = x", "name = 'x'"),
    *('name = "x', 'name == = "x"', 'name <> "x"', 'name === "x"', 'name =! "x"', 'name => "x"'),
    *('name = "x" AND', 'name = "x" OR', 'AND name = "x"', 'name = "x" && name = "y"'),
    *('name = "x" || name = "y"', 'name = "x",', 'name = ("x")', 'name = ["x"]', "name IN ()"),
    *("name IN []", 'name IN "x"', 'name IN ("x"', 'name IN ("x" "y")', 'name IN ("x",)'),
    *('name IN ("x"]', "name IS", "name IS NOT", "name IS EMPTY", "name NOT NULL", "name NOT"),
    *(
        '.name = "x"',
        'name. = "x"',
        'name..x = "x"',
        '"name" = "x"',
        'metadata.tags CONTAINS ["v"]',
    ),
    *("metadata.tags CONTAINS", "metadata.tags CONTAINS ANY", 'metadata.tags ANY ("x")'),
    *("metadata.tags LIKE", "metadata.generation = +1", "metadata.generation = .5"),
    *("metadata.generation = 1.2.3", "metadata.generation < NULL", 'name = "x" name', "{}", "[]"),
    *('name = "x";', "name = $1", "name = @", "#", "\\", "name = {", 'name = {"a"}', "1 = 1"),
)
"""Texts that are no filter of any kind; a server ought to refuse each as INVALID_ARGUMENT."""


def bad_types(kind: Kind) -> tuple[str, ...]:
    """Well-formed filters with an unknown path or a value of the wrong type."""
    return (
        'nosuch = "x"',
        'NAME = "x"',
        'metadata.nosuch = "x"',
        'name.x = "x"',
        "name = 1",
        "name = TRUE",
        'metadata.generation = "5"',
        "metadata.generation = 5.0",
        "metadata.generation = 1e1",
        "metadata.generation = TRUE",
        'metadata.generation IN (1, "2")',
        "metadata.create_time = 5",
        'metadata.create_time = "2024-01-01"',
        'metadata.create_time = "yesterday"',
        'metadata.lifecycle.state = "NO_SUCH_STATE"',
        "metadata.tags CONTAINS 5",
        "metadata < NULL",
        'metadata = "x"',
        'metadata > {"uuid": "x"}',
        *(["is_default = 1", 'is_default = "TRUE"'] if kind.plural == "regions" else []),
        *(['is_regional = "x"'] if kind.plural == "resources" else []),
    )


NESTING = (65, 1000)
"""Depths of parentheses that a server may refuse, but not break at."""


def nested(depth: int) -> str:
    """A condition in so many pairs of parentheses."""
    return "(" * depth + "metadata.generation = 0" + ")" * depth


def mutilated(text: str) -> st.SearchStrategy[str]:
    """A filter with a character dropped, doubled, replaced or moved, or cut short."""
    if not text:
        return st.sampled_from(BAD_FILTERS)
    spots = st.integers(0, len(text) - 1)
    noise = st.sampled_from('()[]{}"\\=<>!,.:|+-&; \x00ü1aN')
    dropped = spots.map(lambda at: text[:at] + text[at + 1 :])
    doubled = spots.map(lambda at: text[:at] + text[at] + text[at:])
    cut = spots.map(lambda at: text[:at])
    replaced = st.tuples(spots, noise).map(lambda p: text[: p[0]] + p[1] + text[p[0] + 1 :])
    inserted = st.tuples(spots, noise).map(lambda p: text[: p[0]] + p[1] + text[p[0] :])
    return st.one_of(dropped, doubled, cut, replaced, inserted)
