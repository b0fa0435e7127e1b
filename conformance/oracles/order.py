"""The order in which dispatches are listed (seed 000, SortOptions).

Without options: by create time, newest first. Ties may stand in any order, so a judgement only
looks at the sort values; that ties stay put between pages and repeats is for the caller to
compare by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from conformance.oracles.model import DispatchView, SortField, SortOrder, Violation


def resolve(sort_field: int, sort_order: int) -> tuple[SortField, SortOrder]:
    """The field and order meant, half-specified options by the preferred reading of A20.

    A field without order is descending, an order without field applies to the create time; an
    undefined number counts as unspecified.
    """
    field = SortField(sort_field) if sort_field in tuple(SortField) else SortField.UNSPECIFIED
    order = SortOrder(sort_order) if sort_order in tuple(SortOrder) else SortOrder.UNSPECIFIED
    return (field or SortField.CREATE_TIME, order or SortOrder.DESCENDING)


def sort_value(view: DispatchView, sort_field: int) -> int:
    """The time by which a dispatch is sorted."""
    field, _ = resolve(sort_field, SortOrder.ASCENDING)
    if field is SortField.START_TIME:
        return view.start_us
    return view.update_us if field is SortField.LAST_UPDATE_TIME else view.create_us


def arrange(views: Iterable[DispatchView], sort_field: int, sort_order: int) -> list[DispatchView]:
    """The dispatches in the order asked for, ties by id in the same direction."""
    field, order = resolve(sort_field, sort_order)
    return sorted(
        views,
        key=lambda view: (sort_value(view, field), view.id),
        reverse=order is SortOrder.DESCENDING,
    )


def judge_values(values: Sequence[Any], *, descending: bool) -> Violation | None:
    """The first pair of neighbours out of order, or None; equal values are fine."""
    for at, (one, next_one) in enumerate(pairwise(values)):
        if (one < next_one) if descending else (one > next_one):
            way = "descending" if descending else "ascending"
            return Violation(
                code="order",
                text=f"item {at} has {one} before item {at + 1} with {next_one}, not {way}",
            )
    return None


def judge_views(
    views: Sequence[DispatchView], sort_field: int, sort_order: int
) -> Violation | None:
    """The first pair of listed dispatches that contradicts the options, or None."""
    field, order = resolve(sort_field, sort_order)
    values = [sort_value(view, field) for view in views]
    return judge_values(values, descending=order is SortOrder.DESCENDING)
