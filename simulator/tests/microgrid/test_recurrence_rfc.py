"""The examples of RFC 5545 §3.8.5.3 that need no ordinals, positions or zones, read as UTC."""

from itertools import islice

import pytest

from simulator.microgrid.recurrence import Frequency, Rule, last, occurrences

from .recurrence_cases import iso, us

MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY = Frequency
MO, TU, WE, TH, FR, SA, SU = range(1, 8)
NINE = "1997-09-02 09:00"
"""The start of nearly all examples, a Tuesday."""


def month(name: str, *days: int) -> list[str]:
    return [f"{name}-{day:02}" for day in days]


DATES: dict[str, tuple[str, Rule, list[str]]] = {
    "daily, ten times": (
        NINE,
        Rule(freq=DAILY, count=10),
        month("1997-09", *range(2, 12)),
    ),
    "every other day": (
        NINE,
        Rule(freq=DAILY, interval=2),
        [*month("1997-09", *range(2, 31, 2)), *month("1997-10", 2, 4, 6)],
    ),
    "every ten days, five times": (
        NINE,
        Rule(freq=DAILY, interval=10, count=5),
        [*month("1997-09", 2, 12, 22), *month("1997-10", 2, 12)],
    ),
    "weekly, ten times": (
        NINE,
        Rule(freq=WEEKLY, count=10),
        [*month("1997-09", 2, 9, 16, 23, 30), *month("1997-10", 7, 14, 21, 28), "1997-11-04"],
    ),
    "every other week": (
        NINE,
        Rule(freq=WEEKLY, interval=2),
        [*month("1997-09", 2, 16, 30), *month("1997-10", 14, 28), *month("1997-11", 11, 25)],
    ),
    "Tuesdays and Thursdays for five weeks": (
        NINE,
        Rule(freq=WEEKLY, until_us=us("1997-10-07"), byweekdays=(TU, TH)),
        [*month("1997-09", 2, 4, 9, 11, 16, 18, 23, 25, 30), "1997-10-02"],
    ),
    "Mondays, Wednesdays and Fridays of every other week": (
        "1997-09-01 09:00",
        Rule(freq=WEEKLY, interval=2, until_us=us("1997-12-24"), byweekdays=(MO, WE, FR)),
        [
            *month("1997-09", 1, 3, 5, 15, 17, 19, 29),
            *month("1997-10", 1, 3, 13, 15, 17, 27, 29, 31),
            *month("1997-11", 10, 12, 14, 24, 26, 28),
            *month("1997-12", 8, 10, 12, 22),
        ],
    ),
    "Tuesdays and Thursdays of every other week, eight times": (
        NINE,
        Rule(freq=WEEKLY, interval=2, count=8, byweekdays=(TU, TH)),
        [*month("1997-09", 2, 4, 16, 18, 30), *month("1997-10", 2, 14, 16)],
    ),
    "third-to-last day of the month": (
        "1997-09-28 09:00",
        Rule(freq=MONTHLY, bymonthdays=(-3,)),
        ["1997-09-28", "1997-10-29", "1997-11-28", "1997-12-29", "1998-01-29", "1998-02-26"],
    ),
    "second and fifteenth of the month": (
        NINE,
        Rule(freq=MONTHLY, count=10, bymonthdays=(2, 15)),
        [
            *month("1997-09", 2, 15),
            *month("1997-10", 2, 15),
            *month("1997-11", 2, 15),
            *month("1997-12", 2, 15),
            *month("1998-01", 2, 15),
        ],
    ),
    "first and last day of the month": (
        "1997-09-30 09:00",
        Rule(freq=MONTHLY, count=10, bymonthdays=(1, -1)),
        [
            "1997-09-30",
            *month("1997-10", 1, 31),
            *month("1997-11", 1, 30),
            *month("1997-12", 1, 31),
            *month("1998-01", 1, 31),
            "1998-02-01",
        ],
    ),
    "tenth to fifteenth of every eighteenth month": (
        "1997-09-10 09:00",
        Rule(freq=MONTHLY, interval=18, count=10, bymonthdays=(10, 11, 12, 13, 14, 15)),
        [*month("1997-09", *range(10, 16)), *month("1999-03", *range(10, 14))],
    ),
    "Tuesdays of every other month": (
        NINE,
        Rule(freq=MONTHLY, interval=2, byweekdays=(TU,)),
        [
            *month("1997-09", 2, 9, 16, 23, 30),
            *month("1997-11", 4, 11, 18, 25),
            *month("1998-01", 6, 13, 20, 27),
            *month("1998-03", 3, 10, 17, 24, 31),
        ],
    ),
    "yearly in June and July": (
        "1997-06-10 09:00",
        Rule(freq=YEARLY, count=10, bymonths=(6, 7)),
        [f"{year}-{number:02}-10" for year in range(1997, 2002) for number in (6, 7)],
    ),
    "every other year in January, February and March": (
        "1997-03-10 09:00",
        Rule(freq=YEARLY, interval=2, count=10, bymonths=(1, 2, 3)),
        [
            "1997-03-10",
            *(f"{year}-{number:02}-10" for year in (1999, 2001, 2003) for number in (1, 2, 3)),
        ],
    ),
    "every Thursday in March": (
        "1997-03-13 09:00",
        Rule(freq=YEARLY, bymonths=(3,), byweekdays=(TH,)),
        [*month("1997-03", 13, 20, 27), *month("1998-03", 5, 12, 19, 26), "1999-03-04"],
    ),
    "every Thursday of summer": (
        "1997-06-05 09:00",
        Rule(freq=YEARLY, bymonths=(6, 7, 8), byweekdays=(TH,)),
        [
            *month("1997-06", 5, 12, 19, 26),
            *month("1997-07", 3, 10, 17, 24, 31),
            *month("1997-08", 7, 14, 21, 28),
            *month("1998-06", 4, 11),
        ],
    ),
    "Friday the thirteenth": (
        NINE,
        Rule(freq=MONTHLY, byweekdays=(FR,), bymonthdays=(13,)),
        ["1998-02-13", "1998-03-13", "1998-11-13", "1999-08-13", "2000-10-13"],
    ),
    "Saturday after the first Sunday": (
        "1997-09-13 09:00",
        Rule(freq=MONTHLY, byweekdays=(SA,), bymonthdays=(7, 8, 9, 10, 11, 12, 13)),
        ["1997-09-13", "1997-10-11", "1997-11-08", "1997-12-13", "1998-01-10", "1998-02-07"],
    ),
    "election day": (
        "1996-11-05 09:00",
        Rule(
            freq=YEARLY,
            interval=4,
            bymonths=(11,),
            byweekdays=(TU,),
            bymonthdays=(2, 3, 4, 5, 6, 7, 8),
        ),
        ["1996-11-05", "2000-11-07", "2004-11-02"],
    ),
    "dates that a month lacks are skipped": (
        "2007-01-15 09:00",
        Rule(freq=MONTHLY, count=5, bymonthdays=(15, 30)),
        ["2007-01-15", "2007-01-30", "2007-02-15", "2007-03-15", "2007-03-30"],
    ),
}


@pytest.mark.parametrize("name", DATES)
def test_dates(name: str) -> None:
    start, rule, wanted = DATES[name]
    is_finite = rule.count is not None or rule.until_us is not None
    times = occurrences(rule, us(start), until_inclusive=True)
    found = [iso(time) for time in islice(times, None if is_finite else len(wanted))]
    assert found == [f"{date} 09:00:00" for date in wanted]


def test_daily_until_christmas_eve() -> None:
    rule = Rule(freq=DAILY, until_us=us("1997-12-24"))
    assert len(list(occurrences(rule, us(NINE)))) == 113
    assert iso(last(rule, us(NINE))) == "1997-12-23 09:00:00"


def test_weekly_until_christmas_eve() -> None:
    rule = Rule(freq=WEEKLY, until_us=us("1997-12-24"))
    assert len(list(occurrences(rule, us(NINE)))) == 17
    assert iso(last(rule, us(NINE))) == "1997-12-23 09:00:00"


@pytest.mark.parametrize(
    "rule",
    [
        Rule(
            freq=YEARLY,
            until_us=us("2000-01-31 09:00"),
            bymonths=(1,),
            byweekdays=(SU, MO, TU, WE, TH, FR, SA),
        ),
        Rule(freq=DAILY, until_us=us("2000-01-31 09:00"), bymonths=(1,)),
    ],
)
def test_every_day_of_three_januaries(rule: Rule) -> None:
    found = [iso(time) for time in occurrences(rule, us("1998-01-01 09:00"), until_inclusive=True)]
    assert found == [
        f"{year}-01-{day:02} 09:00:00" for year in (1998, 1999, 2000) for day in range(1, 32)
    ]


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (
            Rule(freq=HOURLY, interval=3, until_us=us("1997-09-02 17:00")),
            ["09:00", "12:00", "15:00"],
        ),
        (
            Rule(freq=MINUTELY, interval=15, count=6),
            ["09:00", "09:15", "09:30", "09:45", "10:00", "10:15"],
        ),
        (
            Rule(freq=MINUTELY, interval=90, count=4),
            ["09:00", "10:30", "12:00", "13:30"],
        ),
    ],
)
def test_times_of_one_day(rule: Rule, wanted: list[str]) -> None:
    found = [iso(time) for time in occurrences(rule, us(NINE))]
    assert found == [f"1997-09-02 {time}:00" for time in wanted]


def test_two_ways_to_say_every_twenty_minutes_of_office_hours() -> None:
    daily = Rule(freq=DAILY, byhours=tuple(range(9, 17)), byminutes=(0, 20, 40))
    minutely = Rule(freq=MINUTELY, interval=20, byhours=tuple(range(9, 17)))
    found = [iso(time) for time in islice(occurrences(daily, us(NINE)), 26)]
    assert found[:2] == ["1997-09-02 09:00:00", "1997-09-02 09:20:00"]
    assert found[23:25] == ["1997-09-02 16:40:00", "1997-09-03 09:00:00"]
    assert found == [iso(time) for time in islice(occurrences(minutely, us(NINE)), 26)]
