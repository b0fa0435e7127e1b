"""The order of listed dispatches (seed 000, SortOptions)."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    attempt,
    by_depth,
    expect,
    observe,
    requirement,
    sampled,
    untestable,
)
from conformance.oracles.order import judge_views, resolve, sort_value
from conformance.suite.dispatch.listing import some
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import HOUR_US, SortField, SortOrder

FIELDS = (SortField.START_TIME, SortField.CREATE_TIME, SortField.LAST_UPDATE_TIME)
ORDERS = (SortOrder.ASCENDING, SortOrder.DESCENDING)
COARSE_S = 1.1
"""Time stamps in whole seconds are legal; after this they differ."""


def mixed(dispatch: DispatchTarget) -> None:
    """Dispatches whose orders by creation, start and update all differ."""
    early, late, updated = by_depth(
        full=((3, 0, 5), (1, 4, 2), (4, 1)), staging=((1, 2), (0,), (0,))
    )
    first = some(dispatch, 0)
    for hour in early:
        first.append(dispatch.create(start_us=dispatch.start_us + hour * HOUR_US))
    if first[0].create_us == first[-1].create_us:
        time.sleep(COARSE_S)
    for hour in late:
        first.append(dispatch.create(start_us=dispatch.start_us + hour * HOUR_US))
    for place in updated:
        dispatch.update(first[place].id, duration_s=1200)


def own(dispatch: DispatchTarget, **query: Any) -> list[int]:
    """Ids of this check's dispatches as a whole walk shows them; others may be between."""
    return [item.id for item in dispatch.mine(dispatch.list_all(**query))]


def in_order(
    dispatch: DispatchTarget, sort: tuple[int, int] | None, field: SortField, order: SortOrder
) -> None:
    """Fail unless the list is sorted, and by something that tells its entries apart."""
    shown = dispatch.mine(dispatch.list_all(sort=sort))
    broken = judge_views(shown, field, order)
    asked = "no options" if sort is None else f"field {sort[0]}, order {sort[1]}"
    expect(
        broken is None,
        f"list with {asked}",
        got=broken and broken.text,
        wanted=f"by {SortField(field).name.lower()}, {SortOrder(order).name.lower()}",
    )
    values = {sort_value(view, field) for view in shown}
    if len(values) < 2:
        untestable(f"all {len(shown)} listed dispatches have the same {SortField(field).name}")


@requirement("DSP-SRT-001")
def test_default_is_newest_first(dispatch: DispatchTarget) -> None:
    dispatch.prepared(mixed)
    in_order(dispatch, None, SortField.CREATE_TIME, SortOrder.DESCENDING)


@requirement("DSP-SRT-002")
def test_every_field_in_both_orders(dispatch: DispatchTarget) -> None:
    dispatch.prepared(mixed)
    for field in FIELDS:
        for order in ORDERS:
            in_order(dispatch, (field, order), field, order)


@requirement("DSP-SRT-002")
def test_order_by_start_follows_updates(dispatch: DispatchTarget) -> None:
    starts = [dispatch.start_us + hour * HOUR_US for hour in (1, 2, 3)]
    made = [dispatch.create(start_us=start_us) for start_us in starts]
    ascending = (SortField.START_TIME, SortOrder.ASCENDING)
    in_order(dispatch, ascending, *ascending)
    dispatch.update(made[0].id, start_us=starts[-1] + HOUR_US)
    in_order(dispatch, ascending, *ascending)


@requirement("DSP-SRT-003")
def test_unspecified_options_mean_the_default(dispatch: DispatchTarget) -> None:
    dispatch.prepared(mixed)
    in_order(dispatch, (0, 0), SortField.CREATE_TIME, SortOrder.DESCENDING)


@requirement("DSP-SRT-004")
def test_equal_keys_keep_their_order(dispatch: DispatchTarget) -> None:
    count, size = by_depth(full=(8, 3), staging=(4, 2))
    dispatch.prepared(some, count)
    for order in sampled(ORDERS, 1):
        sort = (SortField.START_TIME, order)
        once = own(dispatch, sort=sort, size=size)
        again = own(dispatch, sort=sort, size=size)
        whole = own(dispatch, sort=sort)
        expect(once == again, "a walk over equal starts repeated", got=again, wanted=once)
        expect(once == whole, "pages over equal starts", got=once, wanted=whole)


@requirement("DSP-SRT-005")
def test_half_given_options(dispatch: DispatchTarget) -> None:
    dispatch.prepared(mixed)
    meanings = {
        (SortField.START_TIME, 0): resolve(SortField.START_TIME, 0),
        (0, SortOrder.ASCENDING): resolve(0, SortOrder.ASCENDING),
    }
    preferred = True
    for asked, meaning in meanings.items():
        shown = attempt(partial(dispatch.list_all, sort=asked))
        preferred &= (
            not isinstance(shown, Refused) and judge_views(dispatch.mine(shown), *meaning) is None
        )
    observe("descending and create time" if preferred else "other", trait="A20")


@requirement("DSP-SRT-006")
def test_order_by_update_follows_updates(dispatch: DispatchTarget) -> None:
    oldest, *others = some(dispatch, 3)
    if others[-1].update_us - oldest.update_us < 1:
        time.sleep(COARSE_S)
    changed = dispatch.update(oldest.id, duration_s=1200)
    if changed.update_us <= others[-1].update_us:
        time.sleep(COARSE_S)
        dispatch.update(oldest.id, duration_s=1800)
    shown = own(dispatch, sort=(SortField.LAST_UPDATE_TIME, SortOrder.DESCENDING))
    expect(
        shown[:1] == [oldest.id],
        "first of ours, newest update first",
        got=shown[:1],
        wanted=[oldest.id],
    )
    last = own(dispatch, sort=(SortField.LAST_UPDATE_TIME, SortOrder.ASCENDING))[-1:]
    expect(
        last == [oldest.id],
        "last of ours, oldest update first",
        got=last,
        wanted=[oldest.id],
    )


@requirement("DSP-SRT-007")
def test_undefined_field_or_order(dispatch: DispatchTarget) -> None:
    dispatch.prepared(mixed)
    for asked in ((99, 0), (0, 99), (99, 99)):
        shown = attempt(partial(dispatch.list_all, sort=asked))
        what = f"list with sort field {asked[0]}, order {asked[1]}"
        if isinstance(shown, Refused):
            expect(shown.code in BAD_ARGUMENT, what, got=shown.code.name, wanted=BAD_ARGUMENT)
            continue
        broken = judge_views(dispatch.mine(shown), SortField.CREATE_TIME, SortOrder.DESCENDING)
        expect(broken is None, what, got=broken and broken.text, wanted="refused, or newest first")
