"""Pages of the list of dispatches while nothing changes (seed 000, pagination parameters)."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.judging import expect, explore, observe, requirement
from conformance.oracles.order import judge_views
from conformance.suite.dispatch.listing import DispatchListing
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
    Dispatch,
    Filter,
    Interval,
    Page,
    SortField,
    SortOrder,
)

HUGE = 2**32 - 1
BY_START = (SortField.START_TIME, SortOrder.ASCENDING)


def made(dispatch: DispatchTarget, count: int) -> list[Dispatch]:
    """So many dispatches in a microgrid that holds nothing else, oldest first."""
    dispatch.new_microgrid()
    dispatch.require_private()
    return [dispatch.create() for _ in range(count)]


def keys(*pages: Page) -> list[int]:
    return [item.id for page in pages for item in page.items]


def continued(dispatch: DispatchTarget, page: Page, what: str) -> str:
    """The token of a page that has to have one."""
    expect(page.next_token, what, got="no token", wanted="a token, since there is more")
    return page.next_token or ""


@requirement("DSP-PAG-001")
def test_no_page_is_larger_than_asked(dispatch: DispatchTarget) -> None:
    judge_populations(DispatchListing(dispatch), SIZE)


@requirement("DSP-PAG-002")
def test_pages_join_to_the_whole_list(dispatch: DispatchTarget) -> None:
    judge_populations(DispatchListing(dispatch), CONTENT)


@requirement("DSP-PAG-002")
def test_pages_join_to_the_whole_list_at_any_size(dispatch: DispatchTarget) -> None:
    def body(count: int, size: int) -> None:
        listing = DispatchListing(dispatch)
        judge_static(listing, [listing.make() for _ in range(count)], size, CONTENT)

    explore(body, count=st.integers(2, 12), size=st.integers(1, 6), examples=8)


@requirement("DSP-PAG-002")
def test_pages_keep_the_order_of_the_whole_list(dispatch: DispatchTarget) -> None:
    made(dispatch, 7)
    shown = [item for page in dispatch.walk(size=3) for item in page.items]
    broken = judge_views(shown, SortField.UNSPECIFIED, SortOrder.UNSPECIFIED)
    expect(
        broken is None, "order over the pages", got=broken and broken.text, wanted="newest first"
    )


@requirement("DSP-PAG-003")
def test_last_page_has_no_token(dispatch: DispatchTarget) -> None:
    judge_populations(DispatchListing(dispatch), ENDING | WEAK)


@requirement("DSP-PAG-004")
def test_total_is_the_number_of_matches_on_every_page(dispatch: DispatchTarget) -> None:
    judge_populations(DispatchListing(dispatch), TOTALS)


@requirement("DSP-PAG-005")
def test_token_alone_continues_the_walk(dispatch: DispatchTarget) -> None:
    wanted = {item.id for item in made(dispatch, 5)}
    first = dispatch.list(size=2)
    second = dispatch.list(token=continued(dispatch, first, "first page of 2 of 5 dispatches"))
    expect(second.items, "second page of 2 of 5 dispatches", got="empty", wanted="dispatches")
    again = set(keys(first)) & set(keys(second))
    expect(not again, "second page", got=f"{again} again", wanted="what the first did not show")
    foreign = set(keys(second)) - wanted
    expect(not foreign, "second page", got=f"{foreign}", wanted=f"some of {wanted}")


@requirement("DSP-PAG-006")
def test_later_pages_keep_the_size(dispatch: DispatchTarget) -> None:
    made(dispatch, 7)
    pages = dispatch.walk(size=3)
    # A server may cut every page short; then there is no size to keep but its own.
    size = len(pages[0].items)
    sizes = [len(page.items) for page in pages]
    wanted = [size] * (7 // size) + ([7 % size] if 7 % size else [])
    expect(sizes == wanted and size <= 3, "sizes of the pages", got=sizes, wanted=wanted)


@requirement("DSP-PAG-007")
def test_repeated_filter_and_order_hold_over_the_pages(dispatch: DispatchTarget) -> None:
    matching, interval = by_start(dispatch)
    shown = keys(*dispatch.walk(size=2, filter=interval, sort=BY_START))
    expect(shown == matching, "walk with filter and order", got=shown, wanted=matching)


@requirement("DSP-PAG-008")
def test_filter_and_order_with_the_token_alone(dispatch: DispatchTarget) -> None:
    matching, interval = by_start(dispatch)
    pages = dispatch.walk(size=2, filter=interval, sort=BY_START, repeat_query=False, max_pages=12)
    shown = keys(*pages)
    observe("kept" if shown == matching else "not kept")


def by_start(dispatch: DispatchTarget) -> tuple[list[int], Filter]:
    """Ids that match a filter by start, in order of start; and the filter."""
    dispatch.new_microgrid()
    first_us = dispatch.start_us + 24 * HOUR_US
    found = {}
    for hour in (3, 0, 7, 4, 1, 6, 2, 5):
        start_us = first_us + hour * HOUR_US
        found[dispatch.create(start_us=start_us).id] = start_us
    interval = Interval(from_us=first_us + HOUR_US, to_us=first_us + 6 * HOUR_US)
    matching = sorted(
        (id for id, start_us in found.items() if 1 <= (start_us - first_us) // HOUR_US < 6),
        key=lambda id: found[id],
    )
    return matching, Filter(start=interval)


@requirement("DSP-PAG-015")
def test_walk_without_parameters_is_complete(dispatch: DispatchTarget) -> None:
    wanted = sorted(item.id for item in made(dispatch, 7))
    shown = sorted(keys(*dispatch.walk()))
    expect(shown == wanted, "walk without page size", got=shown, wanted=wanted)


@requirement("DSP-PAG-016")
def test_huge_size_is_cut(dispatch: DispatchTarget) -> None:
    wanted = sorted(item.id for item in made(dispatch, 3))
    shown = sorted(keys(*dispatch.walk(size=HUGE)))
    expect(shown == wanted, f"walk with page size {HUGE}", got=shown, wanted=wanted)


@requirement("DSP-PAG-017")
def test_empty_result(dispatch: DispatchTarget) -> None:
    made(dispatch, 2)
    late = Filter(start=Interval(from_us=dispatch.start_us + 100_000 * HOUR_US))
    for size in (None, 1):
        page = dispatch.list(filter=late, size=size)
        got = (len(page.items), page.total, page.next_token)
        expect(got == (0, 0, None), "entries, total and token", got=got, wanted=(0, 0, None))


@requirement("DSP-PAG-018")
def test_walk_comes_to_an_end(dispatch: DispatchTarget) -> None:
    made(dispatch, 5)
    pages = dispatch.walk(size=1)
    expect(len(pages) <= 5 + 5, "pages of 1 for 5 dispatches", got=len(pages), wanted="at most 10")
