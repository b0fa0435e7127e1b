"""The exchange: publishing, memory, and SQL against DuckDB on the same table.

Points are published to a server of its own through the variables form, and what counts is the
processor time of the server. The large database is one day of 500 assets, a MULTI record of seven
measures each minute, 5 million points, filled in this process; SQL on it is held against the same
work done by DuckDB directly on a table of the same columns.
"""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import duckdb
import psutil

from benchmarks.harness import Result
from benchmarks.servers import OURS, Server, serving
from simulator.microgrid.clock import ManualClock
from simulator.services.exchange import ExchangeService, Ids, Policy, shipped_accounts
from simulator.services.exchange.objects import LocalObjects, UrlSigner
from simulator.services.exchange.series import ColumnType, Table
from simulator.services.timers import Timers
from simulator.store import TokenSigner

START_S: Final = 1_800_000_000
ASSETS: Final = 500
MINUTES: Final = 1440
MEASURES: Final = ("kW", "kVAR", "V", "A", "PF", "Hz", "SOC")
POINTS: Final = ASSETS * MINUTES * len(MEASURES)
BATCH: Final = 100
"""Records of one publish."""
PUBLISHES: Final = 60
ROUNDS: Final = 7
WANTED_RATE: Final = 20_000
TOKEN: Final = "owner"
"""Of the accounts that ship with the tool."""
_ALONE: Final = ("--services", "exchange", "--time", "manual", "--start", "2027-01-16T08:00:00Z")
_PUBLISH: Final = """
mutation publish($asset: ID!, $db: ID!, $records: [TimeSeriesDbRecordInput!]!) {
  timeSeriesDb_publishToDatabase(
    assetId: $asset, timeSeriesDbId: $db, data: {records: $records}
  ) { assetId attributes { name attributeType lastValue lastValueTime } }
}
"""


def run() -> list[Result]:
    """Measure everything; takes about two minutes."""
    with serving(*OURS, *_ALONE) as server:
        publishing = [_publish(server, 10), _publish(server, 1)]
    with _Day() as day:
        return [*publishing, *day.results()]


# Publishing


class _Client:
    """A connection of the server."""

    def __init__(self, server: Server) -> None:
        address = urlsplit(server.addresses["http"])
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port)

    def post(self, body: bytes) -> Any:
        """Send a request and return the data of its answer."""
        headers = {"Authorization": TOKEN, "Content-Type": "application/json"}
        self._connection.request("POST", "/graphql", body, headers)
        answer = json.loads(self._connection.getresponse().read())
        assert "errors" not in answer, answer
        return answer["data"]


def _publish(server: Server, measures: int) -> Result:
    """Points per CPU second of the server, MULTI records of so many measures, or single ones."""
    client = _Client(server)
    listed = client.post(
        json.dumps({"query": "{ timeSeriesDb_listDatabases { timeSeriesDbId } }"}).encode()
    )
    database = listed["timeSeriesDb_listDatabases"][0]["timeSeriesDbId"]
    rates = []
    for number in range(ROUNDS):
        bodies = [
            json.dumps(
                {
                    "query": _PUBLISH,
                    "variables": {
                        "asset": f"bench {measures} {publish % 10}",
                        "db": database,
                        "records": [
                            _record(
                                START_S + (number * PUBLISHES + publish) * BATCH + each, measures
                            )
                            for each in range(BATCH)
                        ],
                    },
                }
            ).encode()
            for publish in range(PUBLISHES)
        ]
        client.post(bodies[0])
        before_s = server.cpu_s()
        for body in bodies[1:]:
            client.post(body)
        rates.append((PUBLISHES - 1) * BATCH * measures / (server.cpu_s() - before_s))
    rate = statistics.median(rates)
    kind = f"MULTI records of {measures}" if measures > 1 else "single-measure records"
    return Result(
        name=f"publish by variables, {kind}, per CPU second of the server",
        value=rate,
        unit="points/s",
        against=f"{WANTED_RATE:,} points/s (at least)",
        ratio=rate / WANTED_RATE,
        wanted=1.0,
        holds=rate >= WANTED_RATE,
    )


def _record(time_s: int, measures: int, name: str = "a bench") -> Mapping[str, Any]:
    """A record as clients send it."""
    common = {
        "Dimensions": [{"DimensionValueType": "VARCHAR", "Name": "name", "Value": name}],
        "Time": str(time_s),
        "TimeUnit": "SECONDS",
        "Version": 1,
    }
    values = [f"{time_s % 997 / 7 + each}" for each in range(measures)]
    if measures == 1:
        return {
            **common,
            "MeasureName": "kW",
            "MeasureValueType": "DOUBLE",
            "MeasureValue": values[0],
        }
    names = [*MEASURES, "Wh", "VAh", "T"]
    return {
        **common,
        "MeasureName": "telemetry",
        "MeasureValueType": "MULTI",
        "MeasureValues": [
            {"Name": name, "Type": "DOUBLE", "Value": value}
            for name, value in zip(names, values, strict=False)
        ],
    }


# The large database


class _Day:
    """A day of many assets, in a service of this process."""

    def __enter__(self) -> _Day:
        self._folder = tempfile.TemporaryDirectory()
        self._clock = ManualClock((START_S + 86_400) * 10**6)
        signer = UrlSigner(b"secret of the benchmark, 32 bytes", lambda: "", time.time)
        self._service = ExchangeService(
            self._clock,
            Timers(self._clock),
            lambda purpose: TokenSigner(b"secret of the benchmark", purpose=purpose),
            Policy(),
            LocalObjects(Path(self._folder.name), signer),
            Ids(0),
            shipped_accounts(),
        )
        owner = self._service.caller(TOKEN)
        assert owner is not None
        self._owner = owner
        database = self._service.series.list_databases(owner)[0]
        self._db = database.time_series_db_id
        self._name = f'"{database.database_name}"."{database.table_name}"'
        return self

    def __exit__(self, *error: object) -> None:
        self._folder.cleanup()

    def results(self) -> list[Result]:
        """Fill it, and measure memory and SQL."""
        before = _memory_mb()
        self._fill()
        kept_mb = _memory_mb() - before
        table = self._service.series.table(self._db)
        direct = _direct(table)
        before = _memory_mb()
        asyncio.run(self._answered(f"SELECT count(*) FROM {self._name}"))
        mirror_mb = _memory_mb() - before
        return [
            _memory("kept", kept_mb),
            _memory("and for SQL", mirror_mb),
            *self._sql(table, direct),
        ]

    def _fill(self) -> None:
        for asset in range(ASSETS):
            for start in range(0, MINUTES, BATCH):
                records = [
                    _record(START_S + minute * 60, len(MEASURES), f"Asset {asset}")
                    for minute in range(start, min(start + BATCH, MINUTES))
                ]
                self._service.series.publish(self._owner, self._db, f"asset-{asset:03d}", records)

    def _sql(self, table: Table, direct: duckdb.DuckDBPyConnection) -> list[Result]:
        columns = {column.name: f"c{n}" for n, column in enumerate(table.columns)}
        asset, at, kw = columns["assetId"], columns["time"], columns["kW"]
        span = f"TIMESTAMP_NS '{_instant(START_S)}' AND {at} < TIMESTAMP_NS"
        day = f"time >= '{_instant(START_S)}' AND time < '{_instant(START_S + 86_400)}'"
        return [
            self._compared(
                f"SQL, last values of {ASSETS} assets",
                f"SELECT assetId, max_by(kW, time), max(time) FROM {self._name} GROUP BY assetId",
                direct,
                f"SELECT {asset}, arg_max({kw}, {at}), max({at}) FROM t GROUP BY {asset}",
            ),
            self._compared(
                f"SQL, a day by minutes over {ASSETS} assets",
                f"SELECT bin(time, 1m) AS minute, avg(kW) AS kw FROM {self._name}"
                f" WHERE {day} GROUP BY bin(time, 1m) ORDER BY minute",
                direct,
                f"SELECT time_bucket(INTERVAL 1 MINUTE, {at}) AS minute, avg({kw}) FROM t"
                f" WHERE {at} >= {span} '{_instant(START_S + 86_400)}'"
                " GROUP BY minute ORDER BY minute",
            ),
        ]

    def _compared(
        self, name: str, query: str, direct: duckdb.DuckDBPyConnection, direct_query: str
    ) -> Result:
        """Wall time of a query, all its pages, against DuckDB's, to the last row of either.

        The best of several rounds, taken in turn: a busy machine only ever adds to it, and more to
        what passes from thread to thread.
        """
        expected = len(direct.execute(direct_query).fetchall())

        async def measured() -> tuple[float, float]:
            ours, theirs = [], []
            for _ in range(ROUNDS):
                taken_s, rows = await self._answered(query)
                ours.append(taken_s)
                assert rows == expected
                begin = time.perf_counter()
                direct.execute(direct_query).fetchall()
                theirs.append(time.perf_counter() - begin)
            return min(ours), min(theirs)

        our_s, their_s = asyncio.run(measured())
        ratio = our_s / their_s
        return Result(
            name=f"{name}, {POINTS / 1e6:.1f} million points",
            value=our_s * 1e3,
            unit="ms",
            against=f"DuckDB on the same table, {their_s * 1e3:.0f} ms (at most)",
            ratio=ratio,
            wanted=2.0,
            holds=ratio <= 2.0,
        )

    async def _answered(self, query: str) -> tuple[float, int]:
        """Seconds until a query is answered to its last page, and how many rows it has.

        Reading the answers is the client's part, and not counted.
        """
        taken_s, rows = 0.0, 0
        token, client_token = None, None
        while True:
            begin = time.perf_counter()
            page = await self._service.sql.query(
                self._owner, self._db, query, 1000, token, client_token
            )
            taken_s += time.perf_counter() - begin
            result = json.loads(page.result_json_string)
            rows += len(result["Rows"])
            token, client_token = result.get("NextToken"), page.client_token
            if token is None:
                return taken_s, rows


def _direct(table: Table) -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own with all columns of a table, `c0` and so on, in the order of its rows."""
    arrays = {}
    for number, column in enumerate(table.columns):
        values, valid = table.values(number, 0, table.rows)
        assert valid is None
        is_time = column.type is ColumnType.TIMESTAMP
        arrays[f"c{number}"] = values.view("M8[ns]") if is_time else values
    connection = duckdb.connect()
    connection.register("arrays", arrays)
    connection.execute("CREATE TABLE t AS SELECT * FROM arrays")
    connection.unregister("arrays")
    return connection


def _instant(time_s: int) -> str:
    """An instant as SQL reads it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time_s))


def _memory_mb() -> float:
    """What this process holds."""
    gc.collect()
    return float(psutil.Process().memory_info().rss) / 1e6


def _memory(name: str, megabytes: float) -> Result:
    """Memory for a million points; printed, not judged."""
    per_million = megabytes / (POINTS / 1e6)
    return Result(
        name=f"memory of a million points, MULTI records of {len(MEASURES)}, {name}",
        value=per_million,
        unit="MB",
        against="8 bytes a point",
        ratio=per_million / 8,
        wanted=0.0,
        holds=True,
    )
