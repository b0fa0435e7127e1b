"""The rules that people write, and what they must give; all times are UTC."""

from itertools import islice, pairwise
from typing import Any

import pytest

from simulator.microgrid.recurrence import (
    MAX_US,
    MIN_US,
    Endless,
    Frequency,
    Rule,
    first_from,
    last,
    latest_until,
    occurrences,
)

from .recurrence_cases import START, iso, us

MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY = Frequency
MO, TU, WE, TH, FR, SA, SU = range(1, 8)


def first(rule: Rule, start: str, n: int) -> list[str | None]:
    return [iso(time) for time in islice(occurrences(rule, us(start)), n)]


def dates(rule: Rule, start: str, n: int = 100) -> list[str]:
    """Dates of the first n occurrences, until included as RFC 5545 wants it."""
    times = occurrences(rule, us(start), until_inclusive=True)
    return [str(iso(time))[:10] for time in islice(times, n)]


SAMPLES: list[tuple[Rule, str, list[str]]] = [
    (Rule(freq=MONTHLY), "2030-01-31", ["2030-01-31", "2030-03-31", "2030-05-31", "2030-07-31"]),
    (Rule(freq=YEARLY), "2028-02-29", ["2028-02-29", "2032-02-29", "2036-02-29"]),
    (Rule(freq=YEARLY), "2096-02-29", ["2096-02-29", "2104-02-29"]),
    (Rule(freq=MONTHLY, bymonthdays=(-1,)), START, ["2030-01-31", "2030-02-28", "2030-03-31"]),
    (
        Rule(freq=MONTHLY, byweekdays=(FR,), bymonthdays=(13,)),
        START,
        ["2030-09-13", "2030-12-13", "2031-06-13"],
    ),
    (
        Rule(freq=WEEKLY, interval=2, byweekdays=(SU, MO)),
        START,
        ["2030-01-06", "2030-01-14", "2030-01-20", "2030-01-28"],
    ),
    (Rule(freq=YEARLY, bymonthdays=(15,)), START, ["2030-01-15", "2030-02-15", "2030-03-15"]),
    (Rule(freq=YEARLY, byweekdays=(MO,)), START, ["2030-01-07", "2030-01-14", "2030-01-21"]),
    (Rule(freq=YEARLY, bymonths=(4, 2)), "2030-01-31", []),
    (Rule(freq=YEARLY, bymonths=(5, 2)), "2030-01-31", ["2030-05-31", "2031-05-31"]),
    (Rule(freq=MONTHLY, interval=6), START, ["2030-01-01", "2030-07-01", "2031-01-01"]),
    (
        Rule(freq=WEEKLY, bymonths=(2,), byweekdays=(TU,)),
        START,
        ["2030-02-05", "2030-02-12", "2030-02-19", "2030-02-26", "2031-02-04"],
    ),
]


@pytest.mark.parametrize(("rule", "start", "wanted"), SAMPLES)
def test_dates_of_samples(rule: Rule, start: str, wanted: list[str]) -> None:
    assert dates(rule, start, len(wanted) or 1) == wanted


def test_hours_limit_an_hourly_rule_and_minutes_expand_it() -> None:
    rule = Rule(freq=HOURLY, byhours=(8,), byminutes=(0, 30))
    assert first(rule, START, 3) == [
        "2030-01-02 08:00:20",
        "2030-01-02 08:30:20",
        "2030-01-03 08:00:20",
    ]


def test_a_start_that_does_not_match_is_no_occurrence() -> None:
    rule = Rule(freq=DAILY, byhours=(0,), count=2)
    assert first(rule, START, 9) == ["2030-01-02 00:30:20", "2030-01-03 00:30:20"]


def test_nothing_of_the_first_period_is_earlier_than_the_start() -> None:
    rule = Rule(freq=DAILY, byhours=(6, 15, 16), byminutes=(29, 30, 31), count=4)
    assert first(rule, START, 9) == [
        "2030-01-01 15:30:20",
        "2030-01-01 15:31:20",
        "2030-01-01 16:29:20",
        "2030-01-01 16:30:20",
    ]


def test_lists_are_sets() -> None:
    rule = Rule(freq=DAILY, byhours=(9, 7, 9, 8), byminutes=(5, 5), bymonths=(2, 1, 2))
    tidy = Rule(freq=DAILY, byhours=(7, 8, 9), byminutes=(5,), bymonths=(1, 2))
    assert first(rule, START, 200) == first(tidy, START, 200)


def test_seconds_and_fractions_of_the_start_are_kept() -> None:
    rule = Rule(freq=MINUTELY, interval=45)
    assert first(rule, "2030-01-01 23:30:20.000007", 3) == [
        "2030-01-01 23:30:20.000007",
        "2030-01-02 00:15:20.000007",
        "2030-01-02 01:00:20.000007",
    ]


def test_no_hour_is_lost_or_doubled_where_european_clocks_change() -> None:
    for start in ("2030-03-30 12:00", "2030-10-26 12:00"):
        times = list(islice(occurrences(Rule(freq=HOURLY), us(start)), 48))
        assert {after - before for before, after in pairwise(times)} == {3_600_000_000}


def test_a_week_begins_on_monday() -> None:
    # The pair of examples that RFC 5545 gives for WKST, in its Monday form.
    rule = Rule(freq=WEEKLY, interval=2, byweekdays=(TU, SU), count=4)
    assert dates(rule, "1997-08-05 09:00") == [
        "1997-08-05",
        "1997-08-10",
        "1997-08-19",
        "1997-08-24",
    ]


class TestEnds:
    daily = Rule(freq=DAILY)

    def until(self, text: str, **parts: Any) -> Rule:
        return Rule(freq=DAILY, until_us=us(text), **parts)

    def test_an_occurrence_at_until_is_out_unless_asked_for(self) -> None:
        rule = self.until("2030-01-03 15:30:20")
        assert iso(last(rule, us(START))) == "2030-01-02 15:30:20"
        assert iso(last(rule, us(START), until_inclusive=True)) == "2030-01-03 15:30:20"
        assert len(list(occurrences(rule, us(START)))) == 2
        assert len(list(occurrences(rule, us(START), until_inclusive=True))) == 3

    def test_until_just_after_an_occurrence_lets_it_in(self) -> None:
        assert iso(last(self.until("2030-01-03 15:30:20.000001"), us(START))) == (
            "2030-01-03 15:30:20"
        )

    @pytest.mark.parametrize("until", [START, "2029-12-31", "0001-01-01"])
    def test_until_at_or_before_the_start_leaves_nothing(self, until: str) -> None:
        assert last(self.until(until), us(START)) is None
        assert first_from(self.until(until), us(START), MIN_US) is None
        assert latest_until(self.until(until), us(START), MAX_US) is None

    def test_count_counts_occurrences_and_not_periods(self) -> None:
        rule = Rule(freq=DAILY, byhours=(15, 16), count=3)
        assert iso(last(rule, us("2030-01-01 15:45"))) == "2030-01-02 15:45:00"

    def test_count_one_is_the_first_match(self) -> None:
        assert iso(last(Rule(freq=YEARLY, count=1), us(START))) == START
        assert iso(last(Rule(freq=DAILY, byhours=(0,), count=1), us(START))) == (
            "2030-01-02 00:30:20"
        )

    def test_of_count_and_until_the_earlier_holds(self) -> None:
        start = us(START)
        assert iso(last(self.until("2030-02-01", count=3), start)) == "2030-01-03 15:30:20"
        assert iso(last(self.until("2030-01-02", count=3), start)) == "2030-01-01 15:30:20"

    def test_a_rule_without_end_has_no_last(self) -> None:
        with pytest.raises(Endless, match="without count and until"):
            last(self.daily, us(START))

    def test_4096_years_are_computed(self) -> None:
        assert iso(last(Rule(freq=YEARLY, count=4096), us(START))) == "6125-01-01 15:30:20"

    def test_4096_times_two_years_pass_the_calendar(self) -> None:
        rule = Rule(freq=YEARLY, interval=2, count=4096)
        with pytest.raises(Endless, match="9999"):
            last(rule, us(START))
        times = list(occurrences(rule, us(START)))
        assert len(times) == (9998 - 2030) // 2 + 1
        assert iso(times[-1]) == "9998-01-01 15:30:20"

    def test_the_year_9999_ends_an_endless_rule(self) -> None:
        for rule in (Rule(freq=MINUTELY), Rule(freq=MINUTELY, byhours=(23,))):
            assert first(rule, "9999-12-31 23:58:00", 9) == [
                "9999-12-31 23:58:00",
                "9999-12-31 23:59:00",
            ]
            assert first_from(rule, us(START), MAX_US + 1) is None
            assert iso(latest_until(rule, us(START), MAX_US + 1)) == "9999-12-31 23:59:20"

    def test_until_after_the_year_9999_is_no_end(self) -> None:
        with pytest.raises(Endless):
            last(Rule(freq=DAILY, until_us=MAX_US + 1), us(START))
        rule = Rule(freq=DAILY, until_us=MAX_US)
        assert iso(last(rule, us(START))) == "9999-12-31 15:30:20"


class TestAccess:
    rule = Rule(freq=MINUTELY, interval=15, byhours=(8, 9), byweekdays=(MO, FR), count=4096)

    def test_first_ten_years_ahead(self) -> None:
        rule = Rule(freq=MINUTELY, interval=15, byhours=(8, 9), byweekdays=(MO, FR))
        assert iso(first_from(rule, us(START), us("2040-01-01"))) == "2040-01-02 08:00:20"

    def test_a_count_counts_from_the_start_wherever_one_looks(self) -> None:
        last_us = last(self.rule, us(START))
        assert last_us is not None
        assert first_from(self.rule, us(START), last_us) == last_us
        assert first_from(self.rule, us(START), last_us + 1) is None
        assert list(occurrences(self.rule, us(START), after_us=last_us)) == [last_us]

    def test_before_the_start_there_is_nothing(self) -> None:
        assert latest_until(self.rule, us(START), us(START)) is None
        assert iso(first_from(self.rule, us(START), MIN_US)) == "2030-01-04 08:00:20"
        daily = Rule(freq=DAILY)
        assert latest_until(daily, us(START), us(START)) == us(START)
        assert latest_until(daily, us(START), us(START) - 1) is None
        assert first_from(daily, us(START), us("1500-01-01")) == us(START)

    def test_both_bounds_are_inclusive_to_the_microsecond(self) -> None:
        daily, second = Rule(freq=DAILY), "2030-01-02 15:30:20"
        assert first_from(daily, us(START), us(second)) == us(second)
        assert first_from(daily, us(START), us(second) + 1) == us(second) + 86_400_000_000
        assert latest_until(daily, us(START), us(second)) == us(second)
        assert latest_until(daily, us(START), us(second) - 1) == us(START)

    def test_starts_before_1970(self) -> None:
        assert first(Rule(freq=MONTHLY, bymonthdays=(-1,)), "1899-12-31 23:59:59.5", 3) == [
            "1899-12-31 23:59:59.500000",
            "1900-01-31 23:59:59.500000",
            "1900-02-28 23:59:59.500000",
        ]

    @pytest.mark.parametrize("start_us", [MIN_US - 1, MAX_US + 1])
    def test_starts_outside_the_calendar_are_refused(self, start_us: int) -> None:
        with pytest.raises(ValueError, match="years 1 to 9999"):
            next(occurrences(Rule(freq=DAILY), start_us))

    def test_the_calendar_s_own_ends_are_starts(self) -> None:
        weekly = Rule(freq=WEEKLY, byweekdays=(MO, SU))
        assert first(weekly, "0001-01-01", 2) == ["0001-01-01 00:00:00", "0001-01-07 00:00:00"]
        assert list(occurrences(weekly, MAX_US)) == []


class TestRule:
    @pytest.mark.parametrize(
        ("parts", "complaint"),
        [
            ({"interval": 0}, "interval is at least 1, not 0"),
            ({"interval": -1}, "interval is at least 1"),
            ({"count": 0}, "count is at least 1, not 0"),
            ({"byminutes": (60,)}, "byminutes holds 0 to 59, not 60"),
            ({"byhours": (3, 24)}, "byhours holds 0 to 23, not 24"),
            ({"byhours": (-1,)}, "byhours"),
            ({"byweekdays": (0,)}, "byweekdays holds 1 to 7, not 0"),
            ({"byweekdays": (8,)}, "byweekdays"),
            ({"bymonthdays": (0,)}, "bymonthdays holds 1 to 31, .*not 0"),
            ({"bymonthdays": (-32,)}, "bymonthdays"),
            ({"bymonths": (13,)}, "bymonths holds 1 to 12, not 13"),
            ({"freq": WEEKLY, "bymonthdays": (1,)}, "WEEKLY"),
            ({"freq": 0}, "0 is not a valid Frequency"),
        ],
    )
    def test_what_has_no_meaning_is_refused(self, parts: dict[str, Any], complaint: str) -> None:
        with pytest.raises(ValueError, match=complaint):
            Rule(**{"freq": DAILY, **parts})

    def test_the_bounds_themselves_are_accepted(self) -> None:
        rule = Rule(
            freq=YEARLY,
            byminutes=(0, 59),
            byhours=(0, 23),
            byweekdays=tuple(range(1, 8)),
            bymonthdays=(1, -1),
            bymonths=(1, 12),
            count=8,
        )
        assert first(rule, "2030-01-01", 8)[::4] == ["2030-01-01 00:00:00", "2030-01-31 00:00:00"]
        assert iso(last(rule, us("2030-01-01"))) == "2030-01-31 23:59:00"
