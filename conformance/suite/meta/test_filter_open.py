"""Filters about which the documents disagree: recorded, and judged where even that has bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

import grpc

from conformance.judging import (
    NEVER,
    Refused,
    advise,
    attempt,
    by_depth,
    expect,
    not_applicable,
    observe,
    requirement,
)
from conformance.oracles.meta.model import Kind
from conformance.strategies.meta_filters import quoted
from conformance.suite.laws.filters import Keys
from conformance.suite.meta.filtering import Own, any_own, equal, owns, some, values_of
from conformance.suite.meta.reading import turned_down
from conformance.targets.meta import MetaTarget

TAGS, LABELS = "metadata.tags", "metadata.labels"
REFUSED = frozenset({grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNIMPLEMENTED})
BROKEN = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})


@requirement("META-FLT-011")
def test_aliases_of_contains(meta: MetaTarget) -> None:
    # Those with tags first; without any, nothing has to be found.
    lists = some(meta)
    listed = sorted(lists, key=lambda listed: not values_of(listed, TAGS))[0]
    readings = set()
    for value in (*values_of(listed, TAGS), "gridproof-none")[: by_depth(full=3, staging=1)]:
        for word in ("CONTAIN", "HAVE"):
            text = f"{TAGS} {word} {quoted(value)}"
            if isinstance(attempt(partial(listed.found, text)), Refused):
                turned_down(partial(listed.found, text), text, codes=REFUSED)
                readings.add("refused")
            else:
                equal(listed, text, f"{TAGS} CONTAINS {quoted(value)}", f"{word} as CONTAINS")
                readings.add("contains")
    for reading in sorted(readings):
        observe(reading, trait="M13a")


@requirement("META-FLT-012")
def test_like_is_refused_or_as_in_sql(meta: MetaTarget) -> None:
    readings = set()
    for listed in owns(meta, *by_depth(full=(), staging=("resources",))):
        for path in _texts(listed.kind)[:1]:
            for pattern in _patterns(listed, path)[: by_depth(full=30, staging=3)]:
                text = f"{path} LIKE {quoted(pattern)}"
                if isinstance(attempt(partial(listed.found, text)), Refused):
                    turned_down(partial(listed.found, text), text, codes=REFUSED)
                    readings.add("refused")
                    break
                listed.steady(partial(_finds, listed, text))
                readings.add("sql")
    if not readings:
        not_applicable("no hook is declared, and no resource has a text to compare")
    for reading in sorted(readings):
        observe(reading, trait="M13")


def _texts(kind: Kind) -> list[str]:
    return [f.name for f in kind.fields.values() if f.type == "string" and f.shape == "one"]


def _patterns(listed: Own, path: str) -> list[str]:
    """Patterns that fit some of the texts, whole or in part, whether or not case matters."""
    texts = [str(value) for value in values_of(listed, path)]
    plain = [text for text in texts if len(text) > 2 and not set(text) & set('%_\\"')]
    found: list[str] = []
    for text in plain[:3]:
        found += [text[1:], f"{text[:2]}%", text[:-1], f"_{text[1:]}", f"%{text[-2:]}", text]
        found += [f"%{text[1:-1]}%", f"{text[:-1]}_", f"{text}_", f"{text}%"]
    return [pattern for pattern in found if _fitting(pattern, texts, 0) == _fitting(pattern, texts)]


def _fitting(pattern: str, texts: Iterable[str], flags: int = re.IGNORECASE) -> list[str]:
    wild = {"%": ".*", "_": "."}
    regex = "".join(wild.get(character, re.escape(character)) for character in pattern)
    return [text for text in texts if re.fullmatch(regex, text, flags | re.DOTALL)]


def _finds(listed: Own, text: str) -> None:
    found, wanted = listed.found(text), listed.wanted(text)
    expect(found == wanted, text, got=sorted(map(str, found)), wanted=sorted(map(str, wanted)))


@requirement("META-FLT-015")
def test_contains_on_a_map_is_survived(meta: MetaTarget) -> None:
    listed = any_own(meta, "resources", "regions", "services", "deployments")
    held = [item.get("metadata", {}).get("labels", {}) for item in listed.items]
    pairs = [
        pair for entries in held for pair in entries.items() if pair[0] not in entries.values()
    ]
    key, value = pairs[-1] if pairs else ("gridproof", "none")
    readings = {}
    for what, text in (
        ("keys", f"{LABELS} CONTAINS {quoted(key)}"),
        ("values", f"{LABELS} CONTAINS {quoted(value)}"),
        ("entries", f"{LABELS} CONTAINS {{{quoted(key)}: {quoted(value)}}}"),
        ("any", f"{LABELS} HAS ANY ({quoted(key)}, {quoted(value)})"),
    ):
        try:
            readings[what] = listed.found(text)
        except Refused as refusal:
            expect(refusal.code not in BROKEN, text, got=refusal.got, wanted="an answer")
            advise(refusal.code not in NEVER, text, got=refusal.got, wanted="a refusal")
    names = listed.names
    expect(listed.found(None) == names, "list after it", got=listed.found(None), wanted=names)
    observe(
        _reading(readings, _having(listed, key, None), _having(listed, None, value)), trait="M13b"
    )


def _having(listed: Own, key: str | None, value: str | None) -> Keys:
    """Names of those with such a key, or with such a value."""
    labels = {i["name"]: i.get("metadata", {}).get("labels", {}) for i in listed.items}
    return frozenset(n for n, held in labels.items() if key in held or value in held.values())


def _reading(found: dict[str, Keys], keyed: Keys, valued: Keys) -> str:
    if not found:
        return "refused"
    if found.get("keys") == keyed and keyed:
        return "keys"
    if found.get("values") == valued and valued:
        return "values"
    return "entries" if found.get("entries") else "other"


@requirement("META-FLT-025")
def test_unset_texts_are_empty_and_not_null(meta: MetaTarget) -> None:
    seen: set[str] = set()
    for listed in some(meta, *by_depth(full=(), staging=("resources", "regions"))):
        for path in _texts(listed.kind):
            listed.steady(partial(_null_or_empty, listed, path, seen))
    for reading in sorted(seen):
        observe(reading, trait="M14")


def _null_or_empty(listed: Own, path: str, seen: set[str]) -> None:
    unset = frozenset(item["name"] for item in listed.items if item[path] == "")
    null = listed.found(f"{path} IS NULL")
    wanted = f"none, or all of {sorted(map(str, unset))}"
    expect(not null or null == unset, f"{path} IS NULL", got=sorted(map(str, null)), wanted=wanted)
    if unset:
        seen.add("null" if null else "not null")
    equals = listed.found(f'{path} = ""')
    expect(
        equals == unset or (null and not equals),
        f'{path} = ""',
        got=sorted(map(str, equals)),
        wanted=sorted(map(str, unset)),
    )
