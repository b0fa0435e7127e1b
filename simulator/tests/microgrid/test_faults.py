import pytest

from simulator.microgrid.faults import KINDS, Fault, FaultError

from .sites import (
    BATTERY,
    INVERTER,
    METER,
    PV,
    START,
    SUB,
    H,
    bare,
    columns_equal,
    dispatch,
    log,
    run,
    site,
    world,
)


def faulty(*faults, hours=4, dispatches=(), scenario=None, **series):
    made = world(scenario or site(hours=hours, **bare()), *dispatches, **series)
    for each in faults:
        made.inject(each)
    return made.finish()


def fault(kind, *ids, at=H, s=3600.0, **more):
    return Fault(kind=kind, component_ids=ids, start_us=START + at, duration_s=s, **more)


def test_a_tripped_battery_exchanges_nothing_and_is_the_reason():
    record = faulty(
        fault("battery_trip", BATTERY), dispatches=[dispatch(1, s=3 * 3600, power_w=1_000.0)]
    )
    assert record.totals[INVERTER].in_wh == pytest.approx(2_000.0)
    (one,) = record.occurrences
    assert (one.reason, one.limited_s) == ("fault", {"fault": 3600.0})
    assert one.shortfall_wh == pytest.approx(1_000.0)
    assert [each[:2] for each in log(record, "FAULT", "FAULT_CLEARED")] == [
        ("FAULT", 3600),
        ("FAULT_CLEARED", 7200),
    ]


def test_a_derated_inverter_scales_its_rating_in_both_roles():
    record = faulty(
        fault("inverter_derate", INVERTER, PV, at=0, factor=0.3),
        hours=1,
        dispatches=[dispatch(1, power_w=5_000.0)],
        pv=6_000.0,
    )
    assert record.totals[INVERTER].in_wh == pytest.approx(3_000.0)
    assert record.occurrences[0].reason == "fault"
    pv = record.totals[PV]
    assert (pv.out_wh, pv.lost_wh, pv.curtailed_wh) == pytest.approx((2_400.0, 3_600.0, 0.0))


def test_deratings_multiply():
    both = [fault("inverter_derate", PV, at=0, factor=0.5) for _ in range(2)]
    assert faulty(*both, hours=1, pv=8_000.0).totals[PV].out_wh == pytest.approx(2_000.0)


def test_a_stopped_driver_leaves_batteries_idle_and_producers_alone():
    limit = dispatch(2, "power_limit", s=None, ids=[PV], min_w=-1_000.0)
    record = faulty(
        fault("driver_stop", INVERTER, PV),
        dispatches=[dispatch(1, s=3 * 3600, power_w=1_000.0), limit],
        hours=3,
        pv=4_000.0,
    )
    assert record.totals[INVERTER].in_wh == pytest.approx(2_000.0)
    assert record.totals[PV].out_wh == pytest.approx(1_000.0 + 4_000.0 + 1_000.0)
    assert record.occurrences[0].reason == "driver_stopped"


@pytest.mark.parametrize(
    ("fallback", "expected"), [("idle", 2_000.0 + 500.0), ("base", 2_000.0 + 500.0 - 3_000.0)]
)
def test_lost_communication_holds_the_set_point_and_then_falls_back(fallback, expected):
    record = faulty(
        fault("comms_loss", INVERTER, at=2 * H, s=None, hold_s=1800.0, fallback=fallback),
        dispatches=[
            dispatch(1, s=9000, power_w=1_000.0),
            dispatch(2, at=9000 * 10**6, power_w=5e3),
        ],
        scenario=site(hours=4, base_strategy="self_consumption", **bare()),
        load=2_000.0,
    )
    total = record.totals[INVERTER]
    assert total.in_wh - total.out_wh == pytest.approx(expected)
    assert record.occurrences[1].reason == "fault"


def test_an_outage_leaves_loads_unserved_and_everything_else_without_power():
    record = faulty(
        Fault(kind="grid_outage", start_us=START + H, duration_s=3600.0),
        dispatches=[dispatch(1, s=None, power_w=500.0)],
        load=700.0,
        sub=300.0,
        pv=900.0,
    )
    assert record.totals[METER].load_wh == pytest.approx(3 * 700.0)
    assert record.totals[METER].unserved_wh == pytest.approx(700.0)
    assert record.totals[SUB].unserved_wh == pytest.approx(300.0)
    assert record.totals[PV].lost_wh == pytest.approx(900.0)
    assert record.totals[INVERTER].in_wh == pytest.approx(1_500.0)
    assert record.totals[METER].in_wh == pytest.approx(3 * (1_000.0 + 500.0 - 900.0))


def test_faults_of_a_scenario_file_happen():
    scenario = site(
        hours=2,
        faults=[
            {
                "kind": "battery_trip",
                "component_ids": [BATTERY],
                "start": START + H,
                "duration_s": 600.0,
            }
        ],
        **bare(),
    )
    record = run(scenario, dispatch(1, s=None, power_w=1_200.0))
    assert record.totals[INVERTER].in_wh == pytest.approx(2_200.0)


def test_a_fault_without_duration_lasts_until_it_is_cleared():
    made = world(site(hours=3, **bare()), dispatch(1, s=None, power_w=1_000.0))
    made.advance(START + H)
    fault_id = made.inject(Fault(kind="battery_trip", component_ids=(BATTERY,)))
    assert list(made.faults) == [fault_id]
    made.advance(START + 2 * H)
    made.clear(fault_id)
    assert made.faults == {}
    assert made.finish().totals[INVERTER].in_wh == pytest.approx(2_000.0)
    with pytest.raises(KeyError):
        made.clear(fault_id)


def test_a_fault_still_to_come_can_be_taken_back():
    made = world(site(hours=3, **bare()), dispatch(1, s=None, power_w=1_000.0))
    made.clear(made.inject(fault("battery_trip", BATTERY)))
    assert made.finish().totals[INVERTER].in_wh == pytest.approx(3_000.0)


@pytest.mark.parametrize("kind", ["meter_dropout", "meter_stuck", "meter_bias"])
def test_faults_of_readings_leave_the_truth_alone(kind):
    scenario = site(base_strategy="self_consumption")
    more = {"gain": 2.0} if kind == "meter_bias" else {}
    quiet = faulty(scenario=scenario, load=500.0, pv=900.0)
    bent = faulty(fault(kind, METER, **more), scenario=scenario, load=500.0, pv=900.0)
    assert columns_equal(quiet, bent)
    assert quiet.totals == bent.totals


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"kind": "meteor"}, "expected one of battery_trip"),
        ({"kind": "battery_trip"}, "expected component ids"),
        ({"kind": "grid_outage", "component_ids": (1,)}, "expected no component ids"),
        ({"kind": "inverter_derate", "component_ids": (1,), "factor": 1.5}, "factor of 0 to 1"),
        ({"kind": "meter_bias", "component_ids": (1,), "gain": 0.0}, "gain above 0"),
        ({"kind": "meter_dropout", "component_ids": (1,), "duration_s": -1.0}, "at least 0 s"),
        ({"kind": "comms_loss", "component_ids": (1,), "fallback": "?"}, "idle or base"),
    ],
)
def test_wrong_faults_say_what_is_expected(more, text):
    with pytest.raises(FaultError, match=text):
        Fault(**more)


def test_a_fault_names_components_of_the_site():
    with pytest.raises(FaultError, match=r"no component \[99\]"):
        world(site()).inject(fault("battery_trip", 99))


def test_every_kind_says_what_it_does():
    assert all(kind.about for kind in KINDS.values())
