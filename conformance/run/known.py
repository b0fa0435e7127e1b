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

import yaml

from conformance.failures import UsageError
from conformance.requirements import Ledger, LedgerError
from conformance.targets.profile_file import nearest

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
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        records = yaml.safe_load(text) or []
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise UsageError(f"{path}{line}: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(records, list):
        raise UsageError(f"{path}:1: expected a list of entries with {', '.join(KEYS)}")
    entries: dict[str, Known] = {}
    for record, place in zip(records, node.value if node else (), strict=True):
        entry = _entry(record, f"{path}:{place.start_mark.line + 1}", ledger)
        if entry.id in entries:
            raise UsageError(f"{path}:{place.start_mark.line + 1}: {entry.id} is listed twice")
        entries[entry.id] = entry
    return entries


def _entry(record: Any, where: str, ledger: Ledger) -> Known:
    if not isinstance(record, dict):
        raise UsageError(f"{where}: expected {', '.join(KEYS)}, got {record!r}")
    for key in record:
        if key not in KEYS:
            raise UsageError(f"{where}: unknown key {key}{nearest(str(key), KEYS)}")
    for key in KEYS:
        if not record.get(key):
            raise UsageError(f"{where}: lacks {key}")
    if not isinstance(record["expires"], date):
        raise UsageError(f"{where}: expires: {record['expires']!r}, expected a date (2030-01-31)")
    try:
        ledger[str(record["id"])]
    except LedgerError as error:
        raise UsageError(f"{where}: {error}") from None
    return Known(id=record["id"], reason=str(record["reason"]), expires=record["expires"])
