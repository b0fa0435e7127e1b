"""The catalogue of the services API is well-formed; what it bends exists."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields

import pytest

from conformance.mutants.change import Mutant, Variant, bent
from conformance.mutants.services.faults import MUTANTS
from conformance.mutants.services.policy import STRAIGHT, Policy
from conformance.mutants.services.variants import VARIANTS
from conformance.requirements import load

EVERYTHING: list[Mutant | Variant] = [*MUTANTS, *VARIANTS]
KNOWN = set(load().requirements)


@pytest.mark.parametrize("change", EVERYTHING, ids=lambda change: change.id)
def test_each_change_bends_hooks_that_exist(change):
    policy = bent(STRAIGHT, change)
    hooks = [
        f.name for f in fields(Policy) if getattr(policy, f.name) is not getattr(STRAIGHT, f.name)
    ]
    assert hooks == [f.name for f in fields(Policy) if f.name in change.changes]
    assert hooks or change.id == "services-straight"
    for hook in hooks:
        wanted = inspect.signature(getattr(STRAIGHT, hook)).parameters
        assert len(inspect.signature(getattr(policy, hook)).parameters) == len(wanted), hook


def test_ids_and_sentences():
    for change in EVERYTHING:
        assert re.fullmatch(r"services-[a-z0-9]+(-[a-z0-9]+)*", change.id)
        assert re.match(r"[A-Z0-9`].*\.$", change.sentence), change.id
        assert change.api == "services"


def test_requirements_are_those_of_the_ledger():
    for fault in MUTANTS:
        assert fault.kills, fault.id
        assert set(fault.kills) <= KNOWN, fault.id
    for legal in VARIANTS:
        assert legal.near, legal.id
        assert set(legal.near) <= KNOWN, legal.id
        assert legal.trait in KNOWN or legal.trait in load().traits, legal.id
