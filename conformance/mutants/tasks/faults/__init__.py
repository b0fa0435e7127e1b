"""The catalogue of seeded faults of the tasks API, by topic."""

from __future__ import annotations

from conformance.mutants.change import Mutant
from conformance.mutants.tasks.faults import (
    access,
    asking,
    creating,
    events,
    filtering,
    keeping,
    life,
    listing,
    schemas,
    texts,
    types,
    walking,
)

MUTANTS: tuple[Mutant, ...] = (
    *access.MUTANTS,
    *creating.MUTANTS,
    *life.MUTANTS,
    *schemas.MUTANTS,
    *listing.MUTANTS,
    *walking.MUTANTS,
    *filtering.MUTANTS,
    *asking.MUTANTS,
    *types.MUTANTS,
    *texts.MUTANTS,
    *events.MUTANTS,
    *keeping.MUTANTS,
)
"""Every seeded fault, in the order of the requirements' sections."""
