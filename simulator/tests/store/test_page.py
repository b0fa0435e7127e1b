import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.store import BadCursor, Cursor, Order, Page, Query, TokenSigner
from simulator.tests.store.things import ORDERS, Thing, collection, encode, filled, repeatable

RANK = Query[Thing](order="rank")
DOWN = Query[Thing](order="rank", descending=True)


def ids(page: Page[Thing]) -> list[int]:
    return [thing.id for thing in page.items]


def test_a_walk_forward_and_back() -> None:
    things = filled(30, 10, 50, 20, 40)
    first = things.page(RANK, size=2)
    assert (ids(first), first.offset, first.total, first.previous) == ([2, 4], 0, 5, None)
    second = things.page(RANK, size=2, after=first.next)
    assert (ids(second), second.offset) == ([1, 5], 2)
    third = things.page(RANK, size=2, after=second.next)
    assert (ids(third), third.offset, third.next) == ([3], 4, None)
    assert things.page(RANK, size=2, after=third.previous, backward=True) == second
    assert things.page(RANK, size=2, after=second.previous, backward=True) == first


def test_a_page_that_ends_with_the_items_is_the_last() -> None:
    assert filled(1, 2, 3).page(RANK, size=3).next is None


def test_backward_without_a_cursor_is_the_last_page() -> None:
    page = filled(1, 2, 3).page(RANK, size=2, backward=True)
    assert (ids(page), page.offset, page.next) == ([2, 3], 1, None)
    assert page.previous is not None


def test_ties_are_broken_by_the_item_key_in_the_same_direction() -> None:
    things = filled(7, 5, 7, 5, 7)
    assert ids(things.page(RANK, size=9)) == [2, 4, 1, 3, 5]
    assert ids(things.page(DOWN, size=9)) == [5, 3, 1, 4, 2]


def test_a_page_holds_the_bytes_made_at_commit() -> None:
    things = filled(2, 1)
    page = things.page(RANK, size=9)
    assert page.encoded == tuple(encode(thing) for thing in page.items)
    assert page.encoded[0] is things.subscribe(after=1).pending()[0].item


def test_a_filter_counts_what_matches() -> None:
    query = Query[Thing](order="rank", where=lambda thing: thing.rank % 2 == 0)
    page = filled(1, 2, 3, 4, 5, 6).page(query, size=2)
    assert (ids(page), page.total) == ([2, 4], 3)


def test_an_order_of_ones_own_needs_no_index() -> None:
    order = Order[Thing](name="nearness", key=lambda thing: (abs(thing.rank - 5),))
    things = filled(1, 9, 5, 6)
    query = Query(order=order, where=lambda thing: thing.rank > 1)
    first = things.page(query, size=2)
    assert ids(first) == [3, 4]
    assert ids(things.page(query, size=2, after=first.next)) == [2]


def test_an_empty_collection_has_one_empty_page() -> None:
    page = collection().page(RANK, size=5)
    assert (page.items, page.total, page.offset) == ((), 0, 0)
    assert (page.previous, page.next) == (None, None)


@pytest.mark.parametrize("query", [RANK, DOWN])
@pytest.mark.parametrize("backward", [False, True])
def test_the_way_back_from_a_page_that_became_empty(query: Query[Thing], backward: bool) -> None:
    things = filled(1, 2, 3, 4)
    first = things.page(query, size=2, backward=backward)
    cursor = first.previous if backward else first.next
    for thing in things.page(query, size=2, after=cursor, backward=backward).items:
        things.delete(thing.id)
    empty = things.page(query, size=2, after=cursor, backward=backward)
    assert (empty.items, empty.total, empty.offset) == ((), 2, 0 if backward else 2)
    onward, back = (empty.previous, empty.next) if backward else (empty.next, empty.previous)
    assert (onward, back) == (None, cursor)
    assert things.page(query, size=2, after=back, backward=not backward).items == first.items


def test_a_cursor_outlives_its_item() -> None:
    things = filled(1, 2, 3, 4, 5)
    cursor = things.page(RANK, size=2).next
    things.delete(2)
    things.delete(3)
    assert ids(things.page(RANK, size=2, after=cursor)) == [4, 5]


def test_a_cursor_is_for_its_order_only() -> None:
    things = filled(1, 2)
    cursor = things.page(RANK, size=1).next
    with pytest.raises(BadCursor, match="'rank' cannot be used for 'label'"):
        things.page(Query(order="label"), size=1, after=cursor)


def test_a_cursor_of_the_wrong_shape_is_refused() -> None:
    strange = Cursor(order="rank", entry=(("high",), 1), above=True)
    with pytest.raises(BadCursor, match="does not fit the order 'rank'"):
        filled(1, 2).page(RANK, size=1, after=strange)


@pytest.mark.parametrize(
    "payload", [None, 5, "rank", [], ["rank", 1, 2, True], ["rank", [1], 2, 1], [1, [1], 2, True]]
)
def test_what_is_no_cursor_is_refused(payload: object) -> None:
    with pytest.raises(BadCursor, match="this is no cursor"):
        Cursor.from_json(payload)


@pytest.mark.parametrize(
    "key",
    [(1, 2.5, "é\ud800", True), ((), ("x",)), ()],
)
def test_a_cursor_survives_its_token(key: tuple[Any, ...]) -> None:
    cursor = Cursor(order="o", entry=(key, (1, "a")), above=False)
    signer = TokenSigner(b"0123456789abcdef")
    assert Cursor.from_json(signer.open(signer.sign(cursor.to_json()))) == cursor


@pytest.mark.parametrize("size", [0, -1])
def test_a_page_has_a_size(size: int) -> None:
    with pytest.raises(ValueError, match="size must be at least 1"):
        filled(1).page(RANK, size=size)


def test_an_order_must_be_kept() -> None:
    with pytest.raises(ValueError, match="no order 'ranc' is kept, only rank, label"):
        filled(1).page(Query(order="ranc"), size=1)


queries = st.builds(
    Query[Thing],
    order=st.sampled_from(["rank", "label"]),
    descending=st.booleans(),
    where=st.sampled_from([None, lambda thing: thing.rank > 1]),
)
things_lists = st.lists(
    st.builds(Thing, id=st.integers(0, 20), rank=st.integers(0, 3)), max_size=20
)


def naive(things: list[Thing], query: Query[Thing]) -> list[Thing]:
    """List what a query finds, by sorting everything."""
    assert isinstance(query.order, str)
    key: Callable[[Thing], Any] = ORDERS[query.order]
    where = query.where or (lambda thing: True)
    last = {thing.id: thing for thing in things}.values()
    return sorted(
        filter(where, last), key=lambda thing: (key(thing), thing.id), reverse=query.descending
    )


@given(
    inserted=things_lists,
    query=queries,
    steps=st.lists(st.tuples(st.booleans(), st.integers(1, 7)), max_size=15),
)
@repeatable
def test_any_zigzag_reads_a_window_of_the_sorted_list(
    inserted: list[Thing], query: Query[Thing], steps: list[tuple[bool, int]]
) -> None:
    things = collection()
    for thing in inserted:
        things.put(thing.id, thing)
    expected = naive(inserted, query)
    low = high = 0
    page: Page[Thing] | None = None
    for backward, size in steps:
        after = None
        if page is None:
            low, high = (len(expected) - size, len(expected)) if backward else (0, size)
        else:
            after = page.previous if backward else page.next
            if after is None:
                assert (low == 0) if backward else (high == len(expected))
                continue
            after = Cursor.from_json(json.loads(json.dumps(after.to_json())))
            low, high = (low - size, low) if backward else (high, high + size)
        low, high = max(low, 0), min(high, len(expected))
        page = things.page(query, size=size, after=after, backward=backward)
        assert list(page.items) == expected[low:high]
        assert (page.offset, page.total) == (low, len(expected))
        assert (page.previous is None, page.next is None) == (low == 0, high == len(expected))
