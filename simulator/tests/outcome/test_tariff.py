from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.microgrid.inputs import Series
from simulator.microgrid.scenario_base import parse_instant
from simulator.microgrid.scenario_site import Tariff
from simulator.outcome.tariff import local_days, prices, tier_cost

BERLIN = ZoneInfo("Europe/Berlin")


def tariff(*windows: dict) -> Tariff:
    return Tariff.model_validate(
        {"buy_per_kwh": 0.30, "sell_per_kwh": 0.08, "windows": list(windows)}
    )


def price(given: Tariff, *moments: str, holidays: tuple[date, ...] = ()) -> list[float]:
    """Return the buying price at local instants of two weeks around them."""
    times = [parse_instant(moment) for moment in moments]
    found = prices(
        given,
        zone=BERLIN,
        holidays=holidays,
        start_us=min(times) - 7 * 86_400_000_000,
        end_us=max(times) + 7 * 86_400_000_000,
    )
    buy, _ = found.at(np.array(times, dtype=np.int64))
    return list(buy)


def test_flat_tariff_has_one_price():
    given = prices(tariff(), zone=BERLIN, holidays=(), start_us=0, end_us=10**15)
    assert (list(given.t_us), list(given.buy), list(given.sell)) == ([0], [0.30], [0.08])


def test_window_starts_on_its_minute_and_excludes_its_end():
    given = tariff({"from": "08:00", "to": "20:00", "buy_per_kwh": 0.4})
    assert price(
        given,
        "2026-06-15T07:59:59+02:00",
        "2026-06-15T08:00:00+02:00",
        "2026-06-15T19:59:59+02:00",
        "2026-06-15T20:00:00+02:00",
    ) == [0.30, 0.4, 0.4, 0.30]


def test_window_over_midnight_belongs_to_the_day_on_which_it_starts():
    given = tariff({"from": "22:00", "to": "06:00", "days": ["saturday"], "buy_per_kwh": 0.2})
    assert price(
        given,
        "2026-06-13T05:00:00+02:00",  # Saturday morning belongs to Friday's night
        "2026-06-13T23:00:00+02:00",
        "2026-06-14T05:59:59+02:00",  # Sunday morning to Saturday's
        "2026-06-14T06:00:00+02:00",
        "2026-06-14T23:00:00+02:00",
    ) == [0.30, 0.2, 0.2, 0.30, 0.30]


def test_first_matching_window_wins_and_the_rest_stays_flat():
    given = tariff(
        {"from": "12:00", "to": "13:00", "sell_per_kwh": 0.0},
        {"from": "00:00", "to": "24:00", "buy_per_kwh": 0.5, "sell_per_kwh": 0.1},
    )
    found = prices(
        given,
        zone=BERLIN,
        holidays=(),
        start_us=parse_instant("2026-06-15T00:00:00+02:00"),
        end_us=parse_instant("2026-06-16T00:00:00+02:00"),
    )
    noon = np.array([parse_instant("2026-06-15T12:30:00+02:00")])
    assert [list(each) for each in found.at(noon)] == [[0.30], [0.0]]
    assert [list(each) for each in found.at(noon - 3_600_000_000)] == [[0.5], [0.1]]


def test_holidays_are_no_workdays():
    given = tariff(
        {"from": "00:00", "to": "24:00", "days": ["holiday"], "buy_per_kwh": 0.1},
        {"from": "00:00", "to": "24:00", "days": ["workday"], "buy_per_kwh": 0.4},
    )
    moments = ("2026-06-15T12:00:00+02:00", "2026-06-16T12:00:00+02:00")
    assert price(given, *moments, holidays=(date(2026, 6, 16),)) == [0.4, 0.1]


def test_window_of_some_months():
    given = tariff({"from": "00:00", "to": "24:00", "months": [7], "buy_per_kwh": 0.1})
    assert price(given, "2026-06-30T23:59:00+02:00", "2026-07-01T00:00:00+02:00") == [0.30, 0.1]


def test_hour_that_repeats_in_autumn_is_in_the_same_window_twice():
    given = tariff({"from": "02:00", "to": "02:30", "buy_per_kwh": 0.1})
    assert price(
        given,
        "2026-10-25T02:15:00+02:00",
        "2026-10-25T02:45:00+02:00",
        "2026-10-25T02:15:00+01:00",
        "2026-10-25T02:45:00+01:00",
    ) == [0.1, 0.30, 0.1, 0.30]


def test_hour_that_is_skipped_in_spring_takes_its_window_along():
    given = tariff({"from": "02:00", "to": "02:30", "buy_per_kwh": 0.1})
    assert price(given, "2026-03-29T01:59:00+01:00", "2026-03-29T03:00:00+02:00") == [0.30, 0.30]


@pytest.mark.parametrize(("start", "hours"), [("2026-03-28T12:00Z", 23), ("2026-10-24T12:00Z", 25)])
def test_local_days_have_23_or_25_hours_when_clocks_change(start, hours):
    start_us = parse_instant(start)
    edges = local_days(BERLIN, start_us, start_us + 3 * 86_400_000_000)
    assert edges[0] == start_us
    assert (edges[2] - edges[1]) / 3.6e9 == hours
    assert edges[-1] == start_us + 3 * 86_400_000_000


def signal(*values: float, step_us: int = 3_600_000_000) -> dict[str, Series]:
    t_us = np.arange(len(values), dtype=np.int64) * step_us
    return {"spot": Series(t_us=t_us, values=np.array(values), end_us=len(values) * step_us)}


def test_dynamic_part_is_added_to_the_price_of_the_window():
    given = Tariff.model_validate(
        {
            "buy_per_kwh": 0.20,
            "sell_per_kwh": 0.05,
            "windows": [{"from": "01:00", "to": "02:00", "buy_per_kwh": 0.30}],
            "buy_dynamic": {"input": "spot", "factor": 1.19},
            "sell_dynamic": {"input": "spot", "unit": "per_kwh"},
        }
    )
    laid = prices(
        given,
        zone=ZoneInfo("UTC"),
        holidays=(),
        start_us=0,
        end_us=3 * 3_600_000_000,
        signals=signal(100.0, -20.0, 40.0),
    )
    assert list(laid.t_us // 3_600_000_000) == [0, 1, 2]
    assert list(laid.buy) == pytest.approx([0.319, 0.30 - 0.0238, 0.20 + 0.0476])
    assert list(laid.sell) == pytest.approx([100.05, -19.95, 40.05])


@pytest.mark.parametrize(
    ("import_kwh", "expected"),
    [(0.0, 0.0), (100.0, 0.0), (250.0, 1.5), (500.0, 2.0), (600.0, -8.0)],
)
def test_tiers_charge_what_lies_within_them(import_kwh, expected):
    tiers = [
        {"above_kwh": 100, "adds_per_kwh": 0.01},
        {"above_kwh": 300, "adds_per_kwh": 0.0},
        {"above_kwh": 500, "adds_per_kwh": -0.1},
    ]
    assert tier_cost(Tariff.model_validate({"tiers": tiers}), import_kwh) == pytest.approx(expected)


def test_tiers_must_ascend():
    tiers = [{"above_kwh": 5, "adds_per_kwh": 1.0}, {"above_kwh": 5, "adds_per_kwh": 2.0}]
    with pytest.raises(ValidationError, match="ascending order"):
        Tariff.model_validate({"tiers": tiers})
