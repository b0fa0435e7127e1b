"""Which resources a list shows, and how many at once (seed 003, parent and page_size)."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from itertools import chain

from conformance.judging import (
    ABSENT,
    BAD_ARGUMENT,
    EVENT_S,
    Refused,
    advise,
    attempt,
    by_depth,
    expect,
    observe,
    requirement,
)
from conformance.oracles.meta.model import KINDS
from conformance.strategies.meta_filters import quoted
from conformance.suite.meta.changing import without_server_set
from conformance.suite.meta.reading import (
    absent_name,
    everything,
    families,
    kinds,
    names,
    pairs_of_families,
    turned_down,
    with_populations,
)
from conformance.suite.meta.walking import sizes
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population, existing

LARGEST = 2**31 - 1
WATCHES = 10
PUBLISHED_SIZE = 100
"""Items of a page without a size in the published pager."""

CHILDREN = ("deployments", "resources")
"""Kinds that have parents."""


@requirement("META-LST-001")
def test_list_shows_the_children_of_the_parent(meta: MetaTarget) -> None:
    for family in chain.from_iterable(pairs_of_families(meta)):
        plural, parent, wanted = family.kind, family.parent, family.children
        shown = names(existing(meta, plural, parent))
        foreign = [name for name in shown if not name.startswith(f"{parent}/")]
        expect(not foreign, f"{plural} of {parent}", got=foreign, wanted="its children only")
        lost = sorted(set(wanted) - set(shown))
        gone = lost and set(meta.batch(plural, lost)[1]) == set(lost)
        what = f"{plural} of {parent}"
        expect(gone or not lost, what, got=f"without {lost}", wanted=wanted)


@requirement("META-LST-001")
def test_filter_does_not_lift_the_parent(meta: MetaTarget) -> None:
    for one, other in pairs_of_families(meta):
        both = (*one.children, *other.children)
        text = f"name IN ({', '.join(map(quoted, both))})"
        page = meta.list(one.kind, parent=one.parent, filter=text, size=len(both))
        shown = names(page.items)
        foreign = [name for name in shown if not name.startswith(f"{one.parent}/")]
        what = f"{one.kind} of {one.parent}, filtered by {text}"
        expect(not foreign, what, got=foreign, wanted="its children only")


@requirement("META-LST-001")
def test_list_shows_all_of_a_population(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        shown = sorted(names(everything(meta, population)), key=str.encode)
        what = f"list of {population.kind}"
        expect(shown == population.names, what, got=shown, wanted=population.names)

    with_populations(meta, body, at_most=2)


@requirement("META-LST-001", needs=["mutate"])
def test_parents_whose_names_begin_alike(meta: MetaTarget) -> None:
    for plural in CHILDREN:
        population = meta.population(plural, 2)
        longer = meta.fresh(KINDS[plural].parent, name=f"{population.parent}a")
        first = population.items[0]["name"].removeprefix(f"{population.parent}/")
        child = without_server_set({**population.items[0], "name": f"{longer['name']}/{first}"})
        for data in (longer, child):
            meta.hook.upsert(data)
        below = names(existing(meta, plural, longer["name"], until=[child["name"]]))
        what = f"{plural} of {longer['name']}"
        expect(below == [child["name"]], what, got=below, wanted=[child["name"]])
        shown = names(existing(meta, plural, population.parent))
        what = f"{plural} of {population.parent}"
        expect(shown == population.names, what, got=shown, wanted=population.names)


@requirement("META-LST-002")
def test_wildcard_lists_across_parents(meta: MetaTarget) -> None:
    for pair in pairs_of_families(meta):
        plural = pair[0].kind
        wanted = [name for family in pair for name in family.children]
        wild = f"{KINDS[plural].parent}/-"
        answer = attempt(partial(existing, meta, plural, wild, until=wanted))
        if isinstance(answer, Refused):
            advise(False, f"{plural} of {wild}", got=answer.code, wanted="those of all parents")
            continue
        lost = sorted(set(wanted) - set(names(answer)))
        gone = lost and set(meta.batch(plural, lost)[1]) == set(lost)
        expect(gone or not lost, f"{plural} of {wild}", got=f"without {lost}", wanted=wanted)


@requirement("META-LST-003")
def test_list_below_an_unknown_parent(meta: MetaTarget) -> None:
    for plural in CHILDREN:
        parent = absent_name(meta, KINDS[plural].parent)
        answer = attempt(partial(meta.list, plural, parent=parent))
        what = f"{plural} of a parent that does not exist"
        if isinstance(answer, Refused):
            expect(answer.code in ABSENT | BAD_ARGUMENT, what, got=answer.code, wanted=ABSENT)
            advise(answer.code in ABSENT, what, got=answer.code, wanted=ABSENT)
            observe("not found", trait="M38")
        else:
            expect(not answer.items, what, got=names(answer.items), wanted="none, or not found")
            observe("empty", trait="M38")


@requirement("META-LST-004")
def test_no_page_is_larger_than_asked(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        number = len(population.items)
        for size in by_depth(full=tuple(range(1, min(number, 8) + 2)), staging=sizes(number)):
            got = len(meta.list(population.kind, **population.scope, size=size).items)
            what = f"items on a page of {size} of {number} {population.kind}"
            expect(got <= size, what, got=got, wanted=f"at most {size}")

    with_populations(meta, body)


@requirement("META-LST-005")
def test_no_size_means_a_default(meta: MetaTarget) -> None:
    for plural in kinds():
        for parent, _ in families(meta, plural):
            sized = meta.list(plural, parent=parent, size=3)
            unsized = meta.list(plural, parent=parent)
            zero = meta.list(plural, parent=parent, size=0)
            what = f"first page of {plural} without a size"
            if not (unsized.items and zero.items):
                sized = meta.list(plural, parent=parent, size=3)  # others may have removed all
                expect(not sized.items, what, got="empty", wanted=f"some of {names(sized.items)}")
            if sized.items:
                break


@requirement("META-LST-005")
def test_default_size(meta: MetaTarget) -> None:
    count = PUBLISHED_SIZE + 3
    if meta.depth == "full" and "atomic" in meta.capabilities:
        population = meta.population("deployments", count)
        page = meta.list("deployments", parent=population.parent)
        observe("100" if len(page.items) == PUBLISHED_SIZE else "other", trait="M8")
        shown = names(everything(meta, population))
        expect(sorted(shown) == population.names, f"all {count} items", got=len(shown))
        return
    for plural in kinds():
        for parent, items in families(meta, plural):
            page = meta.list(plural, parent=parent)
            if page.next and len(items) >= PUBLISHED_SIZE:
                observe("100" if len(page.items) == PUBLISHED_SIZE else "other", trait="M8")
                return


@requirement("META-LST-006")
def test_negative_size_is_refused(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for size in (-1, -(2**31)):
            call = partial(meta.list, population.kind, **population.scope, size=size)
            turned_down(call, f"a page size of {size}")

    with_populations(meta, body)


@requirement("META-LST-007")
def test_huge_size_does_no_harm(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        shown = sorted(names(everything(meta, population, size=LARGEST)), key=str.encode)
        what = f"walk with page size {LARGEST}"
        expect(shown == population.names, what, got=shown, wanted=population.names)

    with_populations(meta, body)


@requirement("META-LST-008")
def test_list_does_not_mind_watches(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        wanted = everything(meta, population)
        with ExitStack() as open_:
            for number in range(by_depth(full=WATCHES, staging=3)):
                type_ = ("stateful", "stateless")[number % 2]
                watch = meta.watch(population.kind, **population.scope, type=type_)
                open_.enter_context(watch).first(EVENT_S)
            got = everything(meta, population)
        expect(got == wanted, "list with watches open", got=names(got), wanted=names(wanted))

    with_populations(meta, body)
