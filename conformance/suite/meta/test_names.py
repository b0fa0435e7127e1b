"""Names and references in answers (seed 003, name fields; published name parsers)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    attempt,
    by_depth,
    expect,
    not_applicable,
    observe,
    requirement,
    sampled,
)
from conformance.oracles.meta.model import KINDS, REGION, Data, Kind
from conformance.oracles.meta.names import WILDCARD, ids_of, is_readable, judge_names, references
from conformance.suite.meta.reading import (
    everything,
    families,
    foreign_run,
    kinds,
    names,
    seen,
    with_populations,
)
from conformance.suite.meta.walking import tied
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population

SPACE = re.compile(r"[\s\x00-\x1f\x7f]")


def _everywhere(meta: MetaTarget) -> Iterator[tuple[Kind, Data]]:
    """Everything that exists, as far as it is looked at; made resources where nothing does."""
    number = 0
    for plural in ("regions", "services", "deployments", "resources"):
        for _, items in seen(meta, plural):
            for item in items:
                number += 1
                yield KINDS[plural], item
    if not number:
        for plural in kinds():
            for item in meta.population(plural, shared=True).items:
                yield KINDS[plural], item


@requirement("META-NAM-001")
def test_names_have_their_pattern(meta: MetaTarget) -> None:
    for kind, item in _everywhere(meta):
        ids = ids_of(kind, item["name"])
        legal = ids is not None and all(map(_is_id, ids)) and _fits(kind, ids)
        expect(legal, f"a name of {kind.plural}", got=repr(item["name"]), wanted=kind.pattern)


def _is_id(id_: str) -> bool:
    return id_ != WILDCARD and not SPACE.search(id_)


def _fits(kind: Kind, ids: tuple[str, ...]) -> bool:
    """Whether ids have the documented form; wider ones of regions are another requirement's."""
    documented = {
        segment.collection: segment.sdk if segment is REGION else segment.doc
        for segment in kind.segments
    }
    # No document says how ids of services and resources look.
    for open_ in ("services", "resources"):
        if open_ in documented:
            documented[open_] = r"[^/]+"
    return all(
        re.fullmatch(pattern, id_, re.ASCII)
        for pattern, id_ in zip(documented.values(), ids, strict=True)
    )


@requirement("META-NAM-002")
def test_published_client_can_read_names_and_references(meta: MetaTarget) -> None:
    for kind, item in _everywhere(meta):
        wrong = [v.text for v in judge_names(kind, item) if v.code in ("unreadable", "pattern")]
        expect(not wrong, f"names in {item['name']}", got=wrong, wanted="names that it can read")


@requirement("META-NAM-003")
def test_region_ids_have_the_documented_form(meta: MetaTarget) -> None:
    wide = []
    for _, items in seen(meta, "regions"):
        for name in names(items or _made(meta)):
            if is_readable(KINDS["regions"], name, by="doc"):
                continue
            readable = is_readable(KINDS["regions"], name, by="sdk")
            expect(readable, "a name of regions", got=repr(name), wanted=REGION.doc)
            wide.append(name)
    observe("wide" if wide else "narrow", trait="M2")


def _made(meta: MetaTarget) -> tuple[Data, ...]:
    return meta.population("regions", shared=True).items


@requirement("META-NAM-004")
def test_names_appear_once(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        size = by_depth(full=3, staging=2)
        for order in sampled(("", tied(population)), 1):
            counted = Counter(names(everything(meta, population, order=order, size=size)))
            twice = [name for name, number in counted.items() if number > 1]
            what = f"names in the list of {population.kind}"
            expect(not twice, what, got=f"{twice} again", wanted="each name once")

    with_populations(meta, body)


@requirement("META-NAM-005")
def test_one_region_at_most_is_the_default(meta: MetaTarget) -> None:
    listed = names([item for item in _top(meta, "regions") if item["is_default"]])
    expect(len(listed) < 2, "default regions in the list", got=listed, wanted="one at most")
    answer = attempt(partial(meta.list, "regions", filter="is_default = TRUE"))
    if isinstance(answer, Refused):
        expect(answer.code in BAD_ARGUMENT, "a filter for the default", got=str(answer))
        return
    found = names(answer.items)
    expect(len(found) < 2, "regions that match is_default = TRUE", got=found, wanted="one at most")


def _top(meta: MetaTarget, plural: str) -> list[Data]:
    """What exists of a kind without parents."""
    return [item for _, items in seen(meta, plural) for item in items]


@requirement("META-NAM-006")
def test_current_version_is_one_of_all(meta: MetaTarget) -> None:
    for item in _top(meta, "services"):
        current, all_ = item["current_version"], item["all_versions"]
        if current and all_ and not foreign_run(item):
            what = f"current version of {item['name']}"
            expect(current in all_, what, got=current, wanted=f"one of {all_}")


@requirement("META-NAM-007")
def test_references_lead_somewhere(meta: MetaTarget) -> None:
    asked: dict[str, set[str]] = {}
    if "mutate" in meta.capabilities:
        for item in meta.population("deployments", shared=True).items:
            asked.setdefault("services", set()).add(item["service"])
    for plural in ("regions", "deployments"):
        for _, items in families(meta, plural):
            for item in items:
                if foreign_run(item):
                    continue  # what a suite makes may refer to what it has removed
                for reference in references(KINDS[plural], item):
                    asked.setdefault(reference.kind, set()).add(reference.name)
    if not asked:
        not_applicable("the target shows no reference")
    for plural, wanted in asked.items():
        readable = sorted(n for n in wanted if is_readable(KINDS[plural], n, by="sdk"))
        missing = meta.batch(plural, readable)[1] if readable else []
        dangling = sorted({*missing, *(wanted - set(readable))})
        expect(not dangling, f"references to {plural}", got=dangling, wanted="what exists")
