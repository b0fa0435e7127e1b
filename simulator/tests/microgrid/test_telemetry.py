import pytest

from simulator.microgrid.faults import Fault
from simulator.microgrid.telemetry import State

from .sites import (
    BATTERY,
    GRID,
    INVERTER,
    METER,
    MIN,
    PV,
    START,
    SUB,
    H,
    bare,
    dispatch,
    site,
    steps,
    world,
)


def test_readings_between_events_are_what_a_settled_segment_would_say():
    def made(*more):
        return world(
            site(base_strategy="self_consumption", battery={"soc_initial": 0.9}),
            *more,
            load=steps([500.0, 3_000.0], 12 * H),
            pv=6_000.0,
        )

    reading, settled = made(), made()
    reading.advance(START + 7 * MIN + 123_457)
    settled.advance(START + 7 * MIN + 123_457)
    settled._settle()
    settled._stale = True
    settled.advance(settled.now_us)
    settled._solve()
    for component_id in (GRID, METER, INVERTER, BATTERY, PV, SUB):
        one, other = reading.reading(component_id), settled.reading(component_id)
        for name in ("power_w", "import_wh", "export_wh", "soc", "energy_wh"):
            expected = getattr(other, name)
            if expected is not None:
                assert getattr(one, name) == pytest.approx(expected, rel=1e-9, abs=1e-7), name


def test_reading_changes_nothing():
    def record(read):
        made = world(site(base_strategy="self_consumption"), load=400.0, pv=2_000.0)
        for minute in range(0, 24 * 60, 17):
            made.advance(START + minute * MIN)
            if read:
                for component_id in (GRID, METER, INVERTER, BATTERY, PV):
                    made.reading(component_id)
        return made.finish().segments

    quiet, read = record(False), record(True)
    assert all(quiet[key].tobytes() == read[key].tobytes() for key in quiet)


def test_a_battery_reports_its_state_bounds_and_charge():
    made = world(site(**bare()), dispatch(1, power_w=4_000.0))
    made.advance(START + 30 * MIN)
    battery, inverter = made.reading(BATTERY), made.reading(INVERTER)
    assert battery.soc == pytest.approx(0.6)
    assert battery.energy_wh == pytest.approx(12_000.0)
    assert battery.bounds_w == (-10_000.0, 10_000.0)
    assert (battery.state, inverter.state) == (State.CHARGING, State.CHARGING)
    assert (inverter.power_w, inverter.setpoint_w, inverter.source) == (4_000.0, 4_000.0, 1)
    assert inverter.import_wh == pytest.approx(2_000.0)
    made.advance(START + 2 * H)
    assert made.reading(INVERTER).state == State.READY
    assert made.reading(INVERTER).setpoint_w is None


def test_states_follow_switches_and_faults():
    made = world(site(), dispatch(1, "switch", state="off"))
    assert made.reading(INVERTER).state == State.OFF
    made.inject(Fault(kind="battery_trip", component_ids=(BATTERY,)))
    assert made.reading(INVERTER).state == State.ERROR
    assert made.reading(BATTERY).bounds_w == (0.0, 0.0)


def test_a_producer_reports_what_it_could_deliver():
    made = world(site(), dispatch(1, "power_limit", ids=[PV], min_w=-500.0), pv=900.0)
    made.advance(START + H // 2)
    reading = made.reading(PV)
    assert (reading.power_w, reading.available_w, reading.export_wh) == (-500.0, 900.0, 250.0)


def test_unknown_components_have_no_reading():
    with pytest.raises(KeyError):
        world(site()).reading(99)


def test_a_silent_meter_reports_nothing_and_its_registers_jump_on_return():
    made = world(site(), load=1_000.0)
    fault_id = made.inject(Fault(kind="meter_dropout", component_ids=(METER,)))
    made.advance(START + H)
    reading = made.reading(METER)
    assert (reading.missing, reading.power_w, reading.import_wh) == (True, None, None)
    made.clear(fault_id)
    assert made.reading(METER).import_wh == pytest.approx(1_000.0)


def test_a_stuck_meter_repeats_itself():
    made = world(site(), load=steps([1_000.0, 2_000.0], 2 * H))
    made.advance(START + H)
    made.inject(Fault(kind="meter_stuck", component_ids=(METER,), duration_s=2 * 3600.0))
    made.advance(START + 2 * H + H // 2)
    reading = made.reading(METER)
    assert (reading.power_w, reading.import_wh, reading.t_us) == (1_000.0, 1_000.0, made.now_us)
    made.advance(START + 3 * H)
    assert made.reading(METER).import_wh == pytest.approx(4_000.0)


def test_a_bias_bends_power_and_what_registers_count_meanwhile():
    made = world(site(), load=1_000.0)
    made.advance(START + H)
    fault_id = made.inject(Fault(kind="meter_bias", component_ids=(METER,), gain=1.1))
    made.advance(START + 2 * H)
    assert made.reading(METER).power_w == pytest.approx(1_100.0)
    assert made.reading(METER).import_wh == pytest.approx(2_100.0)
    made.clear(fault_id)
    made.advance(START + 3 * H)
    assert made.reading(METER).power_w == pytest.approx(1_000.0)
    assert made.reading(METER).import_wh == pytest.approx(3_100.0)
