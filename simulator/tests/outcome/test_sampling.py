import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.outcome.sampling import Trajectory, grid_edges
from simulator.tests.microgrid import sites
from simulator.tests.microgrid.sites import BATTERY, DAY, GRID, INVERTER, METER, MIN, PV, START, H

PV_W = sites.steps([0.0] * 8 + [6000.0] * 8 + [0.0] * 8, H)
LOAD_W = sites.steps([400.0, 900.0, 1500.0, 700.0] * 6, H)
DISPATCHES = (
    sites.dispatch(1, at=8 * H, s=5 * 3600, power_w=9000.0),
    sites.dispatch(2, at=17 * H, s=4 * 3600, power_w=-7000.0),
)


def tapering() -> tuple:
    """A day on which the battery tapers at both ends and the grid changes its sign."""
    return sites.site(base_strategy="self_consumption"), {"load": LOAD_W, "pv": PV_W}


@pytest.fixture(scope="module")
def trajectory() -> Trajectory:
    scenario, series = tapering()
    record = sites.run(scenario, *DISPATCHES, **series)
    assert len(record.tapers.segment) > 4
    return Trajectory(record)


def test_whole_run_is_what_the_registers_say(trajectory):
    edges = np.array([START, START + DAY])
    for component_id in (GRID, METER, INVERTER, BATTERY, PV):
        into, out = trajectory.energies_wh(component_id, edges)
        totals = trajectory.record.totals[component_id]
        assert into[0] == pytest.approx(totals.in_wh, rel=1e-12)
        assert out[0] == pytest.approx(totals.out_wh, rel=1e-12)


def test_any_moment_is_what_telemetry_would_have_read(trajectory):
    """The served world evaluates the segment in progress by other code."""
    scenario, series = tapering()
    world = sites.world(scenario, *DISPATCHES, **series)
    moments = [START + round(hour * H) for hour in np.linspace(0.013, 23.97, 173)]
    edges = np.array([START, *moments])
    grid_in, grid_out = (np.cumsum(each) for each in trajectory.energies_wh(GRID, edges))
    soc = trajectory.soc(BATTERY, edges[1:])
    for place, moment in enumerate(moments):
        world.advance(moment)
        grid, battery = world.reading(GRID), world.reading(BATTERY)
        assert grid_in[place] == pytest.approx(grid.import_wh, abs=1e-6)
        assert grid_out[place] == pytest.approx(grid.export_wh, abs=1e-6)
        assert soc[place] == pytest.approx(battery.soc, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, DAY), max_size=12))
def test_more_edges_change_no_sum(trajectory, cuts):
    edges = np.unique(np.array([0, DAY, *cuts])) + START
    for component_id in (GRID, INVERTER, BATTERY):
        into, out = trajectory.energies_wh(component_id, edges)
        totals = trajectory.record.totals[component_id]
        assert into.min() >= 0
        assert out.min() >= 0
        assert into.sum() == pytest.approx(totals.in_wh, rel=1e-9)
        assert out.sum() == pytest.approx(totals.out_wh, rel=1e-9)


def test_energy_balances_in_every_interval(trajectory):
    edges = grid_edges(START, START + DAY, 7 * MIN)
    net = {
        component_id: np.subtract(*trajectory.energies_wh(component_id, edges))
        for component_id in (GRID, INVERTER, PV)
    }
    load = trajectory.amounts(f"c{METER}.load_wh", edges)
    assert net[GRID] == pytest.approx(load + net[INVERTER] + net[PV], abs=1e-6)


def test_amounts_of_a_cut_segment_are_in_proportion(trajectory):
    edges = np.array([START, START + 20 * MIN, START + H, START + 2 * H])
    assert trajectory.amounts(f"c{METER}.load_wh", edges) == pytest.approx([400 / 3, 800 / 3, 900])


def test_soc_at_the_ends_of_the_run(trajectory):
    totals = trajectory.record.totals[BATTERY]
    first, last = trajectory.soc(BATTERY, np.array([START, START + DAY]))
    assert first == pytest.approx(totals.start_wh / 20_000)
    assert last == pytest.approx(totals.end_wh / 20_000)


def test_edges_outside_the_run_are_refused(trajectory):
    for edges in ([START - 1, START], [START, START + DAY + 1], [START + H, START]):
        with pytest.raises(IndexError):
            trajectory.energies_wh(GRID, np.array(edges))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 30, [0, 10, 20, 30]),
        (3, 27, [3, 10, 20, 27]),
        (11, 19, [11, 19]),
        (10, 11, [10, 11]),
        (-5, 5, [-5, 0, 5]),
    ],
)
def test_grid_of_multiples_is_cut_to_the_run(start, end, expected):
    assert list(grid_edges(start, end, 10)) == expected


def test_time_at_the_limits_is_that_of_an_idle_battery_there():
    def limits(**battery) -> tuple[float, float]:
        whole = {"soc_min": 0.1, "soc_max": 0.9, "self_discharge_per_s": 0.0, **battery}
        record = sites.run(sites.site(hours=5, battery=whole), load=LOAD_W)
        return Trajectory(record).hours_at_limits(BATTERY)

    assert limits(soc_initial=0.1) == (5.0, 0.0)
    assert limits(soc_initial=0.895) == (0.0, 5.0)
    assert limits(soc_initial=0.5) == (0.0, 0.0)
