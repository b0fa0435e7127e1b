"""Who comes to a charging point: known and random vehicles, reproducible day by day."""

from itertools import pairwise

import pytest
from pydantic import ValidationError

from simulator.microgrid.randomness import stream
from simulator.microgrid.scenario_components import EvCharger
from simulator.microgrid.sessions import stays

from .sites import DAY, EV, EV_B, START, H, plant, run, stay

RANDOM = {"per_day": {"workday": 3.0, "weekend": 1.0}, "stay_h": 2.0, "energy_spread_wh": 4_000.0}


def found(until_us, seed=1, scenario=None, start_us=START, **ev):
    scenario = scenario or plant(ev=ev)
    entry = scenario.component(EV)
    assert isinstance(entry, EvCharger)
    made = []
    for each in stays(entry, scenario, seed, start_us):
        if each.arrive_us >= until_us:
            break
        made.append(each)
    return made


def test_known_sessions_come_in_their_order_and_past_ones_not_at_all():
    sessions = [stay(5, 6, 1.0), stay(-3, -2, 1.0), stay(-1, 2, 1.0)]
    made = found(START + DAY, sessions=sessions)
    assert [each.arrive_us - START for each in made] == [-H, 5 * H]


def test_a_vehicle_that_was_there_before_the_run_still_charges():
    record = run(plant(hours=3, ev={"sessions": [stay(-1, 2, 50_000.0)]}))
    assert record.totals[EV].in_wh == pytest.approx(22_000.0)


def test_random_arrivals_never_overlap_and_keep_their_mean():
    made = found(START + 200 * DAY, arrivals=RANDOM)
    for one, other in pairwise(made):
        assert one.depart_us <= other.arrive_us
    # 200 days with 2.43 arrivals each; those that find the point taken (about a fifth) are lost.
    assert 300 < len(made) < 480
    mean = sum(each.energy_wh for each in made) / len(made)
    assert mean == pytest.approx(15_000.0, rel=0.05)


def test_hours_without_weight_have_no_arrivals():
    hours = [0.0] * 24
    hours[17] = hours[18] = 1.0
    made = found(START + 60 * DAY, arrivals={**RANDOM, "hours": hours})
    assert {(each.arrive_us - START) // H % 24 for each in made} == {17, 18}


def test_known_sessions_have_precedence():
    record = found(START + 10 * DAY, arrivals=RANDOM, sessions=[stay(0, 9 * 24, 5.0)])
    assert record[0].depart_us == START + 9 * DAY
    assert all(each.arrive_us >= START + 9 * DAY for each in record[1:])


def test_a_day_is_the_same_whenever_the_run_began():
    late = START + 3 * DAY
    whole = [
        each for each in found(START + 6 * DAY, arrivals=RANDOM) if each.arrive_us > late + DAY
    ]
    part = found(START + 6 * DAY, arrivals=RANDOM, start_us=late)
    assert [each for each in part if each.arrive_us > late + DAY] == whole


def test_another_charger_elsewhere_changes_no_draw():
    alone = found(START + 9 * DAY, arrivals=RANDOM)
    beside = plant(ev={"arrivals": RANDOM}, ev_b={"arrivals": RANDOM})
    assert found(START + 9 * DAY, scenario=beside) == alone
    assert found(START + 9 * DAY, seed=2, arrivals=RANDOM) != alone


def test_streams_are_told_apart_by_name_and_seed():
    draws = {stream(seed, *name).random() for seed in (1, 2) for name in [("a", 1), ("a", 2)]}
    assert len(draws) == 4
    assert stream(1, "a", 1).random() == stream(1, "a", 1).random()


@pytest.mark.parametrize(
    ("ev", "expected"),
    [
        ({"sessions": [stay(0, 2, 1.0), stay(1, 3, 1.0)]}, "do not overlap"),
        ({"sessions": [stay(2, 1, 1.0)]}, "a departure after the arrival"),
        ({"sessions": [stay(0, 1, 9.0, capacity_wh=8.0)]}, "fits into the battery"),
        ({"sessions": [stay(0, 1, 9.0, soc_arrival=0.5)]}, "capacity_wh beside soc_arrival"),
        ({"arrivals": {**RANDOM, "hours": [0.0] * 24}}, "at least one hour"),
    ],
)
def test_impossible_sessions_are_refused(ev, expected):
    with pytest.raises(ValidationError, match=expected):
        plant(ev=ev)


def test_two_runs_of_a_seed_are_equal_to_the_byte():
    runs = [
        run(plant(hours=72, ev={"arrivals": RANDOM}, ev_b={"arrivals": RANDOM})) for _ in range(2)
    ]
    for component_id in (EV, EV_B):
        one, other = (each.segments[f"c{component_id}.p_w"].tobytes() for each in runs)
        assert one == other
    assert runs[0].events == runs[1].events
