"""Filters by time: intervals of start, end and last update (seed 000, TimeIntervalFilter).

Bounds are whole seconds or times that the target itself has shown, so that no target needs finer
clocks than it has.
"""

from __future__ import annotations

from collections.abc import Hashable

from hypothesis import strategies as st

from conformance.judging import (
    BAD_ARGUMENT,
    by_depth,
    expect,
    explore,
    observe,
    requirement,
    sampled,
)
from conformance.suite.dispatch.filtering import (
    ENDLESS,
    INCLUSIVE_GENERATION,
    Own,
    includes_upper,
    interval_of,
    kinds,
    moment,
    parted,
    tells_apart,
)
from conformance.suite.laws.filters import nothing_or_refused, upper_bound, within_bounds
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    DAILY,
    DAY_US,
    HOUR_US,
    HOURLY,
    SECOND_US,
    WEEKLY,
    Filter,
    Interval,
    Rule,
)

OFFSETS_S = (0, 1, 3600)
"""Starts of the dispatches that are told apart, after the first one."""
EVERY_DAY = Rule(freq=DAILY, interval=1)


def starts_of(dispatch: DispatchTarget) -> dict[Hashable, int]:
    """Dispatches at `OFFSETS_S`, and when they start."""
    made = [
        dispatch.create(start_us=dispatch.start_us + seconds * SECOND_US) for seconds in OFFSETS_S
    ]
    return {item.id: item.start_us for item in made}


@requirement("DSP-FLT-007")
def test_start_on_the_lower_bound_is_found(dispatch: DispatchTarget) -> None:
    values, own = dispatch.prepared(starts_of), Own(dispatch)
    for low in sorted(set(values.values())):
        within_bounds(own, interval_of("start"), values, low, None, "starts found", show=moment)


@requirement("DSP-FLT-008")
def test_start_on_the_upper_bound_is_left_out(dispatch: DispatchTarget) -> None:
    values, own = dispatch.prepared(starts_of), Own(dispatch)
    readings = {
        upper_bound(own, interval_of("start"), values, high, "starts found", show=moment)
        for high in sorted(set(values.values()))
    }
    may_include = dispatch.generation == INCLUSIVE_GENERATION
    expect(
        len(readings) == 1 and (may_include or readings == {"excluded"}),
        "start equal to the upper bound of the interval",
        got=" or ".join(sorted(readings)),
        wanted="included or excluded" if may_include else "excluded",
    )
    observe(readings.pop(), trait="A3")


@requirement("DSP-FLT-009")
def test_open_sides_restrict_nothing(dispatch: DispatchTarget) -> None:
    made = dispatch.prepared(kinds)
    far_us = dispatch.start_us + 20_000 * DAY_US
    for name in ("start", "end", "update"):
        bounds = interval_of(name)
        tells_apart(dispatch, bounds(None, None), made, {}, f"{name} interval without bounds")
        finite = parted(made, ENDLESS)[1] if name == "end" else made
        tells_apart(dispatch, bounds(None, far_us), finite, {}, f"{name} interval, far end")
    later = Filter(start=Interval(from_us=far_us))
    tells_apart(dispatch, later, {}, made, "start interval, far beginning")


@requirement("DSP-FLT-009")
def test_starts_between_two_bounds(dispatch: DispatchTarget) -> None:
    values, own = dispatch.prepared(starts_of), Own(dispatch)
    start_us = min(values.values())
    includes = includes_upper(dispatch, "start", values, start_us)
    near = st.one_of(st.none(), st.sampled_from([s + d for s in OFFSETS_S for d in (-1, 0, 1)]))

    def body(low: int | None, high: int | None) -> None:
        if low is not None and high is not None and low > high:
            low, high = high, low
        within_bounds(
            own,
            interval_of("start"),
            values,
            None if low is None else start_us + low * SECOND_US,
            None if high is None else start_us + high * SECOND_US,
            "starts found",
            includes_high=includes,
            show=moment,
        )

    explore(
        body,
        low=near,
        high=near,
        directed=[{"low": 0, "high": 2}, {"low": 1, "high": None}, {"low": None, "high": 1}],
        examples=24,
    )


@requirement("DSP-FLT-010")
def test_end_interval_looks_at_the_last_occurrence(dispatch: DispatchTarget) -> None:
    start_us, duration_s = dispatch.start_us, 1800
    rule = Rule(freq=DAILY, interval=1, count=3)
    item = {"daily, three times": dispatch.create(duration_s=duration_s, rule=rule)}
    first_us = start_us + duration_s * SECOND_US
    last_us = first_us + 2 * DAY_US
    for at_us, wanted, unwanted, where in (
        (first_us, {}, item, "first"),
        (first_us + DAY_US, {}, item, "second"),
        (last_us, item, {}, "last"),
    ):
        around = Filter(end=Interval(from_us=at_us - SECOND_US, to_us=at_us + SECOND_US))
        what = f"list of dispatches that end when the {where} occurrence does"
        tells_apart(dispatch, around, wanted, unwanted, what)
    tells_apart(dispatch, Filter(end=Interval(from_us=last_us)), item, {}, "end on a lower bound")
    later = Filter(end=Interval(from_us=last_us + SECOND_US))
    tells_apart(dispatch, later, {}, item, "list of later ends")


@requirement("DSP-FLT-010")
def test_ends_between_two_bounds(dispatch: DispatchTarget) -> None:
    start_us, own = dispatch.start_us, Own(dispatch)
    until_us = start_us + 2 * DAY_US + HOUR_US
    cases = (
        (None, 600, start_us + 600 * SECOND_US),
        (Rule(freq=HOURLY, interval=1, count=2), 60, start_us + HOUR_US + 60 * SECOND_US),
        (Rule(freq=WEEKLY, interval=1, count=2), 600, start_us + 7 * DAY_US + 600 * SECOND_US),
        (Rule(freq=DAILY, interval=1, until_us=until_us), 7200, until_us + HOUR_US),
    )
    ends: dict[Hashable, int] = {
        dispatch.create(duration_s=duration_s, rule=rule).id: end_us
        for rule, duration_s, end_us in cases
    }
    near = [end + by * SECOND_US for _, _, end in cases for by in (-2, 0, 2)]
    includes = includes_upper(dispatch, "end", ends, cases[0][-1])
    bounds = st.one_of(st.none(), st.sampled_from(near))

    def body(low: int | None, high: int | None) -> None:
        if low is not None and high is not None and low > high:
            low, high = high, low
        if low is None or low != high:
            within_bounds(
                own,
                interval_of("end"),
                ends,
                low,
                high,
                "ends found",
                includes_high=includes,
                show=moment,
            )

    later, latest = near[7], max(near) - 2 * SECOND_US
    directed = [{"low": later, "high": None}, {"low": None, "high": latest}]
    explore(body, low=bounds, high=bounds, directed=directed, examples=18)


@requirement("DSP-FLT-010")
def test_end_interval_follows_updates(dispatch: DispatchTarget) -> None:
    created = dispatch.create(duration_s=60)
    item = {"made longer": created}
    middle_us = created.start_us + HOUR_US
    later = Filter(end=Interval(from_us=middle_us))
    sooner = Filter(end=Interval(to_us=middle_us))
    tells_apart(dispatch, sooner, item, {}, "list of sooner ends")
    dispatch.update(created.id, duration_s=7200)
    tells_apart(dispatch, later, item, {}, "list of later ends after an update")
    tells_apart(dispatch, sooner, {}, item, "list of sooner ends after an update")


@requirement("DSP-FLT-011")
def test_lower_bound_keeps_what_does_not_end(dispatch: DispatchTarget) -> None:
    endless, soon = parted(dispatch.prepared(kinds), ENDLESS)
    now_us = dispatch.clock.now_us() // SECOND_US * SECOND_US
    where = Filter(end=Interval(from_us=now_us - 5 * SECOND_US))
    tells_apart(dispatch, where, {**endless, **soon}, {}, "list of what ends from now on")
    where = Filter(end=Interval(from_us=dispatch.start_us + 20_000 * DAY_US))
    tells_apart(dispatch, where, endless, soon, "list of what ends 20 000 days from now or later")


@requirement("DSP-FLT-012")
def test_upper_bound_and_what_does_not_end(dispatch: DispatchTarget) -> None:
    made = dispatch.prepared(kinds)
    endless, finite = parted(made, ENDLESS)[0], made["one-shot"]
    far_us = dispatch.start_us + 20_000 * DAY_US
    readings = set()
    for low_us in (None, dispatch.start_us):
        found = Own(dispatch).found(Filter(end=Interval(from_us=low_us, to_us=far_us)))
        expect(finite.id in found, "list of ends up to a far time", got=found, wanted=finite.id)
        kept = [name for name, item in endless.items() if item.id in found]
        expect(
            len(kept) in (0, len(endless)),
            "dispatches without end time in a list of ends up to a far time",
            got=f"{', '.join(kept)} only",
            wanted=f"all or none of {', '.join(endless)}",
        )
        readings.add("kept" if kept else "dropped")
    expect(len(readings) == 1, "the same with a lower bound", got=readings, wanted="one reading")
    observe(readings.pop(), trait="A11")


@requirement("DSP-FLT-013")
def test_update_interval_follows_the_last_update(dispatch: DispatchTarget) -> None:
    own, bounds = Own(dispatch), interval_of("update")
    made = [dispatch.create() for _ in range(3)]
    oldest = made[0]
    updated = dispatch.update(oldest.id, duration_s=700)
    expect(
        updated.update_us > oldest.update_us,
        "update time after an update",
        got=moment(updated.update_us),
        wanted=f"later than {moment(oldest.update_us)}",
    )
    values: dict[Hashable, int] = {item.id: item.update_us for item in (*made[1:], updated)}
    includes = includes_upper(dispatch, "update", values, updated.update_us)
    what = "update times found"
    cases = (
        (updated.update_us, None),
        (None, updated.update_us),
        (oldest.create_us, updated.update_us),
        (made[1].update_us, updated.update_us + SECOND_US),
        (updated.update_us + SECOND_US, None),
    )
    for low, high in sampled(cases, 3):
        within_bounds(own, bounds, values, low, high, what, includes_high=includes, show=moment)


@requirement("DSP-FLT-022")
def test_inverted_intervals_find_nothing(dispatch: DispatchTarget) -> None:
    item = dispatch.create(duration_s=600)
    names: dict[Hashable, str] = {item.id: "the dispatch whose time lies between the bounds"}
    end_us = item.start_us + 600 * SECOND_US
    values = {"start": item.start_us, "end": end_us}
    later = interval_of("update")(item.update_us + HOUR_US, None)
    if item.id not in Own(dispatch).found(later):
        values["update"] = item.update_us  # else the field restricts nothing at all
    readings = {
        nothing_or_refused(
            Own(dispatch),
            interval_of(name)(at_us + by * SECOND_US, at_us - by * SECOND_US),
            names,
            BAD_ARGUMENT,
            f"{name} interval that ends before it begins",
        )
        for name, at_us in values.items()
        for by in by_depth(full=(1, 86_400), staging=(1,))
    }
    observe(" or ".join(sorted(readings)))
