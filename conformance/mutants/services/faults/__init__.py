"""The catalogue of seeded faults of the services API, by topic."""

from __future__ import annotations

from conformance.mutants.change import Mutant
from conformance.mutants.services.faults import (
    commanding,
    configuring,
    counting,
    creating,
    deleting,
    holding,
    listing,
    pulling,
    reading,
)

MUTANTS: tuple[Mutant, ...] = (
    *reading.MUTANTS,
    *creating.MUTANTS,
    *commanding.MUTANTS,
    *configuring.MUTANTS,
    *deleting.MUTANTS,
    *listing.MUTANTS,
    *pulling.MUTANTS,
    *counting.MUTANTS,
    *holding.MUTANTS,
)
"""Every seeded fault, in the order of the requirements' sections."""
