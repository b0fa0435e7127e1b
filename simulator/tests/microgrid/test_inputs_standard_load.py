from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from simulator.microgrid import inputs_standard_load
from simulator.microgrid.inputs import Series
from simulator.microgrid.inputs_errors import MissingExtra
from simulator.microgrid.inputs_files import packaged
from simulator.microgrid.inputs_standard_load import standard_load_series
from simulator.microgrid.scenario_base import parse_instant
from simulator.microgrid.scenario_inputs import StandardLoadInput

BERLIN = ZoneInfo("Europe/Berlin")


def profile(
    code: str, start: str, end: str, *, dynamic: bool = True, holidays: tuple[date, ...] = ()
) -> Series:
    entry = StandardLoadInput(
        name="x", kind="standard_load", profile=code, annual_kwh=1000.0, dynamic=dynamic
    )
    return standard_load_series(
        entry,
        zone=BERLIN,
        holidays=lambda years: frozenset(day for day in holidays if day.year in set(years)),
        start_us=parse_instant(start),
        end_us=parse_instant(end),
    )


def day(code: str, date_: str, **more) -> np.ndarray:
    """Return the 96 quarter hours of a day in summer time."""
    return profile(code, f"{date_}T00:00:00+02:00", f"{date_}T23:59:00+02:00", **more).values


@pytest.mark.parametrize("code", ["h0", "g1", "l2", "h25", "g25", "s25"])
@pytest.mark.parametrize("year", [2026, 2028])
def test_local_year_consumes_what_was_asked(code, year):
    s = profile(code, f"{year}-01-01T00:00:00+01:00", f"{year + 1}-01-01T00:00:00+01:00")
    assert s.energy_wh() == pytest.approx(1_000_000)
    assert len(s.values) == (366 if year == 2028 else 365) * 96


def test_table_of_the_standard_is_reproduced():
    path = packaged("demandlib", "bdew/bdew_data/selp_series.csv")
    assert path is not None
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    table = np.array([float(row[3]) for row in rows if row[1:3] == ["summer", "3"]])
    values = day("h0", "2026-07-15", dynamic=False)  # a Wednesday
    assert len(table) == 96
    assert values / values.sum() == pytest.approx(table / table.sum())


def test_days_of_the_same_kind_are_alike_and_holidays_are_sundays():
    holiday = date(2026, 7, 15)
    plain = {d: day("g1", f"2026-07-{d}") for d in (13, 14, 15, 18, 19)}
    changed = day("g1", "2026-07-15", holidays=(holiday,))
    assert np.array_equal(plain[13], plain[14])
    assert not np.allclose(plain[14], plain[18])
    # Another day type changes the year's sum, hence the scale, but not the shape.
    assert changed / changed.sum() == pytest.approx(plain[19] / plain[19].sum())


def test_christmas_eve_on_a_workday_is_like_a_saturday():
    def winter(number: int) -> np.ndarray:
        start, end = f"2026-12-{number}T00:00:00+01:00", f"2026-12-{number}T23:59:00+01:00"
        return profile("g1", start, end).values

    assert np.array_equal(winter(24), winter(19))
    assert not np.allclose(winter(23), winter(19))


def test_seasons_change_on_their_days():
    before, after = day("g1", "2026-09-14"), day("g1", "2026-09-15")  # Monday, Tuesday
    assert not np.allclose(before, after)
    assert np.array_equal(before, day("g1", "2026-09-11"))


def test_smoothing_follows_the_day_of_the_year():
    """The factor of the standard is 1.253 on 8 January and 0.789 on 9 July."""

    def winter_over_summer(dynamic: bool) -> float:
        winter = profile("h0", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z", dynamic=dynamic)
        summer = profile("h0", "2026-07-06T00:00:00Z", "2026-07-13T00:00:00Z", dynamic=dynamic)
        return winter.energy_wh() / summer.energy_wh()

    ratio = winter_over_summer(True) / winter_over_summer(False)
    assert ratio == pytest.approx(1.253 / 0.789, rel=0.01)


def test_shifted_hour_of_spring_is_left_out_and_that_of_autumn_repeats():
    spring = profile("h0", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")
    autumn = profile("h0", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", dynamic=False)
    assert (len(spring.values), len(autumn.values)) == (92, 100)
    assert np.array_equal(autumn.values[8:12], autumn.values[12:16])


def test_reading_leaves_the_warning_filters_alone():
    import warnings

    before = list(warnings.filters)
    inputs_standard_load._seasonal_table.cache_clear()
    day("h0", "2026-07-15")
    assert list(warnings.filters) == before


def test_absent_package_names_the_extra(monkeypatch):
    inputs_standard_load._monthly_table.cache_clear()
    monkeypatch.setattr(inputs_standard_load, "packaged", lambda package, path: None)
    with pytest.raises(MissingExtra, match=r"needs demandlib: pip install gridproof\[profiles\]"):
        day("h25", "2026-07-15")
