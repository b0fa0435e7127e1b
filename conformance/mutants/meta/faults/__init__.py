"""The catalogue of seeded faults of the meta API, by topic."""

from __future__ import annotations

from conformance.mutants.change import Mutant
from conformance.mutants.meta.faults import (
    access,
    chunks,
    comparing,
    filtering,
    masks,
    names,
    ordering,
    paging,
    parents,
    resets,
    rest,
    resuming,
    single,
    stateful,
    stateless,
    telling,
)

MUTANTS: tuple[Mutant, ...] = (
    *names.MUTANTS,
    *parents.MUTANTS,
    *paging.MUTANTS,
    *ordering.MUTANTS,
    *filtering.MUTANTS,
    *comparing.MUTANTS,
    *masks.MUTANTS,
    *single.MUTANTS,
    *chunks.MUTANTS,
    *telling.MUTANTS,
    *stateful.MUTANTS,
    *stateless.MUTANTS,
    *resuming.MUTANTS,
    *resets.MUTANTS,
    *rest.MUTANTS,
    *access.MUTANTS,
)
"""Every seeded fault, in the order of the requirements' sections."""
