"""Representative Timestream queries with the results that its documentation, or Trino's, gives.

All expectations are written by hand from the data that `tables.site` describes; the clock stands at
2024-01-01 01:00:00.
"""

import pytest

from simulator.tests.services.exchange.sql.asking import NOW, Asking, columns_of
from simulator.tests.services.exchange.sql.golden import PLAIN, T, at
from simulator.tests.services.exchange.sql.golden_compound import COMPOUND

QUERIES = PLAIN | COMPOUND


@pytest.mark.parametrize("name", QUERIES)
async def test_query_gives_the_documented_rows(asking: Asking, name: str) -> None:
    query, rows = QUERIES[name]
    assert await asking.rows(query) == rows
    # Its tree is kept.
    assert await asking.rows(query) == rows


async def test_columns_are_named_as_trino_names_them(asking: Asking) -> None:
    answer = await asking.answer(
        f'SELECT assetid, max(SOC), measure_value::double, time AS "When", 1 FROM {T} '
        "GROUP BY 1, 3, 4 LIMIT 1"
    )
    assert columns_of(answer) == [
        ("assetid", "VARCHAR"),
        ("_col1", "DOUBLE"),
        ("measure_value::double", "DOUBLE"),
        ("When", "TIMESTAMP"),
        ("_col4", "INTEGER"),
    ]


async def test_star_lists_dimensions_measure_name_time_and_measures(asking: Asking) -> None:
    answer = await asking.answer(f"SELECT * FROM {T} LIMIT 1")
    names = [name for name, _ in columns_of(answer)]
    first = ["assetId", "site", "measure_name", "time", "measure_value::double"]
    assert names == [*first, "measure_value::bigint", "SOC", "cycles", "online", "state"]


async def test_types_of_compound_columns_tell_what_is_inside(asking: Asking) -> None:
    answer = await asking.answer(
        f"SELECT create_time_series(time, SOC) AS s, ARRAY[1] AS a, ROW(1, true) AS r, NULL AS n, "
        f"count(*) AS c, now() - now() AS i, interval '1' year AS y FROM {T}"
    )
    types = {each["Name"]: each["Type"] for each in answer["ColumnInfo"]}
    double, integer = {"ScalarType": "DOUBLE"}, {"ScalarType": "INTEGER"}
    assert types["s"] == {"TimeSeriesMeasureValueColumnInfo": {"Type": double}}
    assert types["a"] == {"ArrayColumnInfo": {"Type": integer}}
    assert types["r"] == {"RowColumnInfo": [{"Type": integer}, {"Type": {"ScalarType": "BOOLEAN"}}]}
    scalars = [types[name]["ScalarType"] for name in ("n", "c", "i", "y")]
    assert scalars == ["UNKNOWN", "BIGINT", "INTERVAL_DAY_TO_SECOND", "INTERVAL_YEAR_TO_MONTH"]


async def test_now_is_the_worlds_clock(asking: Asking) -> None:
    asking.now_ns += 90 * 10**9
    later = await asking.rows("SELECT now()")
    asking.now_ns = NOW
    assert later == [(at("01:01:30"),)]
