"""The catalogue of the meta API is well-formed, and spread over the requirements."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from dataclasses import fields

import pytest

from conformance.mutants.change import Mutant, Variant, bent
from conformance.mutants.meta.faults import MUTANTS
from conformance.mutants.meta.policy import STRAIGHT, Policy
from conformance.mutants.meta.variants import VARIANTS
from conformance.requirements import load

EVERYTHING: list[Mutant | Variant] = [*MUTANTS, *VARIANTS]
KNOWN = set(load().requirements)


def test_ids_are_unique_kebab_case():
    counts = Counter(change.id for change in EVERYTHING)
    assert [id_ for id_, count in counts.items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id_) for id_ in counts)


def test_sentences_are_sentences():
    for change in EVERYTHING:
        assert re.match(r"[A-Z0-9`]", change.sentence), change.id
        assert change.sentence.endswith("."), change.id
        assert change.api == "meta"


@pytest.mark.parametrize("change", EVERYTHING, ids=lambda change: change.id)
def test_each_change_bends_hooks_that_exist(change):
    policy = bent(STRAIGHT, change)
    hooks = [
        f.name for f in fields(Policy) if getattr(policy, f.name) is not getattr(STRAIGHT, f.name)
    ]
    assert hooks == [f.name for f in fields(Policy) if f.name in change.changes]
    assert hooks or change.id == "meta-straight"
    for hook in hooks:
        wanted = inspect.signature(getattr(STRAIGHT, hook)).parameters
        assert len(inspect.signature(getattr(policy, hook)).parameters) == len(wanted), hook


def test_every_fault_names_requirements_of_the_ledger():
    for change in MUTANTS:
        assert change.kills, change.id
        assert set(change.kills) <= KNOWN, (change.id, set(change.kills) - KNOWN)


def test_every_variant_names_requirements_near_to_it():
    for change in VARIANTS:
        assert change.near, change.id
        assert set(change.near) <= KNOWN, (change.id, set(change.near) - KNOWN)


def test_every_other_reading_has_a_variant():
    traits = {change.trait for change in VARIANTS} - {"none"}
    assert {trait for trait in load().traits if trait.startswith("M")} <= traits
    assert {trait for trait in traits if trait.startswith("META-")} <= KNOWN


def test_faults_are_spread_over_all_groups():
    groups = {r.group for r in load().select(services=["meta"])}
    killed = Counter(id_.split("-")[1] for change in MUTANTS for id_ in change.kills)
    assert killed.keys() == groups
    assert min(killed.values()) >= 3


def test_hardly_a_requirement_is_without_a_fault():
    killed = {id_ for change in MUTANTS for id_ in change.kills}
    known = {r.id for r in load().select(services=["meta"])}
    # An order that is free, a reading that is only recorded, reflection (which this endpoint does
    # not have), and a move that may be silent.
    free = {"META-BAT-004", "META-FLT-025", "META-WIRE-003", "META-WST-016"}
    assert known - killed == free


def test_each_fault_is_another():
    twins = Counter((m.sentence, m.kills) for m in MUTANTS)
    assert [twin for twin, count in twins.items() if count > 1] == []
