"""The end time that the server computes (seed 000, DispatchMetadata.end_time)."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from conformance.judging import expect, explore, observe, requirement
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    DAILY,
    DAY_US,
    HOUR_US,
    HOURLY,
    MINUTE_US,
    MINUTELY,
    SECOND_US,
    WEEKLY,
    Dispatch,
    Rule,
    RuleUpdate,
)

PERIODS = {MINUTELY: MINUTE_US, HOURLY: HOUR_US, DAILY: DAY_US, WEEKLY: 7 * DAY_US}
"""Frequencies whose occurrences are evenly spaced, so that plain arithmetic is the oracle."""


def expect_end(shown: Dispatch, wanted_us: int | None, what: str) -> None:
    """State where a dispatch ends; None is no end time."""
    expect(shown.end_us == wanted_us, what, got=shown.end_us, wanted=wanted_us, times=True)


@requirement("DSP-END-001")
def test_one_shot_ends_after_its_duration(dispatch: DispatchTarget) -> None:
    def body(duration_s: int) -> None:
        created = dispatch.create(duration_s=duration_s)
        wanted = created.start_us + duration_s * SECOND_US
        expect_end(created, wanted, "end time of a one-shot")

    explore(
        body,
        examples=30,
        directed=[{"duration_s": 1}, {"duration_s": 600}, {"duration_s": 90_000}],
        duration_s=st.integers(1, 10 * 365 * 86_400),
    )


@requirement("DSP-END-002")
def test_instant_ends_when_it_starts(dispatch: DispatchTarget) -> None:
    created = dispatch.create(duration_s=0)
    expect_end(created, created.start_us, "end time with duration 0")


@requirement("DSP-END-003")
def test_infinite_one_shot_has_no_end(dispatch: DispatchTarget) -> None:
    expect_end(dispatch.create(duration_s=None), None, "end time of an infinite one-shot")


@requirement("DSP-END-003")
def test_infinite_occurrences_have_no_end(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=DAILY, interval=1, count=3)
    created = dispatch.create(duration_s=None, rule=rule)
    expect_end(created, None, "end time of a counted rule with infinite duration")
    observe("absent", trait="A10")


@requirement("DSP-END-004")
def test_endless_rule_has_no_end(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=DAILY, interval=1)
    expect_end(dispatch.create(rule=rule), None, "end time of a rule without end criteria")
    empty = dispatch.create(rule=rule, empty_end=True)
    expect_end(empty, None, "end time of a rule with empty end criteria")


@requirement("DSP-END-005")
def test_count_ends_with_its_last_occurrence(dispatch: DispatchTarget) -> None:
    def body(freq: int, interval: int, count: int, duration_s: int) -> None:
        rule = Rule(freq=freq, interval=interval, count=count)
        created = dispatch.create(rule=rule, duration_s=duration_s)
        last = created.start_us + (count - 1) * interval * PERIODS[rule.freq]  # type: ignore[index]
        expect_end(created, last + duration_s * SECOND_US, "end time of a counted rule")

    explore(
        body,
        examples=40,
        directed=[
            {"freq": DAILY, "interval": 1, "count": 1, "duration_s": 600},
            {"freq": DAILY, "interval": 1, "count": 3, "duration_s": 3600},
            {"freq": HOURLY, "interval": 2, "count": 2, "duration_s": 0},
        ],
        freq=st.sampled_from(tuple(PERIODS)),
        interval=st.integers(1, 9),
        count=st.integers(1, 60),
        duration_s=st.integers(0, 3 * 86_400),
    )


@requirement("DSP-END-006")
def test_until_ends_with_the_last_occurrence_before_it(dispatch: DispatchTarget) -> None:
    def body(freq: int, whole: int, rest_s: int, duration_s: int) -> None:
        period = PERIODS[freq]  # type: ignore[index]
        until = dispatch.start_us + whole * period + min(rest_s * SECOND_US, period - SECOND_US)
        rule = Rule(freq=freq, interval=1, until_us=until)
        created = dispatch.create(rule=rule, duration_s=duration_s)
        wanted = created.start_us + whole * period + duration_s * SECOND_US
        expect_end(created, wanted, "end time of a rule with until")

    explore(
        body,
        examples=40,
        directed=[
            {"freq": DAILY, "whole": 0, "rest_s": 1, "duration_s": 60},
            {"freq": DAILY, "whole": 2, "rest_s": 3600, "duration_s": 3 * 3600},
        ],
        freq=st.sampled_from(tuple(PERIODS)),
        whole=st.integers(0, 30),
        rest_s=st.integers(1, 86_400),
        duration_s=st.integers(0, 3 * 86_400),
    )


@requirement("DSP-END-007")
def test_occurrence_exactly_at_until(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=DAILY, interval=1, until_us=dispatch.start_us + 2 * DAY_US)
    created = dispatch.create(rule=rule, duration_s=0)
    readings = {
        created.start_us + DAY_US: "excluded",
        created.start_us + 2 * DAY_US: "included",
    }
    expect(
        created.end_us in readings,
        "end time with an occurrence exactly at until",
        got=created.end_us,
        wanted=created.start_us + DAY_US,
        times=True,
    )
    observe(readings[created.end_us or 0], trait="A5")


@requirement("DSP-END-008")
def test_end_follows_the_start(dispatch: DispatchTarget) -> None:
    created = dispatch.create(duration_s=600)
    later = created.start_us + DAY_US
    updated = dispatch.update(created.id, start_us=later)
    expect_end(updated, later + 600 * SECOND_US, "end time after moving the start")


@requirement("DSP-END-008")
def test_end_follows_the_duration(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=DAILY, interval=1, count=2)
    created = dispatch.create(duration_s=600, rule=rule)
    updated = dispatch.update(created.id, duration_s=60)
    wanted = created.start_us + DAY_US + MINUTE_US
    expect_end(updated, wanted, "end time after shortening the duration")


@requirement("DSP-END-008")
def test_end_follows_the_rule(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=DAILY, interval=1, count=3)
    created = dispatch.create(duration_s=0, rule=rule)
    start = created.start_us
    steps = (
        ("count", RuleUpdate(end_criteria=True, count=5), start + 4 * DAY_US),
        ("interval", RuleUpdate(interval=2), start + 8 * DAY_US),
        ("frequency", RuleUpdate(freq=HOURLY), start + 8 * HOUR_US),
        (
            "until",
            RuleUpdate(end_criteria=True, until_us=start + 5 * HOUR_US),
            start + 4 * HOUR_US,
        ),
    )
    for name, change, wanted in steps:
        updated = dispatch.update(created.id, rule=change)
        expect_end(updated, wanted, f"end time after an update of the {name}")


@requirement("DSP-END-008")
def test_end_follows_a_list_of_the_rule(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=DAILY, interval=1, count=3)
    created = dispatch.create(duration_s=0, rule=rule)
    first = datetime.fromtimestamp(created.start_us // SECOND_US, UTC)
    weekday = RuleUpdate(byweekdays=(first.isoweekday(),))
    updated = dispatch.update(created.id, rule=weekday)
    expect_end(updated, created.start_us + 14 * DAY_US, "end time once one weekday is left")
    updated = dispatch.update(created.id, ["recurrence.byweekdays"], rule=RuleUpdate())
    expect_end(updated, created.start_us + 2 * DAY_US, "end time once every weekday counts again")


@requirement("DSP-END-009", needs=["simulated_site"])
def test_switching_leaves_the_end_alone(dispatch: DispatchTarget) -> None:
    rule = Rule(freq=DAILY, interval=1, count=2)
    created = dispatch.create(rule=rule, active=True)
    for active in (False, True):
        updated = dispatch.update(created.id, active=active)
        expect_end(updated, created.end_us, f"end time after is_active {str(active).lower()}")


@requirement("DSP-END-010")
def test_end_is_the_same_everywhere(dispatch: DispatchTarget) -> None:
    with dispatch.stream() as stream:
        finite = dispatch.create(rule=Rule(freq=DAILY, interval=1, count=4), duration_s=5400)
        endless = dispatch.create(rule=Rule(freq=DAILY, interval=1))
        listed = {item.id: item for item in dispatch.list_all()}
        for created in (finite, endless):
            expect_end(dispatch.get(created.id), created.end_us, "end time in get")
            expect(created.id in listed, "dispatch in the list", got="left out", wanted="listed")
            expect_end(listed[created.id], created.end_us, "end time in the list")
            event = stream.next(id=created.id, kind="CREATED")
            if event.dispatch is not None:
                expect_end(event.dispatch, created.end_us, "end time on the stream")
