"""The ledger as a table, as JSON or as Markdown."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from conformance.requirements import Requirement, links

WIDTH = 120
"""Of a table that does not go to a terminal."""


def render(chosen: Sequence[Requirement], form: Literal["table", "json", "md"]) -> str:
    """The records with the checks that judge them and the mutants that they kill."""
    checks, mutants = links.checks(), links.mutants()
    records = [_record(r, checks.get(r.id, ()), mutants.get(r.id, ())) for r in chosen]
    if form == "json":
        return json.dumps(records, ensure_ascii=False, indent=2) + "\n"
    if form == "md":
        return _markdown(records)
    return _table(records)


def _record(
    requirement: Requirement, checks: Sequence[str], mutants: Sequence[str]
) -> dict[str, Any]:
    return {
        "id": requirement.id,
        "service": requirement.service,
        "level": requirement.level,
        "text": requirement.text,
        "source": requirement.source,
        "generation": requirement.generation,
        "when": requirement.when,
        "untestable": requirement.untestable,
        "checks": list(checks),
        "mutants": list(mutants),
    }


def _markdown(records: Sequence[dict[str, Any]]) -> str:
    lines = [
        "| id | level | requirement | source | checks | mutants |",
        "|---|---|---|---|---|---|",
    ]
    for record in records:
        cells = (
            record["id"],
            record["level"].upper(),
            record["text"] + _terms(record),
            record["source"],
            str(len(record["checks"])),
            ", ".join(record["mutants"]),
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _table(records: Sequence[dict[str, Any]]) -> str:
    table = Table(box=None, pad_edge=False)
    for name in ("id", "level", "requirement", "source"):
        table.add_column(name, no_wrap=name in ("id", "level"), overflow="fold")
    for record in records:
        table.add_row(
            record["id"], record["level"], record["text"] + _terms(record), record["source"]
        )
    target = io.StringIO()
    terminal = Console()
    Console(file=target, width=terminal.width if terminal.is_terminal else WIDTH).print(table)
    plain = "\n".join(line.rstrip() for line in target.getvalue().splitlines())
    return f"{plain}\n{len(records)} requirements\n"


def _terms(record: dict[str, Any]) -> str:
    terms = []
    if record["generation"]:
        terms.append(f"generation {record['generation']}")
    if record["when"]:
        terms.append(f"where {record['when']} is declared")
    if record["untestable"]:
        terms.append(f"not testable: {record['untestable']}")
    return f" ({', '.join(terms)})" if terms else ""
