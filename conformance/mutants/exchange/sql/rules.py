"""How a correct endpoint answers SQL: the defaults of the hooks about statements and results."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from conformance.mutants.exchange.book import Book, Database, Refuse, bad_token, invalid
from conformance.mutants.exchange.sql.aggregates import AGGREGATES
from conformance.mutants.exchange.sql.catalogue import relation_of, shown
from conformance.mutants.exchange.sql.parser import read_statement
from conformance.mutants.exchange.sql.scalars import FUNCTIONS
from conformance.mutants.exchange.sql.select import Engine, Relation
from conformance.mutants.exchange.sql.tokens import bad
from conformance.mutants.exchange.sql.tree import Instant, Select, Series, Show
from conformance.mutants.exchange.times import timestream

LIMIT_S = 2.0
MAX_PAGE = 1000
MAX_TEXT = 256 * 1024

Json = dict[str, Any]


def sql_statement(text: str) -> Select | Show:
    """The statement of a text, which may only read.

    Raises:
        Refuse: it is none, several, or one that writes.
    """
    if len(text) > MAX_TEXT:
        raise bad("the statement is too long")
    return read_statement(text)


def sql_now(book: Book) -> int:
    """What `now()` is, in nanoseconds."""
    return book.now()


def sql_functions() -> Mapping[str, Callable[..., Any]]:
    """Functions of single values."""
    return FUNCTIONS


def sql_aggregates() -> Mapping[str, Callable[..., Any]]:
    """Functions of many rows."""
    return AGGREGATES


def sql_names(database: Database, parts: tuple[str, ...]) -> bool:
    """Whether a name is that of the database's table."""
    return parts == (database.database, database.table)


def sql_limit(started: float) -> None:
    """Refuse a query that takes too long; asked often."""
    if time.monotonic() > started + LIMIT_S:
        raise Refuse("QueryTimeout", f"The query took longer than {LIMIT_S} s.")


def sql_run(engine: Engine, database: Database, statement: Select | Show) -> Relation:
    """The result of a statement."""
    if isinstance(statement, Show):
        return shown(database, statement)
    return engine.run(statement)


def sql_table(database: Database, names: Collection[str] | None) -> Relation:
    """What a statement reads: the columns of these lower-case names, or all."""
    return relation_of(database, names)


def sql_datum(value: Any) -> Json:
    """A value in the form of Timestream's answers: exactly one kind."""
    if value is None:
        return {"NullValue": True}
    if isinstance(value, Series):
        return {
            "TimeSeriesValue": [
                {"Time": sql_text(at), "Value": sql_datum(inner)} for at, inner in value.points
            ]
        }
    if isinstance(value, list):
        return {"ArrayValue": [sql_datum(inner) for inner in value]}
    if isinstance(value, dict):
        return {"RowValue": {"Data": [sql_datum(inner) for inner in value.values()]}}
    return {"ScalarValue": sql_text(value)}


def sql_text(value: Any) -> str:
    """A scalar as text."""
    if isinstance(value, Instant):
        return timestream(value.ns)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).replace("inf", "Infinity").replace("nan", "NaN")
    if hasattr(value, "ns"):
        days, rest = divmod(abs(value.ns), 86_400 * 10**9)
        sign = "-" if value.ns < 0 else ""
        return f"{sign}{days} {timestream(rest)[11:]}"
    return str(value)


def sql_type(type_: Any) -> Json:
    """The type of a column in the form of Timestream's answers."""
    if not isinstance(type_, tuple):
        return {"ScalarType": type_}
    kind, inner = type_
    if kind == "array":
        return {"ArrayColumnInfo": {"Type": sql_type(inner)}}
    if kind == "series":
        return {"TimeSeriesMeasureValueColumnInfo": {"Type": sql_type(inner)}}
    return {"RowColumnInfo": [{"Name": name, "Type": sql_type(one)} for name, one in inner]}


def sql_page_size(asked: int | None) -> int:
    """The number of rows of a page."""
    if asked is None:
        return MAX_PAGE
    if not 1 <= asked <= MAX_PAGE:
        raise invalid(f"maxRows: 1 to {MAX_PAGE}")
    return asked


def sql_cut(start: int, size: int, total: int) -> tuple[int, int, int]:
    """Where the rows of a page begin and end, and the position of the next page."""
    end = min(start + size, total)
    return start, end, end


def sql_token(book: Book, query: str, start: int) -> str:
    """The token of a page."""
    return f"{query}.{start}.{book.sign('sql', query, start)}"


def open_sql_token(
    book: Book, token: str, request: tuple[Any, ...]
) -> tuple[str, int, Sequence[Any]]:
    """Query, position and results of a token; refuses those of other requests, and altered ones."""
    query, _, rest = token.partition(".")
    start, _, signature = rest.partition(".")
    if signature != book.sign("sql", query, start) or query not in book.results:
        raise bad_token()
    of, results = book.results[query]
    if of != request:
        raise bad_token("the request is not that of the token")
    return query, int(start), results


def sql_client_token(given: str | None, made: str) -> str:
    """The client token of an answer."""
    return given or made


def sql_shown(answer: Json) -> Json:
    """An answer as it is told."""
    return answer
