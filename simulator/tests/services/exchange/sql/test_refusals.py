"""What is not supported is refused by its name; what is wrong is told in the query's own words."""

import pytest

from simulator.services.exchange.errors import ExchangeError
from simulator.services.exchange.sql.invocations import SUPPORTED
from simulator.tests.services.exchange.sql.asking import Asking

T = '"db"."t"'

NAMED = [
    ("SELECT json_parse('{}')", "json_parse"),
    ("SELECT rand()", "rand"),
    ("SELECT map(ARRAY[1], ARRAY[2])", "map"),
    ("SELECT now() AT TIME ZONE 'UTC'", "ATTIMEZONE"),
    ("SELECT CAST(1 AS DECIMAL(10, 2))", r"decimal\(10, 2\)"),
    ("SELECT CAST('a' AS VARCHAR(2))", r"varchar\(2\)"),
    ("SELECT 1::bigint", "::"),
    ("SELECT x'00'", "HEXSTRING"),
    (f"SELECT * FROM {T} TABLESAMPLE BERNOULLI (10)", "TABLE SAMPLE"),
    (f"SELECT DISTINCT ON (assetId) * FROM {T}", "DISTINCT ON"),
    ("WITH RECURSIVE r AS (SELECT 1) SELECT * FROM r", "WITH RECURSIVE"),
    (f"SELECT sum(SOC) OVER w FROM {T} WINDOW w AS (ORDER BY time)", "WINDOW"),
    (f"SELECT approx_percentile(SOC, 1, 0.5) FROM {T}", "approx_percentile"),
    (f"SELECT SOC FROM {T} FETCH FIRST 1 ROWS ONLY", "FETCH"),
    ("SELECT date_format(now(), '%U')", "%U"),
    ("SELECT ?", "PLACEHOLDER"),
    ("SELECT * FROM (VALUES 1) AS v(x) NATURAL JOIN (VALUES 1) AS w(x)", "JOIN METHOD"),
    ("UPDATE x SET y = 1", "UPDATE"),
]

TOLD = [
    ("", "empty"),
    ("SELECT", "needs something to select"),
    ("SELECT FROM WHERE", "cannot be read"),
    ("SELECT 'open", "cannot be read"),
    (f"SELECT nothing FROM {T}", "'nothing' does not exist"),
    (f"SELECT measure_value FROM {T}", "'measure_value' does not exist"),
    (f"SELECT a.time FROM {T} b", "'a.time' does not exist"),
    (f"SELECT time FROM {T} a, {T} b", "'time' is ambiguous"),
    ("SELECT * FROM t", '"database"."table"'),
    (f"SELECT SOC, count(*) FROM {T} GROUP BY assetId", '"SOC" must appear in the GROUP BY'),
    (f"SELECT count(*) AS n FROM {T} WHERE n > 1", "'n' does not exist"),
    (f"SELECT count(*) AS n FROM {T} GROUP BY n", "'n' does not exist"),
    (f"SELECT sum(assetId) FROM {T}", r"sum\(varchar\)"),
    (f"SELECT assetId + 1 FROM {T}", r"varchar \+ integer"),
    (f"SELECT 1 FROM {T} WHERE assetId > 5", "varchar and integer"),
    (f"SELECT 1 FROM {T} WHERE time > 'soon'", "'soon' is not a timestamp"),
    ("SELECT 1 / 0", "Division by zero"),
    ("SELECT 9223372036854775807 + 1", "Overflow"),
    ("SELECT CAST('x' AS DOUBLE)", "Could not convert"),
    ("SELECT CAST('1.5' AS BIGINT)", "The text is no bigint"),
    ("SELECT ARRAY[1][2]", "out of the array's bounds"),
    ("SELECT sequence(1, 5, -1)", "does not lead"),
    ("SELECT sequence(now(), ago(1h))", r"sequence\(timestamp, timestamp\)"),
    ("SELECT bin(now(), 0s)", "not positive"),
    ("SELECT lag(1)", "needs OVER"),
    ("SELECT row_number()", "needs OVER"),
    ("SELECT upper('a') OVER ()", "not an aggregate or window function"),
    ("SELECT 1 ORDER BY 2", "position 2"),
    ("SELECT 1 LIMIT 1 + 1", "LIMIT takes a whole number"),
    ("SELECT 1 UNION SELECT 1, 2", "number of columns"),
    ("SELECT 1 UNION SELECT 'a'", "integer and varchar"),
    ("SELECT (SELECT 1, 2)", "one column"),
    ("SELECT from_iso8601_timestamp(x) FROM (VALUES 'never') AS v(x)", "not a timestamp"),
    (
        f"SELECT correlate_pearson(a, b) FROM (SELECT create_time_series(time, SOC) AS a, "
        f"create_time_series(time + 1s, SOC) AS b FROM {T})",
        "same timestamps",
    ),
    ("SHOW COLUMNS", "SHOW is of"),
    ("SHOW MEASURES", "SHOW is of"),
    ('DESCRIBE "db"', "no table"),
    ("DESCRIBE", "A table is named"),
]


@pytest.mark.parametrize(("query", "told"), [*NAMED, *TOLD])
async def test_refusal_tells_what_is_meant(asking: Asking, query: str, told: str) -> None:
    with pytest.raises(ExchangeError, match=told) as refused:
        await asking.page(query)
    assert refused.value.kind == "ValidationException"


def test_functions_that_reach_beyond_a_table_are_not_supported() -> None:
    assert not SUPPORTED & {"read_csv", "read_text", "getenv", "query", "glob", "error", "sleep_ms"}
    assert len(SUPPORTED) > 150


async def test_wrong_arguments_are_refused_not_passed_on(asking: Asking) -> None:
    wrong = ", ".join(["ROW(ROW(1))"] * 9)
    for name in sorted(SUPPORTED - {"coalesce", "greatest", "least", "row"}):
        with pytest.raises(ExchangeError) as refused:
            await asking.page(f"SELECT {name}({wrong})")
        assert refused.value.kind == "ValidationException", name
