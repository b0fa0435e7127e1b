"""Copies in DuckDB: equal to their tables whatever was added, changed and widened in between."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.exchange.series.table import ColumnType, Role
from simulator.services.exchange.sql.copies import Copies
from simulator.services.exchange.sql.engine import Engine
from simulator.services.exchange.sql.policy import SqlPolicy
from simulator.tests.services.exchange.sql.tables import COLUMNS, FakeTable, column

TEXT = st.text(max_size=5)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
ROW = st.fixed_dictionaries(
    {"time": st.integers(-(2**62), 2**62), "measure_name": TEXT, "assetId": TEXT},
    optional={"SOC": NUMBER, "cycles": st.integers(-(2**63), 2**63 - 1), "online": st.booleans()},
)
STEP = st.one_of(
    st.tuples(st.just("add"), st.lists(ROW, max_size=6)),
    st.tuples(st.just("change"), st.lists(st.tuples(st.integers(0, 99), ROW), max_size=6)),
    st.tuples(st.just("widen"), st.none()),
)


def applied(table: FakeTable, step: tuple[str, Any]) -> None:
    kind, what = step
    if kind == "add":
        for row in what:
            table.add(**row)
    elif kind == "change":
        for place, row in what:
            if table.rows:
                table.update(place % table.rows, **row)
    else:
        name = f"more{len(table.columns)}"
        table.columns.append(column(name, Role.MEASURE, ColumnType.BIGINT))
        if table.rows:
            table.update(0, **{name: len(table.columns)})


def copied(engine: Engine, table: FakeTable, name: str) -> list[tuple[Any, ...]]:
    columns = ", ".join(f"c{number}" for number in range(len(table.columns)))
    found = engine.connection().execute(f"SELECT {columns} FROM {name} ORDER BY rowid")
    return found.fetchall()


@settings(max_examples=12)
@given(st.lists(STEP, max_size=8), st.integers(1, 5))
async def test_a_copy_equals_its_table_after_every_step(steps: list[Any], at_a_time: int) -> None:
    policy = SqlPolicy(copy_rows=at_a_time, threads=1)
    engine, table = Engine(policy), FakeTable(COLUMNS)
    with ThreadPoolExecutor(1) as executor:
        copies = Copies(engine, policy, executor)
        for step in steps:
            applied(table, step)
            catalog = await copies.current("db", table)
            names = [each.name for each in table.columns]
            expected = [tuple(row.get(name) for name in names) for row in table.content]
            assert copied(engine, table, catalog.kept_as) == expected


async def test_many_changes_reach_rows_far_apart() -> None:
    policy = SqlPolicy(threads=1)
    engine, table = Engine(policy), FakeTable(COLUMNS)
    for number in range(10_000):
        table.add(time=number, measure_name="m", assetId="a", cycles=0)
    with ThreadPoolExecutor(1) as executor:
        copies = Copies(engine, policy, executor)
        await copies.current("db", table)
        for number in (0, 4095, 4096, 9_999):
            table.update(number, cycles=number + 1)
        catalog = await copies.current("db", table)
    rows = copied(engine, table, catalog.kept_as)
    places = {number: row[7] for number, row in enumerate(rows) if row[7]}
    assert places == {0: 1, 4095: 4096, 4096: 4097, 9_999: 10_000}


async def test_the_copy_queried_longest_ago_is_dropped_and_made_again() -> None:
    policy = SqlPolicy(copies=2, threads=1)
    engine = Engine(policy)
    tables = [FakeTable(COLUMNS) for _ in range(3)]
    for number, table in enumerate(tables):
        table.add(time=number, measure_name="m", assetId="a")
    with ThreadPoolExecutor(1) as executor:
        copies = Copies(engine, policy, executor)
        for number in (0, 1, 0, 2, 1):
            catalog = await copies.current(str(number), tables[number])
            assert copied(engine, tables[number], catalog.kept_as)[0][0] == number
        kept = engine.connection().execute("SELECT count(*) FROM duckdb_tables()").fetchone()
    assert kept == (2,)
