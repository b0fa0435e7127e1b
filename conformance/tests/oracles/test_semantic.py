"""Which differences between asked and shown count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.oracles.model import CategoryType, DispatchData, DispatchView, Rule, Target
from conformance.oracles.semantic import differences, same_json

ASKED = DispatchData(
    type="t",
    start_us=1_000_400_000,
    duration_s=5,
    target=Target(kind="ids", items=(2, 1, 2)),
    payload={"a": 1, "b": [True, None]},
    rule=Rule(freq=3, interval=0, byhours=(5, 1, 5)),
)
SHOWN = DispatchView(
    id=9,
    type="t",
    start_us=1_000_000_000,
    duration_s=5,
    target=Target(kind="ids", items=(1, 2)),
    payload={"b": [True, None], "a": 1.0},
    rule=Rule(freq=3, interval=1, byhours=(1, 5)),
    create_us=7,
    update_us=7,
    end_us=9,
)


def names(expected: DispatchData | DispatchView, shown: DispatchView, **how: bool) -> list[str]:
    return [difference.field for difference in differences(expected, shown, **how)]


def test_what_a_server_may_change_is_no_difference() -> None:
    assert names(ASKED, SHOWN) == []
    assert names(replace(ASKED, start_us=None), SHOWN) == []
    assert names(replace(ASKED, rule=Rule(freq=0, interval=0)), replace(SHOWN, rule=None)) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "T"}, "type"),
        ({"start_us": 1_001_500_000}, "start_us"),
        ({"duration_s": None}, "duration_s"),
        ({"target": Target(kind="categories", items=(1, 2))}, "target"),
        ({"active": True}, "active"),
        ({"payload": {"a": True, "b": [True, None]}}, "payload"),
        ({"rule": Rule(freq=3, byhours=(1,))}, "rule"),
        ({"rule": None}, "rule"),
    ],
)
def test_each_field_counts(change: dict[str, Any], field: str) -> None:
    assert names(ASKED, replace(SHOWN, **change)) == [field]


def test_whole_starts_must_agree_to_the_microsecond() -> None:
    assert names(replace(ASKED, start_us=1_000_000_000), replace(SHOWN, start_us=999_999_999)) == [
        "start_us"
    ]


def test_strict_compares_metadata_and_spelling() -> None:
    assert names(SHOWN, SHOWN, strict=True) == []
    other = replace(SHOWN, end_us=None, target=Target(kind="ids", items=(2, 1)))
    assert names(SHOWN, other, strict=True) == ["target", "end_us"]


def test_category_types_compare_by_value() -> None:
    battery = CategoryType(category=5, type_field="battery", type=1)
    typed = Target(kind="types", items=(battery, CategoryType(category=3)))
    turned = Target(kind="types", items=(CategoryType(category=3), battery))
    asked = replace(ASKED, target=typed)
    assert names(asked, replace(SHOWN, target=turned)) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (None, 0, False),
        ({"a": None}, {}, False),
        ([1, 2], [2, 1], False),
        ([], {}, False),
        ("1", 1, False),
    ],
)
def test_json_equality(one: Any, other: Any, same: bool) -> None:
    assert same_json(one, other) is same
