"""Exchange endpoints that read the documents differently and are right all the same, by topic."""

from __future__ import annotations

from conformance.mutants.change import Variant
from conformance.mutants.exchange.variants import calling, series, sql, storing

VARIANTS: tuple[Variant, ...] = (
    *calling.VARIANTS,
    *storing.VARIANTS,
    *series.VARIANTS,
    *sql.VARIANTS,
)
"""One for each other accepted reading, and for freedoms that single requirements leave."""
