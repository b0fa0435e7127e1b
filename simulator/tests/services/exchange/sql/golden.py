"""Golden queries over instants, groups and windows; the data are those of `tables.site`."""

from typing import Any

T = '"db"."t"'
DAY = "2024-01-01"
POWER = f"SELECT * FROM {T} WHERE measure_name = 'power'"


def at(clock: str) -> str:
    return f"{DAY} {clock}.000000000"


def minute(number: int) -> str:
    return at(f"00:{number:02d}:00")


PLAIN: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    # Time: bins, the world's clock, truncation, arithmetic, parts, forms.
    "average by bins": (
        f"SELECT bin(time, 5m) AS b, avg(measure_value::double) AS mean FROM {T} "
        "WHERE measure_name = 'power' AND assetId = 'm1' GROUP BY bin(time, 5m) ORDER BY b",
        [(minute(0), "20.0"), (minute(5), "70.0")],
    ),
    "bins count from 1970": (
        "SELECT bin(timestamp '2024-01-01 00:07:00', 7m), bin(timestamp '1970-01-01 00:13:59', 7m)",
        # 2024-01-01 00:01 is 28 401 121 minutes after 1970, which is 7 times 4 057 303.
        [(minute(1), "1970-01-01 00:07:00.000000000")],
    ),
    "bins before 1970": (
        "SELECT bin(timestamp '1969-12-31 23:59:59', 1h)",
        [("1969-12-31 23:00:00.000000000",)],
    ),
    "now and ago": (
        "SELECT now(), current_timestamp, ago(90m), ago(1d), current_date, now() - 30s",
        [
            (
                *(at("01:00:00"), at("01:00:00"), "2023-12-31 23:30:00.000000000"),
                *("2023-12-31 01:00:00.000000000", DAY, at("00:59:30")),
            )
        ],
    ),
    "between ago and now": (
        f"SELECT count(*) FROM {T} WHERE time BETWEEN ago(1h) AND now()",
        [("25",)],
    ),
    "compared with text": (
        f"SELECT time FROM {T} WHERE assetId = 'b1' AND time > '2024-01-01 00:00:00' ORDER BY 1",
        [(minute(5),), (minute(10),)],
    ),
    "date_trunc": (
        "SELECT date_trunc('hour', t), date_trunc('day', t), date_trunc('week', t), "
        "date_trunc('month', t), date_trunc('year', t) "
        "FROM (SELECT timestamp '2024-02-29 13:14:15.123456789' AS t)",
        [
            (
                *("2024-02-29 13:00:00.000000000", "2024-02-29 00:00:00.000000000"),
                *("2024-02-26 00:00:00.000000000", "2024-02-01 00:00:00.000000000"),
                "2024-01-01 00:00:00.000000000",
            )
        ],
    ),
    "nanoseconds survive": (
        "SELECT timestamp '2024-01-01 00:00:00.123456789' + 1ns, "
        "date_add('month', 1, timestamp '2024-01-31 00:00:00.123456789')",
        [("2024-01-01 00:00:00.123456790", "2024-02-29 00:00:00.123456789")],
    ),
    "date_add and date_diff": (
        "SELECT date_add('minute', -5, now()), date_add('day', 31, date '2024-01-01'), "
        "date_diff('minute', ago(1h), now()), "
        "date_diff('hour', timestamp '2024-01-01 00:30:00', timestamp '2024-01-01 02:00:00'), "
        "date_diff('month', date '2024-01-15', date '2024-03-14')",
        [(at("00:55:00"), "2024-02-01", "60", "1", "1")],
    ),
    "parts of an instant": (
        "SELECT year(t), month(t), day(t), hour(t), minute(t), second(t), millisecond(t), "
        "day_of_week(t), day_of_year(t), week(t), quarter(t), extract(hour FROM t) "
        "FROM (SELECT timestamp '2024-03-03 04:05:06.789' AS t)",
        [("2024", "3", "3", "4", "5", "6", "789", "7", "63", "9", "1", "4")],
    ),
    "from and to numbers": (
        "SELECT from_milliseconds(1704067200123), from_nanoseconds(1), "
        "to_milliseconds(timestamp '2024-01-01 00:00:00.123'), "
        "to_nanoseconds(timestamp '1970-01-01 00:00:00.000000007'), to_milliseconds(5s)",
        [
            (
                *("2024-01-01 00:00:00.123000000", "1970-01-01 00:00:00.000000001"),
                *("1704067200123", "7", "5000"),
            )
        ],
    ),
    "ISO 8601": (
        "SELECT from_iso8601_timestamp('2022-06-17T08:04:05.000000000+05:00'), "
        "from_iso8601_date('2022-07-17'), to_iso8601(timestamp '2024-01-01 00:00:00.5')",
        [("2022-06-17 03:04:05.000000000", "2022-07-17", "2024-01-01T00:00:00.500000000Z")],
    ),
    "formats": (
        "SELECT date_format(timestamp '2019-10-20 10:20:20', '%Y-%m-%d %H:%i:%s'), "
        "format_datetime(timestamp '2019-10-20 10:20:20', 'yyyy-MM-dd''T''HH:mm'), "
        "date_parse('2019-10-20 10:20:20', '%Y-%m-%d %H:%i:%s')",
        [("2019-10-20 10:20:20", "2019-10-20T10:20", "2019-10-20 10:20:20.000000000")],
    ),
    "durations": (
        "SELECT 90s, 1d + 2h, interval '3' hour * 2, 500ms, interval '14' month, "
        "now() - timestamp '2023-12-31 00:00:00', parse_duration('2m')",
        [
            (
                *("0 00:01:30.000000000", "1 02:00:00.000000000", "0 06:00:00.000000000"),
                *("0 00:00:00.500000000", "1-2", "1 01:00:00.000000000", "0 00:02:00.000000000"),
            )
        ],
    ),
    # Aggregates.
    "counts": (
        f"SELECT count(*), count(SOC), count(DISTINCT assetId), count_if(online) FROM {T}",
        [("25", "3", "3", "2")],
    ),
    "sums and averages": (
        f"SELECT sum(measure_value::bigint), avg(measure_value::bigint), min(SOC), max(SOC) "
        f"FROM {T}",
        [("25", "8.333333333333334", "50.0", "61.25")],
    ),
    "last values": (
        f"SELECT assetId, max_by(measure_value::double, time) AS v, max(time) AS t FROM {T} "
        "WHERE measure_name = 'power' GROUP BY assetId ORDER BY assetId",
        [("m1", "90.0", minute(9)), ("m2", "91.0", minute(9))],
    ),
    "max_by keeps what is null": (
        f"SELECT max_by(state, time), min_by(state, time) FROM {T} WHERE assetId = 'b1'",
        [(None, "idle")],
    ),
    "max_by and max with n": (
        f"SELECT max_by(measure_value::double, time, 2), min(measure_value::double, 2) FROM {T} "
        "WHERE measure_name = 'power' AND assetId = 'm1'",
        [(["90.0", "80.0"], ["0.0", "10.0"])],
    ),
    "approximations": (
        f"SELECT approx_distinct(assetId), approx_percentile(measure_value::double, 0.9), "
        f"approx_percentile(measure_value::double, ARRAY[0.1, 1.0]) FROM ({POWER}) "
        "WHERE assetId = 'm1'",
        [("1", "80.0", ["0.0", "90.0"])],
    ),
    "statistics": (
        "SELECT stddev(x), var_pop(x), corr(x, 2 * x), geometric_mean(x), bool_and(x > 0) "
        "FROM (VALUES 2.0, 4.0, 6.0) AS v(x)",
        [("2.0", "2.6666666666666665", "1.0", "3.634241185664279", "true")],
    ),
    "filtered aggregates": (
        f"SELECT count(*) FILTER (WHERE measure_value::double > 50), "
        f"array_agg(measure_value::double ORDER BY time DESC) "
        f"FILTER (WHERE measure_value::double > 70) FROM ({POWER}) WHERE assetId = 'm1'",
        [("4", ["90.0", "80.0"])],
    ),
    "having": (
        f"SELECT assetId, count(*) AS n FROM {T} GROUP BY assetId HAVING count(*) > 5 "
        "ORDER BY n DESC",
        [("m1", "13"), ("m2", "9")],
    ),
    "rollup": (
        f"SELECT site, count(*) FROM {T} GROUP BY ROLLUP (site) ORDER BY 1",
        [("north", "16"), ("south", "9"), (None, "25")],
    ),
    # Windows.
    "lag": (
        f"SELECT time, measure_value::bigint - lag(measure_value::bigint) OVER "
        f"(PARTITION BY assetId ORDER BY time) AS step FROM {T} WHERE measure_name = 'count' "
        "ORDER BY time",
        [(minute(0), None), (minute(1), "1"), (minute(2), "2")],
    ),
    "row_number": (
        f"SELECT assetId, time FROM (SELECT assetId, time, row_number() OVER "
        f"(PARTITION BY assetId ORDER BY time DESC) AS rn FROM {T}) WHERE rn = 1 ORDER BY assetId",
        [("b1", minute(10)), ("m1", minute(9)), ("m2", minute(9))],
    ),
    "frames of rows and of time": (
        "SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), "
        "count(*) OVER (ORDER BY t RANGE BETWEEN 1m PRECEDING AND CURRENT ROW) FROM (VALUES "
        "(1, timestamp '2024-01-01 00:00:00'), (2, timestamp '2024-01-01 00:01:00'), "
        "(3, timestamp '2024-01-01 00:05:00')) AS v(x, t) ORDER BY x",
        [("1", "1"), ("3", "2"), ("5", "1")],
    ),
    "last value, nulls ignored": (
        f"SELECT time, last_value(state) IGNORE NULLS OVER (ORDER BY time) FROM {T} "
        "WHERE assetId = 'b1' ORDER BY time",
        [(minute(0), "idle"), (minute(5), "charging"), (minute(10), "charging")],
    ),
}
