"""The catalogue is well-formed and spread over the requirements; what it bends exists."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from dataclasses import fields

import pytest

from conformance.mutants import catalogue
from conformance.mutants.catalogue import NoSuchChange, mutant, variant
from conformance.mutants.change import Mutant, Variant, policy_of
from conformance.mutants.faults import MUTANTS
from conformance.mutants.policy import STRAIGHT, Policy
from conformance.mutants.variants import VARIANTS
from conformance.requirements import load

EVERYTHING: list[Mutant | Variant] = [*MUTANTS, *VARIANTS]
WITHOUT_OTHER_READING = {"A10", "A28"}


def test_ids_are_unique_kebab_case() -> None:
    counts = Counter([c.id for c in catalogue.MUTANTS] + [c.id for c in catalogue.VARIANTS])
    assert [id_ for id_, count in counts.items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id_) for id_ in counts)


def test_sentences_are_sentences() -> None:
    for change in EVERYTHING:
        assert change.sentence[0].isupper(), change.id
        assert change.sentence.endswith("."), change.id


@pytest.mark.parametrize("change", EVERYTHING, ids=lambda change: change.id)
def test_each_change_bends_hooks_that_exist(change: Mutant | Variant) -> None:
    bent = policy_of(change)
    hooks = [
        f.name for f in fields(Policy) if getattr(bent, f.name) is not getattr(STRAIGHT, f.name)
    ]
    assert hooks == [f.name for f in fields(Policy) if f.name in change.changes]
    assert hooks or change.id == "straight"
    for hook in hooks:
        wanted = inspect.signature(getattr(STRAIGHT, hook)).parameters
        assert len(inspect.signature(getattr(bent, hook)).parameters) == len(wanted), hook


def test_every_mutant_names_requirements_of_the_ledger() -> None:
    known = load().requirements
    for change in MUTANTS:
        assert change.kills, change.id
        assert set(change.kills) <= set(known), change.id


def test_mutants_are_spread_over_the_sections() -> None:
    sections = Counter(id_.split("-")[1] for change in MUTANTS for id_ in change.kills)
    assert sections.keys() == {r.group for r in load().select(services=["dispatch"])}
    assert min(sections.values()) >= 3


def test_every_other_reading_has_a_variant() -> None:
    traits = {change.trait for change in VARIANTS}
    known = {trait for trait in load().traits if trait.startswith("A")}
    assert known - WITHOUT_OTHER_READING <= traits
    assert {t for t in traits if t.startswith("DSP-")} <= set(load().requirements)


def test_every_variant_names_requirements_near_to_it() -> None:
    known = load().requirements
    for change in VARIANTS:
        assert change.near, change.id
        assert set(change.near) <= set(known), change.id


def test_unknown_ids_name_their_neighbour() -> None:
    assert mutant("stream-leaks").kills == ("DSP-STR-003",)
    assert variant("straight").changes == {}
    with pytest.raises(NoSuchChange, match="did you mean stream-leaks"):
        mutant("stream-leak")
    with pytest.raises(NoSuchChange, match="no variant"):
        variant("stream-leaks")


def test_a_hook_that_does_not_exist_is_an_error() -> None:
    odd = Mutant(id="odd", sentence="Odd.", changes={"nothing": len}, kills=())
    with pytest.raises(ValueError, match="odd: no hook nothing"):
        policy_of(odd)
