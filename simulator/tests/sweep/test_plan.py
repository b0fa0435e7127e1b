import pytest

from simulator.sweep.base import read
from simulator.sweep.errors import SweepError
from simulator.sweep.plan import derived_seed, plan_of
from simulator.sweep.variation import parse_all

pytestmark = pytest.mark.usefixtures("folder")


def planned(*vary, sample="grid", repeat=1):
    base = read("site.yaml")
    return plan_of(base, parse_all(base, vary), sample, repeat)


def values(plan):
    return [each.values for each in plan.points]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("components.4.soc_min=0.1,0.2", [0.1, 0.2]),
        ("components.4.capacity_wh=1000..4000:4", [1000, 2000, 3000, 4000]),
        ("components.4.soc_min=0..1:3", [0, 0.5, 1]),
        ("scenario.control_s=1..10:4", [1, 4, 7, 10]),
        ("base_strategy=idle,self_consumption", ["idle", "self_consumption"]),
        ("components.1.import_limit_w=null,5000", [None, 5000]),
        ("dispatches.1.target.component_ids=[4],[3, 4]", [[4], [3, 4]]),
        ("dispatches.1.is_active=true,false", [True, False]),
    ],
)
def test_values_are_typed(text, expected):
    found = [each for (each,) in values(planned(text))]
    assert found == expected
    assert [type(each) for each in found] == [type(each) for each in expected]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("components.4.capacity=1", "unknown key; did you mean capacity_wh?"),
        ("components.4.capacity_wh=x,1", "found 'x', expected a number"),
        ("components.4.capacity_wh=-5..5:3", "expected a number above 0"),
        ("tariff.window=1", "unknown key; did you mean windows?"),
        ("dispatches.1.payload.powerw=1", "means nothing to set_power; did you mean power_w?"),
        ("dispatches.1.payload.power_w=x", "expected a number"),
        ("components.4.soc_min=0.1,0.1", "0.1 stands there a second time"),
        ("components.4.soc_min=", "expected key=v1,v2,… or key=lo..hi"),
        ("components.4.soc_min=[1", "expected values of YAML"),
        ("components.4.soc_min=2..1", "expected a range that ascends"),
        ("components.4.soc_min=0.1..0.2", "expected --sample lhs:N"),
    ],
)
def test_wrong_values_are_told_before_anything_runs(text, told):
    with pytest.raises(SweepError) as caught:
        planned(text)
    assert told in str(caught.value)


def test_every_mistake_is_told_at_once():
    with pytest.raises(SweepError) as caught:
        planned("components.4.soc_min=x", "tarif.buy_per_kwh=1", "components.4.soc_max=y")
    assert len(str(caught.value).splitlines()) == 3


def test_keys_must_not_overlap():
    with pytest.raises(SweepError, match=r"overlaps with components\.4\.soc_min"):
        planned("components.4.soc_min=0.1", "components.store.soc_min=0.2")


def test_grid_is_every_combination_with_repeats_inside():
    plan = planned("components.4.soc_min=0.1,0.2", "tariff.buy_per_kwh=1,2,3", repeat=2)
    assert values(plan)[::2] == [(low, price) for low in (0.1, 0.2) for price in (1, 2, 3)]
    assert [each.seed for each in plan.points] == [5, derived_seed(5, 1)] * 6
    assert [each.run for each in plan.points] == list(range(12))


def test_hypercube_draws_one_of_each_stratum_whatever_else_is_varied():
    key = "components.4.capacity_wh=1000..2000"
    alone = [each for (each,) in values(planned(key, sample="lhs:10"))]
    assert sorted(int((each - 1000) // 100) for each in alone) == list(range(10))
    both = values(planned("base_strategy=idle,self_consumption", key, sample="lhs:10"))
    assert [each for _, each in both] == alone
    assert [each for each, _ in both].count("idle") == 5


def test_hypercube_is_whole_where_the_schema_is():
    drawn = [each for (each,) in values(planned("scenario.control_s=1..1000", sample="lhs:5"))]
    assert {type(each) for each in drawn} == {int}
    drawn = [each for (each,) in values(planned("components.4.soc_initial=0..1", sample="lhs:5"))]
    assert len(set(drawn)) == 5


@pytest.mark.parametrize("sample", ["lhs", "lhs:0", "sobol:3"])
def test_unknown_sampling_is_refused(sample):
    with pytest.raises(SweepError, match="expected grid or lhs:N"):
        planned("components.4.soc_min=0.1,0.2", sample=sample)


def test_seed_may_be_varied():
    plan = planned("scenario.seed=1,2", repeat=2)
    assert [each.seed for each in plan.points] == [1, derived_seed(1, 1), 2, derived_seed(2, 1)]
