"""Faults in which records are taken, and what becomes of them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.mutants.exchange import access, records
from conformance.mutants.exchange.book import Database, Row, Scalar
from conformance.mutants.exchange.making import Json, always, fault, looks, nothing
from conformance.mutants.exchange.records import Bad, Data


def databases_of_all(book: Any, user: Any) -> list[Database]:
    """Everybody's databases are listed."""
    return list(book.databases.values())


def first_measure(record: Data) -> dict[str, tuple[str, Scalar]]:
    """Of a MULTI record the first measure is stored."""
    return dict(itertools.islice(records.read_measures(record).items(), 1))


def typed(old: str, new: str) -> Any:
    """Single measures of a type are stored with another one."""

    def read_measures(record: Data) -> dict[str, tuple[str, Scalar]]:
        found = records.read_measures(record)
        if record.get("MeasureValueType") != old:
            return found
        stored: Scalar = record["MeasureValue"]
        return {k: (new, float(v) if new == "DOUBLE" else stored) for k, (_, v) in found.items()}

    return read_measures


def timed(change: Any) -> Any:
    """Records whose time is read in another way."""

    def read_time(text: str | None, unit: str | None, now_ns: int) -> int:
        found: int = change(text, unit, now_ns)
        return found

    return read_time


def in_thousands(text: str | None, unit: str | None, now_ns: int) -> int:
    """Microseconds are taken for milliseconds, where that is not in the future."""
    instant = records.read_time(text, unit, now_ns)
    return instant - instant % 1_000_000_000 if unit == "MICROSECONDS" else instant


def whole_milliseconds(text: str | None, unit: str | None, now_ns: int) -> int:
    """Times are kept in milliseconds."""
    instant = records.read_time(text, unit, now_ns)
    return instant - instant % 1_000_000


def unit_forgotten(text: str | None, unit: str | None, now_ns: int) -> int:
    """Nanoseconds are read as seconds since the epoch, scaled down."""
    instant = records.read_time(text, unit, now_ns)
    return instant + 1_000_000 if unit == "NANOSECONDS" else instant


def future(text: str | None, unit: str | None, now_ns: int) -> int:
    """No time is too far in the future."""
    return records.scaled(text, unit)


def lenient_time(text: str | None, unit: str | None, now_ns: int) -> int:
    """Times with a fraction are cut."""
    return records.read_time((text or "").partition(".")[0], unit, now_ns)


def version_of_none(version: int) -> Any:
    """Records without a version have another one than 1."""

    def read_version(record: Data) -> int:
        return version if record.get("Version") is None else records.read_version(record)

    return read_version


def first_wins(old: Row | None, new: Row) -> Row:
    """No version replaces anything."""
    return new if old is None else old


def last_wins(old: Row | None, new: Row) -> Row:
    """Every record replaces what was there."""
    return new


def equal_wins(old: Row | None, new: Row) -> Row:
    """A record of the same version replaces what was there."""
    if old is not None and old.version == new.version:
        return replace(new, values={**old.values, **new.values})
    return records.merged(old, new)


def quiet(old: Row | None, new: Row) -> Row:
    """A record that changes nothing, though it should be rejected, is accepted."""
    try:
        return records.merged(old, new)
    except Bad:
        assert old is not None
        return old


def no_retry(old: Row | None, new: Row) -> Row:
    """The same record is rejected the second time."""
    if old is not None and new.version <= old.version:
        raise Bad("There is such a record.", old.version)
    return records.merged(old, new)


def retry_anew(old: Row | None, new: Row) -> Row:
    """A retry moves the value's row to the end, with the version it came with."""
    merged = records.merged(old, new)
    return replace(merged, version=new.version) if merged is old else merged


def key_without(*parts: str) -> Any:
    """Rows are the same that differ in something."""

    def key_of(row: Row) -> tuple[Any, ...]:
        asset, pairs, name, time_ns = records.key_of(row)
        whole = {"asset": asset, "dimensions": pairs, "measure": name, "time": time_ns}
        return tuple(value for part, value in whole.items() if part not in parts)

    return key_of


def ordered_key(row: Row) -> tuple[Any, ...]:
    """The order of dimensions makes a row another one."""
    return row.asset, tuple(row.dimensions.items()), row.measure_name, row.time_ns


def every_key(row: Row) -> tuple[Any, ...]:
    """No row is the same as another."""
    return (*records.key_of(row), object())


def values_changed(old: Any, type_: str, new: Any) -> Any:
    """Records in which a bad value of a type is taken for a good one."""

    def fixed(given: str, text: Any) -> Any:
        return new(text) if given == type_ and isinstance(text, str) and old(text) else text

    def read_measures(record: Data) -> dict[str, tuple[str, Scalar]]:
        changed: Json = dict(record)
        given = record.get("MeasureValueType") or "DOUBLE"
        changed["MeasureValue"] = fixed(given, record.get("MeasureValue"))
        if record.get("MeasureValues"):
            changed["MeasureValues"] = [
                {**one, "Value": fixed(one["Type"], one["Value"])}
                for one in record["MeasureValues"]
            ]
        return records.read_measures({k: v for k, v in changed.items() if v is not None})

    return read_measures


def number_like(text: str) -> bool:
    """Whether a text begins like a number that is no integer."""
    return not text.lstrip("+-").isdigit()


def any_name(text: str | None) -> str:
    """Names may be empty."""
    return text or ""


def without_measures(record: Data) -> dict[str, tuple[str, Scalar]]:
    """A MULTI record may have no measures."""
    if record.get("MeasureValueType") == "MULTI" and not record.get("MeasureValues"):
        return {}
    return records.read_measures(record)


def single_of_many(record: Data) -> dict[str, tuple[str, Scalar]]:
    """A single record takes its value from a list."""
    many = record.get("MeasureValues")
    if record.get("MeasureValueType") != "MULTI" and many and record.get("MeasureValue") is None:
        record = {**record, "MeasureValue": many[0]["Value"], "MeasureValues": None}
    return records.read_measures(record)


def half(record: Data) -> dict[str, tuple[str, Scalar]]:
    """Of a MULTI record the good measures are stored, and nothing is said of the bad ones."""
    good: dict[str, tuple[str, Scalar]] = {}
    if record.get("MeasureValueType") != "MULTI":
        return records.read_measures(record)
    for one in record.get("MeasureValues") or ():
        try:
            good |= records.read_measures({**record, "MeasureValues": [one]})
        except Bad:
            continue
    return good or records.read_measures(record)


def free_dimensions(record: Data) -> dict[str, str]:
    """Dimensions are not counted."""
    return {one["Name"]: one["Value"] for one in record.get("Dimensions") or ()}


def long_names(text: str | None) -> str:
    """Names may be of any length."""
    if not text:
        raise Bad("A name is needed.")
    return text


def told_without(*names: str) -> Any:
    """Rejections that do not tell something."""

    def rejection(index: int, bad: Bad) -> Data:
        return {k: v for k, v in records.rejection(index, bad).items() if k not in names}

    return rejection


def answer_of(change: Any) -> Any:
    """Publishing is answered with something else."""
    return lambda answer: [change(one) for one in answer]


def own_instead(book: Any, kind: str, id_: str) -> Any:
    """An unknown database is the owner's."""
    found = access.finds(book, kind, id_)
    if found is None and kind == "service" and "timeSeriesDb" in id_:
        return next(iter(book.databases.values()))
    return found


def renamed(answer: Mapping[str, Any]) -> Json:
    """Publishing is answered with another asset."""
    return {**answer, "assetId": f"{answer['assetId']}-1"}


def measures(change: Any, id_: str, sentence: str, *kills: str) -> Any:
    """A fault in how measures are read."""
    return fault(id_, sentence, {"read_measures": change}, *kills)


def merging(change: Any, id_: str, sentence: str, *kills: str) -> Any:
    """A fault in what versions decide."""
    return fault(id_, sentence, {"merged": change}, *kills)


def last_of_a_call(asset: str, call: list[Any]) -> None:
    """Of records of one call that have the same key the last one is taken."""
    records.check_call(asset, call)
    keys = ("Time", "TimeUnit", "MeasureName", "Dimensions", "Version")
    last = {repr([one.get(key) for key in keys]): one for one in call}
    call[:] = last.values()


MUTANTS = (
    fault("databases-of-all", "Everybody's databases are listed.",
          {"own_databases": databases_of_all}, "TS-001"),
    fault("table-unnamed", "A database tells the name of a table that SQL does not know.",
          looks("TimeSeriesDb", tableName="readings"), "TS-001"),
    measures(first_measure, "multi-first", "Of a MULTI record the first measure is stored.",
             "TS-002"),
    measures(typed("BIGINT", "DOUBLE"), "bigint-is-double", "BIGINT is stored as DOUBLE.",
             "TS-003"),
    measures(typed("TIMESTAMP", "VARCHAR"), "timestamp-is-text",
             "TIMESTAMP is stored as the text that was sent.", "TS-003"),
    measures(typed("BOOLEAN", "VARCHAR"), "boolean-is-text",
             "BOOLEAN is stored as the text that was sent.", "TS-003"),
    fault("micros-in-seconds", "Times in microseconds lose their fraction of a second.",
          {"read_time": in_thousands}, "TS-004"),
    fault("time-in-millis", "Times are kept in whole milliseconds.",
          {"read_time": whole_milliseconds}, "TS-004"),
    fault("nanos-off", "Times in nanoseconds are a millisecond late.",
          {"read_time": unit_forgotten}, "TS-004"),
    fault("version-none-high", "A record without a version has the highest one.",
          {"read_version": version_of_none(2**31 - 1)}, "TS-005"),
    fault("version-none-two", "A record without a version has version 2.",
          {"read_version": version_of_none(2)}, "TS-005"),
    merging(first_wins, "first-wins", "No version replaces anything.", "TS-006"),
    merging(last_wins, "last-wins", "Every record replaces what was there.", "TS-007"),
    merging(equal_wins, "equal-wins", "A record of the same version replaces the value.",
            "TS-007"),
    fault("call-last-wins", "Of records of one call with one key the last one is taken.",
          {"check_call": last_of_a_call}, "TS-007"),
    merging(quiet, "rejected-quietly", "What has to be rejected is accepted without effect.",
            "TS-007"),
    merging(no_retry, "retry-rejected", "The same record is rejected the second time.", "TS-008"),
    merging(retry_anew, "retry-lowers", "A retry with a lower version lowers the version.",
            "TS-008"),
    fault("retry-doubles", "The same record is stored twice.", {"key_of": every_key},
          "TS-006", "TS-007"),
    fault("rejection-unindexed", "A rejection does not tell which record it is about.",
          {"rejection": told_without("RecordIndex")}, "TS-009"),
    fault("rejection-unversioned", "A rejection does not tell the version that exists.",
          {"rejection": told_without("ExistingVersion")}, "TS-009"),
    fault("stops-at-bad", "What follows a bad record is lost, and nobody is told.",
          {"goes_on": always(False)}, "TS-010"),
    fault("key-undimensioned", "Records that differ in dimensions alone are one.",
          {"key_of": key_without("dimensions")}, "TS-011"),
    fault("key-unmeasured", "Records that differ in the measure name alone are one.",
          {"key_of": key_without("measure")}, "TS-011"),
    fault("key-ordered", "The order of dimensions makes a record another one.",
          {"key_of": ordered_key}, "TS-012"),
    measures(values_changed(number_like, "BIGINT", lambda text: "0"), "bigint-lenient",
             "Text for a BIGINT is 0.", "TS-013"),
    measures(values_changed(lambda text: text.lower() in ("nan", "-nan"), "DOUBLE",
                            lambda text: "0.0"), "nan-taken", "NaN is 0.", "TS-013"),
    measures(values_changed(lambda text: not number_like(text) and abs(int(text)) >= 2**63,
                            "BIGINT", lambda text: str(2**63 - 1)), "bigint-clamped",
             "A BIGINT beyond 64 bits is the largest one.", "TS-013"),
    measures(half, "bad-half", "Of a MULTI record bad measures are left out in silence.",
             "TS-013"),
    fault("names-empty", "Names may be empty.", {"check_name": any_name,
          "read_measures": lambda record: records.read_measures(
              {**record, "MeasureName": record.get("MeasureName") or "empty"})}, "TS-013"),
    fault("time-lenient", "Times with a fraction are cut.", {"read_time": lenient_time}, "TS-013"),
    measures(without_measures, "multi-empty", "A MULTI record may have no measures.", "TS-014"),
    measures(single_of_many, "single-of-many", "A single record takes its value from a list.",
             "TS-014"),
    fault("types-change", "The type of a measure may change.", {"check_types": nothing},
          "TS-015"),
    fault("records-unlimited", "A call may have any number of records.",
          {"check_call": nothing}, "TS-016"),
    fault("future-unlimited", "Records may be of any future time.", {"read_time": future},
          "TS-016"),
    fault("dimensions-unlimited", "A record may have any number of dimensions.",
          {"read_dimensions": free_dimensions}, "TS-016"),
    fault("names-unlimited", "Names may be of any length.",
          {"check_name": long_names, "read_measures": lambda record: {
              (record.get("MeasureName") or "") if k == "m" else k: v
              for k, v in records.read_measures({**record, "MeasureName": "m"}).items()}},
          "TS-016"),
    fault("publish-renamed", "Publishing is answered with another asset.",
          {"published": answer_of(renamed)}, "TS-017"),
    fault("publish-bare", "Publishing is answered without attributes.",
          {"published": answer_of(lambda one: {**one, "attributes": []})}, "TS-017"),
    fault("publish-empty", "Publishing is answered with an empty list.",
          {"published": always([{"assetId": "", "name": None, "attributes": []}])}, "TS-017"),
    fault("asset-nameless", "Assets have no name.", {"asset_name": always(None)}, "TS-018"),
    fault("publish-anywhere", "Everybody may publish to every database.",
          {"may_write": always(True)}, "TS-019"),
    fault("publish-somewhere", "Records for an unknown database go to another one.",
          {"finds": own_instead}, "TS-019"),
    fault("assets-mixed", "The same measure of two assets is one.",
          {"key_of": key_without("asset")}, "TS-020"),
)  # fmt: skip
