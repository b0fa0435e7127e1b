"""What a record says and whether it is stored: the defaults of the hooks about publishing.

A record is refused one by one, with a reason; versions decide about records of a known key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.mutants.exchange.book import Database, Refuse, Row, Scalar
from conformance.mutants.exchange.times import iso

UNITS: Mapping[str, int] = {
    "SECONDS": 10**9,
    "MILLISECONDS": 10**6,
    "MICROSECONDS": 10**3,
    "NANOSECONDS": 1,
}
MAX_RECORDS = 100
MAX_DIMENSIONS = 128
MAX_MEASURES = 256
MAX_NAMES = 8192
MAX_NAME = 256
MAX_TEXT = 2048
FUTURE_NS = 15 * 60 * 10**9
PAST_NS = 73_000 * 86_400 * 10**9
INT64 = 2**63
RESERVED = ("time", "measure_name", "assetid")

Data = Mapping[str, Any]


class Bad(Exception):
    """A record is rejected, and why; `version` is that of the stored one."""

    def __init__(self, reason: str, version: int | None = None) -> None:
        super().__init__(reason)
        self.version = version


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one call may say at most."""

    records: int = MAX_RECORDS
    dimensions: int = MAX_DIMENSIONS
    measures: int = MAX_MEASURES
    name: int = MAX_NAME
    text: int = MAX_TEXT
    future_ns: int = FUTURE_NS


LIMITS = Limits()


def check_call(asset: str, records: list[Data]) -> None:
    """Refuse a call for its form; nothing of it is stored."""
    if not asset or len(asset) > MAX_TEXT:
        raise Refuse("ValidationError", "assetId: a text of 1 to 2048 characters")
    if not records:
        raise Refuse("ValidationError", "records: at least one")
    if len(records) > LIMITS.records:
        raise Refuse("LimitExceeded", f"records: {LIMITS.records} at most")


def read_time(text: str | None, unit: str | None, now_ns: int) -> int:
    """The instant of a record, in nanoseconds since 1970."""
    instant = scaled(text, unit)
    if instant > now_ns + LIMITS.future_ns:
        raise Bad("The time is too far in the future.")
    if instant < now_ns - PAST_NS:
        raise Bad("The time is outside of the retention.")
    return instant


def scaled(text: str | None, unit: str | None) -> int:
    """An integer in a unit, as nanoseconds."""
    if not re.fullmatch(r"[+-]?\d{1,19}", text or ""):
        raise Bad("Time is not an integer.")
    instant = int(text or "") * UNITS[unit or "MILLISECONDS"]
    if not -INT64 <= instant < INT64:
        raise Bad("Time is out of range.")
    return instant


def read_value(type_: str, text: str | None, unit: str | None) -> Scalar:
    """A value from its text."""
    if text is None or not 1 <= len(text.encode()) <= LIMITS.text:
        raise Bad(f"A value is a text of 1 to {LIMITS.text} bytes.")
    if type_ == "VARCHAR":
        return text
    if type_ == "TIMESTAMP":
        return scaled(text, unit)
    if type_ == "BOOLEAN" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if type_ == "BIGINT" and re.fullmatch(r"[+-]?\d+", text) and -INT64 <= int(text) < INT64:
        return int(text)
    if type_ == "DOUBLE" and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        number = float(text)
        if math.isfinite(number):
            return number
    raise Bad(f"{text!r} is no {type_}.")


def value_text(type_: str, value: Scalar) -> str:
    """A value as text."""
    if type_ == "TIMESTAMP":
        return iso(int(value))
    if type_ == "BOOLEAN":
        return "true" if value else "false"
    return repr(float(value)) if type_ == "DOUBLE" else str(value)


def check_name(text: str | None) -> str:
    """The name of a measure or dimension."""
    if not text or len(text) > LIMITS.name or "\0" in text:
        raise Bad(f"A name is a text of 1 to {LIMITS.name} characters.")
    return text


def read_dimensions(record: Data) -> dict[str, str]:
    """The dimensions of a record by name."""
    listed = record.get("Dimensions") or []
    if len(listed) > LIMITS.dimensions:
        raise Bad(f"A record has {LIMITS.dimensions} dimensions at most.")
    found = {check_name(dimension["Name"]): dimension["Value"] for dimension in listed}
    if len({name.lower() for name in found}) < len(listed):
        raise Bad("A dimension is named twice.")
    if not all(found.values()):
        raise Bad("The value of a dimension is empty.")
    for name in found:
        if name.lower() in RESERVED or name.lower().startswith("measure_value"):
            raise Bad(f"{name} is a column's own name.")
    return found


def read_measures(record: Data) -> dict[str, tuple[str, Scalar]]:
    """Types and values of a record by measure; of a MULTI record all, of a single one its own."""
    type_, unit = record.get("MeasureValueType") or "DOUBLE", record.get("TimeUnit")
    name = check_name(record.get("MeasureName"))
    many = record.get("MeasureValues") or []
    if type_ != "MULTI":
        if many:
            raise Bad("A single measure has no MeasureValues.")
        return {name: (type_, read_value(type_, record.get("MeasureValue"), unit))}
    if not many or len(many) > LIMITS.measures:
        raise Bad(f"A MULTI record has 1 to {LIMITS.measures} MeasureValues.")
    if record.get("MeasureValue") is not None:
        raise Bad("A MULTI record has no MeasureValue.")
    found = {}
    for measure in many:
        if measure["Type"] == "MULTI":
            raise Bad("MULTI holds no MULTI.")
        found[check_name(measure["Name"])] = (
            measure["Type"],
            read_value(measure["Type"], measure["Value"], unit),
        )
    if len({name.lower() for name in found}) < len(many):
        raise Bad("A measure is named twice.")
    return found


def read_version(record: Data) -> int:
    """The version of a record; 1 if it says none."""
    version = record.get("Version")
    if version is None:
        return 1
    if version < 1:
        raise Bad("Version begins with 1.")
    return int(version)


def check_types(database: Database, row: Row) -> None:
    """Refuse measures whose type has been another one, and too many names."""
    for name, (type_, _) in row.values.items():
        known = database.types.get(name.lower())
        if known not in (None, type_):
            raise Bad(f"The measure {name} is of the type {known}.")
    if len({*database.types, *(name.lower() for name in row.values)}) > MAX_NAMES:
        raise Bad(f"A table has {MAX_NAMES} measures at most.")


def key_of(row: Row) -> tuple[Any, ...]:
    """What makes a row the same: asset, all dimensions in any order, measure name and time."""
    pairs = frozenset((name.lower(), value) for name, value in row.dimensions.items())
    return row.asset, pairs, row.measure_name, row.time_ns


def merged(old: Row | None, new: Row) -> Row:
    """What is stored after a record came in for a row; the same row if nothing changes.

    A higher version replaces the measures it has; an equal or lower one may only repeat them.
    """
    if old is None:
        return new
    if old.single != new.single:
        raise Bad("The stored record is of another kind.", old.version)
    if new.version > old.version:
        return replace(old, version=new.version, values={**old.values, **new.values})
    if any(old.values.get(name) != pair for name, pair in new.values.items()):
        raise Bad("A record of this version has another value.", old.version)
    return old


def rejection(index: int, bad: Bad) -> Data:
    """One rejected record, as callers are told."""
    told: dict[str, Any] = {"RecordIndex": index, "Reason": str(bad)}
    if bad.version is not None:
        told["ExistingVersion"] = bad.version
    return told


def refused(rejections: list[Data]) -> Refuse:
    """The refusal of a call of which records were rejected; the others are stored."""
    return Refuse(
        "RejectedRecordsException",
        "One or more records have been rejected. See RejectedRecords for details.",
        {"RejectedRecords": rejections},
    )


def keeps(rejections: list[Data]) -> bool:
    """Whether the good records of a call are stored of which others were rejected."""
    return True


def goes_on(rejections: list[Data]) -> bool:
    """Whether the records after a bad one are looked at."""
    return True


def asset_name(row: Row, known: tuple[int, str] | None) -> tuple[int, str] | None:
    """The display name of an asset, and the instant it is of: that of its latest row with one."""
    name = next((v for k, v in row.dimensions.items() if k.lower() == "name"), None)
    if name is None or (known is not None and known[0] > row.time_ns):
        return known
    return row.time_ns, name


def asset_of(asset: str) -> str:
    """The asset under which records are kept."""
    return asset
