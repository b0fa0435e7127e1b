from math import exp, inf

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulator.microgrid.battery import Battery

MONTH_S = 30 * 86_400.0


def battery(energy=50_000.0, *, low=0.0, high=95_000.0, taper_low=None, taper_high=None, **more):
    """100 kWh, 95 % each way, 50 kW, hard stops unless taper levels are given."""
    return Battery(
        component_id=4,
        capacity_wh=100_000.0,
        energy_wh=energy,
        e_low=low,
        e_high=high,
        e_taper_low=low if taper_low is None else taper_low,
        e_taper_high=high if taper_high is None else taper_high,
        **{"charge_w": 50_000.0, "discharge_w": 50_000.0, "e_c": 0.95, "e_d": 0.95, **more},
    )


def follow(made: Battery, request: float, seconds: float, cut_w: float = 0.0) -> float:
    """Follow a request through all regions with event times rounded as the world does."""
    moved = 0.0
    while seconds > 0.0:
        made.plan(request, cut_w)
        t = min(max(made.hit_s, 1e-6), seconds)
        made.settle(t)
        moved += made.moved_wh
        seconds -= t
    return moved


# Fixed vectors


def test_charging_10_kw_for_an_hour_stores_9_5_kwh():
    made = battery()
    follow(made, 10_000.0, 3600.0)
    assert made.energy_wh == pytest.approx(59_500.0, rel=1e-12)


def test_discharging_9_5_kw_for_an_hour_takes_10_kwh():
    made = battery(59_500.0)
    follow(made, -9_500.0, 3600.0)
    assert made.energy_wh == pytest.approx(49_500.0, rel=1e-12)


def test_the_upper_edge_is_hit_when_it_should_be():
    made = battery()
    made.plan(50_000.0)
    assert made.hit_s == pytest.approx(45 / (0.95 * 50) * 3600, rel=1e-12)
    assert made.hit_s == pytest.approx(3_410.526, abs=5e-4)


def test_self_discharge_of_an_idle_month_is_exponential():
    made = battery(sigma=0.02 / MONTH_S)
    follow(made, 0.0, MONTH_S)
    assert made.energy_wh == pytest.approx(50_000.0 * exp(-0.02), rel=1e-12)
    assert made.energy_wh == pytest.approx(49_009.934, abs=1e-3)


def test_the_taper_approaches_the_edge_exponentially():
    made = battery(85_000.0, taper_high=85_000.0)
    follow(made, 50_000.0, 3600.0)
    assert made.energy_wh == pytest.approx(95_000.0 - 10_000.0 * exp(-4.75), rel=1e-12)
    assert made.energy_wh == pytest.approx(94_913.483, abs=1e-3)


def test_self_discharge_takes_an_empty_battery_slightly_under_its_window():
    made = battery(10_000.0, low=10_000.0, taper_low=15_000.0, sigma=0.02 / MONTH_S)
    follow(made, -5_000.0, 3600.0)
    assert made.energy_wh / 100_000.0 == pytest.approx(0.09999722, abs=1e-8)
    assert made.p == 0.0


# Regions


def test_a_request_below_the_taper_binds_until_the_taper_does():
    made = battery(85_000.0, taper_high=85_000.0)
    made.plan(25_000.0)
    assert (made.region, made.p) == ("request", 25_000.0)
    # Half of the charge power is left half-way through the taper.
    assert made.energy_at(made.hit_s) == pytest.approx(90_000.0, rel=1e-12)


def test_a_tapering_discharge_stops_where_it_only_covers_losses():
    made = battery(14_000.0, low=10_000.0, taper_low=15_000.0)
    made.plan(-50_000.0, cut_w=500.0)
    assert made.region == "taper"
    assert made.power_at(made.hit_s) == pytest.approx(-500.0, rel=1e-9)
    made.settle(made.hit_s)
    made.plan(-50_000.0, cut_w=500.0)
    assert (made.region, made.p, made.hit_s) == ("window", 0.0, inf)


def test_a_full_battery_with_a_hard_stop_is_held_full():
    made = battery(95_000.0, sigma=1e-6)
    made.plan(10_000.0)
    assert made.p == pytest.approx(1e-6 * 95_000.0 * 3600 / 0.95)
    made.settle(86_400.0)
    assert made.energy_wh == pytest.approx(95_000.0, rel=1e-12)


def test_a_battery_above_its_window_waits_until_it_is_back():
    made = battery(96_000.0, taper_high=90_000.0, sigma=1e-6)
    made.plan(10_000.0)
    assert (made.region, made.p) == ("window", 0.0)
    made.settle(made.hit_s)
    assert made.energy_wh == pytest.approx(95_000.0, rel=1e-12)
    made.plan(10_000.0)
    assert made.region == "taper"


@pytest.mark.parametrize("sigma", [1e-12, 1e-8, 1e-4])
def test_a_request_at_its_very_limit_does_not_hang(sigma):
    for energy in (90_000.0, 94_999.999):
        made = battery(energy, taper_high=85_000.0, sigma=sigma)
        exact = made.limit_charge()
        for _ in range(20):
            made.plan(exact)
            if made.hit_s == inf:
                break
            made.settle(made.hit_s + 1e-6)
        assert made.hit_s == inf


def test_a_battery_with_a_hard_stop_above_its_window_waits_too():
    made = battery(96_000.0, sigma=1e-6)
    made.plan(10_000.0)
    assert (made.p, made.region) == (0.0, "window")
    made.settle(made.hit_s)
    made.plan(10_000.0)
    assert made.p == pytest.approx(1e-6 * 95_000.0 * 3600 / 0.95)
    made.plan(1.0)
    assert made.p == 1.0


def test_an_empty_battery_gives_nothing_and_can_be_charged():
    made = battery(5_000.0, low=10_000.0)
    made.plan(-1_000.0)
    assert (made.p, made.region, made.limit_discharge()) == (0.0, "window", 0.0)
    made.plan(1_000.0)
    assert made.p == 1_000.0


def test_requests_are_cut_to_the_largest_powers():
    made = battery()
    made.plan(80_000.0)
    assert made.p == 50_000.0
    made.plan(-80_000.0)
    assert made.p == -50_000.0


@pytest.mark.parametrize(
    ("energy", "charge", "discharge"),
    [
        (10_000.0, 50_000.0, 0.0),
        (12_500.0, 50_000.0, 25_000.0),
        (50_000.0, 50_000.0, 50_000.0),
        (90_000.0, 25_000.0, 50_000.0),
        (95_000.0, 0.0, 50_000.0),
        (99_000.0, 0.0, 50_000.0),
    ],
)
def test_limits_taper_linearly_towards_the_edges(energy, charge, discharge):
    made = battery(energy, low=10_000.0, taper_low=15_000.0, taper_high=85_000.0)
    assert made.limit_charge() == pytest.approx(charge)
    assert made.limit_discharge() == pytest.approx(discharge)


# Properties

ENERGY = st.floats(8_000.0, 97_000.0)
REQUEST = st.floats(-60_000.0, 60_000.0)
SIGMA = st.sampled_from([0.0, 7.7e-9, 1e-7, 1e-5])


def full(energy, sigma):
    return battery(energy, low=10_000.0, taper_low=15_000.0, taper_high=85_000.0, sigma=sigma)


@settings(max_examples=120, deadline=None)
@given(ENERGY, st.lists(st.tuples(REQUEST, st.floats(1.0, 20_000.0)), max_size=6), SIGMA)
def test_energy_is_conserved_through_all_regions(energy, requests, sigma):
    made = full(energy, sigma)
    for request, seconds in requests:
        follow(made, request, seconds)
    stored = made.energy_wh - energy
    flows = 0.95 * made.charged_wh - made.discharged_wh / 0.95 - made.self_discharge_wh
    assert stored == pytest.approx(flows, abs=1e-9 * (1 + made.charged_wh + made.discharged_wh))
    assert made.self_discharge_wh >= -1e-9 * energy
    if not sigma:
        assert made.self_discharge_wh == pytest.approx(0.0, abs=1e-7)


@settings(max_examples=120, deadline=None)
@given(ENERGY, REQUEST, st.floats(1.0, 100_000.0), SIGMA)
def test_the_window_holds_but_for_self_discharge(energy, request, seconds, sigma):
    assume(10_000.0 <= energy <= 95_000.0)
    made = full(energy, sigma)
    follow(made, request, seconds)
    assert made.energy_wh <= 95_000.0 * (1 + 1e-9)
    assert made.energy_wh >= 10_000.0 * exp(-sigma * seconds) * (1 - 1e-9)


@settings(max_examples=120, deadline=None)
@given(ENERGY, REQUEST, st.floats(1.0, 50_000.0), st.floats(0.001, 0.999), SIGMA)
def test_cutting_a_stretch_in_two_changes_nothing(energy, request, seconds, part, sigma):
    whole, parts = full(energy, sigma), full(energy, sigma)
    moved = follow(whole, request, seconds)
    halves = follow(parts, request, part * seconds) + follow(parts, request, (1 - part) * seconds)
    assert parts.energy_wh == pytest.approx(whole.energy_wh, rel=1e-9)
    assert halves == pytest.approx(moved, rel=1e-9, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(ENERGY, REQUEST, SIGMA)
def test_a_hit_is_where_another_law_begins(energy, request, sigma):
    made = full(energy, sigma)
    made.plan(request)
    assume(made.hit_s < 1e7)
    before = (made.region, made.p)
    made.settle(made.hit_s + 1e-6)
    made.plan(request)
    assert (made.region, made.p) != before


def test_euler_converges_to_the_closed_form_with_its_first_order():
    """The error of explicit steps must shrink with the step, towards the closed form."""

    def stepped(h: float) -> float:
        energy, requests = 60_000.0, [(40_000.0, 3600.0), (-45_000.0, 7200.0), (20_000.0, 3600.0)]
        made = full(energy, 1e-6)
        for request, seconds in requests:
            for _ in range(round(seconds / h)):
                made.energy_wh = energy
                power = min(max(request, -made.limit_discharge()), made.limit_charge())
                gain = 0.95 * power if power >= 0 else power / 0.95
                energy += h * (gain / 3600 - 1e-6 * energy)
        return energy

    made = full(60_000.0, 1e-6)
    for request, seconds in [(40_000.0, 3600.0), (-45_000.0, 7200.0), (20_000.0, 3600.0)]:
        follow(made, request, seconds)
    coarse, fine = (abs(stepped(h) - made.energy_wh) for h in (10.0, 1.0))
    assert 8 <= coarse / fine <= 12
