import pytest

from simulator.sweep.base import read
from simulator.sweep.effects import combinations, effects
from simulator.sweep.plan import plan_of
from simulator.sweep.variation import parse_all
from simulator.sweep.work import Outcome


@pytest.mark.usefixtures("folder")
def test_effects_are_the_main_effects_of_a_grid():
    base = read("site.yaml")
    vary = ["components.4.soc_min=0.1,0.2", "tariff.buy_per_kwh=1,2"]
    plan = plan_of(base, parse_all(base, vary), "grid", 1)
    # cost = 3 x + 1 y: squares 9 and 1 of 10
    costs = [0.0, 1.0, 3.0, 4.0]
    outcomes = {run: Outcome(run=run, figures={"cost.total": c}) for run, c in enumerate(costs)}
    first, second = effects(plan, combinations(plan, outcomes))
    assert (first.key, first.share) == ("components.4.soc_min", pytest.approx(0.9))
    assert [each.cost for each in first.levels] == [0.5, 3.5]
    assert second.share == pytest.approx(0.1)


@pytest.mark.usefixtures("folder")
def test_costs_are_means_of_repeats_that_went_well():
    base = read("site.yaml")
    plan = plan_of(base, parse_all(base, ["tariff.buy_per_kwh=1,2"]), "grid", 2)
    outcomes = {
        0: Outcome(run=0, figures={"cost.total": 4.0}),
        1: Outcome(run=1, figures={"cost.total": 6.0}),
        2: Outcome(run=2, figures={"cost.total": 1.0}),
        3: Outcome(run=3, figures={}, error="no"),
    }
    found = combinations(plan, outcomes)
    assert [(each.values, each.cost, each.runs) for each in found] == [
        ((2,), 1.0, (2,)),
        ((1,), 5.0, (0, 1)),
    ]
