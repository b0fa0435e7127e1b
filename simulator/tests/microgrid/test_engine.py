"""CHP units: minimum load, ramps, minimum times, heat and fuel."""

import pytest

from .sites import CHP, GRID, INVERTER, START, H, dispatch, plant, run, world

KW = 1_000.0


def shape(record, component_id=CHP):
    """(seconds after START, power at start, power at end) of every segment that is not the same."""
    columns = record.segments
    return [
        ((start - START) / 1e6, float(p), float(p_end))
        for start, p, p_end in zip(
            columns["t_start_us"],
            columns[f"c{component_id}.p_w"],
            columns[f"c{component_id}.p_end_w"],
            strict=True,
        )
    ]


def test_an_engine_rests_until_it_is_told_to_run():
    record = run(plant(hours=2, chp={}), dispatch(1, "chp_run", at=H, ids=(CHP,), power_pu=0.75))
    assert shape(record) == [(0.0, 0.0, 0.0), (3600.0, -4_500.0, -4_500.0)]
    assert record.totals[GRID].out_wh == pytest.approx(4_500.0)
    (one,) = record.occurrences
    assert (one.asked_wh, one.shortfall_wh) == (pytest.approx(-4_500.0), 0.0)


def test_heat_and_fuel_follow_the_electricity():
    chp = {"electrical_efficiency": 0.3, "thermal_efficiency": 0.6}
    total = run(plant(hours=1, chp=chp), dispatch(1, "chp_run", ids=(CHP,), power_pu=1.0)).totals[
        CHP
    ]
    assert total.out_wh == pytest.approx(6_000.0)
    assert (total.fuel_wh, total.heat_wh) == (pytest.approx(20_000.0), pytest.approx(12_000.0))
    assert total.starts == 1


def test_below_its_minimum_load_it_does_not_run():
    record = run(plant(hours=1, chp={}), dispatch(1, ids=(CHP,), power_w=-2_900.0))
    assert shape(record) == [(0.0, 0.0, 0.0)]
    (one,) = record.occurrences
    assert (one.reason, set(one.missing_wh)) == ("power_limit", {"minimum"})


def test_a_ramp_is_linear_and_its_energy_exact():
    record = run(
        plant(hours=1, chp={"ramp_w_per_s": 10.0}),
        dispatch(1, "chp_run", s=1800, ids=(CHP,), power_pu=1.0),
    )
    assert shape(record) == [
        (0.0, 0.0, pytest.approx(-6_000.0)),
        (600.0, -6_000.0, -6_000.0),
        (1800.0, -6_000.0, pytest.approx(0.0, abs=1e-3)),
        (2400.0, 0.0, 0.0),
    ]
    # Two triangles of 600 s and a plateau of 1200 s.
    assert record.totals[CHP].out_wh == pytest.approx(6_000.0 * 1800 / 3600, rel=1e-9)
    (one,) = record.occurrences
    assert one.missing_wh == {"ramp": pytest.approx(500.0, rel=1e-6)}


def test_export_of_a_ramp_is_not_netted_with_the_import_before():
    # 3 kW of load: import until the ramp reaches it, export after.
    record = run(
        plant(hours=1 / 6, chp={"ramp_w_per_s": 10.0}),
        dispatch(1, "chp_run", ids=(CHP,), power_pu=1.0),
        load=3_000.0,
    )
    assert record.totals[GRID].in_wh == pytest.approx(0.5 * 3_000.0 * 300 / 3600, rel=1e-9)
    assert record.totals[GRID].out_wh == pytest.approx(0.5 * 3_000.0 * 300 / 3600, rel=1e-9)


def test_once_started_it_runs_its_minimum_time():
    record = run(
        plant(hours=2, chp={"min_run_s": 3600.0}),
        dispatch(1, "chp_run", s=600, ids=(CHP,), power_pu=1.0),
    )
    assert shape(record) == [
        (0.0, -6_000.0, -6_000.0),
        (600.0, -3_000.0, -3_000.0),
        (3600.0, 0.0, 0.0),
    ]


def test_once_stopped_it_rests_its_minimum_time():
    record = run(
        plant(hours=2, chp={"min_idle_s": 1800.0}),
        dispatch(1, "chp_run", s=600, ids=(CHP,), power_pu=1.0),
        dispatch(2, "chp_run", at=H // 3, s=3600, ids=(CHP,), power_pu=1.0),
    )
    assert [each for each in shape(record) if each[1]] == [
        (0.0, -6_000.0, -6_000.0),
        (2400.0, -6_000.0, -6_000.0),
    ]
    second = record.occurrences[1]
    assert second.missing_wh == {"timer": pytest.approx(2_000.0)}


def test_a_battery_takes_up_what_the_engine_still_lacks():
    record = run(
        plant(hours=1, chp={"ramp_w_per_s": 10.0}),
        dispatch(1, ids=(CHP, INVERTER), power_w=-5_000.0),
    )
    # The engine is left alone beside a battery: it rests.
    assert record.totals[CHP].out_wh == 0.0
    assert record.totals[INVERTER].out_wh == pytest.approx(5_000.0)


def test_splitting_a_ramp_changes_nothing():
    def made():
        return world(
            plant(hours=1, chp={"ramp_w_per_s": 3.3}),
            dispatch(1, "chp_run", ids=(CHP,), power_pu=1.0),
            load=1_000.0,
        )

    whole, split = made().finish(), made()
    for second in range(7, 3600, 97):
        split.advance(START + second * 1_000_000)
        split.disturb()
        split._happen(split.now_us)
    parts = split.finish()
    for component_id, total in whole.totals.items():
        other = parts.totals[component_id]
        assert (other.in_wh, other.out_wh) == (
            pytest.approx(total.in_wh, rel=1e-9, abs=1e-6),
            pytest.approx(total.out_wh, rel=1e-9, abs=1e-6),
        )


def test_readings_evaluate_the_ramp():
    made = world(
        plant(hours=1, chp={"ramp_w_per_s": 10.0}),
        dispatch(1, "chp_run", ids=(CHP,), power_pu=1.0),
    )
    made.advance(START + 300 * 1_000_000)
    reading = made.reading(CHP)
    assert reading.power_w == pytest.approx(-3_000.0)
    assert reading.export_wh == pytest.approx(0.5 * 3_000.0 * 300 / 3600)
