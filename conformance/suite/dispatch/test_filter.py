"""Filters by flags, and what all filters have in common (seed 000, DispatchFilter)."""

from __future__ import annotations

from dataclasses import replace

from conformance.judging import expect, explore, observe, requirement
from conformance.strategies.dispatch import filters
from conformance.suite.dispatch.filtering import Own, split, tells_apart
from conformance.suite.laws.filters import Keys, restrict_together, states_total
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    BATTERY,
    DAILY,
    DAY_US,
    EV_CHARGER,
    HOUR_US,
    HOURLY,
    INVERTER,
    SECOND_US,
    WEEKLY,
    CategoryType,
    Dispatch,
    Filter,
    Interval,
    Rule,
    categories,
    ids,
    types,
)

EVERY_DAY = Rule(freq=DAILY, interval=1)
POPULATION = {"full": 30}
"""Dispatches to filter, by profile; otherwise eight."""
YEARS_US = 20 * 365 * DAY_US


def variety(dispatch: DispatchTarget, count: int) -> list[Dispatch]:
    """Dispatches that differ in everything a filter can ask for."""
    targets = [ids(1, 2), ids(2, 3), ids(9), categories(BATTERY), categories(BATTERY, EV_CHARGER)]
    if dispatch.generation != "0.15":
        targets.append(types(CategoryType(category=INVERTER)))
        targets.append(types(CategoryType(category=BATTERY, type_field="battery", type=1)))
    rules = (
        None,
        EVERY_DAY,
        None,
        Rule(freq=HOURLY, interval=2, count=3),
        None,
        Rule(freq=WEEKLY, interval=1, until_us=dispatch.start_us + 30 * DAY_US),
    )
    durations = (600, None, 0, 3600, 86_400)
    name = dispatch.data().type
    kinds = (name, f"{name}.foo", f"{name}.foobar", f"{name}.bar")
    simulated = dispatch.simulated
    return [
        dispatch.create(
            type=kinds[n % len(kinds)],
            start_us=dispatch.start_us + n // 2 * HOUR_US,
            duration_s=durations[n % len(durations)],
            target=targets[n % len(targets)],
            active=simulated and n % 2 == 1,
            dry_run=not simulated or n % 3 > 0,
            rule=rules[n % len(rules)],
        )
        for n in range(count)
    ]


@requirement("DSP-FLT-001")
def test_everything_is_listed_without_filter(dispatch: DispatchTarget) -> None:
    made = {
        "inactive dry run": dispatch.create(active=False),
        "infinite": dispatch.create(duration_s=None, target=categories(BATTERY)),
        "recurring": dispatch.create(rule=EVERY_DAY),
    }
    if dispatch.simulated:
        made["active, no dry run"] = dispatch.create(active=True, dry_run=False)
    tells_apart(dispatch, None, made, {}, "list without filter")
    tells_apart(dispatch, Filter(), made, {}, "list with an empty filter")


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
    for where in wheres:
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
    inactive = {"inactive": dispatch.create(active=False)}
    active = {"active": dispatch.create(active=True)} if dispatch.simulated else {}
    tells_apart(dispatch, Filter(active=True), active, inactive, "list of active dispatches")
    tells_apart(dispatch, Filter(active=False), inactive, active, "list of inactive dispatches")
    for item in active.values():
        switched = {"switched off": dispatch.update(item.id, active=False)}
        what = "list of active dispatches after an update"
        tells_apart(dispatch, Filter(active=True), {}, switched, what)


@requirement("DSP-FLT-004")
def test_dry_run_flag(dispatch: DispatchTarget) -> None:
    dry = {"dry run": dispatch.create(dry_run=True, active=dispatch.simulated)}
    real = {"to be run": dispatch.create(dry_run=False)} if dispatch.simulated else {}
    tells_apart(dispatch, Filter(dry_run=True), dry, real, "list of dry runs")
    tells_apart(dispatch, Filter(dry_run=False), real, dry, "list without dry runs")


@requirement("DSP-FLT-005")
def test_recurring_flag(dispatch: DispatchTarget) -> None:
    once = {
        "one-shot": dispatch.create(),
        "one-shot with an empty rule": dispatch.create(empty_rule=True),
    }
    recurring = {
        "endless rule": dispatch.create(rule=EVERY_DAY),
        "rule with a count of 1": dispatch.create(rule=replace(EVERY_DAY, count=1)),
    }
    where = Filter(recurring=True)
    tells_apart(dispatch, where, recurring, once, "list of recurring dispatches")
    where = Filter(recurring=False)
    tells_apart(dispatch, where, once, recurring, "list of dispatches that do not recur")


@requirement("DSP-FLT-006")
def test_recurrence_filter_without_fields(dispatch: DispatchTarget) -> None:
    once, recurring = dispatch.create(), dispatch.create(rule=EVERY_DAY)
    found = Own(dispatch).found(Filter(recurrence_filter=True))
    every = {once.id, recurring.id}
    expect(
        found in (every, {recurring.id}),
        "list with a recurrence filter, which has no fields",
        got=sorted(found, key=repr),
        wanted=f"{sorted(every)}, at least the recurring {recurring.id}",
    )
    observe("restricts nothing" if found == every else "finds recurring dispatches only")


@requirement("DSP-FLT-014")
def test_fields_restrict_together(dispatch: DispatchTarget) -> None:
    made = variety(dispatch, POPULATION.get(dispatch.profile, 8))
    extended = dispatch.generation != "0.15"
    # Asking a field alone and then with others leaves open readings out of it.
    own = Own(dispatch)
    known: dict[str, Keys] = {}

    def body(where: Filter) -> None:
        where = in_order(where)
        if not extended:
            sayable = (target for target in where.targets if target.kind != "types")
            where = replace(where, targets=tuple(sayable))
        if len(parts := split(where)) > 1:
            restrict_together(own, parts, where, known)

    near = Interval(from_us=made[2].start_us, to_us=made[-2].start_us)
    named = [
        Filter(dry_run=True, recurring=False, start=near),
        Filter(start=near, update=Interval(from_us=made[len(made) // 2].update_us)),
        Filter(targets=(ids(1, 2), categories(BATTERY)), end=Interval(from_us=made[3].start_us)),
    ]
    if extended:
        some = tuple(item.id for item in made[::2])
        named.append(Filter(ids=some, queries=("foo", f"#{made[1].id}")))
    explore(
        body,
        where=filters(made, extended=extended).filter(lambda where: len(split(where)) > 1),
        directed=[{"where": where} for where in named],
        examples=36,
    )


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
    # A time that no other run uses, so that other people's dispatches do not count.
    apart_us = dispatch.start_us + dispatch.random_id() % YEARS_US // SECOND_US * SECOND_US
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
