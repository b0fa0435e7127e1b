"""Golden queries over time series, arrays, numbers and texts, queries of queries, the catalogue."""

from typing import Any

from simulator.tests.services.exchange.sql.golden import DAY, POWER, T, minute

COMPOUND: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    # Time series.
    "create_time_series": (
        f"SELECT assetId, create_time_series(time, SOC) AS soc FROM {T} WHERE assetId = 'b1' "
        "GROUP BY assetId",
        [("b1", [(minute(0), "50.0"), (minute(5), "55.5"), (minute(10), "61.25")])],
    ),
    "interpolate_linear": (
        f"SELECT interpolate_linear(create_time_series(time, measure_value::double), "
        f"sequence(timestamp '2024-01-01 00:04:00', timestamp '2024-01-01 00:06:00', 1m)) "
        f"FROM {T} WHERE measure_name = 'power' AND assetId = 'm2'",
        [([(minute(4), "96.0"), (minute(5), "95.0"), (minute(6), "94.0")],)],
    ),
    "interpolate_linear at one time": (
        f"SELECT interpolate_linear(create_time_series(time, SOC), "
        f"timestamp '2024-01-01 00:02:30') FROM {T}",
        [("52.75",)],
    ),
    "interpolate_locf and fill": (
        f"SELECT interpolate_locf(s, sequence(min_t, max_t, 3m)), "
        f"interpolate_fill(s, sequence(min_t, max_t, 5m), 0.0) FROM (SELECT "
        f"create_time_series(time, SOC) AS s, min(time) AS min_t, max(time) AS max_t FROM {T} "
        "WHERE assetId = 'b1')",
        [
            (
                [(minute(m), v) for m, v in ((0, "50.0"), (3, "50.0"), (6, "55.5"), (9, "55.5"))],
                [(minute(0), "50.0"), (minute(5), "55.5"), (minute(10), "61.25")],
            )
        ],
    ),
    "interpolate_spline_cubic": (
        # The natural spline through (0, 0), (1, 1), (2, 0) is 1.5 x - 0.5 x³ up to 1.
        "SELECT interpolate_spline_cubic(create_time_series(t, x), "
        "timestamp '1970-01-01 00:00:00.5') FROM (VALUES (timestamp '1970-01-01 00:00:00', 0.0), "
        "(timestamp '1970-01-01 00:00:01', 1.0), (timestamp '1970-01-01 00:00:02', 0.0)) "
        "AS v(t, x)",
        [("0.6875",)],
    ),
    "unnest of a time series": (
        f"WITH s AS (SELECT assetId, create_time_series(time, measure_value::bigint) AS ts "
        f"FROM {T} WHERE measure_name = 'count' GROUP BY assetId) SELECT s.assetId, t.time, "
        "t.value FROM s CROSS JOIN UNNEST(s.ts) AS t(time, value) ORDER BY t.time",
        [("m1", minute(0), "7"), ("m1", minute(1), "8"), ("m1", minute(2), "10")],
    ),
    "derivatives": (
        "SELECT derivative_linear(ts, 1m), non_negative_derivative_linear(ts, 1m) FROM (SELECT "
        "create_time_series(t, x) AS ts FROM (VALUES (timestamp '2024-01-01 00:00:00', 1.0), "
        "(timestamp '2024-01-01 00:02:00', 5.0), (timestamp '2024-01-01 00:03:00', 2.0)) "
        "AS v(t, x))",
        [([(minute(2), "2.0"), (minute(3), "-3.0")], [(minute(2), "2.0")])],
    ),
    "integral": (
        f"SELECT integral_trapezoidal(create_time_series(time, measure_value::double), 1m), "
        f"integral_trapezoidal(create_time_series(time, measure_value::double)) FROM ({POWER}) "
        "WHERE assetId = 'm1'",
        [("405.0", "24300.0")],
    ),
    "correlations": (
        "SELECT correlate_pearson(a, b), correlate_spearman(a, b) FROM (SELECT "
        "create_time_series(t, x) AS a, create_time_series(t, y) AS b FROM (VALUES "
        "(timestamp '2024-01-01 00:00:00', 1.0, 1.0), (timestamp '2024-01-01 00:01:00', 2.0, 0.0), "
        "(timestamp '2024-01-01 00:02:00', 3.0, -1.0)) AS v(t, x, y))",
        [("-1.0", "-1.0")],
    ),
    "filter and reduce of a time series": (
        f"SELECT filter(s, x -> x.value > 52.0), reduce(s, DOUBLE '0.0', (sum, x) -> "
        f"sum + x.value, sum -> sum) FROM (SELECT create_time_series(time, SOC) AS s FROM {T})",
        [([(minute(5), "55.5"), (minute(10), "61.25")], "166.75")],
    ),
    "a row as the state of a reduction": (
        # Which share of the points is above 52.
        f"SELECT reduce(s, CAST(ROW(0, 0) AS ROW(high BIGINT, total BIGINT)), (s, x) -> "
        "CAST(ROW(s.high + if(x.value > 52.0, 1, 0), s.total + 1) AS ROW(high BIGINT, total "
        "BIGINT)), s -> if(s.total = 0, NULL, CAST(s.high AS DOUBLE) / s.total)) FROM "
        f"(SELECT create_time_series(time, SOC) AS s FROM {T})",
        [("0.6666666666666666",)],
    ),
    "gaps between points": (
        f"SELECT time - lag(time) OVER (ORDER BY time) AS gap FROM {T} WHERE assetId = 'b1' "
        "ORDER BY time",
        [(None,), ("0 00:05:00.000000000",), ("0 00:05:00.000000000",)],
    ),
    "compared with the mean of all": (
        f"WITH fleet AS (SELECT avg(measure_value::double) AS mean FROM {T}), each AS (SELECT "
        f"assetId, avg(measure_value::double) AS mean FROM {T} GROUP BY assetId) SELECT assetId, "
        "round(each.mean, 2) FROM fleet, each WHERE each.mean > 1.1 * fleet.mean",
        # (450 + 860) / 19 = 68.9; m1 has 45, m2 has 860 / 9.
        [("m2", "95.56")],
    ),
    "grouping sets": (
        f"SELECT assetId, site, count(*) FROM {T} GROUP BY GROUPING SETS ((assetId), (site)) "
        "ORDER BY assetId, site",
        [
            *(("b1", None, "3"), ("m1", None, "13"), ("m2", None, "9")),
            *((None, "north", "16"), (None, "south", "9")),
        ],
    ),
    # Arrays.
    "arrays": (
        "SELECT ARRAY[1, 2, 3][2], cardinality(ARRAY[1, NULL]), contains(ARRAY[1, 2], 2), "
        "array_join(ARRAY['a', NULL, 'b'], '-', '?'), array_distinct(ARRAY[3, 1, 3]), "
        "array_sort(ARRAY[3, NULL, 1]), element_at(ARRAY[1, 2], -1), slice(ARRAY[1, 2, 3], 2, 2)",
        [("2", "2", "true", "a-?-b", ["3", "1"], ["1", "3", None], "2", ["2", "3"])],
    ),
    "sequence": (
        "SELECT sequence(1, 7, 3), sequence(3, 1), cardinality(sequence(ago(1h), now(), 15m))",
        [(["1", "4", "7"], ["3", "2", "1"], "5")],
    ),
    "functions as arguments": (
        "SELECT transform(ARRAY[1, 2], x -> x * 10), filter(ARRAY[1, 2, 3], x -> x > 1), "
        "reduce(ARRAY[1, 2, 3], 0, (s, x) -> s + x, s -> s * 2), "
        "any_match(ARRAY[1, 2], x -> x = 2), zip_with(ARRAY[1, 2], ARRAY[3, 4], (x, y) -> x + y)",
        [(["10", "20"], ["2", "3"], "12", "true", ["4", "6"])],
    ),
    "unnest of arrays": (
        "SELECT a, b, n FROM UNNEST(ARRAY['x', 'y'], ARRAY[1]) WITH ORDINALITY AS t(a, b, n)",
        [("x", "1", "1"), ("y", None, "2")],
    ),
    "rows": (
        "SELECT ROW(1, 'a'), zip(ARRAY[1], ARRAY['x'])",
        [(("1", "a"), [("1", "x")])],
    ),
    # Numbers, texts, conditions.
    "integer division": (
        "SELECT 7 / 2, -7 / 2, 7 % 3, -7 % 3, 7.0 / 2, 1 / 3.0, 2 * 1.5",
        [("3", "-3", "1", "-1", "3.5", "0.3333333333333333", "3.0")],
    ),
    "numbers as text": (
        "SELECT 1e7, 0.5, 1.0e-4, CAST(12345678.5 AS VARCHAR), infinity(), nan()",
        [("1.0E7", "0.5", "1.0E-4", "1.23456785E7", "Infinity", "NaN")],
    ),
    "mathematics": (
        "SELECT round(2.5), round(-2.5), round(3.14159, 2), truncate(-1.7), sign(-3), "
        "power(2, 10), mod(9, 4), ceil(1.2), abs(-4), sqrt(9), greatest(1, 2), least(1, NULL)",
        [
            (
                *("3.0", "-3.0", "3.14", "-1.0", "-1", "1024.0", "1"),
                *("2.0", "4", "3.0", "2", None),
            )
        ],
    ),
    "texts": (
        "SELECT upper('ab') || lower('CD'), substr('hello', 2, 3), split_part('a,b', ',', 3), "
        "length('naïve'), replace('aba', 'a', 'x'), concat('a', NULL), strpos('abc', 'c'), "
        "regexp_extract('m12', '[0-9]+'), regexp_like('abc', 'b.'), regexp_extract('a', 'z'), "
        "lpad('7', 3, '0'), reverse('abc'), split('a-b', '-')",
        [
            (
                *("ABcd", "ell", None, "5", "xbx", None, "3", "12", "true", None, "007"),
                *("cba", ["a", "b"]),
            )
        ],
    ),
    "casts": (
        "SELECT CAST('12' AS BIGINT), TRY_CAST('x' AS DOUBLE), CAST(2.5 AS BIGINT), "
        "CAST(time AS VARCHAR), CAST(time AS DATE), TRY_CAST('1.5' AS BIGINT), try(1 / 0) "
        f"FROM {T} WHERE assetId = 'b1' AND cycles = 4",
        [("12", None, "3", minute(10), DAY, None, None)],
    ),
    "conditions": (
        "SELECT CASE WHEN x > 1 THEN 'big' ELSE 'small' END, CASE x WHEN 1 THEN 'one' END, "
        "if(x = 1, 1, 2.5), coalesce(NULL, x), nullif(x, 1), x IN (1, 3), x BETWEEN 0 AND 1, "
        "x IS DISTINCT FROM NULL, 'a_b' LIKE 'a!_%' ESCAPE '!' FROM (VALUES 1) AS v(x)",
        [("small", "one", "1.0", "1", None, "true", "true", "true", "true")],
    ),
    # Queries of queries.
    "common table expressions": (
        f"WITH p AS (SELECT time, measure_value::double AS v FROM {T} WHERE assetId = 'm1' AND "
        "measure_name = 'power'), top AS (SELECT max(v) AS v FROM p) SELECT p.time FROM p "
        "JOIN top ON p.v = top.v",
        [(minute(9),)],
    ),
    "join using": (
        f"SELECT assetId, a.n, b.soc FROM (SELECT assetId, count(*) AS n FROM {T} GROUP BY "
        f"assetId) a LEFT JOIN (SELECT assetId, max(SOC) AS soc FROM {T} WHERE SOC > 1 GROUP BY "
        "assetId) b USING (assetId) ORDER BY assetId",
        [("b1", "3", "61.25"), ("m1", "13", None), ("m2", "9", None)],
    ),
    "subqueries": (
        f"SELECT DISTINCT assetId FROM {T} WHERE measure_value::double = (SELECT "
        f"max(measure_value::double) FROM {T}) OR assetId IN (SELECT assetId FROM {T} WHERE "
        "SOC IS NOT NULL) ORDER BY assetId",
        [("b1",), ("m2",)],
    ),
    "union, order, limit, offset": (
        "SELECT 1 AS x UNION ALL SELECT 2.5 UNION ALL SELECT NULL ORDER BY x DESC OFFSET 1 LIMIT 2",
        [("1.0",), (None,)],
    ),
    "intersect and except": (
        "(SELECT 1 INTERSECT SELECT 1) EXCEPT SELECT 2",
        [("1",)],
    ),
    # The catalogue.
    "show databases": ("SHOW DATABASES", [("db",)]),
    "show databases like": ("SHOW DATABASES LIKE 'x%'", []),
    "show tables": ('SHOW TABLES FROM "db"', [("t",)]),
    "show measures": (
        f"SHOW MEASURES FROM {T}",
        [
            ("battery", "multi", [("assetId", "varchar"), ("site", "varchar")]),
            ("count", "bigint", [("assetId", "varchar"), ("site", "varchar")]),
            ("power", "double", [("assetId", "varchar"), ("site", "varchar")]),
        ],
    ),
    "show measures like": (
        f"SHOW MEASURES FROM {T} LIKE 'po%'",
        [("power", "double", [("assetId", "varchar"), ("site", "varchar")])],
    ),
    "describe": (
        f"DESCRIBE {T}",
        [
            ("assetId", "varchar", "DIMENSION"),
            ("site", "varchar", "DIMENSION"),
            ("measure_name", "varchar", "MEASURE_NAME"),
            ("time", "timestamp", "TIMESTAMP"),
            ("measure_value::double", "double", "MEASURE_VALUE"),
            ("measure_value::bigint", "bigint", "MEASURE_VALUE"),
            ("SOC", "double", "MULTI"),
            ("cycles", "bigint", "MULTI"),
            ("online", "boolean", "MULTI"),
            ("state", "varchar", "MULTI"),
        ],
    ),
}
