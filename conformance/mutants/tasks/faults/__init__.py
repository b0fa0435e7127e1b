"""The catalogue of seeded faults of the tasks API, by topic."""

from __future__ import annotations

from conformance.mutants.change import Mutant
from conformance.mutants.tasks.faults import (
    access,
    creating,
    events,
    filtering,
    life,
    listing,
    types,
)

MUTANTS: tuple[Mutant, ...] = (
    *access.MUTANTS,
    *creating.MUTANTS,
    *life.MUTANTS,
    *listing.MUTANTS,
    *filtering.MUTANTS,
    *types.MUTANTS,
    *events.MUTANTS,
)
"""Every seeded fault, in the order of the requirements' sections."""
