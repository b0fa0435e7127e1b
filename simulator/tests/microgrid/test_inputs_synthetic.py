"""Loads that are made up: base, harmonics, noise, appliances."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.microgrid.inputs import build
from simulator.microgrid.inputs_synthetic import synthetic_series
from simulator.microgrid.scenario import Scenario
from simulator.microgrid.scenario_inputs import SyntheticInput

from .sites import DAY, START, H, site

BERLIN = ZoneInfo("Europe/Berlin")
UTC = ZoneInfo("UTC")


def series(*, start=START, end=START + DAY, zone=UTC, **more):
    entry = {"name": "house", "kind": "synthetic", "base_w": 500.0, **more}
    return synthetic_series(
        SyntheticInput.model_validate(entry), zone=zone, start_us=start, end_us=end
    )


def test_a_base_alone_is_constant():
    assert set(series().values) == {500.0}


def test_harmonics_peak_at_their_hour_by_the_clock_on_the_wall():
    made = series(harmonics=[[300.0, 19.0]], zone=BERLIN)
    assert made.at(START + 18 * H) == pytest.approx(800.0)
    assert made.at(START + 6 * H) == pytest.approx(200.0)
    twice = series(harmonics=[[0.0, 0.0], [100.0, 7.0]])
    assert [twice.at(START + hour * H) for hour in (7, 13, 19)] == pytest.approx([600, 400, 600])


def test_noise_has_its_deviation_and_appliances_their_energy():
    end = START + 200 * DAY
    noisy = series(noise_w=50.0, end=end)
    assert noisy.values.std() == pytest.approx(50.0, rel=0.05)
    kettle = {"power_w": 2_000.0, "minutes": 15, "per_day": 6}
    busy = series(base_w=0.0, appliances=[kettle], end=end)
    assert busy.energy_wh() == pytest.approx(200 * 6 * 500.0, rel=0.1)
    assert set(busy.values) <= {2_000.0 * n for n in range(8)}


def test_an_appliance_runs_on_past_midnight():
    oven = {"power_w": 1_000.0, "minutes": 1_440, "per_day": 20}
    made = series(base_w=0.0, appliances=[oven], start=START + DAY, end=START + DAY + H)
    assert made.values[0] > 0.0


def test_power_is_never_negative():
    assert series(base_w=10.0, noise_w=500.0).values.min() == 0.0


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 80 * 96),
    st.integers(1, 2 * 96),
    st.integers(0, 3),
    st.sampled_from([60, 300, 900]),
)
def test_any_stretch_is_that_of_the_whole(first, count, seed, step_s):
    more = {
        "noise_w": 40.0,
        "harmonics": [[100.0, 8.0]],
        "appliances": [{"power_w": 900.0, "minutes": 200}],
        "seed": seed,
        "step_s": step_s,
        "zone": BERLIN,
    }
    # From February on, over the change of the clocks.
    begin = START + 31 * DAY
    start = begin + first * H // 4
    end = start + count * H // 4
    part = series(start=start, end=end, **more)
    whole = series(start=start - 3 * DAY, end=end + 2 * DAY, **more).between(start, end)
    assert np.array_equal(part.t_us, whole.t_us)
    assert np.array_equal(part.values, whole.values)


def test_seeds_and_names_tell_loads_apart():
    one, other = series(noise_w=9.0), series(noise_w=9.0, seed=1)
    third = series(noise_w=9.0, name="shop")
    assert len({each.values.tobytes() for each in (one, other, third)}) == 3


@pytest.mark.parametrize(
    "wrong",
    [{"base_w": -1.0}, {"step_s": 7}, {"harmonics": [[5.0, 24.0]]}, {"noise_w": -0.1}, {"hum": 1}],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        series(**wrong)


def test_a_scenario_may_use_one():
    document = site().model_dump(by_alias=True)
    document["inputs"] = [
        {"name": "load", "kind": "synthetic", "base_w": 300.0, "noise_w": 20.0},
        *document["inputs"][1:],
    ]
    found = build(Scenario.model_validate(document), START, START + DAY)["load"]
    assert len(found.values) == 96
    assert found.values.std() == pytest.approx(20.0, rel=0.3)
