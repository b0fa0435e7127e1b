"""The suite judged: every seeded fault is caught by every requirement that names it."""

from __future__ import annotations

import pytest

from conformance.mutants.catalogue import MUTANTS
from conformance.mutants.change import Mutant
from conformance.mutants.table import lines
from conformance.mutants.trial import try_mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_every_fault_is_caught(mutant: Mutant) -> None:
    trial = try_mutant(mutant)
    assert trial.survived == (), "\n".join(lines(trial))
