from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from loadtests.catalogue import find
from loadtests.outcome import Outcome
from loadtests.report.files import write
from loadtests.report.summary import SCHEMA, build
from loadtests.report.text import text
from loadtests.tests.outcomes import SECRET, outcome
from loadtests.verdict import judge_run

ENTRY = find("L-DSP-1")
VIOLATION = {
    "code": "INT-GAP",
    "text": "17: number 3 never came <b>",
    "stream": "stream 4",
    "scope": 2,
    "at_us": 5,
    "last": [{"at_us": 4, "kind": 2, "id": 17, "number": 2}],
}


def broken() -> Outcome:
    made = outcome()
    made.totals.counts["integrity.INT-GAP"] = 2
    made.add_violation(VIOLATION)
    return made


def written(made: Outcome, folder: Path) -> Path:
    verdict = judge_run(made, ENTRY, ["deliver.p99<50ms", "deliver.p99.9<1s"])
    write(folder, build(made, verdict, ENTRY), made)
    return folder


def test_the_summary_says_everything_that_scripts_need(tmp_path: Path) -> None:
    data = json.loads((written(broken(), tmp_path) / "summary.json").read_text("utf-8"))
    assert data["schema"] == SCHEMA
    assert (data["scenario"], data["target"]) == ("L-DSP-1", "127.0.0.1:50051")
    assert (data["verdict"]["exit"], data["verdict"]["name"]) == (1, "bad")
    assert data["integrity"]["violations"] == {"INT-GAP": 2}
    assert data["metrics"]["deliver.dispatch"]["count"] == 2000
    assert data["metrics"]["deliver.dispatch"]["p99"] is not None
    assert data["metrics"]["deliver.dispatch"]["p99.9"] is None
    assert data["scalars"]["achieved_per_s"] == 20
    results = [item["result"] for item in data["thresholds"]]
    assert results == ["pass", "inconclusive", "pass"]


def test_no_file_holds_a_secret(tmp_path: Path) -> None:
    for path in written(broken(), tmp_path).iterdir():
        assert SECRET not in path.read_text("utf-8")


def test_the_timeline_has_a_row_for_each_second_and_metric(tmp_path: Path) -> None:
    with (written(outcome(), tmp_path) / "timeline.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["second"] for row in rows] == [str(second) for second in range(10)]
    assert {row["metric"] for row in rows} == {"deliver.dispatch"}
    assert {row["count"] for row in rows} == {"200"}


def test_junit_has_a_case_for_each_threshold_and_code(tmp_path: Path) -> None:
    suite = ElementTree.fromstring((written(broken(), tmp_path) / "junit.xml").read_bytes())
    cases = {case.get("name"): case for case in suite}
    assert cases["integrity INT-GAP"].find("failure") is not None
    assert cases["integrity INT-DUP"].find("failure") is None
    assert cases["threshold deliver.p99.9<1s"].find("skipped") is not None
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "1")


def test_violations_are_lines_of_json(tmp_path: Path) -> None:
    lines = (written(broken(), tmp_path) / "violations.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [VIOLATION]


class Page(HTMLParser):
    """Collects what a page opens and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_stands_alone(tmp_path: Path) -> None:
    content = (written(broken(), tmp_path) / "report.html").read_text("utf-8")
    page = Page()
    page.feed(content)
    assert page.loaded == []
    assert "script" not in page.opened
    assert page.opened.count("svg") == 2
    assert "17: number 3 never came &lt;b&gt;" in content


def test_the_text_leads_with_the_verdict() -> None:
    made = broken()
    shown = text(build(made, judge_run(made, ENTRY, []), ENTRY))
    assert shown.startswith("# L-DSP-1 on 127.0.0.1:50051: bad\n")
    assert "- integrity broken: 2 x INT-GAP" in shown
    assert "| deliver.dispatch | 2000 |" in shown
