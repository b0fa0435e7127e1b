"""What an engine does not cover is refused by name, and a missing extra is told."""

from __future__ import annotations

import pytest

from simulator.engines import Case, EngineError, Missing, NotCovered, compiled, record
from simulator.microgrid.scenario import Scenario, load
from simulator.tests.microgrid.sites import START, H, dispatch, inputs, plant, site


def case(scenario, *schedule, **series):
    return Case(
        scenario=scenario,
        start_us=START,
        end_us=START + 2 * H,
        seed=1,
        schedule=schedule,
        inputs=inputs(START, **series),
    )


def shipped(name):
    scenario = load(name)
    meta = scenario.meta
    return Case(scenario=scenario, start_us=meta.start_us, end_us=meta.end_us, seed=meta.seed)


@pytest.mark.parametrize("engine", ["batch", "compiled"])
@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("heat", ("combined heat and power", "the thermal and ageing layer")),
        ("fleet", ("full registers",)),
        ("island", ("islanded operation", "faults (grid_outage)")),
        ("commercial", ("faults (battery_trip)", "dry runs (dispatch 10)")),
    ],
)
def test_every_reason_is_named(engine, name, reasons):
    with pytest.raises(NotCovered) as caught:
        record(shipped(name), engine)
    for reason in reasons:
        assert reason in str(caught.value)
    assert f"the engine {engine} does not cover" in str(caught.value)


def test_a_site_without_a_grid_is_refused():
    whole = site().model_dump(by_alias=True)
    whole["scenario"]["allow_no_grid"] = True
    whole["components"] = whole["components"][1:]
    whole["connections"] = whole["connections"][1:]
    with pytest.raises(NotCovered, match="a site without a grid connection point"):
        record(case(Scenario.model_validate(whole)), "compiled")


@pytest.mark.parametrize("engine", ["batch", "compiled"])
def test_a_ramp_is_refused(engine):
    with pytest.raises(NotCovered, match=r"a ramp \(battery 4\)"):
        record(case(site(battery={"ramp_w_per_s": 5.0})), engine)


def test_reactive_power_of_inverters_changes_nothing_of_what_is_covered():
    whole = site().model_dump(by_alias=True)
    whole["components"][2].update(cos_phi=0.9)
    plain, reactive = (
        record(case(each, dispatch(1, power_w=4_000.0)), "batch").segments["c1.p_w"]
        for each in (site(), Scenario.model_validate(whole))
    )
    assert plain.tolist() == reactive.tolist()


def test_arbitration_by_sum_is_refused():
    with pytest.raises(NotCovered, match="arbitration by sum"):
        record(case(site(meta={"arbitration": "sum"})), "compiled")


@pytest.mark.parametrize(
    ("orders", "reason"),
    [
        ({"type_": "soc_target", "soc": 0.9}, r"soc_target \(dispatch 1\)"),
        ({"type_": "self_consumption", "grid_charge": True}, r"grid_charge \(dispatch 1\)"),
        ({"type_": "peak_shaving", "import_limit_w": 0, "recharge_w": 5}, "recharge_w"),
        ({"ids": (5,), "power_w": -5.0}, "set-points of anything but batteries"),
        ({"type_": "switch", "state": "off", "ids": (1,)}, "a site that is switched off"),
    ],
)
def test_batch_names_the_dispatch_that_it_does_not_cover(orders, reason):
    with pytest.raises(NotCovered, match=reason):
        record(case(site(), dispatch(1, **orders)), "batch")


def test_batch_refuses_loads_and_limits_that_bind():
    with pytest.raises(NotCovered, match=r"controllable loads \(hvac 14\)"):
        record(case(plant(load={})), "batch")
    limited = site(grid={"import_limit_w": 1_000.0})
    assert record(case(limited, load=900.0), "batch").totals[1].in_wh == pytest.approx(1_800.0)
    with pytest.raises(NotCovered, match="limits of the site that bind"):
        record(case(limited, load=1_100.0), "batch")


def test_without_numba_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(compiled, "HAS_NUMBA", False)
    with pytest.raises(Missing, match=r"pip install gridproof\[compiled\]"):
        record(case(site()), "compiled")
    assert issubclass(Missing, EngineError)
