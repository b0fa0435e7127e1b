"""Recurrence by name: the cases that implementations get wrong (RFC 5545 §3.3.10, seed 000)."""

from __future__ import annotations

from dataclasses import replace

from conformance.judging import requirement, sampled
from conformance.oracles.model import Rule
from conformance.strategies.recurrence import RFC_EXAMPLES, at
from conformance.suite.dispatch.test_recurrence import ends_of
from conformance.suite.laws.recurrence import from_now, judge_times
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import DAILY, HOURLY, MINUTELY, MONTHLY, WEEKLY, YEARLY


def occurs(dispatch: DispatchTarget, rule: Rule, *times: int) -> None:
    judge_times(ends_of(dispatch), rule, from_now(dispatch.start_us, *times))


@requirement("DSP-REC-003")
def test_negative_month_days(dispatch: DispatchTarget) -> None:
    last = Rule(freq=MONTHLY, bymonthdays=(-1,))
    occurs(dispatch, last, at(2031, 1, 31), at(2031, 2, 28), at(2031, 3, 31), at(2031, 4, 30))
    tenth = Rule(freq=MONTHLY, bymonthdays=(-10,))
    occurs(dispatch, tenth, at(2031, 1, 22), at(2031, 2, 19), at(2031, 3, 22))
    longest = Rule(freq=MONTHLY, bymonthdays=(-31,))
    occurs(dispatch, longest, at(2031, 1, 1), at(2031, 3, 1), at(2031, 5, 1), at(2031, 7, 1))


@requirement("DSP-REC-003")
def test_negative_month_days_limit_finer_rules(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=DAILY, bymonthdays=(-1, -2))
    occurs(dispatch, rule, at(2032, 2, 28, 6), at(2032, 2, 29, 6), at(2032, 3, 30, 6))


@requirement("DSP-REC-004")
def test_dates_that_do_not_exist_are_skipped(dispatch: DispatchTarget) -> None:
    inherited = Rule(freq=MONTHLY)
    occurs(dispatch, inherited, at(2031, 1, 31), at(2031, 3, 31), at(2031, 5, 31), at(2031, 7, 31))
    thirtieth = Rule(freq=MONTHLY, bymonthdays=(30,))
    occurs(dispatch, thirtieth, at(2031, 1, 30), at(2031, 3, 30), at(2031, 4, 30))
    leap = Rule(freq=YEARLY)
    occurs(dispatch, leap, at(2032, 2, 29, 12), at(2036, 2, 29, 12), at(2040, 2, 29, 12))


@requirement("DSP-REC-005")
def test_friday_the_13th(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=MONTHLY, byweekdays=(5,), bymonthdays=(13,))
    occurs(dispatch, rule, at(2030, 9, 13), at(2030, 12, 13), at(2031, 6, 13))


@requirement("DSP-REC-006")
def test_weeks_begin_on_monday(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=WEEKLY, interval=2, byweekdays=(7, 1))
    occurs(dispatch, rule, at(2030, 1, 6), at(2030, 1, 14), at(2030, 1, 20), at(2030, 1, 28))


@requirement("DSP-REC-007")
def test_hours_and_minutes_expand_coarser_rules(dispatch: DispatchTarget) -> None:
    daily = Rule(freq=DAILY, byhours=(8, 20), byminutes=(0, 30))
    occurs(
        dispatch,
        daily,
        at(2031, 5, 1, 8),
        at(2031, 5, 1, 8, 30),
        at(2031, 5, 1, 20),
        at(2031, 5, 1, 20, 30),
        at(2031, 5, 2, 8),
    )
    weekly = Rule(freq=WEEKLY, byhours=(6, 18))
    occurs(dispatch, weekly, at(2031, 5, 1, 6), at(2031, 5, 1, 18), at(2031, 5, 8, 6))


@requirement("DSP-REC-007")
def test_hours_and_minutes_limit_finer_rules(dispatch: DispatchTarget) -> None:
    hourly = Rule(freq=HOURLY, byhours=(8,), byminutes=(0, 30))
    occurs(dispatch, hourly, at(2031, 5, 1, 8), at(2031, 5, 1, 8, 30), at(2031, 5, 2, 8))
    minutely = Rule(freq=MINUTELY, interval=20, byhours=(9,))
    occurs(
        dispatch,
        minutely,
        at(2031, 5, 1, 9),
        at(2031, 5, 1, 9, 20),
        at(2031, 5, 1, 9, 40),
        at(2031, 5, 2, 9),
    )


@requirement("DSP-REC-014")
def test_leap_days_year_ends_and_centuries(dispatch: DispatchTarget) -> None:
    occurs(dispatch, Rule(freq=YEARLY), at(2096, 2, 29), at(2104, 2, 29))
    occurs(dispatch, Rule(freq=DAILY), at(2099, 12, 30), at(2099, 12, 31), at(2100, 1, 1))
    last = Rule(freq=MONTHLY, bymonthdays=(-1,))
    occurs(dispatch, last, at(2100, 1, 31), at(2100, 2, 28), at(2100, 3, 31))
    across = Rule(freq=WEEKLY, interval=2)
    occurs(dispatch, across, at(2032, 12, 30), at(2033, 1, 13))


@requirement("DSP-REC-015")
def test_summer_time_moves_nothing(dispatch: DispatchTarget) -> None:
    # The clocks of Central Europe change on 30 March and 26 October 2031, those of the eastern
    # United States on 9 March and 2 November.
    daily, hourly = Rule(freq=DAILY), Rule(freq=HOURLY)
    for month, day in sampled(((3, 8), (11, 1), (3, 29), (10, 25)), 1):
        occurs(dispatch, daily, at(2031, month, day, 1, 30), at(2031, month, day + 1, 1, 30))
        occurs(
            dispatch,
            hourly,
            *(at(2031, month, day + 1, hour) for hour in range(4)),
        )


@requirement("DSP-REC-017")
def test_documented_examples(dispatch: DispatchTarget) -> None:
    half_yearly = Rule(freq=MONTHLY, interval=6)
    occurs(dispatch, half_yearly, at(2031, 2, 10, 9), at(2031, 8, 10, 9), at(2032, 2, 10, 9))
    weekends = Rule(freq=WEEKLY, byweekdays=(6, 7))
    occurs(dispatch, weekends, at(2031, 5, 3), at(2031, 5, 4), at(2031, 5, 10))
    midnight = Rule(freq=DAILY, byhours=(0,))
    occurs(dispatch, midnight, at(2031, 5, 1), at(2031, 5, 2))
    nightly = Rule(freq=DAILY, byhours=(20, 21, 22, 23, 0, 1, 2, 3, 4, 5))
    evening = tuple(at(2031, 5, 1, hour) for hour in (20, 21, 22, 23))
    occurs(dispatch, nightly, *evening, *(at(2031, 5, 2, hour) for hour in (0, 1, 2, 3, 4, 5, 20)))


@requirement("DSP-REC-002")
def test_examples_of_the_rfc(dispatch: DispatchTarget) -> None:
    for _, rule, _, times in sampled(RFC_EXAMPLES, 3):
        occurs(dispatch, replace(rule, count=None), *times[:6])
