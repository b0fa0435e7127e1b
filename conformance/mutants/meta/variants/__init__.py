"""The catalogue of meta endpoints that read the documents differently and are right all the same.

One for each other accepted reading of the ambiguities M2 to M46, and for freedoms that single
requirements leave.
"""

from __future__ import annotations

from conformance.mutants.change import Variant
from conformance.mutants.meta.making import variant
from conformance.mutants.meta.variants import filtering, reading, rest, resuming, watching

VARIANTS: tuple[Variant, ...] = (
    variant(
        "meta-straight",
        "The naive endpoint as it is, asking for a bearer token.",
        "none",
        {},
        "META-GET-001",
        "META-PAG-001",
        "META-CHK-003",
        "META-WST-001",
        "META-RSM-003",
        "META-AUTH-003",
        profile="sdk",
        auth=True,
    ),
    *reading.VARIANTS,
    *filtering.VARIANTS,
    *watching.VARIANTS,
    *resuming.VARIANTS,
    *rest.VARIANTS,
)
"""Every legal variant, the unchanged endpoint first."""
