"""The known-failing list: findings that are expected for now, each with a reason and an expiry.

A listed requirement that fails is `known`; one that passes is `stale`, which is red, so that the
list cannot outlive its reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from conformance.failures import UsageError
from conformance.requirements import Ledger, LedgerError
from fixtures.documents.files import read_file
from fixtures.documents.names import neighbour_or_all
from fixtures.documents.problems import DocumentError

KEYS = ("id", "reason", "expires")


@dataclass(frozen=True, kw_only=True)
class Known:
    """One entry; it counts up to and including `expires`."""

    id: str
    reason: str
    expires: date

    def holds(self, today: date) -> bool:
        """Whether it still counts."""
        return today <= self.expires


def read(path: Path, ledger: Ledger) -> Mapping[str, Known]:
    """The entries of a list by requirement id.

    ```yaml
    - id: DSP-SRT-004
      reason: order of ties is fixed in release 3
      expires: 2030-01-31
    ```

    Raises:
        UsageError: file and line, what was expected.
    """
    try:
        document = read_file(path)
    except DocumentError as error:
        raise UsageError(str(error)) from None
    records = document.value or []
    if not isinstance(records, list):
        raise UsageError(f"{path}:1: expected a list of entries with {', '.join(KEYS)}")
    entries: dict[str, Known] = {}
    for position, record in enumerate(records):
        where = f"{path}:{document.line((position,))}"
        entry = _entry(record, where, ledger)
        if entry.id in entries:
            raise UsageError(f"{where}: {entry.id} is listed twice")
        entries[entry.id] = entry
    return entries


def _entry(record: Any, where: str, ledger: Ledger) -> Known:
    if not isinstance(record, dict):
        raise UsageError(f"{where}: expected {', '.join(KEYS)}, got {record!r}")
    for key in record:
        if key not in KEYS:
            raise UsageError(f"{where}: unknown key {key}{neighbour_or_all(key, KEYS)}")
    for key in KEYS:
        if not record.get(key):
            raise UsageError(f"{where}: lacks {key}")
    try:
        expires = date.fromisoformat(str(record["expires"]))
    except ValueError:
        raise UsageError(
            f"{where}: expires: {record['expires']!r}, expected a date (2030-01-31)"
        ) from None
    try:
        ledger[str(record["id"])]
    except LedgerError as error:
        raise UsageError(f"{where}: {error}") from None
    return Known(id=record["id"], reason=str(record["reason"]), expires=expires)
