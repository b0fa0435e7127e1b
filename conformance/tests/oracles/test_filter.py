"""The naive filter, its readings, and what all readings agree on."""

from __future__ import annotations

import pytest

from conformance.oracles.filter import (
    PREFERRED,
    Reading,
    accepted,
    certain,
    consistent,
    matches,
)
from conformance.oracles.model import (
    CategoryType,
    DispatchView,
    Filter,
    Interval,
    Rule,
    Target,
)

BATTERY = CategoryType(category=5)
LI_ION = CategoryType(category=5, type_field="battery", type=1)


def ids(*items: int) -> Target:
    return Target(kind="ids", items=items)


VIEW = DispatchView(
    id=4,
    type="foobar",
    start_us=100,
    target=ids(1, 2),
    active=True,
    rule=Rule(freq=3),
    update_us=50,
    end_us=300,
)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (Filter(), True),
        (Filter(active=True), True),
        (Filter(active=False), False),
        (Filter(dry_run=False), True),
        (Filter(dry_run=True), False),
        (Filter(recurring=True), True),
        (Filter(recurring=False), False),
        (Filter(start=Interval(from_us=100)), True),
        (Filter(start=Interval(from_us=101)), False),
        (Filter(start=Interval(to_us=100)), False),
        (Filter(start=Interval(to_us=101)), True),
        (Filter(start=Interval()), True),
        (Filter(start=Interval(from_us=200, to_us=50)), False),
        (Filter(end=Interval(from_us=300, to_us=301)), True),
        (Filter(end=Interval(to_us=300)), False),
        (Filter(update=Interval(from_us=51)), False),
        (Filter(update=Interval(from_us=50)), True),
        (Filter(ids=(7, 4)), True),
        (Filter(ids=(40,)), False),
        (Filter(queries=("#4",)), True),
        (Filter(queries=("#40",)), False),
        (Filter(queries=("x", "bar")), True),
        (Filter(queries=("x",)), False),
        (Filter(queries=("bar",), active=False), False),
        (Filter(targets=(ids(2, 1),)), True),
        (Filter(targets=(ids(3),)), False),
        (Filter(targets=(Target(kind="categories", items=(1, 2)),)), False),
    ],
)
def test_what_every_reading_finds(where: Filter, found: bool) -> None:
    assert matches(where, VIEW) is found
    assert certain(where, VIEW) is found


@pytest.mark.parametrize(
    "where",
    [
        Filter(targets=(ids(1),)),
        Filter(targets=(ids(1, 2), ids(3))),
        Filter(targets=(Target(kind="ids"),)),
        Filter(queries=("FOO",)),
        Filter(queries=("#foo",)),
    ],
)
def test_where_readings_differ_nothing_is_certain(where: Filter) -> None:
    assert certain(where, VIEW) is None


def test_other_fields_settle_an_open_question() -> None:
    assert certain(Filter(queries=("#foo",), active=False), VIEW) is False
    assert certain(Filter(targets=(Target(kind="ids"),), ids=(9,)), VIEW) is False


def test_endless_dispatches_pass_a_lower_bound_always_and_an_upper_one_perhaps() -> None:
    endless = DispatchView(id=1, end_us=None)
    assert certain(Filter(end=Interval(from_us=9)), endless) is True
    assert certain(Filter(end=Interval(to_us=9)), endless) is None
    assert matches(Filter(end=Interval(to_us=9)), endless) is False


def test_types_without_a_type() -> None:
    typed = DispatchView(id=1, target=Target(kind="types", items=(LI_ION,)))
    by_category = Filter(targets=(Target(kind="types", items=(BATTERY,)),))
    assert certain(by_category, typed) is None
    assert matches(by_category, typed, Reading(target_match="category"))
    assert certain(Filter(targets=(Target(kind="types", items=(LI_ION,)),)), typed) is True


def test_inclusive_ends_belong_to_one_generation() -> None:
    where = Filter(start=Interval(to_us=100))
    assert certain(where, VIEW, accepted("1.1")) is False
    assert certain(where, VIEW, accepted("1.0-rc")) is None


def test_consistent_names_the_readings_that_explain_a_listing() -> None:
    views = [VIEW, DispatchView(id=5, target=ids(1))]
    where = Filter(targets=(ids(1),))
    assert PREFERRED in consistent(where, views, {4, 5})
    assert {r.target_match for r in consistent(where, views, {5})} == {"equal"}
    assert consistent(where, views, {4}) == ()
