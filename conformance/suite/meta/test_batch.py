"""Getting several resources at once (seed 003, BatchGetRegions and its siblings)."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from typing import Any

from hypothesis import strategies as st

from conformance.context import current
from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    attempt,
    by_depth,
    expect,
    explore,
    observe,
    requirement,
)
from conformance.oracles.meta.model import KINDS
from conformance.strategies.meta_queries import mask_paths
from conformance.suite.meta.reading import (
    CALLERS_FAULT,
    INTERNAL,
    absent_name,
    hint,
    kinds,
    names,
    pairs_of_families,
    with_populations,
)
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population

MANY = 120
"""So many absent names are asked for in one call: more than a page of a list holds."""


def _mixed(meta: MetaTarget, population: Population, absent: int = 2) -> tuple[list[str], set[str]]:
    """Names in no order, some of which do not exist; and those that do not."""
    unknown = [absent_name(meta, population.kind, population.parent) for _ in range(absent)]
    asked = [*population.names, *unknown]
    random.Random(current().seed_here).shuffle(asked)
    return asked, set(unknown)


@requirement("META-BAT-001")
def test_every_existing_name_is_found(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        def found(some: list[int]) -> None:
            chosen = [population.names[at % len(population.names)] for at in some]
            asked = list(dict.fromkeys(chosen))
            got, missing = meta.batch(population.kind, asked)
            lost = sorted(set(asked) - set(names(got)))
            what = f"{len(asked)} existing {population.kind}"
            expect(not lost and not missing, what, got=f"without {lost or missing}", wanted="all")

        some = st.lists(st.integers(0, 20), min_size=1, max_size=6)
        everything = list(range(len(population.names)))
        explore(found, examples=6, directed=({"some": everything}, {"some": [0]}), some=some)

    with_populations(meta, body)


@requirement("META-BAT-002")
def test_absent_names_are_missing(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        asked, unknown = _mixed(meta, population)
        for some in (asked, sorted(unknown), [population.names[0], min(unknown)]):
            _, missing = meta.batch(population.kind, some)
            wanted = unknown & set(some)
            told = sorted(wanted & set(missing))
            expect(set(told) == wanted, "missing names", got=told, wanted=sorted(wanted))

    with_populations(meta, body)


@requirement("META-BAT-002")
def test_many_names_in_one_call(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        asked, unknown = _mixed(meta, population, absent=MANY)
        found, missing = meta.batch(population.kind, asked)
        lost = sorted(unknown - set(missing))
        expect(not lost, f"missing among {len(asked)} names", got=f"without {lost}", wanted="all")
        lost = sorted(set(population.names) - set(names(found)))
        expect(not lost, f"found among {len(asked)} names", got=f"without {lost}", wanted="all")

    with_populations(meta, body, at_most=1)


@requirement("META-BAT-003")
def test_found_and_missing_are_what_was_asked(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        asked, _ = _mixed(meta, population)
        found, missing = meta.batch(population.kind, asked)
        both = sorted(set(names(found)) & set(missing))
        expect(not both, "names found and missing", got=both, wanted="none")
        told = Counter([*names(found), *missing])
        expect(told == Counter(asked), "found and missing names", got=sorted(told), wanted=asked)

    with_populations(meta, body)


@requirement("META-BAT-004")
def test_order_of_a_batch(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        asked, _ = _mixed(meta, population, absent=0)
        for order in (asked, asked[::-1]):
            shown = names(meta.batch(population.kind, order)[0])
            observe("request order" if shown == order else "other", trait="M16")

    with_populations(meta, body, least=2)


@requirement("META-BAT-005")
def test_name_may_be_asked_twice(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        name, unknown = population.names[0], absent_name(meta, population.kind, population.parent)
        found, missing = meta.batch(population.kind, [name, unknown, name, unknown])
        what = f"{name}, asked for twice"
        expect(names(found) in ([name], [name, name]), what, got=names(found), wanted="it")
        expect(set(missing) == {unknown}, "missing names", got=missing, wanted=unknown)
        observe("once" if len(found) == 1 else "twice", trait="M16a")

    with_populations(meta, body)


@requirement("META-BAT-006")
def test_names_of_several_parents(meta: MetaTarget) -> None:
    for families in pairs_of_families(meta):
        plural = families[0].kind
        asked = [name for family in families for name in family.children]
        found, missing = meta.batch(plural, asked)
        lost = sorted(set(asked) - set(names(found)) - set(missing))
        expect(not lost, f"{plural} of two parents", got=f"without {lost}", wanted=asked)


@requirement("META-BAT-007")
def test_view_and_mask_shape_each_item(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        paths = mask_paths(KINDS[population.kind])
        asked = population.names[: by_depth(full=3, staging=2)]

        def shaped(mask: list[str] | None, view: str | None) -> None:
            shape: dict[str, Any] = {"mask": mask, "view": view}
            batch = attempt(lambda: meta.batch(population.kind, asked, **shape)[0])
            each = attempt(lambda: [meta.get(name, **shape) for name in asked])
            if isinstance(batch, Refused) or isinstance(each, Refused):
                both = isinstance(batch, Refused) and isinstance(each, Refused)
                expect(both, f"BatchGet of {asked}", got=batch, wanted=f"what Get answers: {each}")
                return
            # Neither is the order fixed, nor is the name in every answer.
            lost = [item for item in each if item not in batch]
            same = not lost and len(batch) == len(each)
            expect(same, f"BatchGet of {asked}", got=batch, wanted=each)

        explore(
            shaped,
            examples=6,
            directed=(
                {"mask": None, "view": "NAME"},
                {"mask": ["metadata.labels"], "view": None},
            ),
            mask=st.one_of(st.none(), st.lists(st.sampled_from(paths), min_size=1, max_size=3)),
            view=st.sampled_from((None, "NAME", "BASIC", "DETAIL", "FULL")),
        )

    with_populations(meta, body)


@requirement("META-BAT-008")
def test_malformed_name_in_a_batch(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        name = population.names[0]
        for bad in (f"{population.kind}/", "foo/x", "", f"{name}/"):
            what = f"a batch with {bad!r}"
            try:
                found, missing = meta.batch(population.kind, [name, bad])
            except Refused as refusal:
                known = CALLERS_FAULT | INTERNAL
                expect(refusal.code in known, what, got=refusal.code, wanted=BAD_ARGUMENT)
                hint(refusal.code in BAD_ARGUMENT, what, got=refusal.code, wanted=BAD_ARGUMENT)
            else:
                got = f"found {names(found)}, missing {missing}"
                told = bad in missing and names(found) == [name]
                expect(told, what, got=got, wanted="refused, or missing")

    with_populations(meta, body)


@requirement("META-BAT-009")
def test_batch_of_nothing(meta: MetaTarget) -> None:
    for plural in kinds():
        answer = attempt(partial(meta.batch, plural, []))
        if isinstance(answer, Refused):
            what = "a batch of no names"
            expect(answer.code in CALLERS_FAULT, what, got=answer.code, wanted=BAD_ARGUMENT)
            observe("refused", trait="M16b")
        else:
            found, missing = answer
            got = (names(found), missing)
            expect(got == ([], []), "a batch of no names", got=got, wanted="nothing")
            observe("empty", trait="M16b")
