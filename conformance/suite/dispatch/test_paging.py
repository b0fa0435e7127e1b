"""Pages of the list of dispatches while nothing changes (seed 000, pagination parameters)."""

from __future__ import annotations

from functools import partial

from hypothesis import strategies as st

from conformance.judging import advise, by_depth, expect, explore, observe, requirement
from conformance.oracles.order import judge_views
from conformance.suite.dispatch.listing import (
    DispatchListing,
    continued,
    keys,
    made,
    page_size,
    populated,
    several,
)
from conformance.suite.laws.paging import (
    CONTENT,
    ENDING,
    SIZE,
    TOTALS,
    WEAK,
    judge_populations,
    judge_static,
)
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    HOUR_US,
    Filter,
    Interval,
    SortField,
    SortOrder,
)

HUGE = 2**32 - 1
BY_START = (SortField.START_TIME, SortOrder.ASCENDING)


@requirement("DSP-PAG-001")
def test_no_page_is_larger_than_asked(dispatch: DispatchTarget) -> None:
    judge_populations(partial(populated, dispatch), SIZE)


@requirement("DSP-PAG-002")
def test_pages_join_to_the_whole_list(dispatch: DispatchTarget) -> None:
    judge_populations(partial(populated, dispatch), CONTENT)


@requirement("DSP-PAG-002")
def test_pages_join_to_the_whole_list_at_any_size(dispatch: DispatchTarget) -> None:
    def body(count: int, size: int) -> None:
        listing = DispatchListing.empty(dispatch)
        judge_static(listing, [listing.make() for _ in range(count)], size, CONTENT)

    explore(
        body,
        count=st.integers(2, 12),
        size=st.integers(1, 6),
        examples=by_depth(full=8, staging=0),
    )


@requirement("DSP-PAG-002")
def test_pages_keep_the_order_of_the_whole_list(dispatch: DispatchTarget) -> None:
    several(dispatch)
    shown = [item for page in dispatch.walk(size=page_size()) for item in page.items]
    broken = judge_views(shown, SortField.UNSPECIFIED, SortOrder.UNSPECIFIED)
    expect(
        broken is None, "order over the pages", got=broken and broken.text, wanted="newest first"
    )


@requirement("DSP-PAG-003")
def test_last_page_has_no_token(dispatch: DispatchTarget) -> None:
    judge_populations(partial(populated, dispatch), ENDING | WEAK)


@requirement("DSP-PAG-004")
def test_total_is_the_number_of_matches_on_every_page(dispatch: DispatchTarget) -> None:
    judge_populations(partial(populated, dispatch), TOTALS)


@requirement("DSP-PAG-005")
def test_token_alone_continues_the_walk(dispatch: DispatchTarget) -> None:
    wanted = {item.id for item in several(dispatch)}
    first = dispatch.list(size=page_size())
    second = dispatch.list(token=continued(first))
    expect(second.items, "second page of several", got="empty", wanted="dispatches")
    again = set(keys(first)) & set(keys(second))
    expect(not again, "second page", got=f"{again} again", wanted="what the first did not show")
    foreign = set(keys(second)) - wanted
    expect(not foreign, "second page", got=f"{foreign}", wanted=f"some of {wanted}")


@requirement("DSP-PAG-006")
def test_later_pages_keep_the_size(dispatch: DispatchTarget) -> None:
    count, asked = len(several(dispatch)), page_size()
    pages = dispatch.walk(size=asked)
    # A server may cut every page short; then there is no size to keep but its own.
    size = len(pages[0].items) or asked
    sizes = [len(page.items) for page in pages]
    wanted = [size] * (count // size) + ([count % size] if count % size else [])
    expect(sizes == wanted and size <= asked, "sizes of the pages", got=sizes, wanted=wanted)


@requirement("DSP-PAG-007")
def test_repeated_filter_and_order_hold_over_the_pages(dispatch: DispatchTarget) -> None:
    matching, interval = dispatch.prepared(by_start)
    shown = keys(*dispatch.walk(size=2, filter=interval, sort=BY_START))
    expect(shown == matching, "walk with filter and order", got=shown, wanted=matching)


@requirement("DSP-PAG-008")
def test_filter_and_order_with_the_token_alone(dispatch: DispatchTarget) -> None:
    matching, interval = dispatch.prepared(by_start)
    pages = dispatch.walk(size=2, filter=interval, sort=BY_START, repeat_query=False, max_pages=12)
    shown = keys(*pages)
    observe("kept" if shown == matching else "not kept")


def by_start(dispatch: DispatchTarget) -> tuple[list[int], Filter]:
    """Ids that match a filter by start, in order of start; and the filter."""
    made(dispatch, 0)
    first_us = dispatch.start_us + 24 * HOUR_US
    found = {}
    for hour in by_depth(full=(3, 0, 7, 4, 1, 6, 2, 5), staging=(3, 0, 4, 1, 6)):
        start_us = first_us + hour * HOUR_US
        found[dispatch.create(start_us=start_us).id] = start_us
    # Between the starts, so that it does not matter which bound is included.
    low_us, high_us = first_us + HOUR_US // 2, first_us + 5 * HOUR_US + HOUR_US // 2
    matching = [id for id, start_us in found.items() if low_us < start_us < high_us]
    matching.sort(key=lambda id: found[id])
    return matching, Filter(start=Interval(from_us=low_us, to_us=high_us))


@requirement("DSP-PAG-015")
def test_walk_without_parameters_is_complete(dispatch: DispatchTarget) -> None:
    wanted = sorted(item.id for item in several(dispatch))
    shown = sorted(keys(*dispatch.walk()))
    expect(shown == wanted, "walk without page size", got=shown, wanted=wanted)


@requirement("DSP-PAG-016")
def test_huge_size_is_cut(dispatch: DispatchTarget) -> None:
    wanted = sorted(item.id for item in several(dispatch))
    shown = sorted(keys(*dispatch.walk(size=HUGE)))
    expect(shown == wanted, f"walk with page size {HUGE}", got=shown, wanted=wanted)


@requirement("DSP-PAG-017")
def test_empty_result(dispatch: DispatchTarget) -> None:
    several(dispatch)
    late = Filter(start=Interval(from_us=dispatch.start_us + 100_000 * HOUR_US))
    for size in (None, 1):
        page = dispatch.list(filter=late, size=size)
        got = (len(page.items), page.total, page.next_token or None)
        expect(got == (0, 0, None), "entries, total and token", got=got, wanted=(0, 0, None))
        what = "token of an empty list"
        advise(page.next_token is None, what, got=repr(page.next_token), wanted="no token at all")


@requirement("DSP-PAG-018")
def test_walk_comes_to_an_end(dispatch: DispatchTarget) -> None:
    count = len(several(dispatch))
    pages = len(dispatch.walk(size=1))
    expect(pages <= count + 5, f"pages of 1 for {count} dispatches", got=pages, wanted=count)
