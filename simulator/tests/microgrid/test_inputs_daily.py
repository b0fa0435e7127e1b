from datetime import date
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from simulator.microgrid.inputs_daily import daily_series
from simulator.microgrid.scenario_base import parse_instant
from simulator.microgrid.scenario_inputs import DailyInput

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = tuple(float(hour) for hour in range(24))


def made(first: str, last: str, holidays=(), **more):
    entry = DailyInput.model_validate({"name": "course", "kind": "daily", "values": HOURS, **more})
    return daily_series(
        entry,
        zone=BERLIN,
        holidays=lambda _years: frozenset(holidays),
        start_us=parse_instant(first),
        end_us=parse_instant(last),
    )


def at(series, text: str) -> float:
    return series.at(parse_instant(text))


def test_values_follow_the_clock_on_the_wall_through_the_change_of_clocks():
    series = made("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")
    # A day of 25 hours: 02:00 to 03:00 twice.
    assert at(series, "2026-10-25T02:30:00+02:00") == 2.0
    assert at(series, "2026-10-25T02:30:00+01:00") == 2.0
    assert at(series, "2026-10-25T23:30:00+01:00") == 23.0
    assert series.energy_wh() == sum(HOURS) + 2.0


def test_finer_courses_and_stretches_that_begin_within_a_step():
    series = made("2026-06-01T10:07:00Z", "2026-06-01T12:00:00Z", values=tuple(range(96)))
    assert series.start_us == parse_instant("2026-06-01T10:07:00Z")
    assert at(series, "2026-06-01T12:14:59+02:00") == 48.0
    assert at(series, "2026-06-01T12:15:00+02:00") == 49.0


def test_weekends_and_holidays_have_their_own_course():
    more = {"weekend_values": (0.5,) * 24}
    series = made("2026-06-05T22:00:00Z", "2026-06-09T22:00:00Z", [date(2026, 6, 9)], **more)
    days = {day: at(series, f"2026-06-{day:02}T12:00:00+02:00") for day in (6, 7, 8, 9)}
    assert days == {6: 0.5, 7: 0.5, 8: 12.0, 9: 0.5}


@pytest.mark.parametrize(
    ("more", "expected"),
    [({"values": (1.0,) * 25}, "24, 48 or 96"), ({"weekend_values": (1.0,) * 48}, "as many")],
)
def test_a_course_covers_a_day(more, expected):
    with pytest.raises(ValidationError, match=expected):
        made("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", **more)
