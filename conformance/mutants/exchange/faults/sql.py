"""Faults in SQL: pages, results, statements that are taken, and what functions give."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.mutants.exchange.book import Book, Database, Refuse, bad_token
from conformance.mutants.exchange.making import Json, always, fault, without
from conformance.mutants.exchange.sql import rules
from conformance.mutants.exchange.sql.select import Engine, Relation
from conformance.mutants.exchange.sql.series import create, interpolated, last_carried, stepped
from conformance.mutants.exchange.sql.tree import Instant, Select, Series, Show
from conformance.mutants.exchange.times import iso

LONG_S = 8.0
MINUTE_NS = 60 * 10**9


class Anything(dict[str, Callable[..., Any]]):
    """Functions of which there is every one: those that nobody knows are null."""

    def __contains__(self, name: object) -> bool:
        """Every name is known."""
        return True

    def __missing__(self, name: str) -> Callable[..., Any]:
        """Null."""
        return lambda *_: None


def functions(**changed: Callable[..., Any]) -> Mapping[str, Any]:
    """Functions of single values that are others."""
    return {"sql_functions": lambda: {**rules.sql_functions(), **changed}}


def aggregates(**changed: Callable[..., Any]) -> Mapping[str, Any]:
    """Functions of many rows that are others."""
    return {"sql_aggregates": lambda: {**rules.sql_aggregates(), **changed}}


def read_as(pattern: str, text: str) -> Any:
    """Statements in which something is read as something else."""

    def sql_statement(said: str) -> Select | Show:
        return rules.sql_statement(re.sub(pattern, text, said, flags=re.IGNORECASE))

    return {"sql_statement": sql_statement}


def writes(text: str) -> Select | Show:
    """Statements that write are taken for SHOW DATABASES."""
    if re.match(r"\s*(insert|update|delete|drop|create|alter|attach|copy|truncate)\b", text, re.I):
        return Show("DATABASES")
    return rules.sql_statement(text)


def first_of_many(text: str) -> Select | Show:
    """Of several statements the first is carried out."""
    return rules.sql_statement(text.partition(";")[0])


def files(text: str) -> Select | Show:
    """Files can be read."""
    if re.search(r"\b(read_\w+|glob|parquet_scan)\s*\(|from\s+'", text, re.I):
        return Show("DATABASES")
    return rules.sql_statement(text)


def datum_number(value: Any) -> Json:
    """Scalars are numbers."""
    if isinstance(value, int | float):
        return {"ScalarValue": value}
    return rules.sql_datum(value)


def datum_both(value: Any) -> Json:
    """A value is told not to be null."""
    found = rules.sql_datum(value)
    return found if "NullValue" in found else {**found, "NullValue": False}


def datum_null(value: Any) -> Json:
    """Null is an empty text."""
    return {"ScalarValue": ""} if value is None else rules.sql_datum(value)


def datum_iso(value: Any) -> Json:
    """Timestamps are ISO 8601."""
    return {"ScalarValue": iso(value.ns)} if isinstance(value, Instant) else rules.sql_datum(value)


def datum_millis(value: Any) -> Json:
    """Timestamps have three digits."""
    found = rules.sql_datum(value)
    return {"ScalarValue": found["ScalarValue"][:-6]} if isinstance(value, Instant) else found


def shorter(answer: Json) -> Json:
    """Rows lack their last value, if it is null."""
    rows = [
        {"Data": row["Data"][:-1] if "NullValue" in row["Data"][-1] else row["Data"]}
        for row in answer["Rows"]
    ]
    return {**answer, "Rows": rows}


def columns_less(answer: Json) -> Json:
    """The last of several columns is not described."""
    columns = answer["ColumnInfo"]
    return {**answer, "ColumnInfo": columns[:-1] if len(columns) > 1 else columns}


def token_at_end(answer: Json) -> Json:
    """The last page has a token."""
    return {"NextToken": "", **answer}


def cut(*, extra: int = 0, skip: int = 0, back: int = 0) -> Any:
    """Pages that end elsewhere."""

    def sql_cut(start: int, size: int, total: int) -> tuple[int, int, int]:
        end = min(start + size + extra, total)
        after = end + skip - back
        return start, end, total if end == total else max(after, start + 1)

    return {"sql_cut": sql_cut}


def turned_pages(
    book: Book, token: str, request: tuple[Any, ...]
) -> tuple[str, int, Sequence[Any]]:
    """Later pages have their rows in another order."""
    query, start, (columns, rows) = rules.open_sql_token(book, token, request)
    return query, start, (columns, [*rows[:start], *reversed(rows[start:])])


def client_needed(given: str | None, made: str) -> str:
    """The client token is a new one each time."""
    return made


def client_refused(given: str | None, made: str) -> str:
    """A client token of the caller is refused."""
    if given is not None:
        raise bad_token("unknown client token")
    return made


def endless(engine: Engine, database: Database, statement: Select | Show) -> Relation:
    """A query that takes too long is given more time."""
    try:
        return rules.sql_run(replace(engine, tick=lambda: None), database, statement)
    except Refuse as refuse:
        if refuse.kind == "QueryTimeout":
            time.sleep(LONG_S)
        raise


def in_vain(engine: Engine, database: Database, statement: Select | Show) -> Relation:
    """A query that takes too long ends with an empty result."""
    try:
        return rules.sql_run(engine, database, statement)
    except Refuse as refuse:
        if refuse.kind == "QueryTimeout":
            return Relation(columns=[("_col0", "BIGINT")], rows=[])
        raise


def bin_off(value: Any, width: Any) -> Any:
    """Intervals are counted from the first Sunday of 2000."""
    origin = 946_771_200 * 10**9 + 60 * 10**9
    return Instant((value.ns - origin) // width.ns * width.ns + origin)


def bin_up(value: Any, width: Any) -> Any:
    """An interval is named by its end."""
    return Instant(-(-value.ns // width.ns) * width.ns)


def trunc_day(unit: str, value: Any) -> Any:
    """Everything is truncated to minutes."""
    return Instant(value.ns // MINUTE_NS * MINUTE_NS)


def by_first(rows: Sequence[Sequence[Any]]) -> Any:
    """The first value of a group."""
    return rows[0][0] if rows else None


def without_end(begin: Any, end: Any, step: Any = 1) -> list[Any]:
    """A sequence ends before its end."""
    found = stepped(begin, end, step)
    return found[:-1] if found and found[-1] == end else found


def nearest_before(series: Any, at: Any) -> Any:
    """Values between points are those of the point before."""
    return last_carried(series, at)


def on_lines(series: Any, at: Any) -> Any:
    """Values between points are on lines."""
    return interpolated(series, at)


def as_written(rows: Sequence[Sequence[Any]]) -> Series | None:
    """A series lacks its first point."""
    whole = create((row[0], row[1]) for row in rows)
    return Series(whole.points[1:]) if whole and len(whole.points) > 1 else whole


def hours_late(book: Book) -> int:
    """The clock is an hour fast."""
    return book.now() + 3600 * 10**9


def stopped(book: Book) -> int:
    """The clock stands still."""
    now: int = book.scratch.setdefault("stopped", book.now() - 86_400 * 10**9)
    return now


def minutes_are_seconds(text: str) -> Select | Show:
    """A length in minutes is one in seconds."""
    return rules.sql_statement(re.sub(r"(?<![\w'])(\d+)m\b", r"\1s", text))


def shown(change: Callable[[Json], Json], id_: str, sentence: str, *kills: str) -> Any:
    """A fault in how results are told."""
    return fault(f"sql-{id_}", sentence, {"sql_shown": change}, *kills)


def datum(change: Callable[[Any], Json], id_: str, sentence: str, *kills: str) -> Any:
    """A fault in how values are told."""
    return fault(f"sql-{id_}", sentence, {"sql_datum": change}, *kills)


MUTANTS = (
    shown(without("QueryStatus"), "statusless", "A result has no QueryStatus.", "SQ-001"),
    shown(without("QueryId"), "idless", "A result has no QueryId.", "SQ-001"),
    shown(columns_less, "columns-less", "A column is not described.", "SQ-002"),
    shown(shorter, "rows-shorter", "Rows lack a last value that is null.", "SQ-002"),
    datum(datum_number, "numbers", "Scalars are numbers.", "SQ-002"),
    datum(datum_both, "both-kinds", "A datum has two kinds of value.", "SQ-002"),
    datum(datum_null, "null-text", "Null is an empty text.", "SQ-002"),
    datum(datum_iso, "timestamp-iso", "Timestamps are ISO 8601.", "SQ-003"),
    datum(datum_millis, "timestamp-millis", "Timestamps have three digits.", "SQ-003"),
    fault("sql-page-large", "A page has a row more than asked for.", cut(extra=1), "SQ-004"),
    fault("sql-page-skips", "A row between two pages is lost.", cut(skip=1), "SQ-004"),
    fault("sql-page-repeats", "The last row of a page begins the next one.", cut(back=1),
          "SQ-004"),
    fault("sql-page-turned", "Later pages have their rows in another order.",
          {"open_sql_token": turned_pages}, "SQ-004"),
    fault("sql-client-token-new", "The client token is a new one each time.",
          {"sql_client_token": client_needed}, "SQ-005"),
    fault("sql-client-token-refused", "The client token is refused on the next page.",
          {"sql_client_token": client_refused}, "SQ-005"),
    shown(token_at_end, "token-at-end", "The last page has an empty token.", "SQ-005"),
    fault("sql-any-table", "Whatever table is named, it is the one.",
          {"sql_names": always(True)}, "SQ-006"),
    fault("sql-writes", "Statements that write are accepted.", {"sql_statement": writes},
          "SQ-007"),
    fault("sql-several", "Of several statements the first is carried out.",
          {"sql_statement": first_of_many}, "SQ-007"),
    fault("sql-files", "Files can be read.", {"sql_statement": files}, "SQ-007"),
    fault("sql-bin-origin", "SQL's bin counts from another origin.", functions(bin=bin_off),
          "SQ-008"),
    fault("sql-bin-up", "SQL's bin names an interval by its end.", functions(bin=bin_up),
          "SQ-008"),
    fault("sql-trunc", "SQL's date_trunc knows minutes alone.", functions(date_trunc=trunc_day),
          "SQ-008"),
    fault("sql-max-by", "SQL's max_by is the first value.", aggregates(max_by=by_first), "SQ-008"),
    fault("sql-ago", "SQL's ago is now.", read_as(r"\bago\s*\([^)]*\)", "now()"), "SQ-008"),
    fault("sql-lengths", "Lengths in minutes are seconds.",
          {"sql_statement": minutes_are_seconds}, "SQ-008"),
    fault("sql-measure-value", "SQL's measure_value::double is null.",
          read_as(r"measure_value::double", "NULL"), "SQ-008"),
    fault("sql-linear-is-locf", "SQL's interpolate_linear carries the last value.",
          functions(interpolate_linear=nearest_before), "SQ-009"),
    fault("sql-locf-is-linear", "SQL's interpolate_locf interpolates.",
          functions(interpolate_locf=on_lines), "SQ-009"),
    fault("sql-sequence-open", "A sequence ends before its end.",
          functions(sequence=without_end), "SQ-009"),
    fault("sql-series-less", "SQL's create_time_series lacks the first point.",
          aggregates(create_time_series=as_written), "SQ-009"),
    fault("sql-unknown-null", "Functions that nobody knows are null.",
          {"sql_functions": lambda: Anything(rules.sql_functions())}, "SQ-010"),
    fault("sql-distinct-on", "What follows DISTINCT ON is passed over.",
          read_as(r"DISTINCT ON \(mod\([^)]*\)\)", "DISTINCT"), "SQ-010"),
    fault("sql-qualify", "QUALIFY is passed over.", read_as(r"QUALIFY .*", ""), "SQ-010"),
    fault("sql-endless", "A query that takes too long is given more time.",
          {"sql_run": endless, "sql_limit": always(None)}, "SQ-011"),
    fault("sql-in-vain", "A query that takes too long gives an empty result.",
          {"sql_run": in_vain}, "SQ-011"),
    fault("sql-clock-fast", "SQL's now() is an hour late.", {"sql_now": hours_late}, "SM-002"),
    fault("sql-clock-stopped", "SQL's now() stands still.", {"sql_now": stopped}, "SM-002"),
)  # fmt: skip
