"""Warmth and age of batteries: closed forms, derating, fade, and that nothing is lost unbooked."""

from math import exp, log, sqrt

import pytest

from .sites import (
    BATTERY,
    DAY,
    INVERTER,
    LOSSLESS_INVERTER,
    START,
    H,
    dispatch,
    run,
    site,
    steps,
    world,
)
from .sites import (
    log as events,
)

LUMP = {"heat_capacity_j_per_k": 100_000.0, "resistance_k_per_w": 0.05}
TAU_S = 5_000.0
WORKING = {
    "inverter": LOSSLESS_INVERTER,
    "battery": {
        "capacity_wh": 100_000.0,
        "max_charge_w": 10_000.0,
        "charge_efficiency": 0.9,
        "soc_initial": 0.2,
        "self_discharge_per_s": 0.0,
    },
}
"""Charging with 10 kW warms it by 1 kW, which ends 50 K above the surroundings."""


def warm(**more):
    battery = {**WORKING["battery"], "thermal": {**LUMP, **more.pop("thermal", {})}, **more}
    return site(hours=6, inverter=WORKING["inverter"], battery=battery)


def test_temperature_follows_its_exponential():
    made = world(warm(), dispatch(1, s=None, power_w=4_000.0))
    for minutes in (1, 30, 90, 300):
        made.advance(START + minutes * 60_000_000)
        expected = 40.0 - 20.0 * exp(-minutes * 60 / TAU_S)
        assert made.reading(BATTERY).temperature_c == pytest.approx(expected, rel=1e-9)


def test_splitting_does_not_change_the_temperature():
    made = world(
        warm(), dispatch(1, s=None, power_w=4_000.0), load=steps([0.0, 5.0] * 180, H // 60)
    )
    made.advance(START + 6 * H)
    expected = 40.0 - 20.0 * exp(-6 * 3_600 / TAU_S)
    assert made.reading(BATTERY).temperature_c == pytest.approx(expected, rel=1e-9)


def test_power_falls_from_45_degrees_on_in_steps_of_a_kelvin():
    record = run(warm(), dispatch(1, s=None, power_w=10_000.0))
    powers = record.segments[f"c{INVERTER}.p_w"].tolist()
    # From 20 towards 70 degC: at 46 a fifteenth is lost.
    first_s = TAU_S * log(50 / 24)
    since_s = (record.segments["t_start_us"][1] - START) / 1e6
    assert since_s == pytest.approx(first_s, abs=2e-6)
    assert powers[0] == 10_000.0
    assert powers[1] == pytest.approx(10_000.0 * 14 / 15, rel=1e-9)
    assert 50.0 < record.totals[BATTERY].peak_c < 60.0
    # Where losses and derating meet it goes up and down by a kelvin, not faster.
    assert len(powers) < 100
    (one,) = record.occurrences
    assert one.reason == "power_limit"


def test_below_zero_nothing_is_charged():
    cold = {"ambient_c": -5.0}
    record = run(warm(thermal=cold), dispatch(1, s=None, power_w=4_000.0))
    assert record.totals[BATTERY].in_wh < 1e-3
    out = run(warm(thermal=cold), dispatch(1, s=None, power_w=-4_000.0), load=5_000.0)
    assert out.totals[BATTERY].out_wh > 1_000.0


def test_cycles_fade_the_capacity_at_midnight():
    record = run(
        site(
            hours=72,
            inverter=LOSSLESS_INVERTER,
            battery={
                "charge_efficiency": 1.0,
                "discharge_efficiency": 1.0,
                "self_discharge_per_s": 0.0,
                "soc_taper_low": 0.1,
                "soc_taper_high": 0.95,
                "ageing": {"calendar_per_sqrt_year": 0.0, "cycle_per_efc": 0.01},
            },
        ),
        dispatch(1, power_w=8_000.0),
        dispatch(2, at=2 * H, power_w=-8_000.0),
    )
    # 16 kWh moved are 0.4 cycles of 20 kWh.
    own = record.totals[BATTERY]
    assert own.fade == pytest.approx(0.004)
    assert record.segments[f"c{BATTERY}.soc_end"][-1] == pytest.approx(0.5 / 0.996)


def test_calendar_fade_goes_with_the_square_root_of_time():
    def fade(days):
        battery = {
            "soc_initial": 0.5,
            "self_discharge_per_s": 0.0,
            "ageing": {"calendar_per_sqrt_year": 0.1},
        }
        return run(site(hours=24 * days + 1, battery=battery)).totals[BATTERY].fade

    # Capacity shrinks a little, so that half charge becomes a little more of it.
    assert fade(1) == pytest.approx(0.1 * sqrt(1 / 365.25), rel=1e-9)
    assert fade(9) / fade(1) == pytest.approx(3.0, rel=0.02)


def test_what_has_no_room_any_more_is_booked():
    record = run(
        site(
            hours=49,
            inverter=LOSSLESS_INVERTER,
            battery={
                "soc_initial": 0.95,
                "self_discharge_per_s": 0.0,
                "ageing": {"calendar_per_sqrt_year": 0.5},
            },
        )
    )
    own = record.totals[BATTERY]
    assert own.ageing_loss_wh == pytest.approx(19_000.0 * own.fade)
    assert own.end_wh == pytest.approx(own.start_wh - own.ageing_loss_wh)
    assert [each[1] for each in events(record, "AGEING_LOSS")] == [86_400.0, 172_800.0]


def test_warmth_ages_faster():
    def fade(initial_c):
        thermal = {**LUMP, "ambient_c": initial_c}
        battery = {"self_discharge_per_s": 0.0, "thermal": thermal, "ageing": {}}
        return run(site(hours=25, battery=battery)).totals[BATTERY].fade

    assert fade(40.0) / fade(25.0) == pytest.approx(
        exp(6_000.0 * (1 / 298.15 - 1 / 313.15)), rel=1e-9
    )


def test_without_layers_there_is_no_event_at_midnight():
    record = run(site(hours=72))
    assert len(record.segments["t_start_us"]) == 1
    assert record.end_us - record.start_us == 3 * DAY
