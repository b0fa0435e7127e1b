"""The catalogue of endpoints that read the documents differently and are right all the same.

One for each other accepted reading of the ambiguities A1 to A30 (A10 and A28 have none), and for
freedoms that single requirements leave.
"""

from __future__ import annotations

from conformance.mutants.change import Variant
from conformance.mutants.variants import reading, updating, validating, writing

VARIANTS: tuple[Variant, ...] = (
    Variant(
        id="straight",
        sentence="The naive endpoint as it is, at the preferred readings.",
        trait="none",
        changes={},
        credentials="sign",
        near=(
            "DSP-CRE-001",
            "DSP-STR-001",
            "DSP-AUT-004",
        ),
    ),
    *writing.VARIANTS,
    *validating.VARIANTS,
    *updating.VARIANTS,
    *reading.VARIANTS,
)
"""Every legal variant, the unchanged endpoint first."""
