from math import exp, inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.battery import Battery
from simulator.microgrid.exponential import value
from simulator.microgrid.inverter import Losses
from simulator.microgrid.orders import Orders
from simulator.microgrid.storage import Storage

LOSSES = Losses(l0=30.0, l1=0.012, q=0.015 / 10_000.0)


def battery(component_id=4, soc=0.5, capacity=20_000.0, **more):
    levels = {"e_low": 0.1, "e_taper_low": 0.15, "e_taper_high": 0.85, "e_high": 0.95}
    return Battery(
        component_id=component_id,
        capacity_wh=capacity,
        energy_wh=soc * capacity,
        **{name: level * capacity for name, level in levels.items()},
        **{"charge_w": 10_000.0, "discharge_w": 10_000.0, "e_c": 0.97, "e_d": 0.97, **more},
    )


def storage(*batteries, rated=10_000.0, **more):
    return Storage(
        component_id=3,
        batteries=batteries or (battery(),),
        rated_w=rated,
        **{"losses": LOSSES, **more},
    )


def test_a_set_point_within_all_limits_is_followed_exactly_on_the_ac_side():
    made = storage()
    made.command(5_000.0)
    assert (made.p, made.cause, made.terms) == (5_000.0, "", [])
    assert LOSSES.ac(made.batteries[0].p) == pytest.approx(5_000.0, rel=1e-12)
    made.command(-5_000.0)
    assert made.p == -5_000.0


def test_no_set_point_means_standby():
    made = storage()
    made.command(nan)
    assert (made.p, made.cause) == (0.0, "")


@pytest.mark.parametrize("request_w", [25.0, -25.0])
def test_less_than_standby_losses_means_standby(request_w):
    made = storage()
    made.command(request_w)
    assert (made.p, made.cause) == (0.0, "minimum")


def test_the_exclusion_zone_is_left_towards_zero():
    made = storage(min_w=500.0)
    made.command(499.0)
    assert made.p == 0.0
    made.command(-500.0)
    assert made.p == -500.0


def test_the_rating_bounds_both_directions_and_derating_is_a_fault():
    made = storage(battery(charge_w=50_000.0, discharge_w=50_000.0))
    made.command(12_000.0)
    assert (made.p, made.cause) == (10_000.0, "rating")
    made.command(-12_000.0)
    assert (made.p, made.cause) == (-10_000.0, "rating")
    made.bind(Orders(derate=0.5))
    made.command(8_000.0)
    assert (made.p, made.cause) == (5_000.0, "fault")


def test_another_rating_counts_at_once_and_beside_limits():
    made = storage()
    made.bind(Orders(low_w=-3_000.0))
    made.rate(4_000.0)
    made.command(8_000.0)
    assert (made.p, made.cause) == (4_000.0, "rating")
    made.command(-8_000.0)
    assert (made.p, made.cause) == (-3_000.0, "limit")


def test_limits_in_force_stay_while_others_do_not_arrive():
    made = storage()
    made.bind(Orders(high_w=2_000.0))
    made.bind(Orders(comms="held", high_w=500.0))
    made.command(5_000.0)
    assert (made.p, made.cause) == (2_000.0, "limit")


def test_limits_cut_and_may_force():
    made = storage()
    made.bind(Orders(high_w=2_000.0))
    made.command(5_000.0)
    assert (made.p, made.cause) == (2_000.0, "limit")
    made.bind(Orders(low_w=1_000.0))
    made.command(nan)
    assert made.p == 1_000.0
    made.command(-4_000.0)
    assert (made.p, made.cause) == (1_000.0, "limit")


def test_whatever_is_off_exchanges_nothing_and_says_why():
    made = storage()
    made.bind(Orders(off="fault", low_w=1_000.0))
    made.command(5_000.0)
    assert (made.p, made.cause, made.bounds()) == (0.0, "fault", (0.0, 0.0))


def test_auxiliaries_are_drawn_beside_the_set_point():
    made = storage(battery(aux_w=40.0))
    made.command(5_000.0)
    assert made.p == 5_040.0
    made.settle(3600.0, 1.0)
    assert (made.import_wh, made.aux_wh, made.energy_wh) == (5_040.0, 40.0, 5_000.0)


def test_a_tapering_battery_makes_the_ac_power_decay():
    made = storage(battery(soc=0.9))
    made.command(10_000.0)
    (a, lam), (b, twice) = made.terms
    assert (made.cause, twice) == ("taper", 2 * lam)
    charging = made.batteries[0]
    for t in (0.0, 60.0, 3600.0):
        expected = LOSSES.ac(charging.power_at(t))
        assert value(made.c, made.terms, t) == pytest.approx(expected, rel=1e-12)
    assert made.p == pytest.approx(made.c + a + b)


def test_a_reserve_stops_discharging_where_it_lies():
    made = storage(battery(soc=0.5))
    made.reserve_soc = 0.4
    made.command(-5_000.0)
    made.settle(made.hit_s, made.hit_s / 3600)
    assert made.soc == pytest.approx(0.4, rel=1e-12)
    made.command(-5_000.0)
    assert (made.p, made.cause, made.hit_s) == (0.0, "window", inf)
    assert made.bounds()[0] == 0.0
    made.command(5_000.0)
    assert made.p == 5_000.0


def test_bounds_map_the_battery_to_the_ac_side_and_respect_the_rating():
    made = storage(battery(soc=0.9, discharge_w=4_000.0))
    low, high = made.bounds()
    assert high == pytest.approx(LOSSES.ac(5_000.0))
    assert low == pytest.approx(LOSSES.ac(-4_000.0))
    assert storage(battery(charge_w=50_000.0)).bounds()[1] == 10_000.0


def test_several_batteries_share_by_headroom_and_add_up():
    made = storage(battery(4, 0.55), battery(5, 0.35, 40_000.0))
    made.command(8_000.0)
    dc = [each.p for each in made.batteries]
    # Headroom 8 kWh and 24 kWh.
    assert dc[1] == pytest.approx(3 * dc[0])
    assert (made.p, made.cause) == (8_000.0, "")


def test_tapers_of_several_batteries_go_through_the_losses_together():
    made = storage(battery(4, 0.9), battery(5, 0.93), rated=30_000.0)
    made.command(20_000.0)
    assert made.cause == "taper"
    for t in (0.0, 100.0, 2_000.0):
        dc = sum(each.power_at(t) for each in made.batteries)
        assert value(made.c, made.terms, t) == pytest.approx(LOSSES.ac(dc), rel=1e-12)


def test_a_copy_of_later_leaves_the_original_alone():
    made = storage(battery(soc=0.5))
    made.command(5_000.0)
    later = made.after(3600.0)
    made.settle(3600.0, 1.0)
    assert later.soc == made.soc
    assert later.batteries[0] is not made.batteries[0]


@settings(max_examples=100, deadline=None)
@given(
    st.floats(0.05, 0.99),
    st.floats(-15_000.0, 15_000.0),
    st.floats(1.0, 7_200.0),
    st.booleans(),
)
def test_energies_balance_between_ac_and_dc(soc, request_w, t, several):
    batteries = [battery(4, soc)] + ([battery(5, 1 - soc)] if several else [])
    made = storage(*batteries)
    made.command(request_w)
    t = min(t, made.hit_s)
    made.settle(t, t / 3600)
    dc = sum(each.charged_wh - each.discharged_wh for each in made.batteries)
    assert made.import_wh - made.export_wh == pytest.approx(dc + made.loss_wh, abs=1e-9)
    assert made.loss_wh >= -1e-9
    assert abs(made.p) <= 10_000.0 * (1 + 1e-12)


def test_lossless_devices_return_what_they_took():
    made = Storage(component_id=3, batteries=(battery(e_c=1.0, e_d=1.0),))
    for request, expected in ((4_000.0, 14_000.0), (-4_000.0, 10_000.0)):
        made.command(request)
        made.settle(3600.0, 1.0)
        assert made.batteries[0].energy_wh == pytest.approx(expected, rel=1e-12)


def test_a_round_trip_loses_both_efficiencies():
    made = Storage(component_id=3, batteries=(battery(),))
    made.command(4_000.0)
    made.settle(3600.0, 1.0)
    taken = 4_000.0
    given_back = (made.batteries[0].energy_wh - 10_000.0) * 0.97
    assert given_back / taken == pytest.approx(0.97 * 0.97, rel=1e-12)
    made.command(-given_back)
    made.settle(3600.0, 1.0)
    assert made.batteries[0].energy_wh == pytest.approx(10_000.0, rel=1e-12)


def test_the_taper_decays_with_charge_power_over_its_width():
    made = storage(battery(soc=0.9, e_c=1.0), losses=Losses())
    made.command(10_000.0)
    k = 10_000.0 / (3600 * 2_000.0)
    assert value(made.c, made.terms, 600.0) == pytest.approx(5_000.0 * exp(-k * 600.0))
