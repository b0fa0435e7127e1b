"""The published SDK of the exchange against our server, with a simulated day in its database.

The SDK runs unmodified, in an environment of its own, as a process that is told where to go and
tells what it was told: nothing of it is imported here. The day that it reads is compared with what
the same run of the world has written to its outcome.
"""

from __future__ import annotations

import csv
import io
import json
import os
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import grpc
import polars as pl

from fixtures.contracts import load
from interop.environments import CLIENTS, Unavailable, environment, our_server

FIRST = ("avista-digital-exchange-sdk==0.0.24", "requests", "websocket-client")
NEWEST = ("avista-digital-exchange-sdk[subscriptions]==1.2.1",)

_CONTROL: Final = load("control")
_SERVICE: Final = "gridproof.control.v1.ControlService"
SCENARIO: Final = "commercial"
DATABASE: Final = "Site telemetry"
TOKEN: Final = "owner"
"""Ships with the server for trials, as the database does."""
DAY_S: Final = 86_400
CLOSE: Final = 1e-9
"""Relative; values travel as texts of their shortest exact form, scaled to other units."""

_METERED: Final = {"kWh Import": ("import_wh", 1e-3), "kWh Export": ("export_wh", 1e-3)}
_STORED: Final = {"SOC": ("soc", 1e2)}
_ASSETS: Final = {
    "meter-2": ("c2", _METERED),
    "meter-5": ("c5", _METERED),
    "meter-10": ("c10", _METERED),
    "battery-7": ("c7", _STORED),
    "battery-9": ("c9", _STORED),
}
"""By asset, the prefix of its columns in the outcome's series, and these by attribute."""


def try_first_sdk() -> bool:
    """Whether every function of SDK 0.0.24 works, and its exports are what the run has written."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with _served(folder) as trial:
            trial.advance(DAY_S)
            told = trial.told_by("exchange_first.py", FIRST)
        exports = told.pop("exports")
        _show(told)
        # Written once the server has ended.
        outcome = pl.read_parquet(folder / "out" / "series.parquet")
    points = _csv_points(exports["CSV"])
    same = points == _json_points(exports["JSON"])
    print(f"the exports as CSV and JSON {'hold the same' if same else 'DIFFER'}")
    wrong = list(_wrong(points, outcome))
    print("\n".join(wrong[:20]))
    print(f"{len(points) - len(wrong)} points are as the run has written them, {len(wrong)} not")
    return same and bool(points) and not wrong


def try_newest_sdk() -> bool:
    """Whether what SDK 1.2.1 shares with the first one works, and its WebSocket."""
    with TemporaryDirectory() as name, _served(Path(name)) as trial:
        _show(trial.told_by("exchange_newest.py", NEWEST))
    return True


class Trial:
    """A server with TLS, whose clock is moved by hand, and a folder for everything."""

    def __init__(self, folder: Path, address: Mapping[str, str]) -> None:
        self.folder, self.address = folder, address
        self.certificate = folder / "cert.pem"

    def advance(self, seconds: int) -> None:
        """Move the world's clock."""
        request: Any = _CONTROL.methods(_SERVICE)["AdvanceClock"].request()
        request.by.seconds = seconds
        self._ask("AdvanceClock", request)

    def now(self) -> datetime:
        """What the world's clock shows."""
        request = _CONTROL.methods(_SERVICE)["GetClock"].request()
        return datetime.fromtimestamp(self._ask("GetClock", request).now.seconds, UTC)

    def told_by(self, script: str, requirements: Sequence[str]) -> dict[str, Any]:
        """What a script tells of a package.

        Raises:
            Unavailable: the package cannot be installed.
            subprocess.CalledProcessError: something was not as the package promises.
        """
        try:
            python = environment(requirements)
        except subprocess.CalledProcessError:
            raise Unavailable(f"{requirements[0]} cannot be installed") from None
        place = self.folder / "files"
        place.mkdir()
        now = self.now()
        asked = {
            "url": f"{self.address['http']}/graphql",
            "token": TOKEN,
            "database": DATABASE,
            "service": self._databases()[DATABASE],
            "now": now.isoformat(),
            "folder": str(place),
            "start": _iso(now - timedelta(seconds=DAY_S)),
            "end": _iso(now),
            "assets": [
                {"assetId": asset, "attributeNames": list(columns)}
                for asset, (_, columns) in _ASSETS.items()
            ],
        }
        done = subprocess.run(
            [python, "-W", "ignore", CLIENTS / script],
            check=True,
            input=json.dumps(asked),
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "REQUESTS_CA_BUNDLE": str(self.certificate)},
        )
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def _ask(self, method: str, request: Any) -> Any:
        trusted = grpc.ssl_channel_credentials(self.certificate.read_bytes())
        with grpc.secure_channel(self.address["grpc"], trusted) as channel:
            call = channel.unary_unary(
                f"/{_SERVICE}/{method}",
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=_CONTROL.methods(_SERVICE)[method].response.FromString,
            )
            return call(request, timeout=300)

    def _databases(self) -> dict[str, str]:
        document = "{timeSeriesDb_listDatabases{name timeSeriesDbId}}"
        request = urllib.request.Request(
            f"{self.address['http']}/graphql",
            data=json.dumps({"query": document}).encode(),
            headers={"Authorization": TOKEN, "Content-Type": "application/json"},
        )
        trusted = ssl.create_default_context(cafile=self.certificate)
        with urllib.request.urlopen(request, context=trusted, timeout=60) as answer:
            found = json.load(answer)["data"]["timeSeriesDb_listDatabases"]
        return {each["name"]: each["timeSeriesDbId"] for each in found}


Points = dict[tuple[str, str, str], float]
"""Values by asset, attribute and time."""


@contextmanager
def _served(folder: Path) -> Iterator[Trial]:
    """Our server with a certificate that only this trial trusts."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    options = (
        *(SCENARIO, "--time", "manual", "--control", "--out", str(folder / "out")),
        *("--tls-cert", str(certificate), "--tls-key", str(key)),
    )
    with our_server(*options) as address:
        yield Trial(folder, address)


def _wrong(points: Points, outcome: pl.DataFrame) -> Iterator[str]:
    """Yield what the exports tell in another way than the run.

    A row of the outcome has registers and states as they are at the end of its stretch of time.
    """
    rows = {row["time"]: row for row in outcome.iter_rows(named=True)}
    step = outcome["time"][1] - outcome["time"][0]
    for (asset, attribute, at), value in points.items():
        prefix, columns = _ASSETS[asset]
        column, scale = columns[attribute]
        row = rows.get(datetime.fromisoformat(at) - step)
        if row is None:
            continue  # The first point stands before any row.
        wanted = row[f"{prefix}.{column}"] * scale
        if abs(value - wanted) > CLOSE * max(1.0, abs(wanted)):
            yield f"{asset} {attribute} at {at}: exported {value}, the run wrote {wanted}"


def _csv_points(text: str) -> Points:
    return {
        (row["assetId"], row["attributeName"], row["timestamp"]): float(row["value"])
        for row in csv.DictReader(io.StringIO(text))
    }


def _json_points(text: str) -> Points:
    return {
        (asset["assetId"], attribute["name"], point["timestamp"]): float(point["value"])
        for asset in json.loads(text)
        for attribute in asset["attributes"]
        for point in attribute["data"]
    }


def _show(told: Mapping[str, Any]) -> None:
    for name, value in told.items():
        print(f"{name}: {f'{len(value)} of them' if isinstance(value, list) else value}")


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
