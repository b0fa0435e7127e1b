"""`report.html`: one page that needs nothing else, made from the report document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from conformance.report.exchange import readable
from conformance.report.replay import scripts_of
from conformance.requirements import load
from conformance.verdicts import VERDICTS

TEMPLATE = Path(__file__).with_name("report.html.jinja")


def page(document: dict[str, Any]) -> str:
    """The page for a redacted report document."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    rows = document["requirements"]
    return template.render(
        report=document,
        verdicts=[v for v in VERDICTS if any(c[v] for c in document["summary"].values())],
        findings=[
            {
                **row,
                "lines": readable(row["counterexample"]["steps"], width=2000),
                "scripts": []
                if "history" in document
                else [f"replay/{name}" for name in scripts_of(row["id"], row["service"])],
            }
            for row in rows
            if row["counterexample"]
        ],
        traits=traits(rows),
    )


def traits(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every open question with the readings that the target took, in ledger order."""
    taken: dict[str, list[str]] = {}
    for row in rows:
        for observed in row["observed"]:
            if observed["trait"] and observed["reading"] not in taken.get(observed["trait"], ()):
                taken.setdefault(observed["trait"], []).append(observed["reading"])
    return [
        {
            "id": trait.id,
            "question": trait.question,
            "preferred": trait.preferred,
            "taken": taken.get(trait.id, []),
        }
        for trait in load().traits.values()
    ]
