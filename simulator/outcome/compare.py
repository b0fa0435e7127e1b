"""What differs between finished runs: figures of the site and deliveries of dispatches.

Reads the `summary.json` of each run. The first run is the reference; differences are the others
minus it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .writing import SUMMARY

SCHEMA = 1
_NOISE = 5e-7
"""Figures are written with six decimals."""


class CompareError(ValueError):
    """A directory holds no finished run; one sentence for people."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A finished run."""

    name: str
    """Of its directory, made unique."""
    summary: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One figure of every run; None where a run does not have it."""

    figure: str
    unit: str
    values: tuple[float | None, ...]

    @property
    def differs(self) -> bool:
        """Whether any run has another value than the first."""
        return any(_differs(self.values[0], value) for value in self.values[1:])


def read_runs(folders: Sequence[Path]) -> tuple[Run, ...]:
    """Read finished runs.

    Raises:
        CompareError: a directory is absent, holds no summary, or one of another schema.
    """
    return tuple(
        Run(name=name, summary=_read(folder))
        for name, folder in zip(_names(folders), folders, strict=True)
    )


def site_rows(runs: Sequence[Run]) -> list[Row]:
    """Return every numeric figure of the site, in the order of the summary."""
    flat = [_flat(run.summary["site"]) for run in runs]
    names = list(dict.fromkeys(name for each in flat for name in each))
    return [
        Row(figure=name, unit=_unit(name, runs), values=tuple(each.get(name) for each in flat))
        for name in names
    ]


def dispatch_rows(runs: Sequence[Run]) -> list[Row]:
    """Return what each dispatch asked, got and lacked in each run, all occurrences together."""
    sums: list[dict[tuple[int, str], float]] = []
    for run in runs:
        total: dict[tuple[int, str], float] = {}
        for row in run.summary["occurrences"]:
            for key in ("asked", "delivered", "shortfall"):
                where = (row["dispatch_id"], key)
                total[where] = total.get(where, 0.0) + row[f"{key}_kwh"]
        sums.append(total)
    order = {"asked": 0, "delivered": 1, "shortfall": 2}
    keys = sorted({each for total in sums for each in total}, key=lambda k: (k[0], order[k[1]]))
    return [
        Row(
            figure=f"dispatch {dispatch_id} {key}",
            unit="kWh",
            values=tuple(total.get((dispatch_id, key)) for total in sums),
        )
        for dispatch_id, key in keys
    ]


def comparison(runs: Sequence[Run]) -> dict[str, Any]:
    """Return what differs, as JSON values."""
    rows = [*site_rows(runs), *dispatch_rows(runs)]
    return {
        "schema": SCHEMA,
        "runs": [
            {
                "name": run.name,
                **{
                    key: run.summary["run"][key]
                    for key in ("scenario", "start", "end", "seed", "scenario_sha256")
                },
            }
            for run in runs
        ],
        "same_stretch": len({_stretch(run) for run in runs}) == 1,
        "differences": [
            {
                "figure": row.figure,
                "unit": row.unit,
                "values": list(row.values),
                "minus_first": [
                    None if value is None or row.values[0] is None else value - row.values[0]
                    for value in row.values
                ],
            }
            for row in rows
            if row.differs
        ],
    }


def _stretch(run: Run) -> tuple[str, str]:
    return run.summary["run"]["start"], run.summary["run"]["end"]


def _differs(first: float | None, other: float | None) -> bool:
    if first is None or other is None:
        return first is not other
    return abs(first - other) > _NOISE


def _read(folder: Path) -> Mapping[str, Any]:
    path = folder / SUMMARY
    if not folder.is_dir():
        raise CompareError(f"{folder}: no such directory")
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CompareError(
            f"{folder}: no {SUMMARY} in it; expected the --out directory of simulate"
        ) from None
    except (OSError, ValueError) as error:
        raise CompareError(f"{path}: not readable as JSON: {error}") from None
    if not isinstance(summary, dict) or summary.get("schema") != SCHEMA:
        raise CompareError(f"{path}: expected a summary of schema {SCHEMA}")
    absent = [key for key in ("run", "site", "components", "occurrences") if key not in summary]
    if absent:
        raise CompareError(f"{path}: expected the key {absent[0]}")
    return summary


def _names(folders: Sequence[Path]) -> list[str]:
    """Return the last part of each path, or the whole path where that is not unique."""
    short = [folder.name or str(folder) for folder in folders]
    full = [str(folder) for folder in folders]
    names = [
        name if short.count(name) == 1 else whole for name, whole in zip(short, full, strict=True)
    ]
    return [
        name if names.count(name) == 1 else f"{name} ({place})"
        for place, name in enumerate(names, start=1)
    ]


def _flat(figures: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Return nested figures under one name each; what is no number is left out."""
    flat: dict[str, float] = {}
    for key, value in figures.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            flat[prefix + key] = float(value)
    return flat


def _unit(name: str, runs: Sequence[Run]) -> str:
    for suffix, unit in (("_kwh", "kWh"), ("_kw", "kW"), ("_kg", "kg")):
        if name.endswith(suffix):
            return unit
    if name.startswith("cost."):
        return str(runs[0].summary["site"].get("currency", ""))
    return ""
