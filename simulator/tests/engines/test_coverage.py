"""What an engine does not cover is refused by name, and a missing extra is told."""

from __future__ import annotations

import pytest

from simulator.engines import Case, EngineError, Missing, NotCovered, compiled, record
from simulator.microgrid.scenario import load
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
