"""The catalogue of legal variants of the services API, by topic."""

from __future__ import annotations

from conformance.mutants.change import Variant
from conformance.mutants.services.variants import listing, living, pulling, reading

VARIANTS: tuple[Variant, ...] = (
    *reading.VARIANTS,
    *living.VARIANTS,
    *listing.VARIANTS,
    *pulling.VARIANTS,
)
"""Every legal variant, the endpoint as it is first."""
