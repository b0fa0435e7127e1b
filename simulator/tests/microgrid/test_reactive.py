"""Reactive power of inverters: requests, power factors, the clip, registers by known curves."""

from math import asin, exp, hypot, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.exponential import value
from simulator.microgrid.faults import Fault
from simulator.microgrid.reactive import ReactiveRule, tan_phi
from simulator.microgrid.reactive_energy import Wave, split_var
from simulator.microgrid.scenario import Scenario

from .sites import (
    BATTERY,
    INVERTER,
    LOSSLESS_INVERTER,
    METER,
    MIN,
    PV,
    START,
    SUB,
    H,
    dispatch,
    run,
    site,
    steps,
    world,
)


def metered(pv=None, phases=None, **more) -> Scenario:
    """The site whose main meter has full registers; `pv`: keys of the PV inverter."""
    whole = site(**{"hours": 2, **more}).model_dump(by_alias=True)
    for each in whole["components"]:
        if each["id"] == METER:
            each["registers"] = "full"
        if each["id"] == PV:
            each |= pv or {}
    for each in whole["loads"]:
        each["phases"] = phases
    return Scenario.model_validate(whole)


def obis(shown, *codes):
    return [pytest.approx(shown[f"1-0:{code}"], abs=1e-6) for code in codes]


# The rule


@pytest.mark.parametrize(
    ("rule", "power", "expected"),
    [
        (ReactiveRule(10.0, request_var=3.0), 5.0, 3.0),
        (ReactiveRule(10.0, request_var=-3.0), -5.0, -3.0),
        (ReactiveRule(10.0, request_var=9.0), -8.0, 6.0),
        (ReactiveRule(10.0, request_var=-9.0), 8.0, -6.0),
        (ReactiveRule(10.0, request_var=9.0), 10.0, 0.0),
        (ReactiveRule(10.0, request_var=9.0), 11.0, 0.0),
        (ReactiveRule(10.0, tan_phi=tan_phi(0.8)), -4.0, 3.0),
        (ReactiveRule(10.0, tan_phi=tan_phi(-0.8)), 4.0, -3.0),
        (ReactiveRule(10.0, tan_phi=tan_phi(-0.6)), 8.0, -6.0),
        (ReactiveRule(10.0), 4.0, 0.0),
    ],
)
def test_active_power_comes_first(rule, power, expected):
    assert rule.var(power) == pytest.approx(expected)


def test_a_derated_inverter_has_less_of_both():
    assert ReactiveRule(10.0, request_var=9.0).var(3.0, derate=0.5) == pytest.approx(4.0)


# Registers


def test_a_producer_at_a_fixed_power_factor():
    # 3 kW and 6 kW of sun at 0.8 inductive; 7 kW leave less than that of 7.5 kVA.
    pv = {"cos_phi": 0.8, "rated_power_w": 7_500.0}
    record = run(metered(pv, hours=3), pv=steps([3_000.0, 6_000.0, 7_000.0], H))
    left = sqrt(7_500.0**2 - 7_000.0**2)
    shown = record.registers[METER]
    assert obis(shown, "3.8.0", "4.8.0") == [0.75 * 3_000.0 + 0.75 * 6_000.0 + left, 0.0]
    assert obis(shown, "3.7.0", "9.7.0", "10.7.0") == [left, 0.0, 7_500.0]
    without = run(metered(hours=3), pv=steps([3_000.0, 6_000.0, 7_000.0], H))
    assert (record.segments["c1.p_w"] == without.segments["c1.p_w"]).all()


def test_a_fixed_request_also_holds_in_the_dark_and_not_while_the_device_is_off():
    pv = {"reactive_power_var": -2_000.0, "apparent_power_va": 9_000.0}
    made = world(metered(pv, hours=3))
    made.inject(
        Fault(kind="inverter_fault", component_ids=(PV,), start_us=START + H, duration_s=3_600)
    )
    made.advance(START + H // 2)
    assert made.reading(PV).reactive_var == -2_000.0
    made.advance(START + 3 * H // 2)
    assert made.reading(PV).reactive_var == 0.0
    assert obis(made.finish().registers[METER], "3.8.0", "4.8.0") == [0.0, 4_000.0]


def test_loads_and_inverters_add_up_before_import_and_export_are_told_apart():
    whole = metered({"reactive_power_var": -1_000.0}).model_dump(by_alias=True)
    whole["loads"][0]["cos_phi"] = 0.8
    scenario = Scenario.model_validate(whole)
    record = run(scenario, load=steps([800.0, 4_000.0], H))
    # 600 var inductive against 1 kvar capacitive, then 3 kvar.
    assert obis(record.registers[METER], "3.8.0", "4.8.0") == [2_000.0, 400.0]


def test_readings_of_an_inverter_tell_reactive_and_apparent_power():
    inverter = {"cos_phi": -0.8, "apparent_power_va": 12_000.0}
    battery = {"aux_power_w": 100.0}
    made = world(metered(inverter=inverter, battery=battery), dispatch(1, power_w=-4_000.0))
    made.advance(START + MIN)
    reading = made.reading(INVERTER)
    # Auxiliaries draw 100 W beside and have no reactive power.
    assert (reading.power_w, reading.reactive_var) == (-3_900.0, pytest.approx(-3_000.0))
    assert reading.apparent_va == pytest.approx(hypot(3_900.0, 3_000.0))
    assert made.reading(BATTERY).reactive_var is None
    assert made.reading(METER).reactive_var == pytest.approx(-3_000.0)
    assert made.reading(SUB).reactive_var is None
    assert made.reading(PV).apparent_va is None


def test_currents_are_those_of_the_apparent_power_of_each_phase():
    inverter = {"reactive_power_var": 3_000.0, "apparent_power_va": 12_000.0, "phase": 2}
    made = world(metered(inverter=inverter), dispatch(1, power_w=4_000.0), load=690.0)
    shown = made.registers(METER)
    assert obis(shown, "31.7.0", "71.7.0") == [1.0, 1.0]
    assert obis(shown, "51.7.0", "32.7.0") == [hypot(4_230.0, 3_000.0) / 230.0, 230.0]


def test_several_loads_on_unlike_phases_have_currents_of_their_own():
    whole = metered().model_dump(by_alias=True)
    whole["loads"] = (
        {"meter": METER, "input": "load", "phases": (1.0, 0.0, 0.0), "cos_phi": 0.8},
        {"meter": METER, "input": "sub", "phases": (0.0, 1.0, 0.0)},
    )
    shown = run(Scenario.model_validate(whole), load=1_840.0, sub=230.0).registers[METER]
    assert obis(shown, "31.7.0", "51.7.0", "71.7.0") == [10.0, 1.0, 0.0]


TAPER = {
    "soc_initial": 0.86,
    "charge_efficiency": 1.0,
    "self_discharge_per_s": 0.0,
}
"""From 0.85 on 10 kW of charging fall with 720 s; at the start 9 kW are left of them."""


def test_a_power_factor_follows_a_taper_and_so_do_registers():
    inverter = {**LOSSLESS_INVERTER, "cos_phi": 0.8, "apparent_power_va": 20_000.0}
    scenario = metered(battery=TAPER, inverter=inverter, hours=1)
    made = world(scenario, dispatch(1, power_w=10_000.0))
    made.advance(START + 5 * MIN)
    power = 9_000.0 * exp(-300.0 / 720.0)
    assert made.reading(INVERTER).reactive_var == pytest.approx(0.75 * power)
    assert made.registers(METER)["1-0:3.8.0"] == pytest.approx(0.75 * (9_000.0 - power) / 5.0)


def arc_of_exponential(size, start, lam, t):
    """The integral of sqrt(S^2 - P^2) for P = start exp(-lam t): Gradshteyn and Ryzhik 2.267."""

    def whole(power):
        root = sqrt(size * size - power * power)
        return root - size * log((size + root) / power)

    return (whole(start * exp(-lam * t)) - whole(start)) / -lam


def test_the_clip_of_a_request_follows_a_taper_as_the_integral_tables_have_it():
    inverter = {
        **LOSSLESS_INVERTER,
        "rated_power_w": 9_000.0,
        "reactive_power_var": -7_200.0,
    }
    scenario = metered(battery=TAPER, inverter=inverter, hours=1)
    record = run(scenario, dispatch(1, power_w=9_000.0))
    # From 9 kW of 9 kVA, where nothing is left, to 5.4 kW, where 7.2 kvar are.
    knee_s = 720.0 * log(9_000.0 / 5_400.0)
    expected = arc_of_exponential(9_000.0, 9_000.0, 1 / 720.0, knee_s)
    expected += 7_200.0 * (3_600.0 - knee_s)
    shown = record.registers[METER]["1-0:4.8.0"]
    assert shown == pytest.approx(expected / 3_600.0, rel=1e-11)


def test_the_clip_of_a_linear_power_is_the_segment_of_a_circle():
    wave = Wave(ReactiveRule(10.0, request_var=20.0), 1.0, -10.0, [(0.5, 0.0)])
    into, out = split_var(0.0, [wave], 40.0)
    assert (into * 3_600.0, out) == (pytest.approx(0.5 * 100.0 * asin(1.0) / 0.25, rel=1e-12), 0.0)


def test_several_waves_may_cross_zero_together():
    # Half of 8 exp(-t) against -1: positive until exp(-t) is a quarter.
    wave = Wave(ReactiveRule(100.0, tan_phi=0.5), 1.0, 0.0, [(8.0, 1.0)])
    other = Wave(ReactiveRule(100.0, request_var=-0.5), 1.0, 0.0, [(8.0, 1.0)])
    into, out = split_var(-0.5, [wave, other], 5.0)
    turn = log(4.0)
    assert into * 3_600.0 == pytest.approx(4.0 * 0.75 - turn, rel=1e-8)
    assert out * 3_600.0 == pytest.approx(5.0 - turn - 4.0 * (0.25 - exp(-5.0)), rel=1e-8)


POWERS = st.floats(-10.0, 10.0)


@settings(max_examples=50, deadline=None)
@given(
    start=POWERS,
    end=POWERS,
    bow=st.floats(0.0, 0.3),
    lam=st.sampled_from([0.0, 0.01, 1.0]),
    request=st.sampled_from([-12.0, -4.0, 0.0, 3.0]),
    cos_phi=st.sampled_from([-0.9, 0.5, 1.0]),
    against=st.floats(-8.0, 8.0),
)
def test_registers_are_what_fine_steps_add_up_to(start, end, bow, lam, request, cos_phi, against):
    rule = ReactiveRule(10.0, request_var=request, tan_phi=0.0 if request else tan_phi(cos_phi))
    terms = [(end - start, 0.0)] if not lam else [((1.0 - bow) * (start - end), lam)]
    if lam:
        terms.append((bow * (start - end), 2.0 * lam))
    wave = Wave(rule, 1.0, start if not lam else end, terms)
    into, out = split_var(against, [wave], 1.0)
    count = 1_000
    powers = [value(wave.c, terms, (i + 0.5) / count) for i in range(count)]
    vars_ = [against + rule.var(power) for power in powers]
    assert all(hypot(power, rule.var(power)) <= 10.0 + 1e-9 for power in powers)
    expected = (
        sum(max(each, 0.0) for each in vars_) / count,
        -sum(min(each, 0.0) for each in vars_) / count,
    )
    assert (into * 3_600.0, out * 3_600.0) == pytest.approx(expected, abs=1e-3)


def test_splitting_a_run_changes_no_register():
    inverter = {"reactive_power_var": 6_000.0, "rated_power_w": 9_000.0}
    scenario = metered(battery={**TAPER, "soc_initial": 0.8}, inverter=inverter, hours=2)
    whole = run(scenario, dispatch(1, power_w=9_000.0), load=500.0)
    pieces = run(
        scenario, dispatch(1, power_w=9_000.0), load=steps([500.0, 500.0 + 1e-9] * 60, MIN)
    )
    for code in ("3.8.0", "4.8.0"):
        one, other = (each.registers[METER][f"1-0:{code}"] for each in (whole, pieces))
        assert other == pytest.approx(one, rel=1e-9, abs=1e-9)


# Scenario files


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"cos_phi": 0.9, "reactive_power_var": 1.0}, "reactive_power_var or cos_phi, not both"),
        ({"apparent_power_va": 7_000.0}, "at least rated_power_w 8000"),
        ({"cos_phi": 0.05}, "a cos_phi of 0.1 to 1, or its negative"),
        ({"cos_phi": 1.5}, "cos_phi"),
        ({"reactive_power_var": "much"}, "reactive_power_var"),
    ],
)
def test_what_cannot_be_is_refused(keys, text):
    with pytest.raises(ValueError, match=text):
        metered(keys)


def test_a_digest_does_not_depend_on_what_is_not_stated():
    text = metered().model_dump_json()
    for key in ("apparent_power_va", "reactive_power_var"):
        assert key not in text
    assert '"cos_phi":-0.9' in metered({"cos_phi": -0.9}).model_dump_json()
