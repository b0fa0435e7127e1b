"""A query's result: computed once into a table of one connection, read page by page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlglot import Token, exp

from simulator.services.exchange.errors import bad_sql, limit
from simulator.services.exchange.sql import rendering
from simulator.services.exchange.sql.catalog import Catalog, is_listing, listing
from simulator.services.exchange.sql.compiler import Compiler
from simulator.services.exchange.sql.engine import Connection
from simulator.services.exchange.sql.policy import SqlPolicy
from simulator.services.exchange.sql.scope import Field
from simulator.services.exchange.sql.syntax import parse, tokens_of
from simulator.services.exchange.sql.typed import SCALAR_BYTES

_TABLE: Final = "result"
_COLUMN: Final = re.compile(r"\br\d+\.(c\d+)\b")
_INSTANT: Final = "'%Y-%m-%d %H:%M:%S.%n'"
"""Timestream's form, in DuckDB's words."""
_SHORT: Final = 2048
"""Longest query, in characters, whose tree is kept for when it comes again."""
_LEAST_METERED: Final = 10_000_000
"""Bytes that the smallest query is metered with (Timestream: 10 MB)."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """A result that is there.

    Args:
        query_id: names it.
        connection: has it as a temporary table; whoever drops the result closes it.
        fields: its columns.
        selected: reads them, instants as texts.
        rows: how many there are.
        scanned: bytes of the columns that the query reads.
    """

    query_id: str
    connection: Connection
    fields: Sequence[Field]
    selected: str
    rows: int
    scanned: int


def ask(
    connection: Connection,
    query: str,
    catalog: Catalog,
    policy: SqlPolicy,
    now_us: int,
    query_id: str,
) -> Result:
    """Compile a query and compute its result.

    Raises:
        ExchangeError: ValidationException, it is not supported or not right.
        duckdb.Error: it fails at work.
    """
    # Dashboards ask the same again and again, and reading takes longer than compiling.
    read = _read_again if len(query) <= _SHORT else _read
    try:
        tokens, tree = read(query, policy)
        made = (
            listing(catalog, tokens)
            if tree is None
            else Compiler(catalog, policy, now_us * 1000).query(tree)
        )
    except RecursionError:
        raise bad_sql("The query is nested too deeply.") from None
    [rows] = connection.execute(f"CREATE TEMP TABLE {_TABLE} AS {made.sql}").fetchone() or (0,)
    columns = len(set(_COLUMN.findall(made.sql)))
    return Result(
        query_id=query_id,
        connection=connection,
        fields=made.fields,
        selected=_selected(made.fields),
        rows=rows,
        scanned=catalog.rows * columns * SCALAR_BYTES,
    )


def _read(query: str, policy: SqlPolicy) -> tuple[Sequence[Token], exp.Expr | None]:
    """Return a statement's tokens, and the tree of a SELECT; compiling leaves both as they are."""
    tokens = tokens_of(query, policy)
    return tokens, None if is_listing(tokens) else parse(query, tokens)


_read_again = lru_cache(maxsize=64)(_read)


def _selected(fields: Sequence[Field]) -> str:
    """Return what to select of the table; DuckDB writes instants far faster than Python does."""
    return ", ".join(
        f"strftime(make_timestamp_ns(f{place}), {_INSTANT})"
        if field.value.type.name == "TIMESTAMP"
        else f"f{place}"
        for place, field in enumerate(fields)
    )


def page_of(
    result: Result, place: int, rows: int, most_bytes: int, token: Callable[[int], str]
) -> tuple[str, int]:
    """Return a page as Timestream's JSON, and the place of the row behind it.

    Args:
        result: which.
        place: how many rows come before.
        rows: how many it may have; it has fewer if they are large. 0: it has none, but a token.
        most_bytes: of its rows, and of one row.
        token: makes the token of the page that begins at a place.

    Raises:
        ExchangeError: LimitExceeded, a row is too large.
    """
    # They come in the order of the table; to be told to sort them, DuckDB would take twice as long.
    found = result.connection.execute(
        f"SELECT {result.selected} FROM {_TABLE} WHERE rowid >= {place} AND rowid < {place + rows}"
    ).fetchall()
    told: list[str] = []
    size = 0
    for row in rendering.rows_of(result.fields, found):
        if len(row) > most_bytes:
            raise limit(f"A row of the result has more than {most_bytes} bytes.")
        size += len(row)
        if size > most_bytes:
            break
        told.append(row)
    after = place + len(told)
    more = after < result.rows or rows == 0
    around = {
        "QueryId": result.query_id,
        "ColumnInfo": rendering.column_info(result.fields),
        "QueryStatus": {
            "ProgressPercentage": 100.0 * after / result.rows if more and result.rows else 100.0,
            "CumulativeBytesScanned": result.scanned,
            "CumulativeBytesMetered": max(result.scanned, _LEAST_METERED),
        },
        **({"NextToken": token(after)} if more else {}),
    }
    return f'{rendering.encode(around)[:-1]},"Rows":[{",".join(told)}]}}', after
