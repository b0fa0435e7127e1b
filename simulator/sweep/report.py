"""What came of a sweep, for people as tables and for machines as JSON values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .effects import Combination, Effect, combinations, effects
from .plan import Plan
from .results import PLAN, RESULTS, RUNS, SCHEMA
from .work import Outcome

MOST = 5
"""Rows at each end of the list of combinations, and errors that are told."""
_FIGURES = (
    ("import", "import_kwh", "kWh", 1.0),
    ("export", "export_kwh", "kWh", 1.0),
    ("peak", "peak_import_kw", "kW", 1.0),
    ("autarky", "autarky", "%", 100.0),
    ("cycles", "battery_cycles", "", 1.0),
)


def summary(
    plan: Plan, outcomes: Mapping[int, Outcome], kept: int, out: Path | None
) -> dict[str, Any]:
    """Return the result of a sweep in JSON values.

    Args:
        plan: all runs.
        outcomes: the finished ones.
        kept: how many of them were finished before this command.
        out: where the results are.
    """
    found = combinations(plan, outcomes)
    failed = [(each, outcomes[each.run].error) for each in plan.points if each.run in outcomes]
    return {
        "schema": SCHEMA,
        "scenario": plan.base.name,
        "sample": plan.sample,
        "repeat": plan.repeat,
        "runs": len(plan.points),
        "finished": len(outcomes),
        "kept": kept,
        "failed": [
            {"run": point.run, "values": _values(plan, point.values), "error": error}
            for point, error in failed
            if error is not None
        ],
        "currency": _currency(outcomes),
        "best": _combination(plan, found[0]) if found else None,
        "worst": _combination(plan, found[-1]) if found else None,
        "effects": [_effect(each) for each in effects(plan, found)],
        "out": None if out is None else str(out),
        "files": [] if out is None else [PLAN, RESULTS, RUNS],
    }


def print_tables(plan: Plan, outcomes: Mapping[int, Outcome], to: Console) -> None:
    """Print the cheapest and dearest combinations, and the effect of each key."""
    found = combinations(plan, outcomes)
    if not found:
        to.print("No run went well.")
        return
    currency = _currency(outcomes) or ""
    to.print(_cost_table(plan, found, currency))
    shown = effects(plan, found)
    if shown:
        to.print()
        to.print(_effect_table(shown, found, currency))


def failures(plan: Plan, outcomes: Mapping[int, Outcome]) -> list[str]:
    """Return a line for each failed run, no more than a few of them."""
    failed = [each for each in plan.points if each.run in outcomes and outcomes[each.run].error]
    lines = [
        f"run {each.run} failed ({_named(plan, each.values)}): {outcomes[each.run].error}"
        for each in failed[:MOST]
    ]
    if len(failed) > MOST:
        lines.append(f"and {len(failed) - MOST} more failed; see the column error")
    return lines


def _cost_table(plan: Plan, found: Sequence[Combination], currency: str) -> Table:
    figures = [each for each in _FIGURES if any(each[1] in row.figures for row in found)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("by cost")
    table.add_column(f"cost\n{currency}", justify="right")
    for key in plan.keys:
        table.add_column(_short(key, plan.keys), justify="right", overflow="fold")
    for title, _, unit, _ in figures:
        table.add_column(f"{title}\n{unit}", justify="right")
    last = len(found)
    for rank, row in enumerate(found, start=1):
        if MOST < rank <= last - MOST:
            if rank == MOST + 1:
                table.add_row("…")
            continue
        name = {1: "best", last: "worst"}.get(rank, str(rank)) if last > 1 else "only"
        table.add_row(
            name,
            f"{row.cost:,.2f}",
            *(escape(shown(value)) for value in row.values),
            *(
                "-" if key not in row.figures else f"{row.figures[key] * scale:,.2f}"
                for _, key, _, scale in figures
            ),
        )
    return table


def _effect_table(rows: Sequence[Effect], found: Sequence[Combination], currency: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("effect on cost", overflow="fold")
    table.add_column("explains", justify="right")
    table.add_column("value", justify="right")
    table.add_column("cases", justify="right")
    table.add_column(f"mean cost\n{currency}", justify="right")
    table.add_column("to first", justify="right")
    for row in rows:
        explains = "-" if row.share is None else f"{row.share:.0%}"
        title = escape(row.key)
        first = row.levels[0].cost
        for place, level in enumerate(_outer(row.levels)):
            if level is None:
                table.add_row("", "", "…")
                continue
            name = _range(level.value) if row.is_range else shown(level.value)
            table.add_row(
                title if place == 0 else "",
                explains if place == 0 else "",
                escape(name),
                str(level.combinations),
                f"{level.cost:,.2f}",
                "" if place == 0 else f"{level.cost - first:+,.2f}",
            )
    return table


def _outer(levels: Sequence[Any]) -> list[Any]:
    """Return all of a few, of many the first and the last ones with a None between."""
    if len(levels) <= 2 * MOST:
        return list(levels)
    return [*levels[:MOST], None, *levels[-MOST:]]


def _short(key: str, keys: Sequence[str]) -> str:
    """Return the end of a key, as long as needed to tell it from the others."""
    steps = key.split(".")
    for count in range(1, len(steps)):
        end = ".".join(steps[-count:])
        if sum(each == end or each.endswith(f".{end}") for each in keys) == 1:
            return escape(end)
    return escape(key)


def shown(value: Any) -> str:
    """Return a value as it is written behind --vary."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value, ensure_ascii=False)


def _range(ends: Sequence[float]) -> str:
    return f"{ends[0]:.6g}..{ends[1]:.6g}"


def _named(plan: Plan, values: Sequence[Any]) -> str:
    pairs = zip(plan.keys, values, strict=True)
    return ", ".join(f"{key}={shown(value)}" for key, value in pairs)


def _values(plan: Plan, values: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(plan.keys, values, strict=True))


def _combination(plan: Plan, row: Combination) -> dict[str, Any]:
    return {
        "runs": list(row.runs),
        "values": _values(plan, row.values),
        "cost": round(row.cost, 6),
        "figures": {name: round(value, 6) for name, value in row.figures.items()},
    }


def _effect(row: Effect) -> dict[str, Any]:
    return {
        "key": row.key,
        "share_of_variance": None if row.share is None else round(row.share, 6),
        "levels": [
            {
                ("range" if row.is_range else "value"): each.value,
                "combinations": each.combinations,
                "mean_cost": round(each.cost, 6),
                "difference_to_first": round(each.cost - row.levels[0].cost, 6),
            }
            for each in row.levels
        ],
    }


def _currency(outcomes: Mapping[int, Outcome]) -> str | None:
    return next((each.currency for _, each in sorted(outcomes.items()) if each.currency), None)
