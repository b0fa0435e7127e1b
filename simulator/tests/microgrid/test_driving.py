"""Drivers on the world itself: devices without control, back under it, and with other values."""

from __future__ import annotations

import pytest

from simulator.microgrid.tuning import BatteryValues

from .sites import (
    BATTERY,
    BATTERY_B,
    GRID,
    INVERTER,
    INVERTER_B,
    METER,
    PV,
    START,
    H,
    bare,
    columns_equal,
    dispatch,
    run,
    site,
    world,
)


def test_driving_what_is_driven_changes_nothing() -> None:
    scenario = site(hours=6, **bare())
    plain = run(scenario, dispatch(1, power_w=1_000.0), load=500.0)
    made = world(scenario, dispatch(1, power_w=1_000.0), load=500.0)
    for component_id in (GRID, METER, BATTERY, PV):
        made.driving.start(component_id)
    made.driving.battery(BATTERY, BatteryValues())
    made.driving.grid()
    made.driving.rating(INVERTER, None)
    record = made.finish()
    assert columns_equal(record, plain)


def test_of_two_batteries_the_other_goes_on_when_one_has_no_driver() -> None:
    scenario = site(hours=2, second={"capacity_wh": 10_000.0}, **bare())
    made = world(scenario, dispatch(1, s=7200, power_w=2_000.0, ids=(BATTERY, BATTERY_B)))
    made.advance(START + H)
    made.driving.stop(BATTERY)
    assert made.reading(INVERTER).power_w == 0.0
    assert made.reading(INVERTER_B).power_w == pytest.approx(2_000.0)
    record = made.finish()
    assert record.occurrences[0].delivered_wh == pytest.approx(4_000.0)


def test_energy_is_conserved_over_stops_and_other_values() -> None:
    scenario = site(hours=8)
    made = world(scenario, dispatch(1, s=8 * 3600, power_w=1_500.0))
    made.advance(START + H)
    made.driving.battery(BATTERY, BatteryValues(capacity_wh=6_000.0, e_c=0.9))
    made.advance(START + 2 * H)
    made.driving.stop(BATTERY)
    made.advance(START + 3 * H)
    made.driving.start(BATTERY)
    made.repairs.replace_battery(BATTERY, "new", soc=0.3)
    total = made.finish().totals[BATTERY]
    inflow = total.in_wh - total.out_wh
    lost = total.loss_wh + total.self_discharge_wh + total.ageing_loss_wh
    assert total.end_wh - total.start_wh == pytest.approx(inflow - lost, rel=1e-9)


def test_who_is_stopped_cannot_be_started_twice_or_unknown() -> None:
    made = world(site(hours=1))
    made.driving.stop(METER)
    made.driving.stop(METER)
    assert [each["event"] for each in made.events].count("DRIVER_STOPPED") == 1
    with pytest.raises(KeyError):
        made.driving.stop(99)
    with pytest.raises(KeyError):
        made.driving.battery(PV, BatteryValues())
