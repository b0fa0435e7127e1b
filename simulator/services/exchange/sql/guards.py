"""Failures at work that Timestream has and DuckDB would not: written into the SQL that runs.

DuckDB's own `error()` cannot stand within TRY, so a failing conversion of the message is used; the
engine finds the message again in what DuckDB says.
"""

from __future__ import annotations

import re
from typing import Final

from simulator.services.exchange.sql.typed import MOST_ITEMS, quoted

_MARK: Final = "!! "
_FOUND: Final = re.compile(r"Could not convert string '!! (.*?)' to INT32", re.DOTALL)


def failing(message: str) -> str:
    """Return an INTEGER of DuckDB whose evaluation fails with a message."""
    return f"CAST({quoted(_MARK + message)} AS INTEGER)"


def unless(condition: str, message: str, value: str) -> str:
    """Return a whole number as DuckDB SQL; it fails with a message where a condition holds."""
    return f"CASE WHEN {condition} THEN {failing(message)} ELSE {value} END"


def few(count: str, function: str) -> str:
    """Return a number of items that a function makes; it fails if they are too many."""
    message = f"The result of {function} has more than {MOST_ITEMS} entries"
    return unless(f"{count} > {MOST_ITEMS}", message, count)


def message_in(error: str) -> str | None:
    """Return the message of one of these failures in what DuckDB says; None: it is another."""
    found = _FOUND.search(error)
    return None if found is None else found[1] + "."
