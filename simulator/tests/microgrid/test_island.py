"""A site that loses its grid: who forms one, what is shed, what is curtailed; never a residue."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.faults import Fault
from simulator.microgrid.scenario import Scenario
from simulator.microgrid.site import Unsupported
from simulator.outcome.summary import summarise
from simulator.outcome.whatif_reference import grid_quarters_kw

from .sites import (
    BATTERY,
    EV,
    GRID,
    INVERTER,
    LOSSLESS_BATTERY,
    LOSSLESS_INVERTER,
    METER,
    PV,
    START,
    SUB,
    H,
    dispatch,
    log,
    plant,
    run,
    site,
    stay,
    steps,
    world,
)

FORMING = {"inverter": {"grid_forming": True}}
LOSSLESS = {
    "inverter": {**LOSSLESS_INVERTER, "grid_forming": True},
    "battery": {**LOSSLESS_BATTERY, "soc_initial": 0.5},
}
OUTAGE = Fault(kind="grid_outage")


def lost(scenario, *dispatches, **series):
    """The record of a site that is without its grid all the time."""
    made = world(scenario, *dispatches, **series)
    made.inject(OUTAGE)
    return made.finish()


def powers(record, component_id):
    return record.segments[f"c{component_id}.p_w"]


def test_a_battery_that_forms_a_grid_carries_the_site():
    record = lost(site(hours=2, **LOSSLESS), load=1_500.0, pv=500.0)
    assert powers(record, INVERTER).tolist() == [-1_000.0]
    assert record.totals[METER].load_wh == pytest.approx(3_000.0)
    assert (record.totals[GRID].in_wh, record.totals[GRID].out_wh) == (0.0, 0.0)
    assert log(record, "ISLANDED") == [("ISLANDED", 0.0, None, None)]


def test_without_one_everything_stops():
    record = lost(site(hours=2), load=1_500.0, pv=500.0)
    assert powers(record, PV).tolist() == [0.0]
    assert record.totals[METER].unserved_wh == pytest.approx(3_000.0)
    assert log(record, "LOAD_SHED") == [("LOAD_SHED", 0.0, None, None)]


def test_what_is_too_much_is_curtailed():
    record = lost(
        site(hours=2, inverter=LOSSLESS["inverter"], battery={"max_charge_w": 2_000.0}),
        load=1_000.0,
        pv=8_000.0,
    )
    assert powers(record, PV)[0] == pytest.approx(-3_000.0)
    assert record.totals[PV].curtailed_wh > 9_900.0


def test_near_the_edge_of_its_window_the_load_is_shed_in_steps_without_any_residue():
    record = lost(site(hours=24, **LOSSLESS), load=1_500.0)
    served = record.segments[f"c{METER}.load_w"]
    assert served[0] == 1_500.0
    assert served[-1] < 10.0
    assert np.abs(powers(record, GRID)).max() < 1e-8
    # From half full to the lower edge of the window.
    assert record.totals[METER].load_wh == pytest.approx(8_000.0, rel=1e-3)
    assert record.totals[METER].load_wh == pytest.approx(record.totals[BATTERY].out_wh, rel=1e-12)


def test_the_sun_brings_it_back():
    record = lost(
        site(hours=6, inverter=FORMING["inverter"], battery={"soc_initial": 0.1}),
        load=1_000.0,
        pv=steps([0.0, 0.0, 3_000.0], 2 * H),
    )
    share = record.segments[f"c{METER}.load_w"]
    times = record.segments["t_start_us"]
    assert share[times < START + 4 * H].max() == 0.0
    assert share[times >= START + 4 * H].min() == 1_000.0
    assert record.totals[BATTERY].in_wh > 3_000.0


def test_controllable_consumers_go_first():
    record = lost(
        plant(
            hours=1,
            ev={"sessions": [stay(0, 1, 50_000.0)]},
            inverter={**LOSSLESS_INVERTER, "grid_forming": True, "rated_power_w": 8_000.0},
            battery={"max_discharge_w": 8_000.0, "soc_initial": 0.9},
        ),
        load=2_000.0,
    )
    assert powers(record, EV)[0] == pytest.approx(6_000.0)
    assert record.totals[METER].unserved_wh == 0.0


def test_a_set_point_for_a_battery_that_holds_the_island_is_not_followed():
    record = lost(site(hours=1, **LOSSLESS), dispatch(1, power_w=4_000.0), load=500.0)
    assert powers(record, INVERTER).tolist() == [-500.0]
    (one,) = record.occurrences
    assert (one.reason, one.delivered_wh) == ("fault", 0.0)


def test_the_connection_may_be_switched_off_on_purpose():
    record = run(
        site(hours=3, **LOSSLESS),
        dispatch(1, "switch", at=H, s=3_600, ids=(GRID,), state="off"),
        load=1_500.0,
    )
    assert powers(record, GRID).tolist() == [1_500.0, 0.0, 1_500.0]
    assert log(record, "ISLANDED", "GRID_BACK") == [
        ("ISLANDED", 3_600.0, None, None),
        ("GRID_BACK", 7_200.0, None, None),
    ]
    dark = run(site(hours=1), dispatch(1, "switch", ids=(GRID,), state="off"), load=1_500.0)
    assert dark.totals[METER].unserved_wh == 1_500.0


@settings(max_examples=15, deadline=None)
@given(st.floats(0.0, 6_000.0), st.floats(1.0, 6_000.0), st.floats(5.0, 100.0))
def test_what_the_island_had_stopped_goes_on_when_the_grid_is_back(load, pv, aux):
    # A night on an empty battery: not even the auxiliaries are served, so that everything stops.
    # Nothing but the island told devices to, and the orders before and after it are the same.
    made = world(
        site(hours=2, battery={"soc_initial": 0.1, "aux_power_w": aux}, **FORMING),
        load=load,
        pv=steps([0.0, pv], H),
    )
    made.inject(Fault(kind="grid_outage", duration_s=3_600.0))
    record = made.finish()
    assert log(record, "GRID_BACK") == [("GRID_BACK", 3_600.0, None, None)]
    is_back = record.segments["t_start_us"] >= START + H
    assert not powers(record, PV)[~is_back].any()
    assert not powers(record, INVERTER)[~is_back].any()
    assert powers(record, PV)[is_back].tolist() == [-pv]
    assert powers(record, INVERTER)[is_back].tolist() == [aux]
    assert powers(record, GRID)[is_back].tolist() == pytest.approx([load + aux - pv])


def test_limits_of_the_connection_do_not_hold_without_it():
    record = lost(
        plant(
            hours=1,
            grid={"import_limit_w": 1_000.0},
            ev={"sessions": [stay(0, 1, 50_000.0)]},
            inverter={"grid_forming": True, "rated_power_w": 15_000.0},
            battery={"max_discharge_w": 15_000.0, "soc_initial": 0.9},
        ),
    )
    assert powers(record, EV)[0] == 11_000.0


def gridless(scenario):
    """The same site without its grid connection point."""
    whole = scenario.model_dump(by_alias=True)
    whole["scenario"]["allow_no_grid"] = True
    whole["components"] = [each for each in whole["components"] if each["id"] != GRID]
    whole["connections"] = [each for each in whole["connections"] if GRID not in each]
    return Scenario.model_validate(whole)


def test_a_site_without_a_grid_is_an_island_from_the_start():
    series = {"load": steps([1_500.0, 3_000.0, 500.0], H), "pv": 2_000.0}
    never = run(gridless(site(hours=3, **LOSSLESS)), **series)
    without = lost(site(hours=3, **LOSSLESS), **series)
    assert log(never, "ISLANDED", "GRID_BACK") == [("ISLANDED", 0.0, None, None)]
    for component_id in (METER, INVERTER, PV):
        assert powers(never, component_id).tolist() == powers(without, component_id).tolist()
    figures = summarise(never)["site"]
    assert (figures["import_kwh"], figures["export_kwh"], figures["load_kwh"]) == (0.0, 0.0, 5.0)
    assert not grid_quarters_kw(never).any()


def test_nobody_forms_a_grid_in_a_site_that_has_none():
    record = run(gridless(site(hours=2)), load=1_500.0, pv=500.0)
    assert powers(record, PV).tolist() == [0.0]
    assert record.totals[METER].unserved_wh == pytest.approx(3_000.0)


def test_no_fault_and_no_order_brings_it_a_grid():
    made = world(
        gridless(site(hours=3, **LOSSLESS)),
        dispatch(1, power_w=4_000.0),
        dispatch(2, "switch", ids=(GRID,), state="on"),
        load=500.0,
    )
    made.inject(Fault(kind="grid_outage", start_us=START + H, duration_s=1_800.0))
    record = made.finish()
    assert set(powers(record, INVERTER)) == {-500.0}
    assert log(record, "GRID_BACK") == []
    assert [each.reason for each in record.occurrences] == ["fault", "none"]


def test_a_digest_depends_on_the_permission_only_where_it_is_given():
    assert "allow_no_grid" not in site().model_dump_json()
    assert '"allow_no_grid":true' in gridless(site()).model_dump_json()


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        (plant(chp={"ramp_w_per_s": 5.0}, **FORMING), "has a ramp"),
        (site(**FORMING).model_copy(), None),
    ],
)
def test_what_cannot_be_held_exactly_is_refused(scenario, expected):
    if expected is None:
        assert world(scenario).reading(GRID).power_w == 0.0
        return
    with pytest.raises(Unsupported, match=expected):
        world(scenario)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.floats(0.0, 9_000.0), min_size=6, max_size=6),
    st.lists(st.floats(0.0, 9_000.0), min_size=6, max_size=6),
    st.floats(0.1, 0.95),
    st.sampled_from([0.0, 30.0]),
    st.sampled_from([0.0, 1e-6]),
    st.none() | st.fixed_dictionaries({"soc_initial": st.floats(0.1, 0.95)}),
    st.booleans(),
)
def test_an_island_is_always_balanced(load, pv, soc, aux, sigma, second, with_ev):
    battery = {"soc_initial": soc, "aux_power_w": aux, "self_discharge_per_s": sigma}
    car = stay(0.4, 5, 30_000.0, capacity_wh=40_000.0)
    record = lost(
        plant(
            hours=6,
            second=second,
            ev={"sessions": [car]} if with_ev else None,
            chp={"min_run_s": 1_800.0},
            battery=battery,
            **FORMING,
        ),
        dispatch(1, "chp_run", at=H, ids=(13,), power_pu=0.6),
        load=steps(load, H),
        sub=100.0,
        pv=steps(pv, H),
    )
    assert np.abs(powers(record, GRID)).max() < 1e-7
    assert record.totals[GRID].in_wh + record.totals[GRID].out_wh < 1e-6
    edge = 0.1 * (1.0 - sigma * 6 * 3_600) - 1e-9
    assert record.segments[f"c{BATTERY}.soc_end"].min() >= edge
    assert len(record.segments["t_start_us"]) < 6 * 60 * 3 + 60
    wanted = (sum(load) + 600.0, record.totals[METER], record.totals[SUB])
    served = sum(each.load_wh + each.unserved_wh for each in wanted[1:])
    assert served == pytest.approx(wanted[0], rel=1e-9)
