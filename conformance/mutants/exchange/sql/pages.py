"""The operation that answers SQL, page by page: the first page carries out, others only read."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

from conformance.mutants.exchange.book import Database
from conformance.mutants.exchange.calls import Answer, Call
from conformance.mutants.exchange.sql.select import Engine, Relation
from conformance.mutants.exchange.sql.tokens import bad
from conformance.mutants.exchange.sql.values import mentioned


def query_sql(
    call: Call,
    timeSeriesDbId: str,
    queryString: str,
    maxRows: int | None = None,
    nextToken: str | None = None,
    clientToken: str | None = None,
) -> Answer:
    """A page of the result of a statement."""
    policy, book = call.policy, call.book
    with book.lock:
        database = call.database(timeSeriesDbId)
    size = policy.sql_page_size(maxRows)
    request = (call.user.id, database.id, queryString, size)
    if nextToken is None:
        id_, start = uuid.uuid4().hex.upper(), 0
        held = _held(call, carried_out(call, database, queryString))
        book.results[id_] = (request, held)
    else:
        id_, start, held = policy.open_sql_token(book, nextToken, request)
    columns, rows = held
    begin, end, after = policy.sql_cut(start, size, len(rows))
    answer: dict[str, Any] = {
        "QueryId": id_,
        "Rows": rows[begin:end],
        "ColumnInfo": columns,
        "QueryStatus": {
            "ProgressPercentage": 100.0 * end / len(rows) if rows else 100.0,
            "CumulativeBytesScanned": 0,
            "CumulativeBytesMetered": 0,
        },
    }
    if after < len(rows):
        answer["NextToken"] = policy.sql_token(book, id_, after)
    return {
        "resultJSONString": json.dumps(policy.sql_shown(answer)),
        "clientToken": policy.sql_client_token(clientToken, str(uuid.uuid4())),
    }


def _held(call: Call, found: Relation) -> tuple[Sequence[Any], Sequence[Any]]:
    policy = call.policy
    columns = [{"Name": name, "Type": policy.sql_type(type_)} for name, type_ in found.columns]
    return columns, [{"Data": [policy.sql_datum(value) for value in row]} for row in found.rows]


def carried_out(call: Call, database: Database, text: str) -> Relation:
    """The result of a statement about a database.

    Raises:
        Refuse: it cannot be carried out, or not in time.
    """
    policy, started = call.policy, time.monotonic()
    statement = policy.sql_statement(text)
    names = mentioned(statement)
    tables: list[Relation] = []

    def table(parts: tuple[str, ...]) -> Relation:
        if not policy.sql_names(database, parts):
            raise bad(f"Table {'.'.join(parts)} does not exist")
        if not tables:
            with call.book.lock:
                tables.append(policy.sql_table(database, names))
        return tables[0]

    engine = Engine(
        functions=policy.sql_functions(),
        aggregates=policy.sql_aggregates(),
        now_ns=policy.sql_now(call.book),
        table=table,
        tick=lambda: policy.sql_limit(started),
    )
    try:
        found: Relation = policy.sql_run(engine, database, statement)
    except RecursionError:
        raise bad("the statement is too deep") from None
    return found
