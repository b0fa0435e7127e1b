"""One publish: some records of one asset, each stored or rejected for itself.

Follows Timestream's WriteRecords (public documentation), the form of its rejections included.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.services.exchange.errors import invalid, limit
from simulator.services.exchange.series.policy import SeriesPolicy
from simulator.services.exchange.series.records import BadRecord, Reader, Record
from simulator.services.exchange.series.schema import Attribute
from simulator.services.exchange.series.stored import StoredTable
from simulator.services.exchange.series.values import is_text


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of the records of a publish."""

    stored: Sequence[tuple[Record, Sequence[Attribute]]]
    """Those that are stored, or were before, with the attributes that they touch."""
    rejected: Sequence[Mapping[str, Any]]
    """Of each other one RecordIndex and Reason, and ExistingVersion if a stored one is in its way.
    """


def store(
    table: StoredTable,
    asset_id: str,
    records: Sequence[Mapping[str, Any]],
    policy: SeriesPolicy,
    now_ns: int,
) -> Outcome:
    """Store what can be stored of some records, the contract's inputs; nothing if atomic.

    Raises:
        ExchangeError: ValidationError for an impossible asset id or no record at all,
            LimitExceeded for too many records.
    """
    if not (1 <= len(asset_id) <= policy.max_name and is_text(asset_id)):
        raise invalid(f"assetId: has 1 to {policy.max_name} characters, not {len(asset_id)}")
    if not records:
        raise invalid("records: a publish has at least one")
    if len(records) > policy.max_records:
        raise limit(f"records: a publish has at most {policy.max_records}, not {len(records)}")
    if policy.atomic_publish:
        refused = _refused(table, asset_id, records, policy, now_ns)
        if refused:
            return Outcome(stored=(), rejected=refused)
    reader = Reader(asset_id, policy, now_ns)
    stored: list[tuple[Record, Sequence[Attribute]]] = []
    rejected: list[Mapping[str, Any]] = []
    for index, raw in enumerate(records):
        try:
            record = reader.read(raw)
            stored.append((record, table.store(asset_id, record)))
        except BadRecord as bad:
            rejected.append(_rejection(index, bad))
    return Outcome(stored=stored, rejected=rejected)


def _refused(
    table: StoredTable,
    asset_id: str,
    records: Sequence[Mapping[str, Any]],
    policy: SeriesPolicy,
    now_ns: int,
) -> Sequence[Mapping[str, Any]]:
    """Return the rejections that would be, and change nothing.

    An empty table shows which records of the call contradict each other.
    """
    reader = Reader(asset_id, policy, now_ns)
    empty = StoredTable(table.database_name, table.table_name, policy)
    rejected: list[Mapping[str, Any]] = []
    for index, raw in enumerate(records):
        try:
            record = reader.read(raw)
            table.check(asset_id, record)
            empty.store(asset_id, record)
        except BadRecord as bad:
            rejected.append(_rejection(index, bad))
    return rejected


def _rejection(index: int, bad: BadRecord) -> Mapping[str, Any]:
    rejection: dict[str, Any] = {"RecordIndex": index, "Reason": str(bad)}
    if bad.existing_version is not None:
        rejection["ExistingVersion"] = bad.existing_version
    return rejection
