"""Pages while dispatches come and go (seed 000: tokens stay valid indefinitely)."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.judging import background, expect, explore, observe, requirement
from conformance.suite.dispatch.listing import DispatchListing
from conformance.suite.dispatch.test_paging import continued, keys, made
from conformance.suite.laws.paging import Step, judge_changing
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import SECOND_US

PAUSE_S = 60
"""How long a token is left alone before it is used."""

STEPS = st.builds(Step, what=st.sampled_from(("make", "drop")), which=st.integers(0, 11))


@requirement("DSP-PAG-009")
def test_token_can_be_used_again(dispatch: DispatchTarget) -> None:
    made(dispatch, 5)
    token = continued(dispatch, dispatch.list(size=2), "first page of 2 of 5 dispatches")
    once, twice = dispatch.list(token=token), dispatch.list(token=token)
    expect(
        keys(once) == keys(twice) and once.items,
        "page of a token used twice",
        got=keys(twice),
        wanted=keys(once) or "dispatches",
    )


@requirement("DSP-PAG-010")
@background(lasts_s=PAUSE_S + 2)
def test_token_is_good_after_a_pause(dispatch: DispatchTarget) -> None:
    made(dispatch, 3)
    token = continued(dispatch, dispatch.list(size=1), "first page of 1 of 3 dispatches")
    before = dispatch.list(token=token)
    dispatch.clock.sleep_until(dispatch.clock.now_us() + PAUSE_S * SECOND_US)
    after = dispatch.list(token=token)
    expect(
        keys(after) == keys(before) and after.items,
        f"page of a token after {PAUSE_S} s",
        got=keys(after),
        wanted=keys(before) or "dispatches",
    )


@requirement("DSP-PAG-011")
def test_token_outlives_the_entry_it_was_issued_at(dispatch: DispatchTarget) -> None:
    for anchor in (-1, 0):
        all_of_them = {item.id for item in made(dispatch, 6)}
        first = dispatch.list(size=2)
        token = continued(dispatch, first, "first page of 2 of 6 dispatches")
        expect(first.items, "first page of 2 of 6 dispatches", got="empty", wanted="dispatches")
        dispatch.delete(first.items[anchor].id)
        rest: list[int] = []
        while token:
            page = dispatch.list(token=token)
            rest += keys(page)
            token = page.next_token or ""
            expect(len(rest) <= 6, "rest of the walk", got=rest, wanted="an end")
        wanted = sorted(all_of_them - set(keys(first)))
        expect(
            sorted(rest) == wanted,
            "rest of the walk after a dispatch of its first page was deleted",
            got=sorted(rest),
            wanted=wanted,
        )


@requirement("DSP-PAG-012")
def test_what_stays_appears_once_whatever_comes_and_goes(dispatch: DispatchTarget) -> None:
    def body(count: int, size: int, script: list[list[Step]]) -> None:
        judge_changing(DispatchListing(dispatch), count, size, script)

    drop, make = Step(what="drop"), Step(what="make")
    explore(
        body,
        count=st.integers(2, 9),
        size=st.integers(1, 4),
        script=st.lists(st.lists(STEPS, max_size=3), max_size=4),
        directed=[
            {"count": 6, "size": 2, "script": [[drop], [drop]]},
            {"count": 6, "size": 2, "script": [[Step(what="drop", which=5)], [make, make]]},
            {"count": 5, "size": 2, "script": [[make], [make]]},
        ],
        examples=12,
    )


@requirement("DSP-PAG-012")
def test_what_a_walk_shows_of_a_deletion(dispatch: DispatchTarget) -> None:
    made(dispatch, 6)
    whole = dispatch.list_all()
    first = dispatch.list(size=2)
    token = continued(dispatch, first, "first page of 2 of 6 dispatches")
    gone = next(item.id for item in reversed(whole) if item.id not in keys(first))
    dispatch.delete(gone)
    rest: list[int] = []
    while token and len(rest) <= 6:
        page = dispatch.list(token=token)
        rest += keys(page)
        token = page.next_token or ""
    observe("snapshot" if gone in rest else "keyset", trait="A23")
