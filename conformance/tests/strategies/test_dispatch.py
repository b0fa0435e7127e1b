"""Generated dispatches are valid by every reading; filters and updates use what they are given."""

from __future__ import annotations

from dataclasses import fields

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.oracles.filter import matches
from conformance.oracles.masks import PATHS, after_update
from conformance.oracles.model import (
    HOUR_US,
    DispatchData,
    DispatchView,
    Filter,
    SortField,
    SortOrder,
    Update,
)
from conformance.oracles.validation import problems
from conformance.strategies.dispatch import dispatch_data, filters, sorts, updates
from conformance.strategies.recurrence import at

NOW_US = at(2031, 1, 1)
LATER_US = NOW_US + HOUR_US
QUICK = settings(max_examples=60, deadline=None, derandomize=True)
VIEWS = [DispatchView(id=4, type="foobar", start_us=10, update_us=5, end_us=20)]


@QUICK
@given(dispatch_data(LATER_US))
def test_dispatches_have_no_problem(data: DispatchData) -> None:
    assert problems(data, now_us=NOW_US) == ()


@QUICK
@given(dispatch_data(LATER_US, types=False, recurring=False))
def test_options_narrow_what_is_drawn(data: DispatchData) -> None:
    assert data.rule is None
    assert data.target is not None
    assert data.target.kind != "types"


@QUICK
@given(updates(LATER_US))
def test_updates_have_known_paths_and_some_outcome(drawn: tuple[Update, tuple[str, ...]]) -> None:
    update, paths = drawn
    assert paths
    assert set(paths) <= set(PATHS)
    before = DispatchView(id=1, type="t", start_us=LATER_US, target=update.target)
    assert after_update(before, update, paths, now_us=NOW_US)


def test_filters_use_every_field_and_both_find_and_miss() -> None:
    used: set[str] = set()
    found: set[bool] = set()

    @settings(max_examples=200, deadline=None, derandomize=True, database=None)
    @given(filters(VIEWS))
    def collect(where: Filter) -> None:
        used.update(f.name for f in fields(where) if getattr(where, f.name) != f.default)
        found.add(matches(where, VIEWS[0]))

    collect()
    assert used == {f.name for f in fields(Filter)} - {"recurrence_filter"}
    assert found == {True, False}


@QUICK
@given(st.data())
def test_old_generation_filters_know_no_ids_or_queries(data: st.DataObject) -> None:
    where = data.draw(filters([], extended=False))
    assert where.ids == ()
    assert where.queries == ()


@QUICK
@given(sorts())
def test_sorts_are_pairs(drawn: tuple[SortField, SortOrder]) -> None:
    field, order = drawn
    assert field in SortField
    assert order in SortOrder
