"""Problems of a dispatch to be created, by requirement and level."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.oracles.model import (
    DAY_US,
    HOUR_US,
    SECOND_US,
    CategoryType,
    DispatchData,
    Rule,
    Target,
)
from conformance.oracles.validation import must_refuse, problems
from conformance.strategies.recurrence import at

NOW_US = at(2031, 1, 1)
GOOD = DispatchData(
    type="t", start_us=NOW_US + HOUR_US, duration_s=1, target=Target(kind="ids", items=(1,))
)


def typed(category: int, field: Any, number: int) -> Target:
    item = CategoryType(category=category, type_field=field, type=number)
    return Target(kind="types", items=(item,))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"duration_s": None},
        {"payload": {"a": {"b": {"c": {"d": {}}}}}},
        {"target": typed(5, "battery", 1)},
        {"rule": Rule(freq=3, count=4096)},
        {"rule": Rule(freq=5, interval=10_000, bymonthdays=(1,), count=1)},
        {"rule": Rule(freq=1)},
    ],
)
def test_good_dispatches_have_no_problem(change: dict[str, Any]) -> None:
    assert problems(replace(GOOD, **change), now_us=NOW_US) == ()


@pytest.mark.parametrize(
    ("change", "requirement", "level"),
    [
        ({"start_us": NOW_US - HOUR_US}, "DSP-VAL-001", "must"),
        ({"start_us": NOW_US - SECOND_US}, "DSP-VAL-001", "may"),
        ({"start_us": None}, "DSP-VAL-002", "must"),
        ({"target": None}, "DSP-VAL-004", "should"),
        ({"target": Target(kind="ids")}, "DSP-VAL-004", "may"),
        ({"target": Target(kind="categories", items=(0,))}, "DSP-VAL-005", "may"),
        ({"target": typed(5, "inverter", 1)}, "DSP-VAL-006", "must"),
        ({"rule": Rule(freq=3, bymonthdays=(0,))}, "DSP-VAL-007", "must"),
        ({"rule": Rule(freq=3, bymonthdays=(-32,))}, "DSP-VAL-007", "must"),
        ({"rule": Rule(freq=4, bymonthdays=(1,))}, "DSP-VAL-008", "must"),
        ({"rule": Rule(freq=3, count=0)}, "DSP-VAL-009", "must"),
        ({"rule": Rule(freq=3, count=4097)}, "DSP-VAL-009", "must"),
        ({"rule": Rule(freq=3, byhours=(24,))}, "DSP-VAL-010", "should"),
        ({"rule": Rule(freq=3, bymonths=(0,))}, "DSP-VAL-010", "should"),
        ({"rule": Rule(freq=4, byweekdays=(8,))}, "DSP-VAL-011", "should"),
        ({"rule": Rule(freq=7)}, "DSP-VAL-011", "should"),
        ({"rule": Rule(freq=3, interval=10_001)}, "DSP-VAL-012", "may"),
        ({"rule": Rule(freq=0, byhours=(1,))}, "DSP-VAL-013", "should"),
        ({"rule": Rule(freq=3, until_us=NOW_US)}, "DSP-VAL-015", "may"),
        ({"type": ""}, "DSP-VAL-003", "may"),
        ({"payload": {"a": {"b": {"c": {"d": {"e": {}}}}}}}, "DSP-LIM-002", "may"),
        ({"payload": {"a": {"b": {"c": {"d": {"e": {"f": {}}}}}}}}, "DSP-LIM-002", "must"),
        ({"payload": {"a": [[[[[[]]]]]]}}, "DSP-LIM-003", "should"),
        ({"payload": {"a": "x" * 50_000}}, "DSP-LIM-005", "may"),
        ({"payload": {"a": "x" * 60_000}}, "DSP-LIM-005", "must"),
    ],
)
def test_each_problem_has_its_requirement(
    change: dict[str, Any], requirement: str, level: str
) -> None:
    (found,) = problems(replace(GOOD, **change), now_us=NOW_US)
    assert (found.requirement, found.level) == (requirement, level)
    assert must_refuse((found,)) is (level == "must")


def test_start_immediately_ignores_the_start() -> None:
    late = replace(GOOD, start_us=NOW_US - DAY_US)
    assert problems(late, now_us=NOW_US, start_immediately=True) == ()
