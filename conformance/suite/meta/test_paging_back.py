"""Pages backwards, and walks to and fro (seed 003, prev_page_token)."""

from __future__ import annotations

from functools import partial

from hypothesis import strategies as st

from conformance.judging import by_depth, expect, explore, requirement, sampled
from conformance.suite.laws.zigzag import (
    AGAIN,
    BACK,
    FIRST,
    FORTH,
    SIZE,
    Move,
    judge_moves,
    moves,
    straight,
)
from conformance.suite.meta.reading import REST_KINDS, names, with_populations
from conformance.suite.meta.walking import (
    MetaListing,
    sequence,
    sizes,
    steps_back,
    steps_forward,
    tied,
)
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population

MOST_SIZE = 4
"""The largest page of drawn walks."""


def _way_back(api: MetaTarget, population: Population) -> None:
    number = len(population.items)
    for size in sizes(number):
        for order in sampled(("", f"{tied(population)} desc"), 1):
            there = steps_forward(api, population, size, order=order)
            back = steps_back(api, population, size, there[-1], order=order)
            wanted = [name for page in there[:-1] for name in names(page.items)]
            got = [name for page in reversed(back) for name in names(page.items)]
            what = f"pages of {size} before the last of {number} {population.kind}"
            expect(got == wanted, f"{what}, ordered by {order!r}", got=got, wanted=wanted)


@requirement("META-PAG-004")
def test_previous_tokens_lead_back(meta: MetaTarget) -> None:
    with_populations(meta, partial(_way_back, meta), least=2)


@requirement("META-PAG-004", needs=["rest"])
def test_previous_tokens_lead_back_over_rest(meta: MetaTarget) -> None:
    with_populations(meta, partial(_way_back, meta.over_rest()), least=2, in_full=REST_KINDS)


def _zigzag(api: MetaTarget, population: Population) -> None:
    """The law over the list of a population, in two orders."""
    number = len(population.items)
    orders = ("", f"{tied(population)} desc")
    whole = {order: sequence(api, population, order) for order in sampled(orders, 1)}

    def walk(order: str, way: list[Move]) -> None:
        turn = MetaListing(api, population, order).turn
        judge_moves(turn, whole[order], way, FORTH | AGAIN | SIZE | FIRST | BACK)

    explore(
        walk,
        examples=by_depth(full=10, staging=0),
        directed=({"order": next(iter(whole)), "way": straight(min(number, 7), 2)},),
        order=st.sampled_from(tuple(whole)),
        way=moves(MOST_SIZE),
    )


@requirement("META-PAG-005")
def test_walk_to_and_fro(meta: MetaTarget) -> None:
    with_populations(meta, partial(_zigzag, meta), least=2)


@requirement("META-PAG-005", needs=["rest"])
def test_walk_to_and_fro_over_rest(meta: MetaTarget) -> None:
    with_populations(meta, partial(_zigzag, meta.over_rest()), least=2, in_full=REST_KINDS)
