"""The result for people at a terminal: what is wrong first, then numbers, then where to look."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from conformance.report.exchange import readable
from conformance.verdicts import VERDICTS

STYLES = {
    "pass": "green",
    "fail": "bold red",
    "warn": "yellow",
    "observed": "cyan",
    "not_applicable": "dim",
    "untestable": "red",
    "error": "magenta",
    "known": "yellow",
    "stale": "red",
}
SHOWN = ("fail", "error", "untestable", "stale", "warn", "known")
"""Verdicts whose rows are printed one by one, the most important first."""

MAX_EXCHANGES = 5
"""Findings whose exchange is printed; the report has them all."""

MAX_LINES = 14

MANY = 5
"""So many rows with one reason are told in one line."""


def show(document: dict[str, Any], console: Console, *, report: str | None = None) -> None:
    """Print a report document.

    Args:
        document: as `document` makes it, redacted.
        console: where to.
        report: folder in which the full report lies, if it was written.
    """
    rows = document["requirements"]
    for verdict in SHOWN:
        for reason, group in _by_reason(rows, verdict).items():
            if len(group) >= MANY:
                _grouped(verdict, reason, group, console)
                continue
            for row in group:
                console.print(
                    f"[{STYLES[verdict]}]{verdict:<10}[/] {row['id']} ({row['level']}) "
                    f"{escape(row['text'])}\n           {escape(reason)}",
                    highlight=False,
                    soft_wrap=True,
                )
    _exchanges(rows, console)
    for reason, group in _by_reason(rows, "not_applicable").items():
        _grouped("not_applicable", reason, group, console)
    for note in document.get("history", {}).get("notes", ()):
        console.print(f"[dim]note[/]: {escape(note)}", highlight=False, soft_wrap=True)
    console.print(_table(document["summary"]))
    console.print(_closing(document), highlight=False, soft_wrap=True)
    if report:
        console.print(f"report: {report}", highlight=False, soft_wrap=True)


def _exchanges(rows: list[dict[str, Any]], console: Console) -> None:
    with_steps = [r for r in rows if r["verdict"] == "fail" and r["counterexample"]]
    for row in with_steps[:MAX_EXCHANGES]:
        lines = readable(row["counterexample"]["steps"], width=110)
        console.print(f"\n[bold]{row['id']}[/] shown by this exchange:", highlight=False)
        for line in lines[:MAX_LINES]:
            console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)
        if len(lines) > MAX_LINES:
            console.print(f"  … {len(lines) - MAX_LINES} more lines in the report")
        console.print(
            f"  replay: {escape(row['counterexample']['replay'])}", highlight=False, soft_wrap=True
        )
    if len(with_steps) > MAX_EXCHANGES:
        console.print(f"\n… {len(with_steps) - MAX_EXCHANGES} more exchanges in the report")


def _by_reason(rows: list[dict[str, Any]], verdict: str) -> dict[str, list[dict[str, Any]]]:
    reasons: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["verdict"] == verdict:
            reasons.setdefault(row["reason"], []).append(row)
    return reasons


def _grouped(verdict: str, reason: str, group: list[dict[str, Any]], console: Console) -> None:
    """One line for many rows that share a reason."""
    ids = [row["id"] for row in group]
    names = ", ".join(ids) if len(ids) < MANY else f"{', '.join(ids[:3])} and {len(ids) - 3} more"
    text = f"[{STYLES[verdict]}]{verdict.replace('_', ' ')}[/]: {escape(reason)} ({names})"
    console.print(text, highlight=False, soft_wrap=True)


def _table(summary: dict[str, dict[str, int]]) -> Table:
    used = [v for v in VERDICTS if any(counts[v] for counts in summary.values())]
    table = Table(title="requirements", title_justify="left")
    table.add_column("level")
    for verdict in used:
        table.add_column(verdict.replace("_", " "), justify="right", style=STYLES[verdict])
    for level, counts in summary.items():
        table.add_row(level, *(str(counts[v]) if counts[v] else "" for v in used))
    return table


def _closing(document: dict[str, Any]) -> str:
    if history := document.get("history"):
        return (
            f"history {history['file']}: {document['calls']} calls and {history['streams']} "
            f"streams within {history['span_s']:.1f} s, judged in {document['duration_s']:.1f} s"
        )
    return (
        f"target {document['target']['endpoint']}, profile {document['profile']}, "
        f"seed {document['seed']}, run {document['target']['run_id']}: "
        f"{document['calls']} calls in {document['duration_s']:.1f} s, "
        f"{document['residue']} left behind"
    )
