"""SQL queries over the telemetry, and the few lines of Python that give their rows (Timestream).

Placeholders of a query: `{table}` as the seed writes it, `{asset}` the quoted column of the asset,
`{m0}`, `{m1}`, `{b0}`, `{b1}` the ids of meters and batteries, `{start}` and `{end}` the first and
the last instant as texts of SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.oracles.exchange import sql
from conformance.oracles.exchange.times import instant
from conformance.oracles.exchange.times import sql as sql_text
from conformance.oracles.exchange.timestream import BadResult, Result, Sample
from conformance.suite.exchange.telemetry import CYCLES, MODE, ON, POWER, SOC, Telemetry
from conformance.targets.exchange import ExchangeTarget

Rows = Sequence[tuple[Any, ...]]

MINUTE_NS = 60 * 10**9

POWER_OF = "FROM {table} WHERE {asset} = '{m0}' AND measure_name = 'gridproof_power'"
POWERS = "FROM {table} WHERE {asset} IN ('{m0}', '{m1}') AND measure_name = 'gridproof_power'"
BATTERY = "FROM {table} WHERE {asset} = '{b0}' AND measure_name = 'battery'"

UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")

LEAP = "2024-02-29T13:14:15.250Z"


@dataclass(frozen=True, kw_only=True)
class Golden:
    """A query, and what gives its rows."""

    query: str
    rows: Callable[[Telemetry], Rows]


def power(given: Telemetry, number: int = 0) -> list[tuple[int, float]]:
    """Instants and values of a meter."""
    asset = given.meters[number]
    found = [
        (at, row.measures[POWER][1])
        for (owner, _, _, at), row in given.table.rows.items()
        if owner == asset
    ]
    return sorted(found)


def battery(given: Telemetry, number: int = 0) -> list[tuple[int, Mapping[str, Any]]]:
    """Instants of a battery, and the measures that are there."""
    asset = given.batteries[number]
    found = [
        (at, {name: meant for name, (_, meant) in row.measures.items()})
        for (owner, _, _, at), row in given.table.rows.items()
        if owner == asset
    ]
    return sorted(found, key=lambda pair: pair[0])


def filled(query: str, exchange: ExchangeTarget, given: Telemetry) -> str:
    """A query with its placeholders replaced."""
    values = {
        "table": given.database.table,
        "asset": f'"{exchange.profile.asset_column}"',
        "m0": given.meters[0],
        "m1": given.meters[1],
        "b0": given.batteries[0],
        "b1": given.batteries[1],
        "start": sql_text(given.start_ns),
        "end": sql_text(given.end_ns),
    }
    for name, value in values.items():
        query = query.replace("{" + name + "}", value)
    return query


def wrong(result: Result, rows: Rows) -> str | None:
    """How a result differs from its rows; None if it does not."""
    try:
        found = [tuple(_plain(value) for value in row) for row in result.typed()]
    except BadResult as error:
        return str(error)
    if sql.close(found, [tuple(row) for row in rows]):
        return None
    return f"{found}, not {list(rows)}"


def _plain(value: Any) -> Any:
    """A value as the oracle has it: time series as pairs, lists of numbers as numbers."""
    if not isinstance(value, tuple):
        return value
    return [
        (item.time_ns, None if item.value is None else float(item.value))
        if isinstance(item, Sample)
        else _scalar(item)
        for item in value
    ]


def _scalar(text: Any) -> Any:
    """An element of a list, whose type the column does not tell."""
    if not isinstance(text, str):
        return text
    at = instant(text)
    return at if at is not None else float(text)


def _binned(given: Telemetry, width: str) -> Rows:
    groups = sql.grouped(
        power(given),
        lambda point: sql.bin_ns(point[0], sql.length_ns(width)),
        lambda rows: [value for _, value in rows],
    )
    return [(at, len(values), sum(values) / len(values)) for at, values in groups]


def _bins(width: str) -> Golden:
    return Golden(
        query=f"SELECT bin(time, {width}) AS b, count(*) AS n, avg(measure_value::double) AS v "
        f"{POWER_OF} GROUP BY bin(time, {width}) ORDER BY b",
        rows=lambda given: _binned(given, width),
    )


def _truncated(unit: str) -> Golden:
    def rows(given: Telemetry) -> Rows:
        at = instant(LEAP) or 0
        return [
            (sql.truncated_ns(unit, time), sql.truncated_ns(unit, at)) for time, _ in power(given)
        ]

    return Golden(
        query=f"SELECT date_trunc('{unit}', time) AS t, "
        f"date_trunc('{unit}', from_iso8601_timestamp('{LEAP}')) AS c {POWER_OF} ORDER BY time",
        rows=rows,
    )


def _battery_rows(given: Telemetry) -> Rows:
    names = (SOC, CYCLES, MODE, ON)
    return [(at, *(measures.get(name) for name in names)) for at, measures in battery(given)]


def _by_asset(given: Telemetry, value: Callable[[list[tuple[int, float]]], Any]) -> Rows:
    pairs = [(given.meters[n], value(power(given, n))) for n in (0, 1)]
    return sorted(pairs)


LENGTHS = ("250ms", "3s", "4m", "2h", "1d")

BASIC: Mapping[str, Golden] = {
    "typed measure values": Golden(
        query=f"SELECT time, measure_value::double AS v {POWER_OF} ORDER BY time",
        rows=power,
    ),
    "measures of MULTI records, where they are": Golden(
        query=f'SELECT time, "{SOC}", "{CYCLES}", "{MODE}", "{ON}" {BATTERY} ORDER BY time',
        rows=_battery_rows,
    ),
    "bins of a minute": _bins("1m"),
    "bins of seven minutes": _bins("7m"),
    "bins of 40 seconds": _bins("40s"),
    "ago": Golden(
        query="SELECT count(*) AS n, min(time) AS first "
        f"{POWER_OF} AND time > ago(6h) AND time < ago(2m)",
        rows=lambda given: [(len(power(given)), given.start_ns)],
    ),
    "between ago and now": Golden(
        query=f"SELECT count(*) AS n {POWER_OF} AND time BETWEEN ago(6h) AND now()",
        rows=lambda given: [(len(power(given)),)],
    ),
    "nothing since now": Golden(
        query=f"SELECT count(*) AS n {POWER_OF} AND time > now()", rows=lambda given: [(0,)]
    ),
    "lengths of time": Golden(
        query="SELECT "
        + ", ".join(f"date_diff('millisecond', ago({x}), now()) AS l{x}" for x in LENGTHS),
        rows=lambda given: [tuple(sql.length_ns(text) // 10**6 for text in LENGTHS)],
    ),
    **{f"date_trunc of {unit}": _truncated(unit) for unit in UNITS},
    "max_by and min_by": Golden(
        query="SELECT max_by(measure_value::double, time) AS last, "
        "min_by(measure_value::double, time) AS first, "
        "max_by(time, measure_value::double) AS highest "
        f"{POWER_OF}",
        rows=lambda given: [
            (
                sql.max_by([(value, at) for at, value in power(given)]),
                sql.min_by([(value, at) for at, value in power(given)]),
                sql.max_by(power(given)),
            )
        ],
    ),
    "last value of each asset": Golden(
        query="SELECT {asset}, max_by(measure_value::double, time) AS v "
        f"{POWERS} GROUP BY {{asset}} ORDER BY {{asset}}",
        rows=lambda given: _by_asset(given, lambda points: points[-1][1]),
    ),
    "texts as instants": Golden(
        query=f"SELECT count(*) AS n {POWER_OF} AND time >= '{{start}}' AND time < '{{end}}'",
        rows=lambda given: [(sum(at < given.end_ns for at, _ in power(given)),)],
    ),
    "aggregates of each asset": Golden(
        query="SELECT {asset}, sum(measure_value::double) AS total, "
        "max(measure_value::double) AS highest, count(*) AS n "
        f"{POWERS} GROUP BY {{asset}} ORDER BY {{asset}}",
        rows=lambda given: [
            (asset, *values)
            for asset, values in _by_asset(
                given,
                lambda points: (
                    sum(v for _, v in points),
                    max(v for _, v in points),
                    len(points),
                ),
            )
        ],
    ),
    "a subselect with a name": Golden(
        query="WITH binned AS (SELECT bin(time, 1m) AS b, max(measure_value::double) AS v "
        f"{POWER_OF} GROUP BY bin(time, 1m)) SELECT count(*) AS n, max(v) AS highest FROM binned",
        rows=lambda given: [(len(_binned(given, "1m")), max(v for _, v in power(given)))],
    ),
}
"""Queries that every target has to answer that claims SQL."""


def _interpolated(name: str, step: str, curve: Callable[..., list[float | None]]) -> Golden:
    def rows(given: Telemetry) -> Rows:
        points = power(given)
        at = sql.sequence_ns(points[0][0], points[-1][0], sql.length_ns(step))
        return [(list(zip(at, curve(points, at), strict=True)),)]

    return Golden(
        query=f"SELECT {name}(create_time_series(time, measure_value::double), "
        f"sequence(min(time), max(time), {step})) AS s {POWER_OF}",
        rows=rows,
    )


def _unnested(given: Telemetry) -> Rows:
    points = power(given)
    at = sql.sequence_ns(points[0][0], points[-1][0], sql.length_ns("20s"))
    return list(zip(at, sql.interpolate_linear(points, at), strict=True))


FULL: Mapping[str, Golden] = {
    "create_time_series": Golden(
        query=f"SELECT create_time_series(time, measure_value::double) AS s {POWER_OF}",
        rows=lambda given: [(power(given),)],
    ),
    "create_time_series of each asset": Golden(
        query="SELECT {asset}, create_time_series(time, measure_value::double) AS s "
        f"{POWERS} GROUP BY {{asset}} ORDER BY {{asset}}",
        rows=lambda given: _by_asset(given, list),
    ),
    "interpolate_linear": _interpolated("interpolate_linear", "20s", sql.interpolate_linear),
    "interpolate_linear between": _interpolated("interpolate_linear", "7s", sql.interpolate_linear),
    "interpolate_locf": _interpolated("interpolate_locf", "20s", sql.interpolate_locf),
    "interpolate_locf between": _interpolated("interpolate_locf", "7s", sql.interpolate_locf),
    "rows of an interpolated series": Golden(
        query="WITH series AS (SELECT interpolate_linear(create_time_series(time, "
        "measure_value::double), sequence(min(time), max(time), 20s)) AS s "
        f"{POWER_OF}) SELECT t.time, t.value FROM series CROSS JOIN UNNEST(s) AS t (time, value) "
        "ORDER BY t.time",
        rows=_unnested,
    ),
    "sequence of numbers": Golden(
        query="SELECT sequence(1, 10, 3) AS up, sequence(3, 5) AS by_one",
        rows=lambda given: [([1, 4, 7, 10], [3, 4, 5])],
    ),
    "sequence of instants": Golden(
        query=f"SELECT sequence(min(time), min(time) + 2m, 1m) AS s {POWER_OF}",
        rows=lambda given: [
            (sql.sequence_ns(given.start_ns, given.start_ns + 2 * MINUTE_NS, MINUTE_NS),)
        ],
    ),
}
"""Queries with the functions of time series, for targets that claim all of the dialect."""
