"""Validation: which recurrence rules Create refuses (seed 000, RecurrenceRule)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    attempt,
    expect,
    observe,
    refused,
    requirement,
    sampled,
)
from conformance.oracles.semantic import differences
from conformance.strategies.recurrence import at
from conformance.suite.dispatch.listing import some
from conformance.suite.laws.recurrence import from_now
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_codec import sub
from conformance.targets.dispatch_model import (
    DAILY,
    HOUR_US,
    HOURLY,
    MINUTELY,
    MONTHLY,
    SECOND_US,
    WEEKLY,
    YEARLY,
    Filter,
    Rule,
    RuleUpdate,
    iso,
)

BOUNDED_S = 5.0
"""A rule has to be answered within this, however rarely it matches."""

PARALLEL_S = 5.0
"""Any other call meanwhile: a server that computes on the thread that serves holds it up."""

JANUARY_31 = at(2031, 1, 31, 12)
"""A start on which rules for day 31 and -1 fall."""


IMPOSSIBLE = (
    (253_402_300_800, 0),
    (-62_135_596_801, 0),
    (2**63 - 1, 0),
    (0, -1),
    (0, 1_000_000_000),
)
"""Seconds and nanoseconds of timestamps that are none: just before the year 1, after 9999 …"""
START_INTERVAL, LOWER_BOUND = 6, 1
"""Numbers of these fields of a filter and of its intervals."""


def _to_come(dispatch: DispatchTarget, at_us: int) -> int:
    """The same place in the calendar, not before the target's own time."""
    return from_now(dispatch.start_us, at_us)[0]


def _expect_refused(dispatch: DispatchTarget, rule: Rule, what: str) -> None:
    start_us = _to_come(dispatch, JANUARY_31)
    refused(lambda: dispatch.create(rule=rule, start_us=start_us), BAD_ARGUMENT, what)


def _expect_accepted(
    dispatch: DispatchTarget, rule: Rule, what: str, *, start_us: int = JANUARY_31
) -> None:
    start_us = _to_come(dispatch, start_us)
    answer = attempt(lambda: dispatch.create(rule=rule, start_us=start_us))
    if isinstance(answer, Refused):
        expect(False, what, got=answer.got, wanted="accepted")
        return
    sent = dispatch.data(rule=rule, start_us=start_us, payload=dispatch.tagged({}))
    found = differences(sent, answer)
    expect(not found, what, got=found, wanted="as sent")


@requirement("DSP-VAL-007")
def test_month_days_outside_the_month_are_refused(dispatch: DispatchTarget) -> None:
    for day in (0, 32, -32, 100):
        rule = Rule(freq=MONTHLY, interval=1, bymonthdays=(day,))
        _expect_refused(dispatch, rule, f"month day {day}")
    mixed = Rule(freq=DAILY, interval=1, bymonthdays=(31, 0))
    _expect_refused(dispatch, mixed, "month day 0 after a good one")


@requirement("DSP-VAL-007")
def test_month_days_at_the_bounds_are_accepted(dispatch: DispatchTarget) -> None:
    monthly = Rule(freq=MONTHLY, interval=1)
    first = at(2031, 1, 1, 12)
    bounds = ((31, JANUARY_31), (-1, JANUARY_31), (1, first), (-31, first))
    for day, start_us in sampled(bounds, 2):
        rule = replace(monthly, bymonthdays=(day,))
        _expect_accepted(dispatch, rule, f"month day {day}", start_us=start_us)


@requirement("DSP-VAL-008")
def test_weekly_rule_with_month_days_is_refused(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=WEEKLY, interval=1, bymonthdays=(31,))
    _expect_refused(dispatch, rule, "a weekly rule with month days")


@requirement("DSP-VAL-008")
def test_update_must_not_make_a_weekly_rule_with_month_days(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=MONTHLY, interval=1, bymonthdays=(31,))
    created = dispatch.create(rule=rule, start_us=_to_come(dispatch, JANUARY_31))
    refused(
        lambda: dispatch.update(created.id, rule=RuleUpdate(freq=WEEKLY)),
        BAD_ARGUMENT,
        "an update to weekly of a rule with month days",
    )
    shown = dispatch.get(created.id)
    expect(shown.rule == created.rule, "rule afterwards", got=shown.rule, wanted=created.rule)


@requirement("DSP-VAL-009")
def test_count_outside_its_range_is_refused(dispatch: DispatchTarget) -> None:
    for count in (0, 4097, 2**32 - 1):
        rule = Rule(freq=DAILY, interval=1, count=count)
        _expect_refused(dispatch, rule, f"a count of {count}")


@requirement("DSP-VAL-009")
def test_count_at_its_bounds_is_accepted(dispatch: DispatchTarget) -> None:
    for count in (1, 4096):
        rule = Rule(freq=DAILY, interval=1, count=count)
        _expect_accepted(dispatch, rule, f"a count of {count}")


@requirement("DSP-VAL-010")
def test_times_outside_the_calendar_are_refused(dispatch: DispatchTarget) -> None:
    daily = Rule(freq=DAILY, interval=1)
    _expect_refused(dispatch, replace(daily, byminutes=(60,)), "minute 60")
    _expect_refused(dispatch, replace(daily, byhours=(24,)), "hour 24")
    _expect_refused(dispatch, replace(daily, bymonths=(0,)), "month 0")
    _expect_refused(dispatch, replace(daily, bymonths=(13,)), "month 13")


@requirement("DSP-VAL-010")
def test_times_at_the_bounds_are_accepted(dispatch: DispatchTarget) -> None:
    daily = Rule(freq=DAILY, interval=1)
    first, last = at(2031, 1, 1), at(2031, 12, 31, 23, 59)
    low = replace(daily, byminutes=(0,), byhours=(0,), bymonths=(1,))
    high = replace(daily, byminutes=(59,), byhours=(23,), bymonths=(12,))
    _expect_accepted(dispatch, low, "minute 0, hour 0, month 1", start_us=first)
    _expect_accepted(dispatch, high, "minute 59, hour 23, month 12", start_us=last)


@requirement("DSP-VAL-011")
def test_undefined_weekdays_are_refused(dispatch: DispatchTarget) -> None:
    for number in (0, 8):
        rule = Rule(freq=WEEKLY, interval=1, byweekdays=(number,))
        _expect_refused(dispatch, rule, f"weekday number {number}")


@requirement("DSP-VAL-011")
def test_undefined_frequencies_are_refused(dispatch: DispatchTarget) -> None:
    for number in (7, 77):
        _expect_refused(dispatch, Rule(freq=number, interval=1), f"frequency number {number}")


@requirement("DSP-VAL-012")
def test_usual_intervals_are_accepted(dispatch: DispatchTarget) -> None:
    for interval in (1, 10_000):
        rule = Rule(freq=DAILY, interval=interval)
        _expect_accepted(dispatch, rule, f"an interval of {interval}")


@requirement("DSP-VAL-012")
def test_larger_intervals_are_refused_or_accepted(dispatch: DispatchTarget) -> None:
    answer = attempt(lambda: dispatch.create(rule=Rule(freq=HOURLY, interval=10_001)))
    observe("refused" if isinstance(answer, Refused) else "accepted", trait="A8")


@requirement("DSP-VAL-013")
def test_rule_parts_without_frequency(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=0, interval=0, byhours=(8,))
    answer = attempt(lambda: dispatch.create(rule=rule, duration_s=600))
    if isinstance(answer, Refused):
        observe("refused", trait="A9")
        return
    wanted = answer.start_us + 600 * SECOND_US
    expect(answer.end_us == wanted, "end time", got=answer.end_us, wanted=wanted, times=True)
    observe("not recurring", trait="A9")


@requirement("DSP-VAL-014")
def test_empty_recurrence_is_a_one_shot(dispatch: DispatchTarget) -> None:
    answer = attempt(lambda: dispatch.create(duration_s=600, empty_rule=True))
    if isinstance(answer, Refused):
        expect(False, "a present but empty recurrence", got=answer.got, wanted="accepted")
        return
    found = {item.id for item in dispatch.list_all(filter=Filter(recurring=False))}
    what = "list with is_recurring false"
    expect(answer.id in found, what, got="without the dispatch", wanted="with it")
    end = answer.start_us + 600 * SECOND_US
    # That there is an end time at all is for other requirements.
    expect(answer.end_us in (None, end), "end time", got=answer.end_us, wanted=end, times=True)


@requirement("DSP-VAL-015")
def test_rules_that_never_match_are_answered_in_time(dispatch: DispatchTarget) -> None:
    dispatch.create()  # the list asked for below is not empty
    for freq in sampled((YEARLY, MONTHLY, MINUTELY, DAILY), 2):
        rule = Rule(freq=freq, interval=1, count=1, bymonths=(2,), bymonthdays=(30,))
        _expect_bounded(dispatch, rule, f"{freq.name.lower()} rule for 30 February")


def _expect_bounded(dispatch: DispatchTarget, rule: Rule, what: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        pending = pool.submit(
            lambda: attempt(lambda: dispatch.create(rule=rule, deadline_s=BOUNDED_S))
        )
        while True:
            asked = time.monotonic()
            dispatch.list(size=1)
            took = time.monotonic() - asked
            expect(
                took < PARALLEL_S,
                f"another call beside a {what}",
                got=f"{took:.1f} s",
                wanted=f"below {PARALLEL_S:g} s",
            )
            if pending.done() or time.monotonic() - began > BOUNDED_S:
                break
            time.sleep(0.25)
        answer = pending.result()
    if not isinstance(answer, Refused):
        wanted = (None, answer.start_us, answer.start_us + (answer.duration_s or 0) * SECOND_US)
        expect(
            answer.end_us in wanted,
            f"end time of a {what}",
            got=iso(answer.end_us),
            wanted="none, or that of the start, since there is no occurrence",
        )


@requirement("DSP-VAL-015")
def test_finite_rule_without_occurrence(dispatch: DispatchTarget) -> None:
    start = dispatch.start_us
    rule = Rule(freq=DAILY, interval=1, until_us=start - HOUR_US)
    answer = attempt(lambda: dispatch.create(rule=rule, duration_s=600, deadline_s=BOUNDED_S))
    if isinstance(answer, Refused):
        observe("refused", trait="A7")
    elif answer.end_us is None:
        observe("absent", trait="A7")
    else:
        expect(
            answer.end_us == answer.start_us,
            "end time of a rule that ends before it starts",
            got=answer.end_us,
            wanted=answer.start_us,
            times=True,
        )
        observe("start", trait="A7")


@requirement("DSP-VAL-017")
def test_mistakes_are_argument_errors(dispatch: DispatchTarget) -> None:
    past = dispatch.clock.now_us() - HOUR_US
    mistakes = (
        dispatch.data(start_us=past),
        dispatch.data(start_us=None),
        dispatch.data(target=None),
        dispatch.data(rule=Rule(freq=WEEKLY, interval=1, bymonthdays=(3,))),
        dispatch.data(rule=Rule(freq=MONTHLY, interval=1, bymonthdays=(0,))),
        dispatch.data(rule=Rule(freq=DAILY, interval=1, count=0)),
        dispatch.data(rule=Rule(freq=DAILY, interval=1, byhours=(24,))),
        dispatch.data(rule=Rule(freq=77, interval=1)),
        dispatch.data(rule=Rule(freq=DAILY, interval=1, byweekdays=(0,))),
    )
    for data in sampled(mistakes, 5):
        # Whether it is refused at all is for other requirements; here only how.
        attempt(lambda d=data: dispatch.create(d))  # type: ignore[misc]


@requirement("DSP-VAL-017")
def test_impossible_times_of_a_filter_are_argument_errors(dispatch: DispatchTarget) -> None:
    dispatch.prepared(some, 1)
    for seconds, nanos in sampled(IMPOSSIBLE, 2):
        request = dispatch.list_request()
        bound = sub(sub(request.filter, START_INTERVAL), LOWER_BOUND)
        bound.seconds, bound.nanos = seconds, nanos
        # Here, too, only how it is refused matters.
        attempt(partial(dispatch.call, "ListMicrogridDispatches", request))
