"""Recurrence in general: generated rules against the oracle (seed 000, RecurrenceRule).

The end time of a dispatch with duration 0 is its last occurrence, which makes each one visible.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from hypothesis import strategies as st

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    attempt,
    by_depth,
    expect,
    explore,
    observe,
    requirement,
    sampled,
)
from conformance.oracles.model import Rule
from conformance.oracles.recurrence import occurrences
from conformance.strategies.recurrence import FREQUENCIES, endless_rules, synchronised_rules
from conformance.suite.laws.recurrence import Ends, judge_rule, judge_times
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    DAILY,
    DAY_US,
    HOUR_US,
    HOURLY,
    MINUTE_US,
    MINUTELY,
    MONTHLY,
    SECOND_US,
    WEEKLY,
    YEARLY,
    iso,
)

MANY = 4096
"""The largest count that has to be accepted (seed 000, EndCriteria.count)."""
PATIENT_S = 5.0
"""How long the answer to a demanding rule may take."""
LONG = 1000
"""An interval beyond the next larger period and beyond a byte; so many years are a date, too."""
YEAR_6125_RULE = Rule(freq=YEARLY, interval=1, count=MANY)


def ends_of(dispatch: DispatchTarget) -> Ends:
    def ends(rule: Rule, start_us: int, duration_s: int | None) -> tuple[int, int | None]:
        shown = dispatch.create(
            rule=rule, start_us=start_us, duration_s=duration_s, deadline_s=PATIENT_S
        )
        return shown.start_us, shown.end_us

    return ends


def with_lists(rule: Rule, change: Callable[[list[int]], list[int]]) -> Rule:
    """The rule with each of its lists, freed of repetitions, changed."""

    def changed(values: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(change(sorted(set(values))))

    return replace(
        rule,
        byminutes=changed(rule.byminutes),
        byhours=changed(rule.byhours),
        byweekdays=changed(rule.byweekdays),
        bymonthdays=changed(rule.bymonthdays),
        bymonths=changed(rule.bymonths),
    )


@requirement("DSP-REC-001")
def test_kth_occurrence_of_plain_rules(dispatch: DispatchTarget) -> None:
    ends, start_us = ends_of(dispatch), dispatch.start_us

    def body(freq: int, interval: int, count: int) -> None:
        judge_rule(ends, Rule(freq=freq, interval=interval, count=count), start_us)

    explore(
        body,
        freq=st.sampled_from(FREQUENCIES),
        interval=st.integers(1, 12),
        count=st.integers(1, 6),
        # The second one outlasts the next larger period, which 7 does not divide.
        directed=[
            {"freq": freq, "interval": interval, "count": count}
            for interval, count in ((2, 3), (7, 12))
            for freq in reversed(FREQUENCIES)
        ],
        examples=36,
    )


@requirement("DSP-REC-001")
def test_second_occurrence_after_a_long_interval(dispatch: DispatchTarget) -> None:
    for freq in sampled(FREQUENCIES, 2):
        rule = Rule(freq=freq, interval=LONG, count=2)
        shown = attempt(partial(dispatch.create, rule=rule, duration_s=0))
        if isinstance(shown, Refused):
            continue  # how long an interval may be is for another requirement
        _, second = occurrences(rule, shown.start_us, 2).times
        what = f"second occurrence of {freq.name}, interval {LONG}"
        expect(shown.end_us == second, what, got=shown.end_us, wanted=second, times=True)


@requirement("DSP-REC-002")
def test_rule_parts_expand_and_limit(dispatch: DispatchTarget) -> None:
    ends = ends_of(dispatch)

    def body(case: tuple[Rule, int], duration_s: int) -> None:
        judge_rule(ends, *case, duration_s)

    explore(
        body,
        case=synchronised_rules(dispatch.start_us),
        duration_s=st.sampled_from((0, 1, 3600, 90_000)),
        examples=120,
    )


@requirement("DSP-REC-002")
def test_each_part_at_each_frequency(dispatch: DispatchTarget) -> None:
    ends = ends_of(dispatch)
    rules = [
        rule
        for freq in FREQUENCIES
        for rule in (
            Rule(freq=freq, count=5, bymonths=(1, 3)),
            Rule(freq=freq, count=5, bymonthdays=(1, 15)),
            Rule(freq=freq, count=5, byweekdays=(1, 2)),
            Rule(freq=freq, count=5, byhours=(0, 12)),
            Rule(freq=freq, count=5, byminutes=(0, 30)),
        )
        if freq != WEEKLY or not rule.bymonthdays
    ]
    for rule in sampled(rules, 6):
        judge_rule(ends, rule, occurrences(rule, dispatch.start_us, 1).times[0])


@requirement("DSP-REC-008")
def test_count_is_the_number_of_occurrences(dispatch: DispatchTarget) -> None:
    ends, start_us = ends_of(dispatch), dispatch.start_us
    cases = ((1, 600), (1, 0), (2, 600), (5, 90_000))
    for count, duration_s in by_depth(full=cases, staging=cases[1:]):
        _, end_us = ends(Rule(freq=DAILY, interval=1, count=count), start_us, duration_s)
        wanted = start_us + (count - 1) * DAY_US + duration_s * SECOND_US
        expect(
            end_us == wanted, f"end of {count} days in a row", got=end_us, wanted=wanted, times=True
        )


@requirement("DSP-REC-009")
def test_until_adds_occurrences_one_by_one(dispatch: DispatchTarget) -> None:
    ends = ends_of(dispatch)

    def body(freq: int, interval: int, index: int, early: bool) -> None:
        rule = Rule(freq=freq, interval=interval)
        times = occurrences(rule, dispatch.start_us, index + 2).times
        until_us = times[index] + SECOND_US if early else times[index + 1] - SECOND_US
        _, end_us = ends(replace(rule, until_us=until_us), times[0], 0)
        expect(
            end_us == times[index],
            f"last occurrence before {iso(until_us)}",
            got=end_us,
            wanted=times[index],
            times=True,
        )

    explore(
        body,
        freq=st.sampled_from(FREQUENCIES),
        interval=st.integers(1, 3),
        index=st.integers(0, 5),
        early=st.booleans(),
        directed=[
            {"freq": DAILY, "interval": 1, "index": 0, "early": True},
            {"freq": DAILY, "interval": 1, "index": 0, "early": False},
            {"freq": MINUTELY, "interval": 1, "index": 3, "early": False},
        ],
        examples=20,
    )


@requirement("DSP-REC-010")
def test_interval_left_out_acts_as_one(dispatch: DispatchTarget) -> None:
    start_us = dispatch.start_us
    shown = attempt(
        lambda: dispatch.create(
            rule=Rule(freq=DAILY, interval=0, count=3), start_us=start_us, duration_s=0
        )
    )
    if isinstance(shown, Refused):
        expect(
            shown.code in BAD_ARGUMENT,
            "refusal of a rule without interval",
            got=shown.code.name,
            wanted=BAD_ARGUMENT,
        )
        observe("refused", trait="A6")
        return
    wanted = start_us + 2 * DAY_US
    expect(
        shown.end_us == wanted,
        "end of three days without interval",
        got=shown.end_us,
        wanted=wanted,
        times=True,
    )
    observe("one" if shown.rule and shown.rule.interval else "echoed as zero", trait="A6")


@requirement("DSP-REC-011")
def test_order_and_repetition_in_lists(dispatch: DispatchTarget) -> None:
    ends = ends_of(dispatch)

    def body(rule: Rule, shuffle: int) -> None:
        found = occurrences(rule, dispatch.start_us, 1, work=60_000).times
        if not found:
            return
        finite = replace(rule, count=4)
        straight = ends(with_lists(finite, sorted), found[0], 0)
        turned = ends(with_lists(finite, lambda v: [*v[shuffle:], *reversed(v)]), found[0], 0)
        expect(
            straight[1] == turned[1] and straight[1] is not None,
            "end with its lists in another order, values repeated",
            got=turned[1],
            wanted=straight[1],
            times=True,
        )

    explore(
        body,
        rule=endless_rules((HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY)),
        shuffle=st.integers(0, 2),
        directed=[
            {"rule": Rule(freq=DAILY, byhours=(0, 8, 20)), "shuffle": 1},
            {"rule": Rule(freq=WEEKLY, byweekdays=(1, 3, 5)), "shuffle": 2},
            {"rule": Rule(freq=MONTHLY, bymonthdays=(-1, 1, 15)), "shuffle": 1},
        ],
        examples=8,
    )


@requirement("DSP-REC-012")
def test_start_off_its_own_rule(dispatch: DispatchTarget) -> None:
    hour_us = dispatch.start_us - dispatch.start_us % HOUR_US
    at_hour = (hour_us // HOUR_US % 24 + 3) % 24
    rule = Rule(freq=DAILY, interval=1, count=2, byhours=(at_hour,))
    answers = judge_rule(ends_of(dispatch), rule, hour_us + 10 * MINUTE_US)
    readings = {answer.readings.get("A4", "match") for answer in answers}
    observe(readings.pop(), trait="A4")


@requirement("DSP-REC-013")
def test_4096_occurrences(dispatch: DispatchTarget) -> None:
    ends, start_us = ends_of(dispatch), dispatch.start_us
    for freq, step_us in ((MINUTELY, MINUTE_US), (HOURLY, HOUR_US), (DAILY, DAY_US)):
        _, end_us = ends(Rule(freq=freq, interval=1, count=MANY), start_us, 0)
        wanted = start_us + (MANY - 1) * step_us
        expect(end_us == wanted, "occurrence 4096 of a rule", got=end_us, wanted=wanted, times=True)


@requirement("DSP-REC-013")
def test_rules_towards_the_end_of_the_calendar(dispatch: DispatchTarget) -> None:
    ends = ends_of(dispatch)
    # 4096 years end in the seventh millennium, twice as many beyond the last timestamp.
    start_us = dispatch.start_us
    judge_rule(ends, YEAR_6125_RULE, start_us)
    judge_rule(ends, replace(YEAR_6125_RULE, interval=2), start_us)
    judge_rule(ends, replace(YEAR_6125_RULE, interval=2), start_us, None)


@requirement("DSP-REC-016")
def test_seconds_of_the_start_are_kept(dispatch: DispatchTarget) -> None:
    ends = ends_of(dispatch)
    minute_us = dispatch.start_us - dispatch.start_us % MINUTE_US
    start_us = minute_us - minute_us % HOUR_US + 20 * SECOND_US
    if start_us < dispatch.start_us:
        start_us += HOUR_US
    judge_times(
        ends,
        Rule(freq=HOURLY, interval=1, byminutes=(0, 30)),
        [start_us + k * 30 * MINUTE_US for k in range(4)],
    )
    judge_times(ends, Rule(freq=MINUTELY, interval=7), [start_us, start_us + 7 * MINUTE_US])
