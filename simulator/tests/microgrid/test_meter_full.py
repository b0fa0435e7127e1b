"""Phases, OBIS registers, the largest quarter hour, and what a real meter makes of the truth."""

from math import log

import pytest

from simulator.microgrid.faults import Fault
from simulator.microgrid.meter_errors import Errors
from simulator.microgrid.scenario import Scenario
from simulator.outcome.summary import summarise
from simulator.outcome.tables import series_table

from .sites import METER, MIN, PV, START, SUB, H, dispatch, plant, run, site, stay, steps, world

FIRST, SECOND = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


def detailed(scenario=None, meta=None, loads=None, **meter) -> Scenario:
    """The site whose main meter has full registers; `loads`: shares by meter."""
    whole = (scenario or site(hours=2)).model_dump(by_alias=True)
    whole["scenario"] |= meta or {}
    for each in whole["components"]:
        if each["id"] == METER:
            each |= {"registers": "full", **meter}
    for each in whole["loads"]:
        each["phases"] = (loads or {}).get(each["meter"])
    return Scenario.model_validate(whole)


def obis(record, *codes):
    return [pytest.approx(record.registers[METER][f"1-0:{code}"]) for code in codes]


def test_phases_are_a_third_each_by_default():
    record = run(detailed(), load=3_000.0, pv=600.0)
    assert obis(record, "1.8.0", "21.8.0", "41.8.0", "61.8.0") == [4_800.0, *[1_600.0] * 3]
    assert obis(record, "36.7.0", "16.7.0", "1.7.0", "2.7.0") == [800.0, 2_400.0, 2_400.0, 0.0]
    assert obis(record, "2.8.0", "22.8.0", "14.7.0") == [0.0, 0.0, 50.0]


@pytest.mark.parametrize(
    ("accounting", "imported", "exported"),
    [("vector_sum", 1_000.0, 0.0), ("per_phase", 3_000.0, 2_000.0)],
)
def test_the_sum_of_unlike_phases_depends_on_how_it_is_counted(accounting, imported, exported):
    scenario = detailed(
        site(hours=1), {"phase_accounting": accounting}, {METER: FIRST, SUB: SECOND}
    )
    # 3 kW on the first phase, 1 kW on each by the sun: the second and third export.
    record = run(scenario, load=4_000.0, sub=0.0, pv=3_000.0)
    assert obis(record, "21.8.0", "42.8.0", "62.8.0") == [3_000.0, 1_000.0, 1_000.0]
    assert obis(record, "1.8.0", "2.8.0") == [imported, exported]
    assert record.totals[METER].in_wh == pytest.approx(1_000.0)


def test_several_loads_behind_one_meter_mix_by_power():
    whole = detailed().model_dump(by_alias=True)
    whole["loads"] = (
        {"meter": METER, "input": "load", "phases": FIRST},
        {"meter": METER, "input": "sub", "phases": SECOND},
    )
    record = run(
        Scenario.model_validate(whole),
        load=steps([1_000.0, 0.0], H),
        sub=steps([500.0, 700.0], H),
    )
    assert obis(record, "21.8.0", "41.8.0", "61.8.0") == [1_000.0, 1_200.0, 0.0]


def test_a_vehicle_with_one_phase_loads_that_of_its_wiring():
    car = stay(0, 2, 50_000.0, phases=1, max_power_w=4_600.0)
    for phase in (1, 2, 3):
        scenario = detailed(plant(hours=1, ev={"phase": phase, "sessions": [car]}))
        record = run(scenario)
        codes = ["21.8.0", "41.8.0", "61.8.0"]
        expected = [4_600.0 * (place == phase) for place in (1, 2, 3)]
        assert obis(record, *codes) == expected
    drawn = run(detailed(plant(hours=1, ev={"sessions": [car]}))).registers[METER]
    assert sorted(drawn[f"1-0:{code}"] for code in codes) == pytest.approx([0.0, 0.0, 4_600.0])


def test_a_phase_that_crosses_zero_while_a_battery_tapers_is_split_there():
    # 9 kW of charging fall by half per ln 2 of a time constant; each phase has 1.5 kW of sun.
    battery = {
        "soc_initial": 0.86,
        "charge_efficiency": 1.0,
        "self_discharge_per_s": 0.0,
    }
    lossless = {"standby_loss": 0.0, "proportional_loss": 0.0, "quadratic_loss": 0.0}
    scenario = detailed(site(hours=1, battery=battery, inverter=lossless))
    record = run(scenario, dispatch(1, power_w=10_000.0), pv=4_500.0)
    tau_h = 0.2
    into = 9_000.0 * tau_h * 0.5 - 4_500.0 * tau_h * log(2.0)
    assert obis(record, "1.8.0", "21.8.0") == [into, into / 3]


def test_the_largest_quarter_hour_is_a_mean():
    record = run(
        detailed(site(hours=3)),
        load=[
            (START, 1_000.0),
            (START + 67 * MIN, 9_000.0),
            (START + 70 * MIN, 2_000.0),
            (START + 170 * MIN, 50_000.0),
        ],
    )
    # From 02:50 on 50 kW: a quarter hour with 5 min of 2 kW and one of 50 kW only.
    assert obis(record, "1.6.0") == [(5 * 2_000.0 + 10 * 50_000.0) / 15]
    early = run(
        detailed(site(hours=2)),
        load=[(START, 1_000.0), (START + 67 * MIN, 9_000.0), (START + 70 * MIN, 2_000.0)],
    )
    assert obis(early, "1.6.0") == [(7 * 1_000.0 + 3 * 9_000.0 + 5 * 2_000.0) / 15]


def test_voltage_falls_with_the_load_of_its_phase():
    record = run(detailed(site(hours=1), loads={METER: FIRST}, line_ohm=0.5), load=2_300.0)
    assert obis(record, "32.7.0", "52.7.0", "31.7.0") == [225.0, 230.0, 2_300.0 / 225.0]


def test_live_registers_evaluate_the_segment_in_progress():
    made = world(detailed(), load=3_000.0)
    made.advance(START + H // 2)
    shown = made.registers(METER)
    assert shown["1-0:1.8.0"] == pytest.approx(1_500.0)
    assert shown["1-0:41.8.0"] == pytest.approx(500.0)
    assert shown["1-0:1.6.0"] == 0.0  # nothing has settled yet
    assert set(made.registers(SUB)) == {
        f"1-0:{code}" for code in ("1.8.0", "2.8.0", "1.7.0", "2.7.0", "16.7.0", "14.7.0")
    }
    made.inject(Fault(kind="meter_dropout", component_ids=(METER,)))
    assert made.registers(METER) == {}
    with pytest.raises(KeyError):
        made.registers(PV)


def test_registers_of_full_meters_are_in_the_summary():
    summary = summarise(run(detailed(), load=1_000.0))
    (meter,) = (each for each in summary["components"] if "registers" in each)
    assert (meter["id"], meter["registers"]["1-0:1.8.0"]) == (METER, 2_000.0)


# Errors


def test_resolution_and_gain():
    errors = Errors(gain=1.01, step_w=10.0, step_wh=1_000.0)
    shown = errors.read(1, 2, 0, 1_234.0, 5_999.0, 10_000.0 / 1.01)
    assert shown == pytest.approx((1_250.0, 6_000.0, 10_000.0))


def test_noise_is_a_function_of_the_moment():
    errors = Errors(noise_w=50.0)
    one = [errors.read(1, 2, t, 1_000.0, 0.0, 0.0) for t in range(2_000)]
    other = [errors.read(1, 2, t, 1_000.0, 0.0, 0.0) for t in reversed(range(2_000))]
    assert one == other[::-1]
    powers = [each[0] for each in one if each]
    mean = sum(powers) / len(powers)
    assert mean == pytest.approx(1_000.0, abs=5.0)
    spread = sum((each - mean) ** 2 for each in powers) / len(powers)
    assert spread**0.5 == pytest.approx(50.0, rel=0.1)
    assert errors.read(1, 3, 5, 1_000.0, 0.0, 0.0) != one[5]


def test_readings_drop_out_and_the_truth_goes_on():
    errors = {"dropout": 0.25, "step_w": 1.0}
    scenario = detailed(site(hours=24), errors=errors)
    made = world(scenario, load=1_000.4)
    missing = 0
    for minute in range(0, 1440, 5):
        made.advance(START + minute * MIN)
        reading = made.reading(METER)
        missing += reading.missing
        assert reading.missing or reading.power_w == 1_000.0
    assert 40 <= missing <= 105
    record = made.finish()
    assert record.totals[METER].in_wh == pytest.approx(24 * 1_000.4)
    table = series_table(record)
    read = table[f"c{METER}.p_read_w"]
    assert 10 <= read.null_count() <= 40
    assert set(read.drop_nulls()) == {1_000.0}
    assert table[f"c{METER}.p_w"].to_list() == pytest.approx([1_000.4] * 96)
    assert f"c{SUB}.p_read_w" not in table.columns


def reactive(cos_phi, sub=None, hours=2):
    whole = detailed(site(hours=hours)).model_dump(by_alias=True)
    main, other = whole["loads"]
    whole["loads"] = ({**main, "cos_phi": cos_phi}, {**other, "cos_phi": sub})
    return Scenario.model_validate(whole)


def test_loads_have_reactive_power_by_their_power_factor():
    record = run(reactive(0.8), load=steps([1_000.0, 3_000.0], H), sub=500.0)
    assert obis(record, "3.8.0", "4.8.0", "3.7.0") == [0.75 * 4_000.0, 0.0, 0.75 * 3_000.0]


def test_capacitive_power_counts_as_export_and_both_add_up():
    record = run(reactive(-0.8, sub=0.8), load=1_000.0, sub=400.0)
    assert obis(record, "3.8.0", "4.8.0", "4.7.0") == [0.0, 0.75 * 1_200.0, 0.75 * 600.0]


def test_loads_that_are_not_served_have_none():
    made = world(reactive(0.8), load=1_000.0)
    made.inject(Fault(kind="grid_outage", start_us=START + H))
    assert obis(made.finish(), "3.8.0", "3.7.0") == [750.0, 0.0]


def test_without_a_power_factor_there_are_no_such_registers():
    assert "1-0:3.8.0" not in run(detailed(), load=100.0).registers[METER]


@pytest.mark.parametrize("cos_phi", [0.0, 0.05, 1.2])
def test_a_power_factor_that_cannot_be_is_refused(cos_phi):
    with pytest.raises(ValueError, match="cos_phi"):
        reactive(cos_phi)


def test_a_new_meter_begins_anew_in_all_its_registers():
    made = world(reactive(0.8, hours=3), load=3_000.0)
    made.advance(START + H)
    made.repairs.replace_meter(METER, "new", (30.0, 0.0))
    made.advance(START + 2 * H)
    found = made.registers(METER)
    assert found["1-0:1.8.0"] == pytest.approx(3_030.0)
    assert found["1-0:21.8.0"] == pytest.approx(1_010.0)
    assert found["1-0:3.8.0"] == pytest.approx(2_250.0)
    # A gain bends only what flows while it is in force, phases too.
    made.inject(Fault(kind="meter_bias", component_ids=(METER,), gain=1.1))
    made.advance(START + 3 * H)
    found = made.registers(METER)
    assert found["1-0:1.8.0"] == pytest.approx(6_330.0)
    assert found["1-0:41.8.0"] == pytest.approx(2_110.0)


def test_a_digest_does_not_depend_on_what_is_not_stated():
    text = detailed().model_dump_json()
    assert "cos_phi" not in text
    assert "cos_phi" in reactive(0.9).model_dump_json()


def rated(hours=24, start="06:00", end="22:00", zone="UTC", **more):
    window = {"from": start, "to": end}
    return detailed(site(hours=hours, meta={"zone": zone}, **more), rate_one=window)


def test_import_is_split_by_the_rate_that_holds():
    record = run(rated(), load=1_000.0)
    assert obis(record, "1.8.0", "1.8.1", "1.8.2") == [24_000.0, 16_000.0, 8_000.0]


def test_a_window_over_midnight_and_in_another_zone():
    # 20:00 to 02:00 in Berlin is 19:00 to 01:00 in UTC.
    record = run(rated(start="20:00", end="02:00", zone="Europe/Berlin"), load=1_000.0)
    assert obis(record, "1.8.1", "1.8.2") == [6_000.0, 18_000.0]


def test_rates_add_up_while_power_bends_and_changes_its_sign():
    scenario = rated(hours=30, battery={"soc_initial": 0.2})
    record = run(
        scenario,
        dispatch(1, at=5 * H, s=4 * 3600, power_w=9_000.0),
        load=1_000.0,
        pv=steps([0.0, 4_000.0, 500.0, 0.0], 6 * H),
    )
    found = record.registers[METER]
    assert found["1-0:1.8.1"] + found["1-0:1.8.2"] == pytest.approx(found["1-0:1.8.0"], rel=1e-9)
    assert found["1-0:1.8.1"] > 0 < found["1-0:1.8.2"]


def test_a_day_of_25_hours_has_one_more_of_the_rate_that_holds_then():
    scenario = rated(
        hours=25, start="00:00", end="06:00", zone="Europe/Berlin", start_us=1_792_879_200_000_000
    )
    # 25 October 2026, local midnight: the hour after two comes twice.
    record = run(scenario, load=1_000.0)
    assert obis(record, "1.8.1", "1.8.2") == [7_000.0, 18_000.0]


def test_rates_can_be_read_within_a_segment_and_begin_anew_with_a_new_meter():
    made = world(rated(), load=1_000.0)
    made.advance(START + 7 * H)
    assert made.registers(METER)["1-0:1.8.1"] == pytest.approx(1_000.0)
    made.repairs.replace_meter(METER, "new")
    assert made.registers(METER)["1-0:1.8.2"] == pytest.approx(0.0)
    made.advance(START + 8 * H)
    assert made.registers(METER)["1-0:1.8.1"] == pytest.approx(1_000.0)


def test_rates_need_full_registers():
    with pytest.raises(ValueError, match="registers: full"):
        detailed(registers="basic", rate_one={"from": "06:00", "to": "22:00"})
