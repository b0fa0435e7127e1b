"""Faults in the order of lists."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from conformance.mutants import straight
from conformance.mutants.change import Changes, Mutant
from conformance.oracles.model import DispatchView, SortField, SortOrder
from conformance.oracles.order import arrange as arrange_views


def sorting(
    change: Callable[[list[DispatchView], int, int, Any], list[DispatchView]],
) -> Changes:
    """Another order."""
    return {"arrange": change}


def shuffled_ties(
    views: list[DispatchView], field: int, order: int, cursor: Sequence[int] | None
) -> list[DispatchView]:
    """Equal items come in another order each time."""
    arranged = straight.arrange(views, field, order, cursor)
    if field != SortField.START_TIME:
        return arranged
    random.shuffle(arranged)
    return sorted(arranged, key=lambda view: view.start_us, reverse=order != 1)


def flipped_later(
    views: list[DispatchView], field: int, order: int, cursor: Sequence[int] | None
) -> list[DispatchView]:
    """From page two on each page is turned round."""
    arranged = straight.arrange(views, field, order, cursor)
    return arranged if cursor is None else arranged[::-1]


def by_first_start() -> Changes:
    """Sorting by start takes the start at which a dispatch was first sorted in."""
    first: dict[tuple[int, int], int] = {}

    def arrange(
        views: list[DispatchView], field: int, order: int, cursor: Sequence[int] | None
    ) -> list[DispatchView]:
        if field != SortField.START_TIME:
            return straight.arrange(views, field, order, cursor)
        for view in views:
            first.setdefault((view.id, view.create_us), view.start_us)
        return sorted(
            views,
            key=lambda view: (first[view.id, view.create_us], view.id),
            reverse=order != SortOrder.ASCENDING,
        )

    return sorting(arrange)


def _mutant(id_: str, sentence: str, changes: Changes, *kills: str) -> Mutant:
    return Mutant(id=id_, sentence=sentence, changes=changes, kills=kills)


MUTANTS = (
    _mutant(
        "oldest-first",
        "Without options the oldest dispatch comes first.",
        sorting(
            lambda views, field, order, cursor: (
                arrange_views(views, 2, 1)
                if not field and not order
                else straight.arrange(views, field, order, cursor)
            )
        ),
        "DSP-SRT-001",
        "DSP-SRT-003",
    ),
    _mutant(
        "start-order-ignored",
        "Sorting by start sorts by creation.",
        sorting(
            lambda views, field, order, cursor: straight.arrange(
                views, 2 if field == 1 else field, order, cursor
            )
        ),
        "DSP-SRT-002",
    ),
    _mutant(
        "start-order-not-indexed-anew",
        "Sorting by start does not follow updates.",
        by_first_start(),
        "DSP-SRT-002",
    ),
    _mutant(
        "always-descending",
        "Ascending order is not known.",
        sorting(lambda views, field, order, cursor: straight.arrange(views, field, 2, cursor)),
        "DSP-SRT-002",
    ),
    _mutant(
        "undefined-sort-ascends",
        "A sort field that is not defined lists the oldest first.",
        sorting(
            lambda views, field, order, cursor: (
                arrange_views(views, 2, 1)
                if field not in tuple(SortField)
                else straight.arrange(views, field, order, cursor)
            )
        ),
        "DSP-SRT-007",
    ),
    _mutant(
        "ties-shuffled",
        "Dispatches with the same start come in another order each time.",
        sorting(shuffled_ties),
        "DSP-SRT-004",
    ),
    _mutant(
        "update-order-of-creation",
        "Sorting by the last update sorts by creation.",
        sorting(
            lambda views, field, order, cursor: straight.arrange(
                views, 2 if field == 3 else field, order, cursor
            )
        ),
        "DSP-SRT-006",
    ),
    _mutant(
        "order-flips",
        "From the second page on the order is turned round.",
        sorting(flipped_later),
        "DSP-PAG-002",
    ),
)
