"""Each midnight of the site, a report of the day: what flowed, what is stored, what happened.

It tells of the truth, not of what meters show: energies since the midnight before, or since the
world began, per component; states of charge as they are; the log of the world. JSON for machines,
CSV for tables.
"""

from __future__ import annotations

import csv
import io
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from simulator.microgrid.scenario_base import from_us, to_us

if TYPE_CHECKING:
    from simulator.drivers import Steered
    from simulator.microgrid.world import World

__all__ = ["DailyReports", "ReportDesk"]

_MOST_EVENTS: Final = 10_000
"""Entries of the log in one report; the latest are kept."""
_FIELDS: Final = ("id", "name", "kind", "import_kwh", "export_kwh", "soc")


class ReportDesk(Protocol):
    """A folder for files."""

    def save(self, name: str, extension: str, content: bytes, description: str) -> None:
        """Keep a file."""


class DailyReports:
    """Writes the reports of the present world of a site.

    Args:
        steered: the site, its clock and timers.
        desk: where reports are kept.
    """

    def __init__(self, steered: Steered, desk: ReportDesk) -> None:
        self._steered = steered
        self._desk = desk
        self._since_us = 0
        self._registers: Mapping[int, tuple[float, float]] = {}
        self._events: deque[Mapping[str, Any]] = deque(maxlen=_MOST_EVENTS)

    def begin(self, world: World) -> None:
        """Report on a world from now on, and forget the one before."""
        self._events.clear()
        world.observers.append(self._events.append)
        self._turn(world, world.now_us)

    def _turn(self, world: World, now_us: int) -> None:
        """Begin a day, which may be what is left of it."""
        self._since_us = now_us
        self._registers = {row["id"]: row["registers"] for row in _components(world)}
        self._steered.timers.at(
            _midnight_after(now_us, world), lambda due_us: self._end(world, due_us)
        )

    def _end(self, world: World, due_us: int) -> None:
        site = self._steered.site()
        if site.world is not world:
            return
        site.catch_up(due_us)
        day = _local(self._since_us, world).date()
        report = self._report(world, day, due_us)
        for extension, text in (("json", _json(report)), ("csv", _csv(report["components"]))):
            self._desk.save(
                f"report-{day}", extension, text.encode(), f"{world.scenario.meta.name}, {day}"
            )
        self._events.clear()
        self._turn(world, due_us)

    def _report(self, world: World, day: date, now_us: int) -> dict[str, Any]:
        return {
            "schema": 1,
            "site": world.scenario.meta.name,
            "day": str(day),
            "start": _iso(self._since_us),
            "end": _iso(now_us),
            "components": [self._row(row) for row in _components(world)],
            "events": [
                {"time": _iso(each["t_us"]), **{k: v for k, v in each.items() if k != "t_us"}}
                for each in self._events
            ],
        }

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        before = self._registers.get(row["id"], (0.0, 0.0))
        into, out = (now - then for now, then in zip(row["registers"], before, strict=True))
        values = {**row, "import_kwh": into / 1e3, "export_kwh": out / 1e3}
        return {field: values[field] for field in _FIELDS}


def _components(world: World) -> Iterator[dict[str, Any]]:
    for info in world.components:
        try:
            reading = world.true_reading(info.id)
        except KeyError:
            continue  # It never reports.
        if reading.import_wh is None or reading.export_wh is None:
            continue
        yield {
            "id": info.id,
            "name": info.name,
            "kind": info.kind,
            "registers": (reading.import_wh, reading.export_wh),
            "soc": reading.soc,
        }


def _local(t_us: int, world: World) -> datetime:
    return from_us(t_us).astimezone(world.scenario.zone)


def _midnight_after(t_us: int, world: World) -> int:
    tomorrow = _local(t_us, world).date() + timedelta(days=1)
    return to_us(datetime.combine(tomorrow, time(), world.scenario.zone))


def _iso(t_us: int) -> str:
    return from_us(t_us).isoformat().replace("+00:00", "Z")


def _json(report: Mapping[str, Any]) -> str:
    return json.dumps(report, ensure_ascii=False, indent=2, default=list, allow_nan=False) + "\n"


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
