"""The ledger: what is demanded of an API, at which level, and from which source it is read.

Records are data (one YAML file per API); checks and mutants refer to them by id. Which checks and
mutants a requirement has is derived from those, never written down a second time.

Errors:
    LedgerError        a record that is not one, or an id that does not exist; names its neighbour
"""

from conformance.requirements.ledger import (
    LEVELS,
    SERVICES,
    Ledger,
    LedgerError,
    Level,
    Requirement,
    Trait,
    load,
)

__all__ = [
    "LEVELS",
    "SERVICES",
    "Ledger",
    "LedgerError",
    "Level",
    "Requirement",
    "Trait",
    "load",
]
