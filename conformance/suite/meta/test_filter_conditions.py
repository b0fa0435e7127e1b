"""What single conditions mean: comparisons, IN, NULL, CONTAINS (seed 003, filter operators)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from conformance.judging import advise, by_depth, expect, not_applicable, requirement, sampled
from conformance.oracles.meta.filter_terms import ORDERING
from conformance.oracles.meta.paths import resolve
from conformance.strategies.meta_filters import list_paths, literal, nullable_paths, quoted
from conformance.suite.meta.filtering import Own, agrees, any_own, equal, owns, splits, values_of
from conformance.targets.meta import MetaTarget

SIGNS = ("=", "!=", *sorted(ORDERING))

NEVER = '"gridproof-none"'
"""A text that nothing has."""

NESTED = {
    "regions": ("location.country", "location.city", "metadata.generation"),
    "services": ("metadata.generation", "metadata.uuid", "metadata.lifecycle.state"),
    "resources": ("metadata.generation", "metadata.lifecycle.state", "metadata.uuid"),
    "deployments": ("metadata.uuid", "metadata.generation", "metadata.resource_version"),
}


@requirement("META-FLT-002")
def test_comparisons_at_their_bounds(meta: MetaTarget) -> None:
    kinds = by_depth(full=("resources", "regions", "services"), staging=("resources",))
    for listed in owns(meta, *kinds):
        fields = listed.kind.fields.values()
        texts = [f.name for f in fields if f.type == "string" and f.shape == "one"]
        for path in sampled((*texts[:2], "metadata.generation"), 1):
            leaf = resolve(path, listed.kind.message).leaf
            near = sampled(list(_near(values_of(listed, path))), 3)
            for value in near[: by_depth(full=9, staging=1)]:
                for sign in sampled(SIGNS, 4):
                    agrees(listed, f"{path} {sign} {literal(value, leaf)}")


def _near(values: Sequence[Any]) -> Iterator[Any]:
    """Some of these values and their neighbours, the values themselves first."""
    yield from values[:3]
    for value in values[:3]:
        yield from (value - 1, value + 1) if isinstance(value, int) else (f"{value}a", value[:-1])


@requirement("META-FLT-006")
def test_in_is_a_row_of_equalities(meta: MetaTarget) -> None:
    for listed in owns(meta, *by_depth(full=(), staging=("resources",))):
        for path in sampled(_single_paths(listed), 1):
            texts = _literals(listed, path)
            lists = ([*texts[:2], texts[-1]], texts[::-1], texts[-1:], texts[:1])
            for chosen in lists[: by_depth(full=4, staging=1)]:
                rows = " OR ".join(f"{path} = {text}" for text in chosen)
                where = f"{path} IN ({', '.join(chosen)})"
                equal(listed, where, rows, f"{path} IN a list of {len(chosen)}")
                agrees(listed, where)


def _single_paths(listed: Own) -> list[str]:
    """Fields of the resource itself that have values, and its generation."""
    own_fields = [f for f in listed.kind.fields.values() if f.shape == "one"]
    known = [f.name for f in own_fields if f.type in ("string", "name")]
    found = [path for path in (*known, "metadata.generation") if values_of(listed, path)]
    return found or not_applicable(f"no {listed.kind.plural} have values to compare")


def _literals(listed: Own, path: str) -> list[str]:
    """What they hold there as the filter language writes it, then what none of them holds."""
    leaf = resolve(path, listed.kind.message).leaf
    held = [literal(value, leaf) for value in values_of(listed, path)[:4]]
    if leaf.type == "name":
        return held
    return [*held, "-7" if leaf.type == "int64" else NEVER]


@requirement("META-FLT-007")
def test_in_with_brackets_and_not_in(meta: MetaTarget) -> None:
    for listed in owns(meta, *by_depth(full=(), staging=("resources",))):
        for path in _single_paths(listed)[: by_depth(full=3, staging=1)]:
            texts = _literals(listed, path)
            for chosen in sampled((texts[:1], [*texts[1:2], texts[-1]]), 1):
                inner = ", ".join(chosen)
                equal(listed, f"{path} IN ({inner})", f"{path} IN [{inner}]", f"{path} IN brackets")
                if not path.startswith("metadata"):  # where nothing can be absent
                    splits(listed, f"{path} IN ({inner})", f"{path} NOT IN ({inner})")
                    splits(listed, f"{path} IN [{inner}]", f"{path} NOT IN [{inner}]")


@requirement("META-FLT-008")
def test_null_splits_by_what_is_there(meta: MetaTarget) -> None:
    for listed in owns(meta, *by_depth(full=(), staging=("regions",))):
        paths = [path for path in nullable_paths(listed.kind) if "labels" not in path]
        for path in sampled(paths, 1):
            splits(listed, f"{path} IS NULL", f"{path} IS NOT NULL")
            agrees(listed, f"{path} IS NULL")
            agrees(listed, f"{path} IS NOT NULL")


def _lists(listed: Own) -> list[tuple[str, list[str]]]:
    """Repeated texts that hold any, and their values."""
    found = [(path, values_of(listed, path)) for path in list_paths(listed.kind)]
    return [(path, values) for path, values in found if values]


def _with_lists(meta: MetaTarget) -> list[tuple[Own, str, list[str]]]:
    """Resources with a list that holds anything, its path and its values."""
    kinds = by_depth(full=(), staging=("resources", "services"))
    found = [
        (listed, path, values) for listed in owns(meta, *kinds) for path, values in _lists(listed)
    ]
    # Without any, nothing has to be found.
    return found or [
        (
            any_own(meta, "deployments", "regions", "resources", "services"),
            "metadata.tags",
            ["gridproof-none"],
        )
    ]


@requirement("META-FLT-009")
def test_contains_finds_whole_elements(meta: MetaTarget) -> None:
    for listed, path, values in sampled(_with_lists(meta), 2):
        shorter = [value[:-1] for value in values if len(value) > 1]
        for value in sampled(list(dict.fromkeys((*values, *shorter, "gridproof-none"))), 3):
            agrees(listed, f"{path} CONTAINS {quoted(value)}")


@requirement("META-FLT-010")
def test_has_any_and_all(meta: MetaTarget) -> None:
    for listed, path, values in sampled(_with_lists(meta), 1):
        a, b = quoted(values[0]), quoted(values[-1])
        one, other = f"{path} CONTAINS {a}", f"{path} CONTAINS {b}"
        laws = (
            (f"{path} HAS {a}", one),
            (f"{path} CONTAINS VALUE {a}", one),
            (f"{path} CONTAINS ANY ({a}, {b})", f"{one} OR {other}"),
            (f"{path} CONTAINS ANY ({a}, {NEVER})", one),
            (f"{path} CONTAINS ALL ({a}, {b})", f"{one} AND {other}"),
            (f"{path} HAS ALL [{a}, {NEVER}]", f'{path} CONTAINS "gridproof-none"'),
            (f"{path} HAS ANY [{b}]", other),
        )
        for where, same_as in sampled(laws, 3):
            equal(listed, where, same_as, f"{where}, as CONTAINS says it")


@requirement("META-FLT-013")
def test_nested_fields_are_compared(meta: MetaTarget) -> None:
    asked = 0
    for listed in owns(meta, *by_depth(full=(), staging=("regions",))):
        for path in NESTED[listed.kind.plural]:
            leaf = resolve(path, listed.kind.message).leaf
            for value in values_of(listed, path)[: by_depth(full=3, staging=1)]:
                asked += 1
                agrees(listed, f"{path} = {literal(value, leaf)}")
                agrees(listed, f"{path} IN ({literal(value, leaf)})")
    if not asked:
        not_applicable("no hook is declared, and no resource has nested fields")


@requirement("META-FLT-014")
def test_values_under_keys_are_compared(meta: MetaTarget) -> None:
    asked = 0
    for listed in owns(meta):
        agrees(listed, f"metadata.labels.gridproof-none = {NEVER}")
        for maps in ("labels", "annotations"):
            held = [item.get("metadata", {}).get(maps, {}) for item in listed.items]
            pairs = {(key, value) for entries in held for key, value in entries.items()}
            for key, value in sampled(sorted(pair for pair in pairs if _is_ident(pair[0])), 3)[:8]:
                if asked == by_depth(full=None, staging=4):
                    return
                asked += 1
                agrees(listed, f"metadata.{maps}.{key} = {quoted(value)}")


def _is_ident(key: str) -> bool:
    """Whether a key can stand in a path as it is."""
    plain = key.replace("-", "").replace("/", "").replace("_", "")
    starts = key[:1].isalpha() or key.startswith("_")
    return bool(plain.isalnum() and key.isascii() and starts and not key.endswith("-"))


@requirement("META-FLT-022")
def test_texts_with_escapes(meta: MetaTarget) -> None:
    for listed in owns(meta, *by_depth(full=("services", "regions"), staging=("regions",))):
        fields = listed.kind.fields.values()
        texts = [f.name for f in fields if f.type == "string" and f.shape == "one"]
        for path in texts[: by_depth(full=2, staging=1)]:
            held = sorted(values_of(listed, path), key=_is_plain)
            # The same word with another letter where an alphabet of bytes has none.
            near = [re.sub(r"[^\x00-\x7f]", "ø", value) for value in held]
            values = list(dict.fromkeys((*held, *near, 'a "b" \\ c', "\\", '"', "ü€𝄞")))
            for value in sampled(values, 3):
                agrees(listed, f"{path} = {quoted(value)}")
                if by_depth(full=True, staging=not _is_plain(value)):
                    agrees(listed, f"{path} IN ({NEVER}, {quoted(value)})")


def _is_plain(value: str) -> bool:
    return value.isascii() and '"' not in value and "\\" not in value


@requirement("META-FLT-023")
def test_names_with_wildcards(meta: MetaTarget) -> None:
    for listed in owns(meta, *by_depth(full=(), staging=("resources",))):
        kind = listed.kind
        anything = "/".join(f"{segment.collection}/-" for segment in kind.segments)
        wild = {anything}
        if kind.parent:
            wild.add(f"{listed.items[0]['name'].rpartition('/')[0]}/-")
        for name in sorted(wild):
            listed.steady(partial(_all_or_none, listed, name))
            splits(listed, f"name = {quoted(name)}", f"name != {quoted(name)}")


def _all_or_none(listed: Own, name: str) -> None:
    found, what = listed.found(f"name = {quoted(name)}"), f"{listed.kind.plural} named {name}"
    got = sorted(map(str, found))
    expect(not found or found == listed.names, what, got=got, wanted=sorted(listed.names, key=str))
    advise(found, what, got="none", wanted="all")
