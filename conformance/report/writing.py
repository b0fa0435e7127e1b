"""Writes a result to where the user wants it: terminal, standard output, a folder of files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from conformance.report import html, replay, terminal
from conformance.report.document import document
from conformance.report.junit import junit
from conformance.report.redaction import redacted
from conformance.run.result import Result


def present(result: Result, folder: Path | None, *, as_json: bool) -> None:
    """Show a result, and write the full report if a folder is given."""
    report = redacted(document(result), result.settings.target.secrets())
    if folder is not None:
        write(report, result, folder)
    if as_json:
        json.dump(report, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    console = Console(stderr=True)
    terminal.show(report, console, report=str(folder) if folder else None)
    if result.lost:
        console.print("the target stopped answering", style="bold red")
    for trouble in result.broken:
        console.print(trouble, highlight=False, markup=False)


def write(report: dict[str, Any], result: Result, folder: Path) -> None:
    """`report.json`, `junit.xml`, `report.html`, and a folder of replay scripts."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, ensure_ascii=False, indent=2)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    (folder / "junit.xml").write_bytes(junit(report))
    (folder / "report.html").write_text(html.page(report), encoding="utf-8")
    # A part of a history is no script: what it needs may have been made before.
    if result.replayed is None:
        replay.write(report, result.settings.target, folder / "replay")
