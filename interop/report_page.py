"""Opens the page of a run in a browser and looks at it as a stranger would.

The run is a week of the shipped commercial site with its deliberately impossible schedule. What is
measured in the page stands in `clients/report_page.py`; here it is judged against the summary of
the same run. Screenshots stay in `gridproof-report-page/` for people.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from interop.browsers import find_browser
from interop.environments import CLIENTS, environment

SITE = "commercial"
PLAYWRIGHT = ("playwright>=1.50,<2",)
SHOTS = Path("gridproof-report-page")
SMALL_KWH = 0.005
"""Shortfalls below that are shown as 0."""
SCHEDULE = tuple(map(str, range(1, 16)))
"""Ids of its dispatches; one of them is inactive."""
LEAST_TEXT_PX = 7.0
CHARTS = 5
"""Dispatches, power balance, states of charge, prices, durations."""

JSON = dict[str, Any]


def try_report_page() -> bool:
    """Simulate, open the page at two widths in both colour schemes; True when all is well.

    Raises:
        Unavailable: there is no browser.
    """
    browser = find_browser()
    python = environment(PLAYWRIGHT)
    SHOTS.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "gridproof", "simulate", SITE, "--no-plots"]
        subprocess.run([*command, "--out", folder], check=True, stdout=subprocess.DEVNULL)
        job = {
            "page": (Path(folder) / "report.html").as_uri(),
            "shots": str(SHOTS.absolute()),
            "browser": str(browser.path),
            "environment": {**browser.environment, "HOME": folder},
        }
        done = subprocess.run(
            [python, "-W", "ignore", CLIENTS / "report_page.py", json.dumps(job)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        summary = json.loads((Path(folder) / "summary.json").read_text())
    seen = json.loads(done.stdout)
    print(f"{seen['version']} at {browser.path}; screenshots in {SHOTS}/")
    is_well = True
    for view in seen["views"]:
        complaints = [*_unfit(view), *_untold(view, summary)]
        print(
            f"{view['name']}: {len(view['charts'])} charts, {view['texts']} texts, "
            f"{len(view['rows'])} occurrences: {'; '.join(complaints) or 'well'}"
        )
        is_well = is_well and not complaints
    return is_well


def _unfit(view: JSON) -> Iterator[str]:
    """Yield what is wrong with a view as a picture."""
    for name in ("errors", "requests", "outside", "overlaps", "unpainted"):
        if view[name]:
            yield f"{name}: {view[name][:5]}"
    if view["scroll_width"] > view["width"]:
        yield f"{view['scroll_width']} px wide"
    if len(view["charts"]) != CHARTS:
        yield f"{len(view['charts'])} charts, expected {CHARTS}"
    for chart in view["charts"]:
        if not chart["shapes"] or not chart["label"]:
            yield f"chart {chart['label']!r} has {chart['shapes']} shapes"
        if chart["text_px"] < LEAST_TEXT_PX:
            yield f"chart {chart['label']!r} is written in {chart['text_px']:.1f} px"


def _untold(view: JSON, summary: JSON) -> Iterator[str]:
    """Yield what the run has and a view does not tell."""
    rows = {(row["dispatch"], row["when"]): row for row in view["rows"]}
    expected = summary["occurrences"]
    if len(rows) != len(expected):
        yield f"{len(rows)} occurrences, expected {len(expected)}"
    drawn = set(view["drawn"])
    for each in expected:
        if str(each["dispatch_id"]) not in drawn:
            yield f"dispatch {each['dispatch_id']} is not drawn"
    short = sum(each["shortfall_kwh"] >= SMALL_KWH for each in expected)
    without_cause = [key for key, row in rows.items() if row["short"] != "0" and not row["why"]]
    told = sum(row["short"] != "0" and bool(row["why"]) for row in rows.values())
    if told != short or without_cause:
        yield f"{told} of {short} shortfalls have a cause; {without_cause} do not"
    for number in SCHEDULE:
        if number not in drawn and f"dispatch {number} " not in view["notes"]:
            yield f"dispatch {number} is told of nowhere"
