"""The catalogue of seeded faults of the dispatch API, by topic."""

from __future__ import annotations

from conformance.mutants.change import Mutant
from conformance.mutants.faults import (
    access,
    ending,
    listing,
    ordering,
    paging,
    recurring,
    streaming,
    updating,
    validating,
    writing,
)

MUTANTS: tuple[Mutant, ...] = (
    *writing.MUTANTS,
    *validating.MUTANTS,
    *ending.MUTANTS,
    *recurring.MUTANTS,
    *updating.MUTANTS,
    *listing.MUTANTS,
    *ordering.MUTANTS,
    *paging.MUTANTS,
    *streaming.MUTANTS,
    *access.MUTANTS,
)
"""Every seeded fault, in the order of the requirements' sections."""
