from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.oracles.events import (
    WIDEST_GAP,
    Code,
    Event,
    Kind,
    Listed,
    Mark,
    StreamHistory,
    judge_history,
)

HERE = "grid 1"


def event(kind: Kind, key: int, number: int, *, scope: str = HERE, state: str = "") -> Event:
    mark = Mark(scope=scope, number=number)
    return Event(kind=kind, key=key, mark=mark, state=state or f"{key}.{number}")


def created(key: int) -> Event:
    return event(Kind.CREATED, key, 0)


def updated(key: int, number: int) -> Event:
    return event(Kind.UPDATED, key, number)


def deleted(key: int, number: int) -> Event:
    return event(Kind.DELETED, key, number)


def listed(key: int, number: int) -> Listed:
    return Listed(number=number, state=f"{key}.{number}")


def codes(events: Sequence[Event], listing: dict[int, Listed] | None = None) -> list[str]:
    return [violation.code for violation in judge_history(HERE, events, listing)]


LIFE = [created(7), updated(7, 1), updated(7, 2), deleted(7, 2)]


def test_a_complete_life_is_fine() -> None:
    assert codes(LIFE, {}) == []


def test_the_fold_equals_the_listing() -> None:
    assert codes(LIFE[:3], {7: listed(7, 2)}) == []


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_lost_event_is_a_gap(lost: int) -> None:
    assert codes(LIFE[:lost] + LIFE[lost + 1 :], {}) == [Code.GAP]


def test_a_lost_deletion_shows_at_the_barrier() -> None:
    assert codes(LIFE[:3], {}) == [Code.GAP, Code.CONV]


def test_a_lost_last_update_shows_at_the_barrier() -> None:
    assert codes(LIFE[:2], {7: listed(7, 2)}) == [Code.GAP, Code.CONV]


def test_a_life_that_was_never_shown_shows_at_the_barrier() -> None:
    assert codes([], {7: listed(7, 1)}) == [Code.GAP, Code.CONV]


@pytest.mark.parametrize("repeated", [0, 1, 2, 3])
def test_a_repeated_event_is_a_duplicate(repeated: int) -> None:
    assert codes([*LIFE[: repeated + 1], *LIFE[repeated:]], {}) == [Code.DUP]


def test_a_late_repetition_is_a_duplicate() -> None:
    assert codes([*LIFE, LIFE[1]], {}) == [Code.DUP]


@pytest.mark.parametrize("first", [0, 1, 2])
def test_swapped_events_have_lost_their_order(first: int) -> None:
    swapped = [*LIFE[:first], LIFE[first + 1], LIFE[first], *LIFE[first + 2 :]]
    assert set(codes(swapped, {})) == {Code.ORD}


def test_life_after_deletion_has_lost_its_order() -> None:
    assert Code.ORD in codes([*LIFE, updated(7, 3)], {})


def test_a_deletion_that_shows_an_older_state_has_lost_its_order() -> None:
    assert codes([*LIFE[:3], deleted(7, 1)], {}) == [Code.ORD]


def test_an_object_of_another_scope_is_foreign() -> None:
    stray = event(Kind.CREATED, 9, 0, scope="grid 2")
    assert codes([stray, *LIFE], {}) == [Code.FOREIGN]


def test_an_unmarked_object_is_foreign_only_in_an_exclusive_scope() -> None:
    stray = Event(kind=Kind.CREATED, key=9, mark=None)
    assert codes([stray]) == []
    assert [v.code for v in judge_history(HERE, [stray], exclusive=True)] == [Code.FOREIGN]


@pytest.mark.parametrize("kind", [0, 4])
def test_an_unknown_kind_breaks_the_feed(kind: int) -> None:
    mark = Mark(scope=HERE, number=0)
    assert Code.FEED in codes([Event(kind=kind, key=1, mark=mark)])
    assert codes([Event(kind=kind, key=1, mark=None)]) == [Code.FEED]


def test_a_kind_that_contradicts_the_number_breaks_the_feed() -> None:
    assert codes([created(1), event(Kind.CREATED, 1, 1)]) == [Code.FEED]
    assert codes([event(Kind.UPDATED, 1, 0)]) == [Code.FEED]


def test_the_same_number_with_another_state_does_not_converge() -> None:
    assert codes([created(1)], {1: Listed(number=0, state="other")}) == [Code.CONV]


def test_states_are_compared_only_where_both_sides_have_one() -> None:
    assert codes([created(1)], {1: Listed(number=0)}) == []


def test_a_listing_behind_the_events_does_not_converge() -> None:
    assert codes([created(1), updated(1, 1)], {1: listed(1, 0)}) == [Code.CONV]


def test_a_listed_object_that_the_events_deleted_does_not_converge() -> None:
    assert codes(LIFE, {7: listed(7, 2)}) == [Code.CONV]


def test_an_absurd_number_is_reported_at_once() -> None:
    assert codes([created(1), updated(1, WIDEST_GAP + 5)]) == [Code.GAP]


def test_what_came_before_the_stream_was_live_is_only_a_baseline() -> None:
    history = StreamHistory(HERE)
    assert history.see(updated(1, 4)) == []
    history.go_live()
    assert history.see(updated(1, 5)) == ()
    assert history.settle({1: listed(1, 5)}) == []


def test_a_stream_opened_in_the_middle_need_not_know_older_objects() -> None:
    history = StreamHistory(HERE, witnesses_birth=False)
    history.go_live()
    history.see(updated(1, 4))
    listing = {1: listed(1, 4), 2: listed(2, 0)}
    assert history.outstanding(listing) == 0
    assert history.settle(listing) == []


def test_outstanding_falls_to_zero_when_late_events_arrive() -> None:
    history = StreamHistory(HERE)
    history.go_live()
    history.see(created(1))
    listing = {1: listed(1, 2), 2: listed(2, 0)}
    assert history.outstanding(listing) == 2
    history.see(updated(1, 1))
    history.see(updated(1, 2))
    history.see(created(2))
    assert history.outstanding(listing) == 0
    assert history.settle(listing) == []


def test_an_end_needs_a_permitted_status() -> None:
    history = StreamHistory(HERE)
    assert [v.code for v in history.ended("OK")] == [Code.FEED]
    assert "permitted: UNAVAILABLE" in history.ended("OK", permitted=["UNAVAILABLE"])[0].text
    assert history.ended("UNAVAILABLE", permitted=["UNAVAILABLE"]) == []


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Interleaved lives of a few objects, each complete up to some point."""
    lives = []
    for key in range(draw(st.integers(1, 4))):
        updates = draw(st.integers(0, 4))
        life = [created(key), *(updated(key, n) for n in range(1, updates + 1))]
        if draw(st.booleans()):
            life.append(deleted(key, updates))
        lives.append(life)
    order = draw(st.permutations([key for key, life in enumerate(lives) for _ in life]))
    left = [iter(life) for life in lives]
    return [next(left[key]) for key in order]


def fold(events: Sequence[Event]) -> dict[int, Listed]:
    alive: dict[int, Listed] = {}
    for seen in events:
        assert seen.mark is not None
        assert isinstance(seen.key, int)
        alive[seen.key] = listed(seen.key, seen.mark.number)
        if seen.kind == Kind.DELETED:
            del alive[seen.key]
    return alive


@settings(max_examples=60)
@given(histories())
def test_no_complete_history_is_rejected(events: list[Event]) -> None:
    assert codes(events, fold(events)) == []


@settings(max_examples=60)
@given(histories(), st.data())
def test_every_single_fault_is_caught_as_its_own_code(
    events: list[Event], data: st.DataObject
) -> None:
    listing = fold(events)
    at = data.draw(st.integers(0, len(events) - 1))
    victim = events[at]
    assert Code.GAP in codes(events[:at] + events[at + 1 :], listing)
    repeat_at = data.draw(st.integers(at, len(events)))
    if repeat_at > at:
        repeated = [*events[:repeat_at], victim, *events[repeat_at:]]
        assert Counter(codes(repeated, listing)) == {Code.DUP: 1}
    later = [i for i, e in enumerate(events) if e.key == victim.key and i > at]
    if later:
        swapped = list(events)
        swapped[at], swapped[later[0]] = swapped[later[0]], swapped[at]
        assert set(codes(swapped, listing)) == {Code.ORD}
