"""The catalogue of tasks faults and variants: what they bend and name, and that they are served."""

from collections import Counter
from dataclasses import fields

import pytest

from conformance.failures import Refused
from conformance.mutants.change import bent
from conformance.mutants.tasks.faults import MUTANTS
from conformance.mutants.tasks.policy import STRAIGHT, Policy
from conformance.mutants.tasks.variants import VARIANTS
from conformance.requirements import load
from conformance.tests.targets.tasks_target import target

HOOKS = {field.name for field in fields(Policy)}


def test_ids_are_unique_and_say_the_api():
    counts = Counter([m.id for m in MUTANTS] + [v.id for v in VARIANTS])
    assert {id_ for id_, count in counts.items() if count > 1} == set()
    assert all(id_.startswith("tasks-") for id_ in counts)


@pytest.mark.parametrize("change", [*MUTANTS, *VARIANTS], ids=lambda change: change.id)
def test_change_bends_hooks_and_names_requirements(change):
    assert set(change.changes) <= HOOKS
    assert bent(STRAIGHT, change) != STRAIGHT or not change.changes
    named = getattr(change, "kills", ()) or getattr(change, "near", ())
    assert named
    for id_ in named:
        assert load()[id_].service == "tasks"
        assert load()[id_].untestable is None
    assert change.sentence.endswith(".")


def test_every_demand_has_a_fault():
    killed = {id_ for mutant in MUTANTS for id_ in mutant.kills}
    demanded = {
        row.id
        for row in load().select(services=["tasks"], level="should")
        if row.untestable is None
    }
    assert demanded - killed == set()


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.id)
def test_variants_serve_an_ordinary_life(variant, tmp_path):
    with target(tmp_path, bent(STRAIGHT, variant)) as tasks:
        made = tasks.fresh_type()
        done = tasks.fresh_task(made, state="COMPLETED")
        names = [done.name, *(tasks.create_task(made, metadata={"n": "x"}).name for _ in range(4))]
        assert sorted(t.name for t in tasks.all_tasks(filter=tasks.only(made))) == sorted(names)
        with pytest.raises(Refused):
            tasks.claim(done.name)
