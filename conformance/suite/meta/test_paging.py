"""Pages forward while nothing changes (seed 003, page_size, page_token and next_page_token)."""

from __future__ import annotations

from functools import partial

from hypothesis import strategies as st

from conformance.judging import by_depth, expect, explore, observe, requirement, sampled
from conformance.oracles.meta.model import Page
from conformance.oracles.meta.paging import judge_forward
from conformance.suite.laws.paging import CONTENT, judge_static
from conformance.suite.meta.reading import REST_KINDS, absent_name, names, with_populations
from conformance.suite.meta.walking import (
    FEW,
    MetaListing,
    first_of_several,
    sequence,
    sizes,
    steps_forward,
    tied,
)
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population


def _content(api: MetaTarget, population: Population) -> None:
    """Walks of several sizes in two orders; ties are where keys alone lose the place."""
    number = len(population.items)
    few = (1 if number <= FEW else number // 3,)
    for order in by_depth(full=("", tied(population)), staging=(tied(population),)):
        for size in by_depth(full=sizes(number), staging=few):
            listing = MetaListing(api, population, order)
            judge_static(listing, population.names, size, CONTENT)


@requirement("META-PAG-001")
def test_pages_join_to_the_whole_list(meta: MetaTarget) -> None:
    with_populations(meta, partial(_content, meta))


@requirement("META-PAG-001", needs=["rest"])
def test_pages_join_to_the_whole_list_over_rest(meta: MetaTarget) -> None:
    with_populations(meta, partial(_content, meta.over_rest()), in_full=REST_KINDS)


def _ending(api: MetaTarget, population: Population) -> None:
    number = len(population.items)
    for size in sizes(number):
        pages = steps_forward(api, population, size)
        what = f"walk of {len(pages)} pages of {size} over {number} {population.kind}"
        endless = [v.text for v in judge_forward(pages, size=size) if v.code == "endless"]
        expect(not endless, what, got=endless, wanted="an end, after one empty page at most")
        observe("never" if pages[-1].items else "sometimes", trait="M9")


@requirement("META-PAG-002")
def test_walk_comes_to_an_end(meta: MetaTarget) -> None:
    with_populations(meta, partial(_ending, meta))


@requirement("META-PAG-002", needs=["rest"])
def test_walk_comes_to_an_end_over_rest(meta: MetaTarget) -> None:
    with_populations(meta, partial(_ending, meta.over_rest()), in_full=REST_KINDS)


@requirement("META-PAG-002")
def test_list_of_nothing_has_no_next_page(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        nothing = f'name = "{absent_name(meta, population.kind, population.parent)}"'
        page = meta.list(population.kind, parent=population.parent, filter=nothing, size=1)
        got = (names(page.items), page.prev, page.next)
        expect(got == ([], "", ""), "page and tokens of an empty list", got=got)

    with_populations(meta, body)


@requirement("META-PAG-003")
def test_first_page_has_no_previous_token(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for order in ("", tied(population), "name desc"):
            for size in sampled((1, 2, len(population.items) + 1), 1):
                page = meta.list(population.kind, **population.scope, size=size, order=order)
                what = f"previous token of the first page of {size}, ordered by {order!r}"
                expect(page.prev == "", what, got=page.prev, wanted="none")

    with_populations(meta, body)


@requirement("META-PAG-006")
def test_token_leads_to_the_same_page_again(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        first = first_of_several(meta, population)

        def turn(token: str) -> Page:
            return meta.list(population.kind, **population.scope, size=1, token=token)

        second = turn(first.next)
        for token, wanted in ((first.next, second), (second.prev, turn(second.prev))):
            again = turn(token)
            got = names(again.items)
            expect(got == names(wanted.items), "page of a token used again", got=got)
            same = (bool(again.prev), bool(again.next)) == (bool(wanted.prev), bool(wanted.next))
            expect(same, "tokens of a token used again", got=again, wanted=wanted)

    with_populations(meta, body, least=3)


def _changing_sizes(api: MetaTarget, population: Population) -> None:
    for order in sampled(("", tied(population)), 1):
        whole = sequence(api, population, order)

        def walk(chosen: list[int], whole: list[str] = whole, order: str = order) -> None:
            listing, shown, token = MetaListing(api, population, order), list[str](), ""
            for size in [*chosen, *[len(whole)] * (len(whole) + 5)]:
                page = listing.turn(size, token)
                shown += names(page.items)
                token = page.next
                if not token:
                    break
            expect(shown == whole, f"walk with sizes {chosen}", got=shown, wanted=whole)

        explore(
            walk,
            examples=by_depth(full=6, staging=0),
            directed=({"chosen": [2, 1, 3]}, {"chosen": [1, 2]}),
            chosen=st.lists(st.integers(1, 4), min_size=2, max_size=5),
        )


@requirement("META-PAG-010")
def test_size_may_change_between_pages(meta: MetaTarget) -> None:
    with_populations(meta, partial(_changing_sizes, meta), least=3)


@requirement("META-PAG-010", needs=["rest"])
def test_size_may_change_between_pages_over_rest(meta: MetaTarget) -> None:
    with_populations(meta, partial(_changing_sizes, meta.over_rest()), least=3, in_full=REST_KINDS)
