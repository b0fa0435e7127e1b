"""Values of measures: texts of each type, when two are the same, and how they read back.

Types are those of Timestream's single measures. What a TIMESTAMP counts is the time unit of its
record; it reads back as ISO 8601 with milliseconds (our choice).
"""

from __future__ import annotations

import math
import re
from typing import Any

from conformance.oracles.exchange.times import instant, of_unit

TYPES = ("DOUBLE", "BIGINT", "VARCHAR", "BOOLEAN", "TIMESTAMP")

MAX_TEXT = 2048
"""Characters of a value (Timestream's limit)."""

_DOUBLE = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_BIGINT = re.compile(r"[+-]?\d{1,30}")


def meaning(type: str, text: str, unit: str | None = None) -> Any:
    """What a published text means; None if it is no value of its type.

    Args:
        type: one of `TYPES`.
        text: as it was sent.
        unit: time unit of the record, which a TIMESTAMP counts.
    """
    if type == "VARCHAR":
        return text if text else None
    if type == "BOOLEAN":
        return {"true": True, "false": False}.get(text.lower())
    if type == "BIGINT":
        number = int(text) if _BIGINT.fullmatch(text) else None
        return number if number is not None and -(2**63) <= number < 2**63 else None
    if type == "TIMESTAMP":
        return of_unit(text, unit)
    if type == "DOUBLE" and _DOUBLE.fullmatch(text):
        number_ = float(text)
        return number_ if math.isfinite(number_) else None
    return None


def shown(type: str, text: str) -> Any:
    """What a text means that the API shows; None if it is no value of its type."""
    if type == "TIMESTAMP":
        ns = instant(text)
        return None if ns is None else ns // 1_000_000 * 1_000_000
    return text if type == "VARCHAR" else meaning(type, text)


def same(type: str, meant: Any, text: str) -> bool:
    """Whether a text that the API shows is a value that was published.

    Args:
        type: of the measure.
        meant: what was published, as `meaning` gives it.
        text: what is shown.
    """
    found = shown(type, text)
    if type == "TIMESTAMP":
        return found is not None and found == meant // 1_000_000 * 1_000_000
    if type == "DOUBLE":
        return found is not None and (found == meant or math.isclose(found, meant, rel_tol=1e-12))
    return found is not None and found == meant
