"""Dispatches that a schedule has and a run has not, so that nobody looks for them in vain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from simulator.microgrid.dispatch import Dispatch
from simulator.microgrid.record import Record

from .shape import iso


def left_out(schedule: Iterable[Dispatch], record: Record) -> Iterator[dict[str, Any]]:
    """Yield `dispatch_id` and `why`, a clause, of each dispatch that never ran, by ascending id."""
    ran = {each.dispatch_id for each in record.occurrences}
    for each in sorted(schedule, key=lambda one: one.id):
        if each.id not in ran:
            yield {"dispatch_id": each.id, "why": _why(each, record)}


def _why(dispatch: Dispatch, record: Record) -> str:
    if not dispatch.active:
        return "is inactive"
    if dispatch.start_us >= record.end_us:
        return f"starts on {iso(dispatch.start_us)}, after the run"
    if dispatch.rule is None and dispatch.duration_s is not None:
        return f"started on {iso(dispatch.start_us)} and ended before the run"
    return "has no occurrence within the run"
