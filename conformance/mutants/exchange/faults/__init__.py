"""Exchange endpoints that are wrong, by topic."""

from __future__ import annotations

from conformance.mutants.change import Mutant
from conformance.mutants.exchange.faults import (
    access,
    exports,
    files,
    publishing,
    reading,
    sharing,
    sockets,
    sql,
    storing,
    transport,
)

MUTANTS: tuple[Mutant, ...] = (
    *transport.MUTANTS,
    *access.MUTANTS,
    *storing.MUTANTS,
    *files.MUTANTS,
    *publishing.MUTANTS,
    *reading.MUTANTS,
    *exports.MUTANTS,
    *sockets.MUTANTS,
    *sql.MUTANTS,
    *sharing.MUTANTS,
)
"""Each names the requirements that have to find it."""
