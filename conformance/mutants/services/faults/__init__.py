"""The catalogue of seeded faults of the services API, by topic."""

from __future__ import annotations

from conformance.mutants.change import Mutant
from conformance.mutants.services.faults import creating, reading

MUTANTS: tuple[Mutant, ...] = (*reading.MUTANTS, *creating.MUTANTS)
"""Every seeded fault, in the order of the requirements' sections."""
