"""All faults and variants of every API, by id.

NoSuchChange      a fault or variant that does not exist; names its neighbour
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from conformance.mutants import faults as dispatch_faults
from conformance.mutants import variants as dispatch_variants
from conformance.mutants.change import Mutant, Variant
from conformance.mutants.exchange import faults as exchange_faults
from conformance.mutants.exchange import variants as exchange_variants
from conformance.mutants.meta import faults as meta_faults
from conformance.mutants.meta import variants as meta_variants
from conformance.mutants.services import faults as services_faults
from conformance.mutants.services import variants as services_variants
from conformance.mutants.tasks import faults as tasks_faults
from conformance.mutants.tasks import variants as tasks_variants
from fixtures.documents.names import neighbour

__all__ = ["MUTANTS", "VARIANTS", "NoSuchChange", "mutant", "variant"]

MUTANTS: tuple[Mutant, ...] = (
    *dispatch_faults.MUTANTS,
    *meta_faults.MUTANTS,
    *services_faults.MUTANTS,
    *tasks_faults.MUTANTS,
    *exchange_faults.MUTANTS,
)
VARIANTS: tuple[Variant, ...] = (
    *dispatch_variants.VARIANTS,
    *meta_variants.VARIANTS,
    *services_variants.VARIANTS,
    *tasks_variants.VARIANTS,
    *exchange_variants.VARIANTS,
)

C = TypeVar("C", Mutant, Variant)


class NoSuchChange(LookupError):
    """There is no fault or variant of this id."""


def mutant(id_: str) -> Mutant:
    """The fault `id_`.

    Raises:
        NoSuchChange: there is none.
    """
    return _find(id_, MUTANTS, "mutant")


def variant(id_: str) -> Variant:
    """The variant `id_`.

    Raises:
        NoSuchChange: there is none.
    """
    return _find(id_, VARIANTS, "variant")


def _find(id_: str, known: Iterable[C], kind: str) -> C:
    by_id = {change.id: change for change in known}
    if id_ not in by_id:
        raise NoSuchChange(f"no {kind} {id_!r}{neighbour(id_, by_id)}")
    return by_id[id_]
