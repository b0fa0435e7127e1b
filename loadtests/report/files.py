"""Writes the report directory of a run."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from loadtests.outcome import Outcome
from loadtests.report.page import page
from loadtests.report.summary import COUNTED
from loadtests.report.text import text
from loadtests.timeline import Timeline

TIMELINE = ("second", "metric", "count", "p50", "p99", "max", "unit")


def write(folder: Path, summary: Mapping[str, Any], outcome: Outcome) -> None:
    """Write every file of the report; existing ones of an earlier run are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = timeline(outcome.timeline)
    (folder / "summary.json").write_text(json.dumps(summary, indent=1) + "\n", "utf-8")
    (folder / "summary.md").write_text(text(summary), "utf-8")
    (folder / "report.html").write_text(page(summary, rows, outcome.violations), "utf-8")
    (folder / "junit.xml").write_bytes(junit(summary))
    with (folder / "timeline.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, TIMELINE, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    with (folder / "violations.jsonl").open("w", encoding="utf-8") as file:
        for violation in outcome.violations:
            file.write(json.dumps(violation) + "\n")


def timeline(steps: Timeline) -> list[dict[str, Any]]:
    """One row per step of the run (a second, unless it was long) and metric; in milliseconds."""
    rows = []
    for second, found in steps:
        for name, histogram in sorted(found.items()):
            scale = 1 if name.startswith(COUNTED) else 1000
            rows.append(
                {
                    "second": second,
                    "metric": name,
                    "count": histogram.count,
                    "p50": round((histogram.percentile(50) or 0) / scale, 3),
                    "p99": round((histogram.percentile(99) or 0) / scale, 3),
                    "max": round(histogram.highest / scale, 3),
                    "unit": "count" if scale == 1 else "ms",
                }
            )
    return rows


def junit(summary: Mapping[str, Any]) -> bytes:
    """JUnit XML: a test case for each threshold, each integrity code, and the harness itself."""
    suite = ElementTree.Element("testsuite", name=f"gridproof load {summary['scenario']}")
    cases: list[tuple[str, str, str]] = [
        (f"threshold {item['expression']}", item["result"], item["reason"] or item["measured"])
        for item in summary["thresholds"]
    ]
    violations = summary["integrity"]["violations"]
    waived = summary["integrity"]["waived"]
    codes: Sequence[str] = sorted({*summary["integrity"]["codes"], *violations})
    for code in codes:
        count = violations.get(code, 0)
        result = "pass" if not count else "inconclusive" if code in waived else "fail"
        cases.append((f"integrity {code}", result, f"{count} violations"))
    errors = summary["verdict"]["errors"]
    cases.append(("harness", "error" if errors else "pass", "; ".join(errors)))
    tags = {"fail": "failure", "error": "error", "inconclusive": "skipped"}
    for name, result, message in cases:
        case = ElementTree.SubElement(
            suite, "testcase", name=name, classname=f"load.{summary['scenario']}"
        )
        if result in tags:
            ElementTree.SubElement(case, tags[result], message=message)
    results = [result for _, result, _ in cases]
    suite.set("tests", str(len(cases)))
    for attribute, result in (
        ("failures", "fail"),
        ("errors", "error"),
        ("skipped", "inconclusive"),
    ):
        suite.set(attribute, str(results.count(result)))
    data: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return data
