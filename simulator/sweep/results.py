"""What is finished of a sweep, kept in a directory so that nothing of it is ever lost.

plan.json         what is swept; another plan is refused, by the name of what differs
runs.jsonl        a line per finished run in the order of their ends: what a rerun continues from
results.parquet   the table, a row per finished run in the order of the plan; always whole
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import polars as pl

from fixtures.documents.problems import show_value
from simulator.microgrid.scenario_base import from_us, parse_boundary

from .errors import SweepError
from .plan import Plan
from .work import Outcome, release

PLAN, RUNS, RESULTS = "plan.json", "runs.jsonl", "results.parquet"
SCHEMA = 1
_GROWTH = 1.25
"""The table is written anew when it has grown by that, so that all writing stays cheap."""


class Results:
    """The finished runs, in memory and, if there is a directory, on disk."""

    def __init__(self, plan: Plan, folder: Path | None, runs: IO[str] | None) -> None:
        self._plan = plan
        self._folder = folder
        self._runs = runs
        self._written = 0
        self.outcomes: dict[int, Outcome] = {}

    def add(self, outcome: Outcome) -> None:
        """Keep the outcome of a run; it survives whatever happens to this process."""
        self.outcomes[outcome.run] = outcome
        if self._runs is None:
            return
        self._runs.write(json.dumps(asdict(outcome), ensure_ascii=False, allow_nan=False) + "\n")
        self._runs.flush()
        os.fsync(self._runs.fileno())
        if len(self.outcomes) >= self._written * _GROWTH:
            self.write_table()

    def write_table(self) -> None:
        """Bring the table up to what is finished, all of it or nothing."""
        if self._folder is None:
            return
        self._written = len(self.outcomes)
        stage = self._folder / f".{RESULTS}.tmp"
        try:
            table(self._plan, self.outcomes).write_parquet(stage, compression="zstd")
            os.replace(stage, self._folder / RESULTS)
        finally:
            stage.unlink(missing_ok=True)


@contextmanager
def opened(plan: Plan, folder: Path | None) -> Iterator[Results]:
    """Yield the results in a directory, with those that an earlier sweep of the plan left there.

    Without a directory they live in memory only.

    Raises:
        SweepError: the directory holds another sweep, or one that is still running.
        OSError: it cannot be written.
    """
    if folder is None:
        yield Results(plan, None, None)
        return
    identity = identify(plan)
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_others(folder, identity)
    stage = folder / f".{PLAN}.tmp"
    stage.write_text(json.dumps(identity, indent=2, ensure_ascii=False) + "\n", "utf-8")
    os.replace(stage, folder / PLAN)
    with (folder / RUNS).open("a+", encoding="utf-8", newline="\n") as runs:
        _lock(runs, folder)
        results = Results(plan, folder, runs)
        results.outcomes = _read(runs, len(plan.points))
        try:
            yield results
        finally:
            results.write_table()


def table(plan: Plan, outcomes: Mapping[int, Outcome]) -> pl.DataFrame:
    """Return a row per finished run: its values and seed, its figures, its error.

    Columns are named by the keys as they were written and by the figures of `site` in the summary;
    energies in kWh, powers in kW. Types of columns follow from the plan alone.
    """
    points = [each for each in plan.points if each.run in outcomes]
    rows = [outcomes[each.run] for each in points]
    columns: dict[str, pl.Series] = {
        "run": pl.Series(values=[each.run for each in points], dtype=pl.Int64),
        "repeat": pl.Series(values=[each.repeat for each in points], dtype=pl.Int64),
        "seed": pl.Series(values=[each.seed for each in points], dtype=pl.Int64),
    }
    for place, key in enumerate(plan.keys):
        every = [each.values[place] for each in plan.points]
        columns[key] = _column([each.values[place] for each in points], every)
    names = dict.fromkeys(name for each in rows for name in each.figures)
    columns["currency"] = pl.Series(values=[each.currency for each in rows], dtype=pl.String)
    for name in names:
        values = [each.figures.get(name) for each in rows]
        columns[name] = pl.Series(values=values, dtype=pl.Float64)
    columns["error"] = pl.Series(values=[each.error for each in rows], dtype=pl.String)
    return pl.DataFrame(columns)


def identify(plan: Plan) -> dict[str, Any]:
    """Return what makes a plan this one and no other, in JSON values."""
    document = dict(plan.base.document)
    meta = dict(document["scenario"])
    own = document.pop("dispatches", None)
    schedule = own if plan.base.schedule is None else repr(plan.base.schedule)
    start, end, seed = meta.pop("start"), meta.pop("end"), meta.pop("seed", 0)
    zone = meta.get("zone", "UTC")
    return {
        "schema": SCHEMA,
        "gridproof": release(),
        "scenario": plan.base.name,
        "content_sha256": _digest({**document, "scenario": meta}),
        "files_sha256": _digest_files(plan),
        "schedule_sha256": _digest(schedule),
        "start": from_us(parse_boundary(start, zone)).isoformat(),
        "end": from_us(parse_boundary(end, zone)).isoformat(),
        "seed": seed,
        "vary": {
            each.key.text: list(each.values) if each.span is None else asdict(each.span)
            for each in plan.variations
        },
        "sample": plan.sample,
        "repeat": plan.repeat,
        # Engines agree, but not to the last digit.
        **({} if plan.engine == "reference" else {"engine": plan.engine}),
    }


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _digest_files(plan: Plan) -> str:
    """Return one digest of the files that the scenario names, such as profiles in CSV."""
    total = sha256()
    for name in sorted(set(_paths(plan.base.document))):
        path = plan.base.folder / name
        total.update(f"{name}\n".encode())
        total.update(path.read_bytes() if path.is_file() else b"")
    return total.hexdigest()


def _paths(value: Any) -> Iterator[str]:
    items: Sequence[Any] = ()
    if isinstance(value, dict):
        if isinstance(value.get("path"), str):
            yield value["path"]
        items = list(value.values())
    elif isinstance(value, list):
        items = value
    for each in items:
        yield from _paths(each)


def _refuse_others(folder: Path, identity: Mapping[str, Any]) -> None:
    """Refuse a directory that holds something else, and say what is different."""
    try:
        kept = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        for name in (RUNS, RESULTS):
            if (folder / name).exists():
                raise SweepError(
                    f"--out: {folder} holds {name} without {PLAN}; expected another directory"
                ) from None
        return
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or kept.get("schema") != SCHEMA:
        raise SweepError(
            f"--out: {folder / PLAN} is no plan of a sweep; expected another directory"
        )
    found = [*_differences(kept, json.loads(json.dumps(identity)))]
    if found:
        lines = "\n".join(f"  {each}" for each in found)
        raise SweepError(
            f"--out: {folder} holds the results of another plan; expected the same one, or another "
            f"directory:\n{lines}"
        )


_WORDS = {
    "content_sha256": "content of the scenario",
    "files_sha256": "content of the files that the scenario names",
    "schedule_sha256": "schedule",
}


def _differences(kept: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*now, *kept]):
        old: Any = kept.get(name)
        new: Any = now.get(name)
        if old == new:
            continue
        if name in _WORDS:
            yield f"{_WORDS[name]}: not the same"
        elif name == "vary" and isinstance(old, dict):
            for key in dict.fromkeys([*old, *new]):
                if old.get(key) != new.get(key):
                    yield f"--vary {key}: was {_shown(old.get(key))}, now {_shown(new.get(key))}"
            if old == new or list(old) != list(new):
                yield f"--vary: order was {', '.join(old)}, now {', '.join(new)}"
        else:
            yield f"{name}: was {show_value(old)}, now {show_value(new)}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        text = ",".join(each if isinstance(each, str) else json.dumps(each) for each in value)
        return text if len(text) <= 60 else text[:57] + "…"
    return "absent" if value is None else f"{value['low']:g}..{value['high']:g}"


def _read(runs: IO[str], count: int) -> dict[int, Outcome]:
    """Return the runs of the journal; a last line that was cut off is removed from it."""
    runs.seek(0)
    found: dict[int, Outcome] = {}
    text = runs.read()
    whole = text.rfind("\n") + 1
    for line in text[:whole].splitlines():
        try:
            outcome = Outcome(**json.loads(line))
        except (ValueError, TypeError):
            raise SweepError(
                f"--out: a line of {RUNS} is damaged; expected another directory"
            ) from None
        if outcome.run < count:
            found[outcome.run] = outcome
    if whole < len(text):
        runs.truncate(len(text[:whole].encode()))
    runs.seek(0, os.SEEK_END)
    return found


def _lock(runs: IO[str], folder: Path) -> None:
    """Keep a second sweep out of the directory; the system lets go when this process ends."""
    if sys.platform == "win32":
        return  # no such lock there
    import fcntl

    try:
        fcntl.flock(runs, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SweepError(f"--out: another sweep is writing to {folder}") from None


def _column(values: Sequence[Any], every: Sequence[Any]) -> pl.Series:
    """Return the values of a key in the narrowest type that holds all values of the plan."""
    kinds = {type(each) for each in every} - {type(None)}
    if kinds == {bool}:
        return pl.Series(values=values, dtype=pl.Boolean)
    if kinds == {int}:
        return pl.Series(values=values, dtype=pl.Int64)
    if kinds and kinds <= {int, float}:
        floats = [None if each is None else float(each) for each in values]
        return pl.Series(values=floats, dtype=pl.Float64)
    texts = [each if each is None or isinstance(each, str) else json.dumps(each) for each in values]
    return pl.Series(values=texts, dtype=pl.String)
