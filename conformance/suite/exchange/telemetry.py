"""Telemetry that checks of queries, exports and SQL read: published once for each process.

Two meters with a single measure, and two batteries with MULTI records of four types in which
measures are missing now and then; times have fractions of a second, texts what needs quotes.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.oracles.exchange.model import TimeSeriesDb
from conformance.oracles.exchange.records import Record, measure, multi, single
from conformance.oracles.exchange.series import wrong_last_values
from conformance.oracles.exchange.upserts import Table
from conformance.suite.exchange.publishing import SECOND_NS, becomes_right
from conformance.targets.exchange import ExchangeTarget

POWER = "gridproof_power"
SOC, CYCLES, MODE, ON = (f"gridproof_{name}" for name in ("soc", "cycles", "mode", "mode_on"))

STEP_NS = 30 * SECOND_NS
FRACTION_NS = 250_000_000

METER_POINTS = 9
BATTERY_POINTS = 5

MODES = ("idle", 'charging, "fast"', "idle", "漢字", "=two\nlines")


@dataclass(frozen=True, kw_only=True)
class Telemetry:
    """What was published, and where; nobody may add to it.

    Attributes:
        database: that holds it, perhaps among other things.
        table: the model of the four assets.
        meters: ids of two assets with the single measure `POWER`.
        batteries: ids of two assets with SOC, CYCLES, MODE and ON.
        start_ns: the first instant, a whole hour and 50 minutes before or less.
        end_ns: the last instant.
    """

    database: TimeSeriesDb
    table: Table
    meters: tuple[str, str]
    batteries: tuple[str, str]
    start_ns: int
    end_ns: int

    @property
    def id(self) -> str:
        """Of the database."""
        return self.database.time_series_db_id

    @property
    def assets(self) -> tuple[str, ...]:
        """All four."""
        return (*self.meters, *self.batteries)


def telemetry(exchange: ExchangeTarget) -> Telemetry:
    """The telemetry of this process."""
    return exchange.shared("telemetry", lambda: _published(exchange))


def _published(exchange: ExchangeTarget) -> Telemetry:
    database, table = exchange.own_database(), Table()
    start = exchange.recent_ns() - 600 * SECOND_NS
    meters = (exchange.fresh_asset(), exchange.fresh_asset())
    batteries = (exchange.fresh_asset(), exchange.fresh_asset())
    for number, asset in enumerate(meters):
        _publish(exchange, database, table, asset, _metered(number, start))
    for number, asset in enumerate(batteries):
        _publish(exchange, database, table, asset, _stored(number, start))
    assets = (*meters, *batteries)

    def wrong() -> str | None:
        seen = exchange.last_values(database.time_series_db_id, *assets)
        return wrong_last_values(table, seen, *assets)

    becomes_right(exchange, wrong, "last values of published telemetry")
    times = [at for _, _, _, at in table.rows]
    return Telemetry(
        database=database,
        table=table,
        meters=meters,
        batteries=batteries,
        start_ns=min(times),
        end_ns=max(times),
    )


def _metered(number: int, start: int) -> list[Record]:
    name = {"name": f"Meter {number}", "phase": "AB"[number]}
    return [
        single(POWER, f"{100 * number + (7 * n) % 5 + n / 4}", at, dimensions=name)
        for n in range(METER_POINTS)
        for at in [start + n * STEP_NS + (n % 2) * FRACTION_NS]
    ]


def _stored(number: int, start: int) -> list[Record]:
    records = []
    for n in range(BATTERY_POINTS):
        at = start + n * 2 * STEP_NS + number * STEP_NS
        measures = [measure(SOC, f"{50 + 5 * n - 20 * number}.5")]
        if n % 2 == 0:
            measures.append(measure(CYCLES, str(2**53 + 1 + n), "BIGINT"))
        if n != 2:
            measures.append(measure(MODE, MODES[n], "VARCHAR"))
        if n >= 3:
            measures.append(measure(ON, "true" if n % 2 else "false", "BOOLEAN"))
        records.append(multi("battery", measures, at, dimensions={"name": f"Battery {number}"}))
    return records


def _publish(
    exchange: ExchangeTarget,
    database: TimeSeriesDb,
    table: Table,
    asset: str,
    records: list[Record],
) -> None:
    most = exchange.profile.max_records
    for first in range(0, len(records), most):
        exchange.publish(database.time_series_db_id, asset, records[first : first + most])
    table.publish(asset, records)
