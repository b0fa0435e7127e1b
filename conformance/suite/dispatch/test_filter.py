"""Filters by flags, and what all filters have in common (seed 000, DispatchFilter)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from typing import Any

from conformance.judging import by_depth, expect, explore, observe, requirement, sampled
from conformance.oracles.semantic import differences
from conformance.strategies.dispatch import filters
from conformance.suite.dispatch.filtering import (
    ACTIVE,
    EVERY_DAY,
    RECURRING,
    TO_BE_RUN,
    Own,
    kinds,
    parted,
    split,
    tells_apart,
    unused_start_us,
)
from conformance.suite.laws.filters import Keys, restrict_together, states_total
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    SECOND_US,
    Dispatch,
    Filter,
    Interval,
    ids,
)


def all_but_one(dispatch: DispatchTarget) -> tuple[Filter, list[Dispatch]]:
    """A filter of every field, the one dispatch it finds, and those that one field leaves out."""
    start_us, name = dispatch.start_us, dispatch.data().type
    kind, target = f"{name}.one", ids(1, 2)
    # Two that differ only in when they were made and in their ids.
    older, fitting, twin = (dispatch.create(type=kind, target=target) for _ in range(3))
    others: list[dict[str, Any]] = [
        {"target": ids(7)},
        {"start_us": start_us + 300 * SECOND_US, "duration_s": 300},
        {"duration_s": 1200},
        {"rule": replace(EVERY_DAY, count=1)},
    ]
    if dispatch.generation != "0.15":
        others.append({"type": f"{name}.two"})
    if dispatch.simulated:
        others += [{"active": True}, {"dry_run": False}]
    made = [dispatch.create(**{"type": kind, "target": target, **other}) for other in others]
    end_us = start_us + 600 * SECOND_US
    where = Filter(
        targets=(target,),
        active=False,
        dry_run=True,
        recurring=False,
        start=Interval(from_us=start_us, to_us=start_us + SECOND_US),
        end=Interval(from_us=end_us, to_us=end_us + SECOND_US),
        update=Interval(from_us=fitting.update_us),
    )
    if dispatch.generation != "0.15":
        chosen = tuple(item.id for item in (older, fitting, *made))
        where = replace(where, ids=chosen, queries=(kind,))
    return where, [fitting, older, twin, *made]


@requirement("DSP-FLT-001")
def test_everything_is_listed_without_filter(dispatch: DispatchTarget) -> None:
    made = dispatch.prepared(kinds)
    tells_apart(dispatch, None, made, {}, "list without filter")
    tells_apart(dispatch, Filter(), made, {}, "list with an empty filter")


@requirement("DSP-FLT-001")
def test_entries_are_what_get_shows(dispatch: DispatchTarget) -> None:
    rule = replace(EVERY_DAY, interval=2, count=3)
    kept = dispatch.create(rule=rule, target=ids(3, 1), payload={"a": {"b": [1.0, None]}})
    changed = dispatch.create()
    dispatch.list_all()  # a list that is made once, and shown again, shows what was then
    changed = dispatch.update(changed.id, duration_s=1200, payload={"changed": True})
    listed = {item.id: item for item in dispatch.list_all()}
    for item, what in ((kept, "a new dispatch"), (changed, "a changed dispatch")):
        expect(item.id in listed, f"{what} in the list", got="left out", wanted="listed")
        found = differences(dispatch.get(item.id), listed[item.id], strict=True)
        expect(not found, f"{what} in the list", got=found, wanted="what get shows")


@requirement("DSP-FLT-002")
def test_other_microgrid_is_not_listed(dispatch: DispatchTarget) -> None:
    here, there = dispatch.microgrid, dispatch.other_microgrid
    target = ids(11, 12)
    own = dispatch.create(target=target)
    foreign = dispatch.create(target=target, microgrid=there)
    wheres = [None, Filter(targets=(target,))]
    if dispatch.generation != "0.15":
        wheres.append(Filter(ids=(own.id, foreign.id)))
        wheres.append(Filter(queries=(f"#{own.id}", f"#{foreign.id}")))
        wheres.append(Filter(queries=(own.type,)))
    for where in sampled(wheres, 3):
        found = Own(dispatch, here).found(where)
        expect(
            foreign.id not in found,
            "list of a microgrid",
            got=f"{sorted(found, key=repr)}, with a dispatch of another microgrid",
            wanted=own.id,
        )
    for microgrid, item in ((here, own), (there, foreign)):
        found = Own(dispatch, microgrid).found(None)
        expect(
            found == {item.id},
            "own dispatches in the list of a microgrid",
            got=sorted(found, key=repr),
            wanted=item.id,
        )


@requirement("DSP-FLT-003")
def test_active_flag(dispatch: DispatchTarget) -> None:
    active, inactive = parted(dispatch.prepared(kinds), ACTIVE)
    tells_apart(dispatch, Filter(active=True), active, inactive, "list of active dispatches")
    tells_apart(dispatch, Filter(active=False), inactive, active, "list of inactive dispatches")


@requirement("DSP-FLT-003", needs=["simulated_site"])
def test_active_flag_follows_updates(dispatch: DispatchTarget) -> None:
    item = dispatch.create(active=True)
    switched = {"switched off": dispatch.update(item.id, active=False)}
    what = "list of active dispatches after an update"
    tells_apart(dispatch, Filter(active=True), {}, switched, what)


@requirement("DSP-FLT-004")
def test_dry_run_flag(dispatch: DispatchTarget) -> None:
    real, dry = parted(dispatch.prepared(kinds), TO_BE_RUN)
    tells_apart(dispatch, Filter(dry_run=True), dry, real, "list of dry runs")
    tells_apart(dispatch, Filter(dry_run=False), real, dry, "list without dry runs")


@requirement("DSP-FLT-005")
def test_recurring_flag(dispatch: DispatchTarget) -> None:
    recurring, once = parted(dispatch.prepared(kinds), RECURRING)
    where = Filter(recurring=True)
    tells_apart(dispatch, where, recurring, once, "list of recurring dispatches")
    where = Filter(recurring=False)
    tells_apart(dispatch, where, once, recurring, "list of dispatches that do not recur")


@requirement("DSP-FLT-006")
def test_recurrence_filter_without_fields(dispatch: DispatchTarget) -> None:
    made = dispatch.prepared(kinds)
    recurring = {item.id for item in parted(made, RECURRING)[0].values()}
    every = {item.id for item in made.values()}
    found = Own(dispatch).found(Filter(recurrence_filter=True))
    expect(
        found in (every, recurring),
        "list with a recurrence filter, which has no fields",
        got=sorted(found, key=repr),
        wanted=f"all of {sorted(every)}, or the recurring {sorted(recurring)}",
    )
    observe("restricts nothing" if found == every else "finds recurring dispatches only")


@requirement("DSP-FLT-014")
def test_fields_restrict_together(dispatch: DispatchTarget) -> None:
    full, made = all_but_one(dispatch)
    # Each field is asked alone too, which leaves open readings of single fields out of it.
    own = Own(dispatch)
    known: dict[str, Keys] = {}
    extended = dispatch.generation != "0.15"

    def body(where: Filter) -> None:
        where = in_order(where)
        if not extended:
            sayable = (target for target in where.targets if target.kind != "types")
            where = replace(where, targets=tuple(sayable))
        if len(parts := split(where)) > 1:
            restrict_together(own, parts, where, known)

    pairs = [joined(pair) for pair in combinations(split(full).values(), 2)]
    directed = by_depth(full=[*pairs, full], staging=[full])
    explore(
        body,
        where=filters(made, extended=extended).filter(lambda where: len(split(where)) > 1),
        directed=[{"where": where} for where in directed],
        examples=by_depth(full=36, staging=0),
    )


def joined(parts: Iterable[Filter]) -> Filter:
    """One filter of the fields of several."""
    where = Filter()
    for part in parts:
        for name, field in split(part).items():
            where = replace(where, **{name: getattr(field, name)})
    return where


def in_order(where: Filter) -> Filter:
    """The filter without intervals that end before or where they begin."""

    def forward(interval: Interval | None) -> Interval | None:
        if interval is None or interval.from_us is None or interval.to_us is None:
            return interval
        low_us, high_us = sorted((interval.from_us, interval.to_us))
        return Interval(from_us=low_us, to_us=high_us + SECOND_US)

    return replace(
        where,
        start=forward(where.start),
        end=forward(where.end),
        update=forward(where.update),
    )


@requirement("DSP-FLT-021")
def test_total_counts_what_matches(dispatch: DispatchTarget) -> None:
    apart_us = unused_start_us(dispatch)
    for n in range(3):
        dispatch.create(start_us=apart_us + n * SECOND_US)
    other = dispatch.create(start_us=apart_us + 10 * SECOND_US)
    window = Interval(from_us=apart_us, to_us=apart_us + 5 * SECOND_US)
    for size in (2, None):
        pages = dispatch.walk(filter=Filter(start=window), size=size)
        states_total(pages, 3, f"a list of three, page size {size or 'not given'}")
    both = Filter(start=window, recurring=True)
    states_total(dispatch.walk(filter=both), 0, "a list of nothing")
    dispatch.update(other.id, start_us=apart_us + SECOND_US)
    states_total(dispatch.walk(filter=Filter(start=window)), 4, "a list that was joined by one")
