"""Conditions: what is noticed about a site, when, and how often."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.microgrid.faults import Fault
from simulator.microgrid.watch import LIMITS
from simulator.microgrid.world import World

from .sites import (
    BATTERY,
    GRID,
    METER,
    PV,
    START,
    SUB,
    H,
    bare,
    columns_equal,
    dispatch,
    run,
    site,
    steps,
    world,
)


def told(made: World, condition: str) -> list[dict[str, Any]]:
    return [
        each
        for each in made.events
        if each["event"] == "CONDITION" and each["condition"] == condition
    ]


def inject(made: World, kind: str, *ids: int, **more: Any) -> int:
    return made.inject(Fault(kind=kind, component_ids=ids, **more))


def test_nobody_looks_unless_told_to() -> None:
    made = world(site(hours=1))
    inject(made, "meter_burning", METER)
    assert not [each for each in made.events if each["event"] == "CONDITION"]


def test_a_meter_is_silent_after_four_intervals() -> None:
    made = world(site(hours=4))
    made.watch.begin()
    made.driving.meter(METER, interval_s=60.0)
    made.advance(START + H)
    made.driving.stop(METER)
    inject(made, "meter_dropout", SUB)
    made.advance(START + H + 5 * H // 60)
    (silent,) = told(made, "meter_silent")
    assert (silent["component_id"], silent["t_us"]) == (METER, START + H + 4 * H // 60)
    assert silent["since_us"] == START + H
    made.advance(START + 2 * H)
    assert [each["component_id"] for each in told(made, "meter_silent")] == [METER, SUB]


def test_a_meter_that_speaks_again_in_time_was_not_silent() -> None:
    made = world(site(hours=4))
    made.watch.begin()
    inject(made, "meter_dropout", METER, duration_s=3000.0)
    made.advance(START + 3 * H)
    assert not told(made, "meter_silent")


@pytest.mark.parametrize(
    ("kind", "ids", "more", "condition", "component_id"),
    [
        ("meter_burning", (METER,), {}, "meter_burning", METER),
        ("battery_overheat", (BATTERY,), {"factor": 0.3}, "battery_overtemperature", BATTERY),
        ("inverter_fault", (PV,), {"code": 4}, "inverter_fault", PV),
        ("breaker_trip", (), {"current_a": 80.0}, "breaker_tripped", GRID),
    ],
)
def test_a_condition_is_told_once_each_time_it_begins(
    kind: str, ids: tuple[int, ...], more: dict[str, Any], condition: str, component_id: int
) -> None:
    made = world(site(hours=4))
    made.watch.begin()
    inject(made, kind, *ids, **more)
    made.advance(START + H)
    assert [each["component_id"] for each in told(made, condition)] == [component_id]
    made.repairs.repair(component_id)
    inject(made, kind, *ids, **more)
    assert len(told(made, condition)) == 2


def test_warmth_below_the_limit_is_none() -> None:
    made = world(site(hours=1))
    made.watch.begin()
    inject(made, "meter_burning", METER, temperature_c=LIMITS.burning_c)
    inject(made, "battery_overheat", BATTERY, temperature_c=LIMITS.hot_c)
    assert not [each for each in made.events if each["event"] == "CONDITION"]


def test_an_aged_battery_is_told_until_someone_puts_up_with_it() -> None:
    made = world(site(hours=1, battery={"soh": 0.68}))
    made.watch.begin()
    (aged,) = told(made, "battery_degraded")
    assert aged["health"] == pytest.approx(0.68)
    made.watch.accept_health(BATTERY, 0.65)
    made.advance(START + H // 2)
    inject(made, "clock_skew", METER, skew_ms=1.0)
    assert len(told(made, "battery_degraded")) == 1


def test_dirt_is_a_condition_after_three_days() -> None:
    made = world(site(hours=100), pv=1_000.0)
    made.watch.begin()
    inject(made, "pv_soiling", PV, factor=0.6)
    made.advance(START + 71 * H)
    assert not told(made, "pv_output_low")
    made.advance(START + 72 * H)
    assert told(made, "pv_output_low")[0]["ratio"] == 0.6


@pytest.mark.parametrize(("trip_s", "is_told"), [(600.0, False), (1800.0, True)])
def test_a_dispatch_that_got_too_little_is_a_condition(trip_s: float, is_told: bool) -> None:
    made = world(site(hours=3, **bare()), dispatch(1, s=3600, power_w=1_000.0))
    made.watch.begin()
    inject(made, "battery_trip", BATTERY, duration_s=trip_s)
    made.advance(START + 2 * H)
    found = told(made, "dispatch_not_delivered")
    assert bool(found) == is_told
    for each in found:
        assert (each["dispatch_id"], each["reason"]) == (1, "fault")
        assert each["delivered_wh"] == pytest.approx(500.0)


def test_too_much_current_opens_the_breaker_until_the_cause_is_gone() -> None:
    scenario = site(hours=6, grid={"fuse_a": 20.0}, **bare(soc_initial=0.0))
    made = world(scenario, load=steps([1_000.0, 20_000.0, 20_000.0, 1_000.0], H))
    made.watch.begin()
    made.advance(START + 3 * H // 2)
    assert made.reading(METER).power_w == 0.0
    (tripped,) = told(made, "breaker_tripped")
    assert (tripped["t_us"], tripped["component_id"]) == (START + H, GRID)
    assert tripped["current_a"] == pytest.approx(20_000.0 / 690.0)
    made.repairs.repair(GRID)
    made.advance(START + 2 * H)
    assert made.reading(METER).power_w == 0.0
    assert len(told(made, "breaker_tripped")) == 2
    made.advance(START + 4 * H)
    made.repairs.repair(GRID)
    made.advance(START + 5 * H)
    assert made.reading(METER).power_w == 1_000.0
    assert len(told(made, "breaker_tripped")) == 2


def test_looking_changes_nothing_but_the_log() -> None:
    scenario = site(hours=24)
    made = world(scenario, dispatch(1, power_w=900.0), load=500.0, pv=700.0)
    made.watch.begin()
    plain = run(scenario, dispatch(1, power_w=900.0), load=500.0, pv=700.0)
    assert columns_equal(made.finish(), plain)


def test_observers_hear_everything_that_is_logged() -> None:
    made = world(site(hours=1))
    heard: list[str] = []
    made.observers.append(lambda event: heard.append(event["event"]))
    made.driving.stop(METER)
    made.driving.start(METER)
    assert heard == ["DRIVER_STOPPED", "DRIVER_STARTED"]
