"""Pages while dispatches come and go (seed 000: tokens stay valid indefinitely)."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.judging import background, by_depth, expect, explore, observe, requirement
from conformance.suite.dispatch.filtering import unused_start_us
from conformance.suite.dispatch.listing import (
    DispatchListing,
    continued,
    keys,
    made,
    page_size,
    rest_of_walk,
    several,
)
from conformance.suite.laws.paging import Step, judge_changing
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import SECOND_US, Filter, Interval

PAUSE_S = 60
"""How long a token is left alone before it is used."""

STEPS = st.builds(Step, what=st.sampled_from(("make", "drop")), which=st.integers(0, 11))


@requirement("DSP-PAG-009")
def test_token_can_be_used_again(dispatch: DispatchTarget) -> None:
    several(dispatch)
    token = continued(dispatch.list(size=page_size()))
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
    # Others may come and go in the microgrid meanwhile, but not at this time.
    start_us = unused_start_us(dispatch)
    for _ in range(3):
        dispatch.create(start_us=start_us)
    where = Filter(start=Interval(from_us=start_us, to_us=start_us + SECOND_US))
    token = continued(dispatch.list(size=1, filter=where), "first page of 1 of 3 dispatches")
    before = dispatch.list(token=token, filter=where)
    dispatch.clock.sleep_until(dispatch.clock.now_us() + PAUSE_S * SECOND_US)
    after = dispatch.list(token=token, filter=where)
    expect(
        keys(after) == keys(before) and after.items,
        f"page of a token after {PAUSE_S} s",
        got=keys(after),
        wanted=keys(before) or "dispatches",
    )


@requirement("DSP-PAG-011")
def test_token_outlives_the_entry_it_was_issued_at(dispatch: DispatchTarget) -> None:
    count = by_depth(full=6, staging=4)
    # Most servers note the last entry of a page in its token, some the first.
    for anchor in by_depth(full=(-1, 0), staging=(-1,)):
        all_of_them = {item.id for item in made(dispatch, count)}
        first = dispatch.list(size=2)
        token = continued(first)
        expect(first.items, "first page of several", got="empty", wanted="dispatches")
        dispatch.delete(first.items[anchor].id)
        rest = sorted(rest_of_walk(dispatch, token, most=count))
        wanted = sorted(all_of_them - set(keys(first)))
        expect(
            rest == wanted,
            "rest of the walk after a dispatch of its first page was deleted",
            got=rest,
            wanted=wanted,
        )


@requirement("DSP-PAG-012")
def test_what_stays_appears_once_whatever_comes_and_goes(dispatch: DispatchTarget) -> None:
    def body(count: int, size: int, script: list[list[Step]]) -> None:
        judge_changing(DispatchListing.empty(dispatch), count, size, script)

    drop, make = Step(what="drop"), Step(what="make")
    last = Step(what="drop", which=-1)
    many, stages = by_depth(full=(6, 4), staging=(4, 2))
    explore(
        body,
        count=st.integers(2, by_depth(full=9, staging=4)),
        size=st.integers(1, 4),
        script=st.lists(st.lists(STEPS, max_size=stages - 1), max_size=stages),
        directed=[
            {"count": many, "size": 2, "script": [[drop], [drop]]},
            {"count": many, "size": 2, "script": [[last], [make, make]]},
            {"count": many - 1, "size": 2, "script": [[make], [make]]},
        ],
        examples=12,
    )


@requirement("DSP-PAG-012")
def test_what_a_walk_shows_of_a_deletion(dispatch: DispatchTarget) -> None:
    count = by_depth(full=6, staging=4)
    made(dispatch, count)
    whole = dispatch.list_all()
    first = dispatch.list(size=2)
    token = continued(first)
    gone = next(item.id for item in reversed(whole) if item.id not in keys(first))
    dispatch.delete(gone)
    rest = rest_of_walk(dispatch, token, most=count)
    observe("snapshot" if gone in rest else "keyset", trait="A23")
