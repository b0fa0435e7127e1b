"""`report.html`: one self-contained page, charts drawn as SVG, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import log10
from typing import Any

from loadtests.histogram import Histogram, middle_of

CHART_W, CHART_H = 640, 180
LEFT, BOTTOM = 56, 22
CHARTED = ("deliver.", "unary.", "open.", "sync.", "resume.", "walk.", "spread.", "lag.", "batch.")

STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --dim: #66707d; --line: #d5dae1; --bg: #fff;
  --a: #2563ae; --b: #c2571a; --good: #1f7a3d; --bad: #b3261e; --unclear: #8a6100; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --dim: #9aa5b1; --line: #39424e;
  --bg: #14191f; --a: #6ea8e8; --b: #f0985f; --good: #6cc28a; --bad: #f28b82;
  --unclear: #d9b44a; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--bg);
  max-width: 1000px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--line) }
th:first-child, td:first-child, td.text { text-align: left } th { color: var(--dim) }
.good, .pass { color: var(--good) } .bad, .fail, .error { color: var(--bad) }
.inconclusive { color: var(--unclear) } .dim { color: var(--dim) }
svg { width: 100%; height: auto } svg text { fill: var(--dim); font-size: 11px }
pre { overflow-x: auto; background: color-mix(in srgb, var(--line) 35%, transparent);
  padding: .6rem; font-size: 12px }
"""


def page(
    summary: Mapping[str, Any],
    timeline: Sequence[Mapping[str, Any]],
    violations: Sequence[Mapping[str, Any]],
) -> str:
    """The page of a run."""
    title = escape(f"{summary['scenario']} on {summary['target']}")
    body = "\n".join(
        (
            *_head(summary),
            *_thresholds(summary),
            *_metrics(summary),
            *_charts(summary, timeline),
            *_violations(violations),
        )
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>\n'
        f"<body>{body}</body></html>\n"
    )


def _head(summary: Mapping[str, Any]) -> Iterator[str]:
    verdict, integrity = summary["verdict"], summary["integrity"]
    name = verdict["name"]
    yield f"<h1>{escape(summary['scenario'])} <span class='{name}'>{name}</span></h1>"
    yield (
        f"<p class='dim'>{escape(summary['target'])} · {escape(summary['started'])} · "
        f"{summary['measured_s']:g} s measured · plane {summary['plane']} · "
        f"verified {summary['verify']} · seed {summary['seed']} · run {escape(summary['run'])}</p>"
    )
    reasons = [*verdict["errors"], *verdict["bad"], *verdict["inconclusive"], *summary["notes"]]
    if reasons:
        yield "<ul>" + "".join(f"<li>{escape(reason)}</li>" for reason in reasons) + "</ul>"
    total = integrity["total"]
    state = "pass" if not total else "fail"
    yield (
        f"<p>Integrity: <b class='{state}'>{total} violations</b> on "
        f"{integrity['streams']} streams.</p>"
    )
    rows = "".join(
        f"<tr><td>{escape(key)}</td><td>{value:g}</td></tr>"
        for key, value in summary["scalars"].items()
    )
    yield f"<table>{rows}</table>"


def _thresholds(summary: Mapping[str, Any]) -> Iterator[str]:
    if not summary["thresholds"]:
        return
    yield "<h2>Thresholds</h2><table><tr><th>expression</th><th>result</th><th>measured</th></tr>"
    for item in summary["thresholds"]:
        yield (
            f"<tr><td><code>{escape(item['expression'])}</code></td>"
            f"<td class='{item['result']}'>{item['result']}</td>"
            f"<td>{escape(item['measured'])} <span class='dim'>{escape(item['reason'])}</span>"
            "</td></tr>"
        )
    yield "</table>"


def _metrics(summary: Mapping[str, Any]) -> Iterator[str]:
    labels = ("count", "mean", "p50", "p90", "p99", "p99.9", "max")
    head = "".join(f"<th>{label}</th>" for label in labels)
    yield f"<h2>Distributions</h2><table><tr><th>metric</th>{head}<th></th></tr>"
    for name, found in summary["metrics"].items():
        cells = "".join(
            f"<td>{'–' if found[label] is None else f'{found[label]:g}'}</td>" for label in labels
        )
        yield f"<tr><td>{escape(name)}</td>{cells}<td class='dim'>{found['unit']}</td></tr>"
    yield "</table><p class='dim'>– : fewer than ten samples beyond the percentile</p>"


def _charts(summary: Mapping[str, Any], timeline: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    names = [
        name
        for name in summary["metrics"]
        if name.startswith(CHARTED) and not name.endswith(".service")
    ]
    for name in names:
        rows = [row for row in timeline if row["metric"] == name]
        unit = summary["metrics"][name]["unit"]
        yield f"<h2>{escape(name)}</h2>"
        if len(rows) > 1:
            yield _over_time(rows, unit)
        yield _shares(Histogram.from_json(summary["metrics"][name]["histogram"]), unit)


def _over_time(rows: Sequence[Mapping[str, Any]], unit: str) -> str:
    first, last = rows[0]["second"], rows[-1]["second"]
    top = max(row["p99"] for row in rows) or 1
    lines = []
    for label, colour in (("p50", "--a"), ("p99", "--b")):
        points = " ".join(
            f"{_x(row['second'] - first, last - first)},{_y(row[label], top)}" for row in rows
        )
        lines.append(
            f"<polyline fill='none' stroke='var({colour})' stroke-width='1.5' points='{points}'/>"
        )
    legend = (
        f"<text x='{LEFT}' y='12'>p50 <tspan fill='var(--a)'>━</tspan>  "
        "p99 <tspan fill='var(--b)'>━</tspan>  by second of the run</text>"
    )
    return _frame("".join(lines) + legend, f"{top:g} {unit}", f"{first} s", f"{last} s")


def _shares(histogram: Histogram, unit: str) -> str:
    """Percentile against value, the rare end stretched: 50, 90, 99, 99.9 are equally apart."""
    scale = 1000 if unit == "ms" else 1
    top = histogram.highest / scale or 1
    points, passed = [], 0
    for bucket in sorted(histogram.buckets):
        passed += histogram.buckets[bucket]
        rest = max(1 - passed / histogram.count, 1 / histogram.count)
        points.append(f"{_x(_decades(rest), 4)},{_y(middle_of(bucket) / scale, top)}")
    marks = "".join(
        f"<text x='{_x(at, 4)}' y='{CHART_H - 6}' text-anchor='middle'>{label}</text>"
        for at, label in ((1, "p90"), (2, "p99"), (3, "p99.9"))
    )
    line = (
        f"<polyline fill='none' stroke='var(--a)' stroke-width='1.5' points='{' '.join(points)}'/>"
    )
    return _frame(line + marks, f"{top:g} {unit}", "p0", "p99.99")


def _decades(rest: float) -> float:
    return min(4.0, -log10(rest))


def _x(value: float, span: float) -> float:
    return round(LEFT + (CHART_W - LEFT - 8) * value / (span or 1), 1)


def _y(value: float, top: float) -> float:
    return round(CHART_H - BOTTOM - (CHART_H - BOTTOM - 18) * min(1.0, value / top), 1)


def _frame(inner: str, top: str, left: str, right: str) -> str:
    base = CHART_H - BOTTOM
    return (
        f"<svg viewBox='0 0 {CHART_W} {CHART_H}' role='img'>"
        f"<line x1='{LEFT}' y1='{base}' x2='{CHART_W - 8}' y2='{base}' stroke='var(--line)'/>"
        f"<line x1='{LEFT}' y1='18' x2='{LEFT}' y2='{base}' stroke='var(--line)'/>"
        f"<text x='{LEFT - 4}' y='24' text-anchor='end'>{escape(top)}</text>"
        f"<text x='{LEFT - 4}' y='{base}' text-anchor='end'>0</text>"
        f"<text x='{LEFT}' y='{CHART_H - 6}'>{escape(left)}</text>"
        f"<text x='{CHART_W - 8}' y='{CHART_H - 6}' text-anchor='end'>{escape(right)}</text>"
        f"{inner}</svg>"
    )


def _violations(violations: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not violations:
        return
    yield "<h2>First violations of each code</h2>"
    for violation in violations:
        yield (
            f"<details><summary><b class='fail'>{escape(violation['code'])}</b> "
            f"{escape(violation['text'])} <span class='dim'>({escape(violation['stream'])}, "
            f"scope {violation['scope']})</span></summary><pre>"
        )
        for message in violation["last"]:
            yield escape("  ".join(f"{name} {value}" for name, value in message.items()))
        yield "</pre></details>"
