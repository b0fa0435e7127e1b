"""When each dispatch ran, what part of it was delivered, and why the rest was not.

A row per dispatch, a bar per occurrence: filled from below as far as it was delivered; what is
missing stands above in the colour of its cause. Long runs have more bars than pixels: their bars
are joined to one path for each colour and tell no details of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from simulator.microgrid.scenario_base import to_us

from .report_axes import BOTTOM, TOP, WIDTH, Axis, text, time_axis, time_ticks, verticals
from .report_charts import legend
from .words import SMALL_KWH, WHY, kwh, stretch, why

MAX_ROWS = 60
"""More dispatches than that do not fit; those that fell short most are drawn."""
MAX_DETAILED = 1200
"""More bars than that lose their tooltips."""
ROW, BAR = 38.0, 20.0
_NARROWEST = 2.0

Occurrence = Mapping[str, Any]


def gantt(summary: Mapping[str, Any]) -> str:
    """Draw the dispatches of a run; empty where none occurred."""
    groups = shown_dispatches(summary["occurrences"])
    if not groups:
        return ""
    run = summary["run"]
    zone = ZoneInfo(run["zone"])
    start_us, end_us = _us(run["start"]), _us(run["end"])
    axis = time_axis(start_us, end_us)
    height = TOP + ROW * len(groups) + BOTTOM
    is_detailed = sum(map(len, groups.values())) <= MAX_DETAILED
    parts = list(verticals(time_ticks(start_us, end_us, zone), axis, height))
    for place, (dispatch_id, group) in enumerate(groups.items()):
        y = TOP + ROW * place
        parts += _label(dispatch_id, group, y)
        bars = [_bar(row, axis, y + (ROW - BAR) / 2, end_us) for row in group]
        if is_detailed:
            for row, shapes in zip(group, bars, strict=True):
                title = f"<title>{escape(_tooltip(row, zone))}</title>"
                drawn = "".join(f'<path class="{paint}" d="{path}"/>' for paint, path in shapes)
                parts.append(f"<g>{title}{drawn}</g>")
        else:
            parts += _joined(bars)
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height:g}" role="img"'
        f' aria-label="Dispatches, asked and delivered">{"".join(parts)}</svg>'
    )


def shown_dispatches(rows: Sequence[Occurrence]) -> dict[int, list[Occurrence]]:
    """Return occurrences by ascending dispatch; of too many dispatches those that lack most."""
    groups: dict[int, list[Occurrence]] = {}
    for row in rows:
        groups.setdefault(row["dispatch_id"], []).append(row)
    worst = sorted(groups, key=lambda each: (-_short(groups[each]), each))[:MAX_ROWS]
    return {each: groups[each] for each in sorted(worst)}


def gantt_legend(summary: Mapping[str, Any]) -> str:
    """Return what the colours mean that this run has."""
    rows = summary["occurrences"]
    reasons = {row["reason"] for row in rows if row["shortfall_kwh"] >= SMALL_KWH}
    entries = []
    if any(abs(row["delivered_kwh"]) >= SMALL_KWH for row in rows):
        entries.append(("delivered", "delivered"))
    entries += [
        (f"why-{reason}", f"missing: {words}")
        for reason, words in WHY.items()
        if reason in reasons and words
    ]
    if any(abs(row["asked_kwh"]) < SMALL_KWH and row["end"] != row["start"] for row in rows):
        entries.append(("no-energy", "asks for no amount of energy"))
    if any(row["end"] == row["start"] for row in rows):
        entries.append(("instant", "an instant"))
    return legend(entries)


def _label(dispatch_id: int, group: Sequence[Occurrence], y: float) -> Iterator[str]:
    name = f"{dispatch_id} {group[0]['type']}"
    name = name if len(name) <= 21 else name[:20] + "…"
    yield f'<line class="grid" x1="0" x2="{WIDTH}" y1="{y + ROW:.1f}" y2="{y + ROW:.1f}"/>'
    yield f'<g class="name">{text(4, y + 16, name)}</g>'
    short = _short(group)
    asked = sum(abs(row["asked_kwh"]) for row in group if not row["dry_run"])
    if short >= SMALL_KWH:
        kind, note = "bad", f"{_brief(short)} kWh short of {_brief(asked)}"
    elif asked >= SMALL_KWH:
        kind, note = "good", f"{_brief(asked)} kWh, all of it"
    else:
        kind, note = "dim", "dry run" if all(row["dry_run"] for row in group) else ""
    if note:
        yield f'<g class="{kind}">{text(4, y + 30, note)}</g>'


def _bar(row: Occurrence, axis: Axis, y: float, end_us: int) -> list[tuple[str, str]]:
    """Return what is drawn for an occurrence, as pairs of class and path."""
    start, end = _us(row["start"]), end_us if row["end"] is None else _us(row["end"])
    left = axis(start)
    if end == start:
        half = BAR / 2
        path = f"M{left:.1f} {y:.1f}l5 {half:.1f}l-5 {half:.1f}l-5 -{half:.1f}z"
        return [("instant", path)]
    width = max(axis(end) - left, _NARROWEST)
    if abs(row["asked_kwh"]) < SMALL_KWH:
        return [("no-energy", _box(left, y + BAR / 4, width, BAR / 2))]
    missing = min(row["shortfall_kwh"] / abs(row["asked_kwh"]), 1.0)
    if row["shortfall_kwh"] < SMALL_KWH:
        missing = 0.0
    shapes = []
    if missing < 1.0:
        shapes.append(("delivered", _box(left, y + BAR * missing, width, BAR * (1.0 - missing))))
    if missing > 0.0:
        shapes.append((f"why-{row['reason']}", _box(left, y, width, BAR * missing)))
    return shapes


def _box(left: float, top: float, width: float, height: float) -> str:
    return f"M{left:.1f} {top:.1f}h{width:.1f}v{height:.1f}h-{width:.1f}z"


def _joined(bars: Sequence[Sequence[tuple[str, str]]]) -> Iterator[str]:
    """Yield one path for each colour, each place once."""
    paths: dict[str, dict[str, None]] = {}
    for shapes in bars:
        for paint, path in shapes:
            paths.setdefault(paint, {})[path] = None
    for paint, found in paths.items():
        yield f'<path class="{paint}" d="{"".join(found)}"/>'


def _tooltip(row: Occurrence, zone: ZoneInfo) -> str:
    lines = [
        f"dispatch {row['dispatch_id']}, {row['type']}",
        stretch(row["start"], row["end"], zone),
        f"asked {kwh(row['asked_kwh'])} kWh, delivered {kwh(row['delivered_kwh'])} kWh",
    ]
    if row["shortfall_kwh"] >= SMALL_KWH:
        lines.append(f"missing {kwh(row['shortfall_kwh'])} kWh: {why(row)}")
    return "\n".join(lines)


def _brief(value: float) -> str:
    """Return an energy with three digits or so: the room beside a row is small."""
    return f"{value:,.{2 if value < 10 else 1 if value < 100 else 0}f}"


def _short(group: Sequence[Occurrence]) -> float:
    return float(sum(row["shortfall_kwh"] for row in group if not row["dry_run"]))


def _us(text_: str) -> int:
    return to_us(datetime.fromisoformat(text_))
