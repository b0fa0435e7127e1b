"""Chargers: sessions, the two-stage law, smallest current, strategies, what dispatches shape."""

from math import exp, log

import pytest

from simulator.microgrid.dispatch import Categories
from simulator.microgrid.scenario_category import Category
from simulator.microgrid.telemetry import State

from .sites import EV, EV_B, GRID, INVERTER, START, H, dispatch, plant, run, stay, world
from .sites import log as events

CHARGERS = Categories(categories=(Category.EV_CHARGER,))
FLOOR_W = 3 * 6.0 * 230.0


def left(record, component_id=EV):
    """What each vehicle got, and the seconds after START when it left."""
    return [
        (each["charged_wh"], each["missing_wh"], (each["t_us"] - START) / 1e6)
        for each in record.events
        if each["event"] == "EV_LEFT" and each["component_id"] == component_id
    ]


def powers(record, component_id=EV):
    """(hours after START, power) wherever the power at the start of a segment changes."""
    found = []
    columns = record.segments
    for t_us, power in zip(columns["t_start_us"], columns[f"c{component_id}.p_w"], strict=True):
        if not found or found[-1][1] != power:
            found.append(((t_us - START) / H, float(power)))
    return found


def test_a_vehicle_charges_at_once_until_it_has_what_it_wants():
    record = run(plant(hours=6, ev={"sessions": [stay(1, 5, 22_000.0)]}))
    assert powers(record) == [(0.0, 0.0), (1.0, 11_000.0), (pytest.approx(3.0), 0.0)]
    assert left(record) == [(pytest.approx(22_000.0, rel=1e-9), 0.0, 18_000.0)]
    assert record.totals[EV].in_wh == pytest.approx(22_000.0, rel=1e-9)
    assert record.totals[GRID].in_wh == pytest.approx(22_000.0, rel=1e-9)


def test_the_charger_loses_what_its_efficiency_says():
    record = run(plant(hours=6, ev={"efficiency": 0.8, "sessions": [stay(0, 5, 8_000.0)]}))
    assert record.totals[EV].in_wh == pytest.approx(10_000.0, rel=1e-9)
    assert record.totals[EV].loss_wh == pytest.approx(2_000.0, rel=1e-9)


def test_the_vehicle_that_leaves_early_lacks_energy():
    record = run(plant(hours=6, ev={"sessions": [stay(1, 2, 22_000.0)]}))
    assert left(record) == [(pytest.approx(11_000.0), pytest.approx(11_000.0), 7_200.0)]


def test_power_falls_with_the_headroom_above_the_transition_level():
    car = stay(0, 3, 40_000.0, capacity_wh=50_000.0, soc_arrival=0.1, max_power_w=10_000.0)
    record = run(plant(hours=4, ev={"sessions": [car]}))
    # 5 to 40 kWh at 10 kW, then P = 10 kW exp(-t h^-1), for 5 more kWh: e^-t = 1/2.
    taper_h = log(2.0)
    assert powers(record)[:2] == [(0.0, 10_000.0), (3.0, 0.0)]
    assert record.totals[EV].in_wh == pytest.approx(30_000.0)
    longer = run(
        plant(hours=5, ev={"sessions": [{**car, "depart": START + 5 * H}]}),
    )
    assert powers(longer)[-1] == (pytest.approx(3.5 + taper_h, abs=1e-9), 0.0)
    soc = longer.segments[f"c{EV}.soc_end"]
    assert soc[-1] == pytest.approx(0.9, rel=1e-9)


def test_a_full_battery_is_approached_exponentially():
    car = stay(0, 4, 10_000.0, capacity_wh=50_000.0, max_power_w=10_000.0)
    record = run(plant(hours=4, ev={"sessions": [car]}))
    # From 40 kWh: E = 50 - 10 exp(-t h^-1).
    assert record.totals[EV].in_wh == pytest.approx(10_000.0 * (1.0 - exp(-4.0)), rel=1e-9)
    assert len(record.segments["t_start_us"]) == 1


def test_less_than_the_smallest_current_pauses():
    record = run(
        plant(hours=2, ev={"sessions": [stay(0, 2, 22_000.0)]}),
        dispatch(1, ids=(EV,), power_w=FLOOR_W - 1.0),
    )
    assert powers(record) == [(0.0, 0.0), (1.0, 11_000.0)]
    (one,) = record.occurrences
    assert (one.reason, set(one.missing_wh)) == ("power_limit", {"minimum"})


def test_without_a_vehicle_nothing_can_be_delivered():
    record = run(plant(hours=2, ev={}), dispatch(1, ids=(EV,), power_w=7_000.0))
    (one,) = record.occurrences
    assert (one.delivered_wh, set(one.missing_wh)) == (0.0, {"available"})


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("asap", [(0.0, 11_000.0), (2.0, 0.0)]),
        ("even", [(0.0, 5_500.0)]),
        ("latest", [(0.0, 0.0), (2.0, 11_000.0)]),
    ],
)
def test_strategies_end_with_the_same_energy(strategy, expected):
    ev = {"sessions": [stay(0, 4, 22_000.0)]}
    told = run(
        plant(hours=4, ev=ev), dispatch(1, "ev_charge", s=None, ids=(EV,), strategy=strategy)
    )
    own = run(plant(hours=4, ev={**ev, "strategy": strategy}))
    for record in (told, own):
        assert powers(record) == [(pytest.approx(t, abs=1e-8), p) for t, p in expected]
        assert record.totals[EV].in_wh == pytest.approx(22_000.0, rel=1e-9)
    (one,) = told.occurrences
    assert (one.shortfall_wh, one.reason) == (0.0, "none")


def test_the_latest_start_knows_how_power_falls():
    car = stay(0, 6, 35_000.0, capacity_wh=50_000.0, soc_arrival=0.2, max_power_w=10_000.0)
    record = run(plant(hours=6, ev={"strategy": "latest", "sessions": [car]}))
    # 10 to 40 kWh at full power, 40 to 45 kWh falling.
    start_h = 6 - (3.0 + log(2.0))
    assert powers(record)[1] == (pytest.approx(start_h, abs=1e-9), 10_000.0)
    assert record.totals[EV].in_wh == pytest.approx(35_000.0, rel=1e-9)


def test_what_every_vehicle_gets_first():
    record = run(
        plant(hours=8, ev={"sessions": [stay(0, 8, 22_000.0)]}),
        dispatch(1, "ev_charge", s=None, ids=(EV,), strategy="latest", min_energy_wh=5_500.0),
    )
    expected = [(0.0, 11_000.0), (0.5, 0.0), (6.5, 11_000.0)]
    assert powers(record) == [(pytest.approx(t, abs=1e-8), p) for t, p in expected]


def test_a_cap_for_all_chargers_serves_who_leaves_first():
    both = {
        "ev": {"sessions": [stay(0, 8, 50_000.0)]},
        "ev_b": {"sessions": [stay(0, 4, 50_000.0)]},
    }
    cap = {"type_": "ev_charge", "s": None, "target": CHARGERS}
    # Room for one smallest current only.
    record = run(plant(hours=1, **both), dispatch(1, **cap, max_w=6_000.0))
    assert powers(record) == [(0.0, 0.0)]
    assert powers(record, EV_B) == [(0.0, 6_000.0)]
    record = run(plant(hours=1, **both), dispatch(1, **cap, max_w=16_000.0))
    assert powers(record) == powers(record, EV_B) == [(0.0, 8_000.0)]


def test_the_connection_limits_charging_where_batteries_cannot_help():
    record = run(
        plant(
            hours=2,
            grid={"import_limit_w": 9_000.0},
            battery={"soc_initial": 0.1},
            ev={"sessions": [stay(0, 2, 50_000.0)]},
        ),
        load=2_000.0,
    )
    assert powers(record) == [(0.0, pytest.approx(7_000.0))]
    assert record.segments[f"c{GRID}.p_w"][0] == pytest.approx(9_000.0)


def test_a_battery_that_balances_follows_a_vehicle_that_tapers():
    car = stay(0, 4, 8_000.0, capacity_wh=40_000.0, max_power_w=8_000.0)
    record = run(
        plant(hours=2, base_strategy="self_consumption", ev={"sessions": [car]}),
    )
    # Decided anew each minute: what is left is the change within one.
    assert record.totals[GRID].in_wh == 0.0
    assert record.totals[GRID].out_wh < 100.0
    assert record.totals[INVERTER].out_wh > 6_000.0


def test_arrivals_and_departures_are_logged():
    record = run(plant(hours=3, ev={"sessions": [stay(1, 2, 500.0)]}))
    assert events(record, "EV_ARRIVED", "EV_LEFT") == [
        ("EV_ARRIVED", 3600.0, None, None),
        ("EV_LEFT", 7200.0, None, None),
    ]


def test_readings_tell_the_plug_and_the_state_of_charge():
    car = stay(1, 3, 20_000.0, capacity_wh=40_000.0)
    made = world(plant(hours=4, ev={"sessions": [car]}))
    assert made.reading(EV).plug is State.CABLE_UNPLUGGED
    made.advance(START + 2 * H)
    reading = made.reading(EV)
    assert (reading.plug, reading.state) == (State.CABLE_LOCKED_AT_EV, State.CHARGING)
    assert reading.soc == pytest.approx(31_000.0 / 40_000.0)
    assert reading.import_wh == pytest.approx(11_000.0)
    assert reading.exclusion_w == (-FLOOR_W, FLOOR_W)
    made.advance(START + 3 * H)
    assert made.reading(EV).plug is State.CABLE_UNPLUGGED
