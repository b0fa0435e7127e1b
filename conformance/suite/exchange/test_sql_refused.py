"""DX-SQ: what a query may not do: other tables, writing, files, what is not supported, too long."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from functools import partial

from conformance.judging import (
    GRACE_S,
    Refused,
    advise,
    attempt,
    background,
    expect,
    not_applicable,
    passive,
    refused,
    requirement,
    sampled,
)
from conformance.oracles.exchange.model import TimeSeriesDb
from conformance.oracles.exchange.records import single
from conformance.suite.exchange.publishing import NAMES, Asset
from conformance.targets.exchange import REFUSED, ExchangeTarget

SECOND_S = 1.0
"""How much later than its limit a query may end (DX-SQ-011)."""

LONGEST_S = 70.0
"""The longest limit that is waited for: Timestream's, and some more."""

OTHER_TABLES = (
    '"{database}"."gridproof_none"',
    '"gridproof_none"."{table}"',
    '"gridproof_none"."gridproof_none"',
    "information_schema.tables",
    "sqlite_master",
    "pg_catalog.pg_tables",
    '"{table}"."{database}"',
)

SEVERAL = (
    "SELECT 1; SELECT 2",
    "SELECT 1; SELECT * FROM {target}",
)

FILES = (
    "SELECT * FROM '/etc/hostname'",
    "SELECT * FROM read_csv('/etc/hostname')",
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM read_csv_auto('/etc/hostname', header = false)",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_parquet('http://127.0.0.1:9/x')",
    "SELECT pg_read_file('/etc/hostname')",
    "SELECT getenv('HOME')",
)

WRITES = (
    "INSERT INTO {victim} (time, measure_name) VALUES (now(), 'gridproof')",
    "DELETE FROM {victim}",
    "DROP TABLE {victim}",
    "UPDATE {victim} SET measure_name = 'gridproof'",
    "CREATE TABLE gridproof_new AS SELECT 1 AS one",
    "ALTER TABLE {victim} ADD COLUMN gridproof_new VARCHAR",
    "TRUNCATE TABLE {victim}",
    "SELECT 1; DROP TABLE {victim}",
    "WITH gone AS (DELETE FROM {victim} RETURNING *) SELECT * FROM gone",
    "CREATE VIEW gridproof_view AS SELECT 1 AS one",
    "ATTACH 'gridproof.db' AS gridproof_other",
    "COPY (SELECT 1) TO 'gridproof.csv'",
    "INSTALL httpfs",
    "PRAGMA database_list",
    "SET memory_limit = '1GB'",
    "CALL gridproof_nothing()",
    "GRANT SELECT ON {victim} TO gridproof",
)

UNSUPPORTED = (
    "SELECT gridproof_nothing(1)",
    "SELECT gridproof_nothing FROM {target}",
    "SELECT date_trunc('gridproof', now())",
    "SELECT CAST(1 AS gridproof)",
    "SELECT bin(now(), 5 gridproofs)",
    "SELECT FROM WHERE",
    "SELECT * FROM {target} WHERE",
    "gridproof",
    "",
)
"""What no engine knows: a name that is none, and what is no statement."""

FOUR = "UNNEST(sequence(1, 4)) AS t (x)"

DIALECTS: Mapping[str, int] = {
    f"SELECT DISTINCT ON (mod(x, 2)) x FROM {FOUR}": 2,
    f"SELECT x FROM {FOUR} QUALIFY row_number() OVER (ORDER BY x) = 1": 1,
    f"SELECT x FROM {FOUR} ORDER BY x OFFSET 1 ROW FETCH FIRST 2 ROWS ONLY": 2,
    f"SELECT x FROM {FOUR} EXCEPT SELECT x FROM {FOUR} WHERE x > 1": 1,
}
"""What engines may know or not, and how many rows it has where it is known."""

LONG = (
    "WITH a AS (SELECT x FROM UNNEST(sequence(1, {n})) AS t (x)) "
    "SELECT count(*) AS n FROM a AS b, a AS c, a AS d WHERE mod(b.x * c.x + d.x, 7) = 3"
)
"""As many rows to count as the third power of a number."""

FEW, MANY = 5, 10_000


def _named(exchange: ExchangeTarget, victim: str, texts: Iterable[str]) -> list[str]:
    database = exchange.database()
    values = {
        "database": database.database_name or "",
        "table": database.table_name or "",
        "target": database.table,
        "victim": victim,
    }
    return [_filled(text, values) for text in texts]


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def _refused(exchange: ExchangeTarget, database: str, queries: Iterable[str]) -> None:
    for query in queries:
        refused(partial(exchange.sql_page, database, query), REFUSED, f"the query {query!r}")


@requirement("DX-SQ-006")
@passive
def test_table_has_the_quoted_names_of_the_database(exchange: ExchangeTarget) -> None:
    database = exchange.database()
    query = f"SELECT count(*) AS n FROM {database.table} WHERE time > now()"
    result = exchange.sql(database.time_series_db_id, query)
    expect(len(result.rows) == 1, f"rows of {query}", got=result.rows, wanted="one")


@requirement("DX-SQ-006")
@passive
def test_other_tables_are_refused(exchange: ExchangeTarget) -> None:
    database = exchange.database()
    tables = [t for t in _named(exchange, "", OTHER_TABLES) if t != database.table]
    queries = [f"SELECT count(*) AS n FROM {table}" for table in sampled(tables, 4)]
    _refused(exchange, database.time_series_db_id, queries)


@requirement("DX-SQ-006", needs=["administration"])
def test_tables_of_other_databases_are_refused(exchange: ExchangeTarget) -> None:
    """Also one of the same owner; and one hidden in a subselect or a join."""
    mine, other = exchange.fresh_database(), exchange.fresh_database()
    hidden = (
        f"SELECT count(*) AS n FROM {other.table}",
        f"SELECT count(*) AS n FROM {mine.table} WHERE EXISTS (SELECT 1 FROM {other.table})",
        f"WITH x AS (SELECT * FROM {other.table}) SELECT count(*) AS n FROM x",
        f"SELECT count(*) AS n FROM {mine.table} CROSS JOIN {other.table}",
    )
    _refused(exchange, mine.time_series_db_id, hidden)


@requirement("DX-SQ-006")
@passive
def test_tables_of_others_are_refused(exchange: ExchangeTarget) -> None:
    theirs: list[TimeSeriesDb] = []
    for role in ("outsider", "second_owner"):
        if role in exchange.roles:
            theirs += exchange.as_role(role).list_databases()
    if not theirs:
        not_applicable("the profile gives no token of somebody else who has a database")
    queries = [f"SELECT count(*) AS n FROM {database.table}" for database in theirs[:2]]
    _refused(exchange, exchange.database().time_series_db_id, queries)


@requirement("DX-SQ-007")
@passive
def test_several_statements_and_files_are_refused(exchange: ExchangeTarget) -> None:
    texts = [*SEVERAL, *sampled(FILES, 4)]
    _refused(exchange, exchange.database().time_series_db_id, _named(exchange, "", texts))


@requirement("DX-SQ-007")
def test_statements_that_write_are_refused(exchange: ExchangeTarget) -> None:
    """They name a table of the check's own where there is one, else one that is not there."""
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    asset.publish(single(NAMES["DOUBLE"], "1.0", asset.base_ns))
    own = exchange.profile.administration
    victim = exchange.get_database(asset.database).table if own else '"gridproof"."none"'
    _refused(exchange, asset.database, _named(exchange, victim, sampled(WRITES, 6)))
    asset.mark()
    asset.judge("last values after statements that write")


@requirement("DX-SQ-010")
@passive
def test_what_is_not_supported_is_an_error(exchange: ExchangeTarget) -> None:
    queries = _named(exchange, "", sampled(UNSUPPORTED, 5))
    _refused(exchange, exchange.database().time_series_db_id, queries)


@requirement("DX-SQ-010")
@passive
def test_no_part_of_a_statement_is_passed_over(exchange: ExchangeTarget) -> None:
    database = exchange.database().time_series_db_id
    for query, wanted in sampled(list(DIALECTS.items()), 2):
        answer = attempt(partial(exchange.sql, database, query))
        if isinstance(answer, Refused):
            said = f"{answer.code.name}: {answer.details}"
            expect(answer.code in REFUSED, f"the query {query!r}", got=said, wanted=REFUSED)
        else:
            got = len(answer.rows)
            expect(got == wanted, f"rows of {query!r}", got=got, wanted=f"{wanted}, or an error")


@requirement("DX-SQ-010")
@passive
def test_an_error_says_what_is_not_supported(exchange: ExchangeTarget) -> None:
    database = exchange.database().time_series_db_id
    refusal = refused(
        partial(exchange.sql_page, database, "SELECT gridproof_nothing(1) AS x"),
        REFUSED,
        "an unknown function",
    )
    named = "gridproof_nothing" in refusal.details.lower()
    advise(named, "error of an unknown function", got=refusal.details, wanted="its name")


@requirement("DX-SQ-011")
@passive
@background(lasts_s=LONGEST_S)
def test_query_ends_at_its_limit(exchange: ExchangeTarget) -> None:
    limit_s = exchange.profile.sql_limit
    if limit_s is None or limit_s > LONGEST_S - 2 * SECOND_S:
        not_applicable("the profile tells no limit of queries that can be waited for")
    database = exchange.database().time_series_db_id
    short = exchange.sql(database, LONG.replace("{n}", str(FEW)))
    found = short.typed()[0][0]
    expect(
        found == _counted(FEW), f"rows of {LONG} with n = {FEW}", got=found, wanted=_counted(FEW)
    )
    patient = exchange.with_deadline(limit_s + SECOND_S + exchange.profile.latency)
    began = time.monotonic()
    answer = attempt(partial(patient.sql_page, database, LONG.replace("{n}", str(MANY))))
    took_s = time.monotonic() - began
    expect(
        isinstance(answer, Refused) and answer.code in REFUSED,
        f"a query of a million million rows after {took_s:.1f} s",
        got=answer,
        wanted="an error",
    )
    most_s = limit_s + SECOND_S + GRACE_S
    expect(
        took_s <= most_s,
        "how long a query took",
        got=f"{took_s:.1f} s",
        wanted=f"at most {most_s:g} s",
    )


def _counted(most: int) -> int:
    numbers = range(1, most + 1)
    return sum((x * y + z) % 7 == 3 for x in numbers for y in numbers for z in numbers)
