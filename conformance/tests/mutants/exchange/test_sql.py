"""The naive SQL: statements with results that were worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.mutants.exchange.book import Book, Refuse, Row
from conformance.mutants.exchange.calls import Call
from conformance.mutants.exchange.policy import STRAIGHT
from conformance.mutants.exchange.population import populated
from conformance.mutants.exchange.sql import rules
from conformance.mutants.exchange.sql.pages import carried_out

MINUTE = 60 * 10**9
NOW = 1_700_000_000 * 10**9 + 123_456_789  # 2023-11-14 22:13:20
BASE = 1_699_999_200 * 10**9  # 2023-11-14 22:00:00
TABLE = '"exchange"."naive-owner"'


@pytest.fixture(scope="module")
def call():
    book = populated(Book(now=lambda: NOW))
    database = book.databases["timeSeriesDb-naive-owner"]
    for minute in range(13):
        for asset, factor in (("a", 1), ("b", 10)):
            row = Row(
                asset=asset,
                dimensions={"name": asset.upper()},
                measure_name="m",
                time_ns=BASE + minute * MINUTE,
                version=1,
                single=False,
                values={
                    "kW": ("DOUBLE", factor * minute / 2),
                    "n": ("BIGINT", factor * minute),
                    "live": ("BOOLEAN", minute % 2 == 0),
                },
            )
            database.rows[asset, minute] = row
    row = Row(
        asset="a",
        dimensions={},
        measure_name="state",
        time_ns=BASE,
        version=1,
        single=True,
        values={"state": ("VARCHAR", "it's")},
    )
    database.rows["single",] = row
    return Call(policy=STRAIGHT, book=book, user=book.users["user-owner"])


def texts(call, text):
    database = call.book.databases["timeSeriesDb-naive-owner"]
    found = carried_out(call, database, text.format(T=TABLE))
    rows = [[STRAIGHT.sql_datum(value) for value in row] for row in found.rows]
    return [name for name, _ in found.columns], [
        [next(iter(datum.values())) for datum in row] for row in rows
    ]


ANSWERS = [
    ("SELECT count(*) FROM {T}", [["27"]]),
    ("SELECT count(kW), count(DISTINCT assetId) FROM {T}", [["26", "2"]]),
    (
        "SELECT bin(time, 5m) AS b, avg(kW) x FROM {T} WHERE assetId = 'a' GROUP BY bin(time, 5m)"
        " ORDER BY b",
        [
            ["2023-11-14 22:00:00.000000000", "1.0"],
            ["2023-11-14 22:05:00.000000000", "3.5"],
            ["2023-11-14 22:10:00.000000000", "5.5"],
        ],
    ),
    (
        "SELECT assetId, max_by(n, time), min_by(n, time), max(n), min(n), sum(n) FROM {T}"
        " WHERE n IS NOT NULL GROUP BY 1 ORDER BY 1 DESC",
        [["b", "120", "0", "120", "0", "780"], ["a", "12", "0", "12", "0", "78"]],
    ),
    (
        "SELECT n FROM {T} WHERE time BETWEEN ago(2m) AND now() AND name = 'A' ORDER BY time",
        [["12"]],
    ),
    ("SELECT DISTINCT date_trunc('hour', time) FROM {T}", [["2023-11-14 22:00:00.000000000"]]),
    ("SELECT measure_value::varchar AS v FROM {T} WHERE measure_name = 'state'", [["it's"]]),
    ("SELECT V FROM (SELECT kw AS v FROM {T}) WHERE v > 59.0", [["60.0"]]),
    ("SELECT now()", [["2023-11-14 22:13:20.123456789"]]),
    ("SELECT 7/2, -7/2, 7/2.0, 7 % 3, 'a' || 'b', NULL", [["3", "-3", "3.5", "1", "ab", True]]),
    ("SELECT n FROM {T} WHERE name = 'A' ORDER BY n DESC LIMIT 2", [["12"], ["11"]]),
    ("SELECT n FROM {T} WHERE name = 'A' AND (n = 3 OR n > 11 AND NOT live) ORDER BY 1", [["3"]]),
    ("SELECT count(*) FROM {T} WHERE assetId IN ('a', 'x') AND name LIKE 'A%'", [["13"]]),
    (
        "SELECT CASE WHEN n > 11 THEN 'high' ELSE 'low' END c, count(*) FROM {T}"
        " WHERE name = 'A' GROUP BY 1 ORDER BY 2",
        [["high", "1"], ["low", "12"]],
    ),
    (
        "WITH s AS (SELECT create_time_series(time, kW) ts FROM {T} WHERE name = 'A' AND n < 3)"
        " SELECT time, value FROM s CROSS JOIN UNNEST(ts) AS t(time, value) ORDER BY time DESC"
        " LIMIT 1",
        [["2023-11-14 22:02:00.000000000", "1.0"]],
    ),
    (
        "SELECT interpolate_linear(create_time_series(time, n),"
        " sequence(min(time), max(time), 30s)) FROM {T} WHERE name = 'A' AND n < 2",
        [
            [
                [
                    {"Time": "2023-11-14 22:00:00.000000000", "Value": {"ScalarValue": "0.0"}},
                    {"Time": "2023-11-14 22:00:30.000000000", "Value": {"ScalarValue": "0.5"}},
                    {"Time": "2023-11-14 22:01:00.000000000", "Value": {"ScalarValue": "1.0"}},
                ]
            ]
        ],
    ),
    (
        "SELECT interpolate_locf(create_time_series(time, n), "
        "from_iso8601_timestamp('2023-11-14T22:01:59.999Z')) FROM {T} WHERE name = 'A'",
        [["1"]],
    ),
    ("SELECT lag(n) OVER (ORDER BY time) FROM {T} WHERE name = 'A' AND n < 2", [[True], ["0"]]),
    ("SHOW DATABASES", [["exchange"]]),
    ('SHOW TABLES FROM "exchange"', [["naive-owner"]]),
]


@pytest.mark.parametrize(("text", "rows"), ANSWERS, ids=[text for text, _ in ANSWERS])
def test_statement_gives_the_rows_worked_out_by_hand(call, text, rows):
    assert texts(call, text)[1] == rows


def test_columns_are_named_by_alias_column_or_position(call):
    names, _ = texts(call, "SELECT kW, n AS x, n + 1, COUNT(*) FROM {T} GROUP BY kW, n")
    assert names == ["kW", "x", "_col2", "_col3"]


def test_describe_lists_columns_with_their_roles(call):
    _, rows = texts(call, "DESCRIBE {T}")
    assert rows[0] == ["assetId", "varchar", "DIMENSION"]
    assert ["measure_value::varchar", "varchar", "MEASURE_VALUE"] in rows
    assert ["kW", "double", "MULTI"] in rows


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DROP TABLE {T}",
        "INSERT INTO {T} VALUES (1)",
        "SELECT 1; SELECT 2",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        'SELECT * FROM "exchange"."other"',
        "SELECT * FROM information_schema.tables",
        "SELECT nowhere FROM {T}",
        "SELECT frobnicate(n) FROM {T}",
        "SELECT n FROM {T} UNION SELECT n FROM {T}",
        "SELECT n + 'a' FROM {T}",
        "SELECT 1/0",
        "SELECT n FROM {T} WHERE count(*) > 1",
        "SELECT n, count(*) FROM {T} GROUP BY assetId",
        "ATTACH 'x'",
        "SELECT n FROM {T} LIMIT x",
    ],
)
def test_refused_by_name(call, text):
    with pytest.raises(Refuse) as refusal:
        texts(call, text)
    assert refusal.value.kind == "ValidationException"


def test_a_join_of_everything_ends(call):
    hasty = replace(STRAIGHT, sql_limit=lambda started: rules.sql_limit(started - rules.LIMIT_S))
    with pytest.raises(Refuse) as refusal:
        texts(replace(call, policy=hasty), "SELECT count(*) FROM {T} a, {T} b, {T} c, {T} d")
    assert refusal.value.kind == "QueryTimeout"
