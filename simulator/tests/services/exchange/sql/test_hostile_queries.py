"""Hostile queries: refused, or ended when their time is over; nobody else notices anything."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.services.exchange.errors import ExchangeError
from simulator.tests.services.exchange.sql.asking import Asking
from simulator.tests.services.exchange.sql.tables import COLUMNS, START, FakeTable, site

T = '"db"."t"'
LIMIT_S = 0.4

REFUSED = {
    "file as table": "SELECT * FROM '/etc/passwd'",
    "file by function": "SELECT * FROM read_csv('/etc/passwd')",
    "file as text": "SELECT read_text('/etc/passwd')",
    "files by pattern": "SELECT * FROM glob('/*')",
    "copy": f"COPY {T} TO '/tmp/out.csv'",
    "copy of a query": "COPY (SELECT 1) TO '/tmp/out.csv'",
    "attach": "ATTACH '/tmp/other.db' AS other",
    "pragma": "PRAGMA database_list",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "set": "SET enable_external_access = true",
    "insert": f"INSERT INTO {T} VALUES (1)",
    "delete": f"DELETE FROM {T}",
    "create": "CREATE TABLE x AS SELECT 1",
    "drop": f"DROP TABLE {T}",
    "unload": f"UNLOAD (SELECT * FROM {T}) TO 's3://bucket'",
    "explain": "EXPLAIN SELECT 1",
    "call": "CALL pragma_version()",
    "two statements": "SELECT 1; SELECT 2",
    "statement behind a comment": "SELECT 1 /* ; */ ; DROP TABLE x",
    "information schema": "SELECT * FROM information_schema.tables",
    "duckdb's catalogue": "SELECT * FROM duckdb_tables()",
    "sqlite's catalogue": "SELECT * FROM sqlite_master",
    "another database": 'SELECT * FROM "other"."t"',
    "another table": 'SELECT * FROM "db"."secret"',
    "a physical table": "SELECT * FROM d1",
    "a physical column": f"SELECT c0 FROM {T}",
    "row ids": f"SELECT rowid FROM {T}",
    "the environment": "SELECT getenv('HOME')",
    "settings": "SELECT current_setting('home_directory')",
    "another catalogue of tables": 'SELECT * FROM "memory"."main"."d1"',
    "endless recursion": "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) "
    "SELECT count(*) FROM r",
    "lateral": f"SELECT * FROM {T}, LATERAL (SELECT 1)",
    "table functions by join": f"SELECT * FROM {T} CROSS JOIN range(10)",
    "huge sequence": "SELECT sequence(1, 1000000000)",
    "huge steps": "SELECT cardinality(sequence(-9223372036854775807, 9223372036854775807))",
    "huge repeat": "SELECT repeat('x', 1000000000)",
    "repeated repeats": "SELECT repeat(repeat('x', 10000), 10000)",
    "huge padding": "SELECT lpad('x', 1000000000, 'y')",
    "lists of lists": "SELECT transform(sequence(1, 10000), x -> sequence(1, 10000))",
    "a state that grows": "SELECT reduce(sequence(1, 999), 'x', (s, x) -> s || s, s -> s)",
    "texts that multiply": "SELECT replace(t, 'x', t) FROM "
    "(SELECT array_join(repeat('x', 9000), '') AS t)",
    "deep parentheses": f"SELECT {'(' * 5000}1{')' * 5000}",
    "deep negation": f"SELECT {'-' * 5} {'- ' * 5000}1",
    "deep conditions": f"SELECT {'NOT ' * 5000}true",
    "deep arrays": f"SELECT {'ARRAY[' * 45}1{']' * 45}",
    "deep types": f"SELECT {'date(' * 45}now(){')' * 45}",
    "bins of bins": f"SELECT {'bin(' * 40}now(){', 5m)' * 40}",
    "functions in functions": f"SELECT {'transform(ARRAY[1], x -> ' * 12}1{')' * 12}",
    "long text": f"SELECT '{'x' * 300_000}'",
    "many words": f"SELECT {'1,' * 30_000}1",
    "quotes": "SELECT 'it''s' || ''' FROM read_csv(''x'') --",
    "not a character": "SELECT '\0'",
}

ENDLESS = {
    "cross join of everything": f"SELECT count(*) FROM {' CROSS JOIN '.join([T] * 9)}",
    "join without a key": f"SELECT count(*) FROM {T} a JOIN {T} b ON a.time < b.time "
    + " ".join(f"JOIN {T} j{i} ON j{i}.time > a.time" for i in range(7)),
    "rows that multiply": "SELECT count(*) FROM "
    + " CROSS JOIN ".join(f"UNNEST(sequence(1, 10000)) AS t{i}(x{i})" for i in range(4)),
    "sorting": f"SELECT a.time FROM {' CROSS JOIN '.join([f'{T} a', *[T] * 8])} ORDER BY 1",
}


@pytest.fixture
def asking() -> Iterator[Asking]:
    other = FakeTable(COLUMNS, database="other")
    other.add(assetId="secret", measure_name="m", time=START)
    asking = Asking({"db-1": site(), "db-2": other}, time_limit_s=LIMIT_S, memory_mb=256)
    yield asking
    asking.queries.close()


@pytest.fixture(scope="module")
def refusing() -> Iterator[Asking]:
    other = FakeTable(COLUMNS, database="other")
    asking = Asking({"db-1": site(), "db-2": other}, time_limit_s=20)
    yield asking
    asking.queries.close()


@pytest.mark.parametrize("name", REFUSED)
async def test_query_is_refused(refusing: Asking, name: str) -> None:
    with pytest.raises(ExchangeError) as refused:
        await refusing.page(REFUSED[name])
    assert refused.value.kind == "ValidationException"
    assert "root:" not in refused.value.text
    assert await refusing.rows(f"SELECT count(*) FROM {T}") == [("25",)]


@pytest.mark.parametrize("name", ENDLESS)
async def test_query_ends_soon_after_its_time(asking: Asking, name: str) -> None:
    began = time.monotonic()
    with pytest.raises(ExchangeError) as ended:
        await asking.page(ENDLESS[name])
    assert ended.value.kind in ("QueryTimeout", "LimitExceeded")
    assert time.monotonic() - began < LIMIT_S + 1
    assert await asking.rows(f"SELECT count(*) FROM {T}") == [("25",)]


async def test_others_are_answered_while_a_query_runs(asking: Asking) -> None:
    endless = asyncio.create_task(asking.page(ENDLESS["cross join of everything"], user="u2"))
    await asyncio.sleep(0.1)
    assert await asking.rows(f"SELECT count(*) FROM {T}") == [("25",)]
    assert not endless.done()
    with pytest.raises(ExchangeError):
        await endless


async def test_a_query_that_nobody_waits_for_ends(asking: Asking) -> None:
    endless = asyncio.create_task(asking.page(ENDLESS["cross join of everything"]))
    await asyncio.sleep(0.1)
    endless.cancel()
    with pytest.raises(asyncio.CancelledError):
        await endless
    async with asyncio.timeout(5):
        while asking.queries.active:  # noqa: ASYNC110 - a worker thread ends, and tells nobody
            await asyncio.sleep(0.02)


async def test_a_user_has_only_so_many_queries_at_a_time(asking: Asking) -> None:
    query = ENDLESS["cross join of everything"]
    running = [asyncio.create_task(asking.page(query)) for _ in range(4)]
    await asyncio.sleep(0.1)
    with pytest.raises(ExchangeError, match="at most 4 queries"):
        await asking.page("SELECT 1")
    assert await asking.rows("SELECT 1", user="u2") == [("1",)]
    await asyncio.gather(*running, return_exceptions=True)
    assert await asking.rows("SELECT 1") == [("1",)]


async def test_memory_is_bounded(asking: Asking) -> None:
    lists = " CROSS JOIN ".join([f"{T} a", *[T] * 4])
    with pytest.raises(ExchangeError) as refused:
        await asking.page(f"SELECT array_agg(a.time) FROM {lists}")
    assert refused.value.kind in ("LimitExceeded", "QueryTimeout")
    assert await asking.rows("SELECT 1") == [("1",)]


async def test_nothing_is_written(asking: Asking, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with pytest.raises(ExchangeError):
        await asking.page(f"COPY (SELECT 1) TO '{target}'")
    assert not target.exists()


async def test_a_database_of_another_is_like_none(asking: Asking) -> None:
    with pytest.raises(ExchangeError) as refused:
        await asking.page("SELECT 1", db="db-9")
    assert refused.value.kind == "Unauthorized"


async def test_tables_do_not_see_each_other(asking: Asking) -> None:
    assert await asking.rows('SELECT assetId FROM "other"."t"', db="db-2") == [("secret",)]
    for query in ('SELECT * FROM "other"."t"', 'DESCRIBE "other"."t"', 'SHOW TABLES FROM "other"'):
        with pytest.raises(ExchangeError, match=r"another database|no table"):
            await asking.page(query)
    assert await asking.rows("SHOW DATABASES") == [("db",)]
