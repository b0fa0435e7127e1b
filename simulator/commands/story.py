"""The story of a burning meter, told with `curl`: from the fault to the outcome.

A meter catches fire and goes silent; a task tells people so; wrong input is refused, right input
mends the site; in the end the outcome of the run shows the gap. Each step prints the command that a
person would type, and leaves with 1 unless it goes as told.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, Final, Protocol

from fixtures.terminal import Exit, fail, say

from .serving import serving

SITE: Final = "upkeep"
START: Final = "2026-05-11T06:00:00Z"
"""After the last fault that the scenario brings by itself."""
METER: Final = 8
TASK: Final = "tenants/site/tasks/meter-burning-8-1"
WAIT_S: Final = 15.0
_LONGEST: Final = 400
_QUARTERS: Final = ("09:45", "10:00", "10:15", "10:30", "10:45", "11:00")
"""Of the outcome: what is shown. The fire breaks out at ten, the new meter is in at 10:45."""


def tell(out: Path) -> None:
    """Tell the story; its reports are in a folder afterwards."""
    folder = out / "story"
    folder.mkdir(parents=True, exist_ok=True)
    run = folder / "run"
    say("== A served site: time stands still until somebody moves it")
    words = [SITE, "--start", START, "--time", "manual", "--control", "--out", str(run)]
    with serving(folder, words) as addresses:
        _tell(Teller(addresses["http"]))
    say("\n== The outcome shows the gap")
    _show_gap(run)
    say(f"\n  {run / 'report.html'}  the whole run on one page")
    say(f"  {run / 'events.jsonl'}  the fault, the task and its effect among everything else")


def _tell(teller: Teller) -> None:
    tasks = "/tenants/site/tasks/v3"
    here = f"{tasks}/tasks/{TASK.rpartition('/')[2]}"
    readings = f"/control/v1/readings?componentIds={METER}"

    _title("Four hours pass; the meter of the machines reports")
    teller.post("/control/v1/clock:advance", {"by": "14400s"})
    values = teller.get(readings)["readings"][0]["values"]
    _expect(values.get("power_w", 0) > 0, "the meter to report a power")

    _title("Somebody listens to the feed of tasks")
    with teller.follow(f"{tasks}/events?types=TaskCreated") as feed:
        _title("The meter catches fire")
        fault = {
            "kind": "meter_burning",
            "componentIds": [METER],
            "parameters": {"temperature_c": 104},
        }
        teller.post("/control/v1/faults", {"fault": fault})

        _title("It is switched off, and goes silent")
        values = teller.get(readings)["readings"][0]["values"]
        _expect(values == {}, "the meter to say nothing")

        _title("A task appears on the feed")
        event = feed.next()["result"]
        _expect(event["subject"] == TASK, f"the event to be about {TASK}")
    task = teller.get(here)
    _expect(
        task["description"] == "Meter meter-8 at machines is burning (104 degrees).",
        "the description to say what burns, and where",
    )

    _title("It is claimed; a second claim is refused")
    _expect(teller.post(f"{here}:claim", {})["state"] == "IN_PROGRESS", "it to be in progress")
    refused = teller.post(f"{here}:claim", {}, good=False)
    _expect("not NEW" in refused["message"], "the reason why it cannot be claimed twice")

    _title("Wrong input is refused with the reason of the type's schema")
    wrong = {"new_device_number": "meter-8", "replaced_on": "2026-05-11"}
    refused = teller.post(f"{here}:complete", {"input": wrong}, good=False)
    _expect("input.new_device_number" in refused["message"], "the field that is wrong")

    _title("Right input completes it; the work takes 45 minutes")
    right = {"new_device_number": "4712", "replaced_on": "2026-05-11", "cause": "loose_terminal"}
    done = teller.post(f"{here}:complete", {"input": right})
    _expect(done["state"] == "COMPLETED", "it to be completed")
    teller.post("/control/v1/clock:advance", {"by": "2640s"})
    values = teller.get(readings)["readings"][0]["values"]
    _expect(values == {}, "the meter to be silent after 44 minutes")

    _title("The new meter reports, from zero on")
    teller.post("/control/v1/clock:advance", {"by": "960s"})
    values = teller.get(readings)["readings"][0]["values"]
    power, counted = values.get("power_w", 0), values.get("import_wh", 0)
    _expect(power > 0 and 0 < counted < power, "a power, and less than an hour of it counted")
    teller.post("/control/v1/clock:advance", {"by": "3600s"})


class Feed(Protocol):
    """A stream of JSON lines."""

    def next(self) -> dict[str, Any]:
        """Return the next line; leaves if it does not come in time."""


class Teller:
    """Makes requests with `curl`, or without it where it is not installed, and shows both sides."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._curl = shutil.which("curl")

    def get(self, path: str) -> dict[str, Any]:
        """Return the reply to a GET that must succeed."""
        return self._call([], path, None, good=True)

    def post(self, path: str, body: Mapping[str, Any], *, good: bool = True) -> dict[str, Any]:
        """Return the reply to a POST, which must succeed, or (not `good`) be refused."""
        text = json.dumps(body)
        return self._call(["-d", text], path, text, good=good)

    @contextmanager
    def follow(self, path: str) -> Iterator[Feed]:
        """A stream that is read while the block runs."""
        url = self._base + path
        say(f"$ {shlex.join(['curl', '-N', url])} &")
        lines: Queue[bytes] = Queue()
        if self._curl is None:
            stream: Any = urllib.request.urlopen(url, timeout=WAIT_S)
            Thread(target=_read, args=(stream, lines), daemon=True).start()
            yield _Lines(lines)
            return
        with subprocess.Popen([self._curl, "-sN", url], stdout=subprocess.PIPE) as process:
            Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
            try:
                yield _Lines(lines)
            finally:
                process.terminate()

    def _call(self, words: list[str], path: str, body: str | None, *, good: bool) -> dict[str, Any]:
        url = self._base + path
        say(f"$ {shlex.join(['curl', *words, url])}")
        if self._curl is None:
            status, text = _without_curl(url, body)
        else:
            command = [self._curl, "-s", "-w", "\n%{http_code}", *words, url]
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            text, _, code = ran.stdout.rpartition("\n")
            status = int(code or 0)
        say(_cut(text))
        _expect((status == 200) == good, "success" if good else f"a refusal, not status {status}")
        reply: dict[str, Any] = json.loads(text)
        return reply


class _Lines:
    def __init__(self, lines: Queue[bytes]) -> None:
        self._lines = lines

    def next(self) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=WAIT_S)
        except Empty:
            fail(Exit.BAD, f"expected an event on the feed within {WAIT_S:g} s")
        say(_cut(line.decode().strip()))
        event: dict[str, Any] = json.loads(line)
        return event


def _read(stream: Any, lines: Queue[bytes]) -> None:
    try:
        for line in stream:
            lines.put(line)
    except (OSError, ValueError):
        return  # it was closed: the story has gone on


def _without_curl(url: str, body: str | None) -> tuple[int, str]:
    """Return status and text of a reply; with a body the request is a POST."""
    data = None if body is None else body.encode()
    try:
        with urllib.request.urlopen(url, data, timeout=WAIT_S) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def _show_gap(run: Path) -> None:
    """Print quarters of an hour of the outcome; the machines had nothing between two of them."""
    import polars as pl

    series = pl.read_parquet(run / "series.parquet")
    times = [f"{time:%H:%M}" for time in series["time"]]
    power = dict(zip(times, series[f"c{METER}.p_w"], strict=True))
    say("  UTC     machines")
    for quarter in _QUARTERS:
        say(f"  {quarter}  {power[quarter] / 1000:7.2f} kW")
    gap = [quarter for quarter, value in power.items() if value == 0.0]
    _expect(gap == ["10:00", "10:15", "10:30"], "three quarters of an hour without power")


def _title(text: str) -> None:
    say(f"\n== {text}")


def _expect(is_so: bool, what: str) -> None:
    if not is_so:
        fail(Exit.BAD, f"the story went otherwise: expected {what}")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
