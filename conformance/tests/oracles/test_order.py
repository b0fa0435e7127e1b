"""Sort options, arrangement and judgement of orders."""

from __future__ import annotations

import pytest

from conformance.oracles.model import DispatchView, SortField, SortOrder
from conformance.oracles.order import arrange, judge_values, judge_views, resolve

VIEWS = [
    DispatchView(id=1, start_us=30, create_us=1, update_us=9),
    DispatchView(id=2, start_us=10, create_us=2, update_us=5),
    DispatchView(id=3, start_us=30, create_us=3, update_us=3),
]


@pytest.mark.parametrize(
    ("field", "order", "wanted"),
    [
        (0, 0, [3, 2, 1]),
        (1, 1, [2, 1, 3]),
        (1, 2, [3, 1, 2]),
        (2, 1, [1, 2, 3]),
        (3, 2, [1, 2, 3]),
        (3, 1, [3, 2, 1]),
        (1, 0, [3, 1, 2]),
        (0, 1, [1, 2, 3]),
        (99, 0, [3, 2, 1]),
    ],
)
def test_arrangement(field: int, order: int, wanted: list[int]) -> None:
    arranged = arrange(VIEWS, field, order)
    assert [view.id for view in arranged] == wanted
    assert judge_views(arranged, field, order) is None


def test_ties_may_stand_in_any_order() -> None:
    swapped = [VIEWS[0], VIEWS[2], VIEWS[1]]
    assert judge_views(swapped, SortField.START_TIME, SortOrder.DESCENDING) is None


def test_an_inversion_is_named() -> None:
    found = judge_values([3, 1, 2], descending=True)
    assert found is not None
    assert "item 1 has 1 before item 2 with 2" in found.text
    assert judge_views(VIEWS, SortField.CREATE_TIME, SortOrder.DESCENDING) is not None


def test_half_specified_options() -> None:
    assert resolve(3, 0) == (SortField.LAST_UPDATE_TIME, SortOrder.DESCENDING)
    assert resolve(0, 1) == (SortField.CREATE_TIME, SortOrder.ASCENDING)
