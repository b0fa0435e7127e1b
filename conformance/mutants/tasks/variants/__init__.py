"""Tasks endpoints that read the documents differently and are right all the same, by topic."""

from __future__ import annotations

from conformance.mutants.change import Variant
from conformance.mutants.tasks.variants import (
    asking,
    calling,
    keeping,
    listing,
    texts,
    walking,
)

VARIANTS: tuple[Variant, ...] = (
    *calling.VARIANTS,
    *listing.VARIANTS,
    *walking.VARIANTS,
    *asking.VARIANTS,
    *keeping.VARIANTS,
    *texts.VARIANTS,
)
"""One for each other accepted reading, and for freedoms that single requirements leave."""
