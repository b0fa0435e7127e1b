"""Accepted end times and the readings they stand for."""

from __future__ import annotations

from conformance.oracles.end_time import Answer, end_answers, judge_end, judge_refusal
from conformance.oracles.model import DAY_US, MAX_US, SECOND_US, Frequency, Rule
from conformance.strategies.recurrence import at

START_US = at(2030, 1, 1, 15, 30)
DAILY = Frequency.DAILY


def ends(rule: Rule | None, duration_s: int | None = 60) -> list[tuple[str, int | None]]:
    return [
        (answer.kind, answer.end_us)
        for answer in end_answers(start_us=START_US, duration_s=duration_s, rule=rule)
    ]


def test_one_shots_have_a_single_answer() -> None:
    assert ends(None) == [("time", START_US + 60 * SECOND_US)]
    assert ends(None, 0) == [("time", START_US)]
    assert ends(None, None) == [("absent", None)]
    assert ends(Rule(freq=0, interval=0), 0) == [("time", START_US)]


def test_endless_rules_and_infinite_durations_have_no_end() -> None:
    assert ends(Rule(freq=DAILY)) == [("absent", None)]
    assert ends(Rule(freq=DAILY, count=3), None) == [("absent", None)]


def test_count_ends_with_the_last_occurrence() -> None:
    wanted = START_US + 2 * DAY_US + 60 * SECOND_US
    assert ends(Rule(freq=DAILY, count=3)) == [("time", wanted)]


def test_occurrence_at_until_is_out_or_in() -> None:
    answers = end_answers(
        start_us=START_US, duration_s=0, rule=Rule(freq=DAILY, until_us=START_US + DAY_US)
    )
    assert answers == (
        Answer(kind="time", end_us=START_US, readings={"A5": "excluded"}),
        Answer(kind="time", end_us=START_US + DAY_US, readings={"A5": "included"}),
    )


def test_interval_zero_may_be_refused() -> None:
    answers = ends(Rule(freq=DAILY, interval=0, count=2), 0)
    assert answers == [("time", START_US + DAY_US), ("refused", None)]


def test_huge_interval_may_be_refused() -> None:
    rule = Rule(freq=Frequency.MINUTELY, interval=10_001, count=1)
    assert ends(rule, 0) == [("refused", None), ("time", START_US)]
    assert not judge_refusal(
        start_us=START_US, duration_s=0, rule=Rule(freq=DAILY, interval=10_000, count=1)
    )


def test_no_occurrence_may_be_refused_absent_or_the_start() -> None:
    rule = Rule(freq=DAILY, until_us=START_US - 1)
    assert ends(rule) == [("refused", None), ("absent", None), ("time", START_US)]


def test_parts_without_frequency_are_refused_or_no_rule() -> None:
    assert ends(Rule(freq=0, byhours=(3,)), 0) == [("refused", None), ("time", START_US)]


def test_unsynchronised_start_has_three_readings() -> None:
    rule = Rule(freq=DAILY, byhours=(0,), count=2)
    first = at(2030, 1, 2, 0, 30)
    assert ends(rule, 0) == [
        ("time", first + DAY_US),
        ("time", first),
        ("refused", None),
    ]


def test_beyond_the_calendar_absent_saturated_or_refused() -> None:
    answers = ends(Rule(freq=Frequency.YEARLY, interval=2, count=4096), 0)
    assert answers[:3] == [("absent", None), ("refused", None), ("time", MAX_US)]
    assert judge_end(
        MAX_US - 999_999,
        start_us=START_US,
        duration_s=0,
        rule=Rule(freq=Frequency.YEARLY, interval=2, count=4096),
    )


def test_judging_names_the_reading_or_nothing() -> None:
    rule = Rule(freq=DAILY, until_us=START_US + DAY_US)
    (found,) = judge_end(START_US + DAY_US, start_us=START_US, duration_s=0, rule=rule)
    assert found.readings == {"A5": "included"}
    assert not judge_end(START_US + 2 * DAY_US, start_us=START_US, duration_s=0, rule=rule)
    assert not judge_end(None, start_us=START_US, duration_s=0, rule=rule)
