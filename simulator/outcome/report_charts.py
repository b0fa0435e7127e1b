"""The charts of a report as inline SVG; colours are classes, so that light and dark both work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from .report_axes import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Axis,
    frame,
    line,
    steps,
    text,
    time_axis,
    time_ticks,
    value_axis,
    verticals,
)
from .report_curves import Band, Curves, State, durations

Floats = NDArray[np.float64]

POWER_HEIGHT, STATE_HEIGHT, PRICE_HEIGHT, DURATION_HEIGHT = 380.0, 190.0, 150.0, 260.0


def power_balance(curves: Curves, zone: ZoneInfo) -> str:
    """Draw where power comes from (up) and where it goes (down), stacked."""
    up, down = _stacked(curves.sources), _stacked(curves.uses)
    highest = float(up[-1].max()) if up else 0.0
    deepest = float(down[-1].max()) if down else 0.0
    axis, ticks = value_axis(-deepest, highest, POWER_HEIGHT)
    time, x = _time(curves)
    parts = []
    for bands, tops, sign in ((curves.sources, up, 1.0), (curves.uses, down, -1.0)):
        # The tallest first: each lower one covers it up to its own top.
        for band, top in reversed(list(zip(bands, tops, strict=True))):
            outline = steps(x, axis.many(sign * top))
            floor = f"V{axis(0.0):.1f}H{x[0]:.1f}Z"
            parts.append(f'<path class="fill {_paint(band.kind)}" d="{outline}{floor}"/>')
    return _svg(
        [
            *parts,
            *frame(axis, ticks, "kW", POWER_HEIGHT),
            *verticals(_ticks(curves, zone), time, POWER_HEIGHT),
            text(LEFT + 6, TOP + 12, "↑ where power comes from"),
            text(LEFT + 6, POWER_HEIGHT - BOTTOM - 7, "↓ where it goes"),
        ],
        POWER_HEIGHT,
        "Power balance over time",
    )


def states_of_charge(curves: Curves, zone: ZoneInfo) -> str:
    """Draw the state of charge of every battery, over longer stretches within its range."""
    axis, ticks = value_axis(0.0, 100.0, STATE_HEIGHT)
    time, x = _time(curves)
    parts = []
    for place, state in enumerate(curves.states):
        if curves.is_thinned:
            parts.append(_range(state, place, axis, x))
        values = axis.many(state.end)
        points = x[1:]
        if state.first is not None:
            values, points = [axis(state.first), *values], x
        parts.append(f'<path class="line s{place % 8}" d="{line(points, values)}"/>')
    return _svg(
        [
            *frame(axis, ticks, "%", STATE_HEIGHT),
            *verticals(_ticks(curves, zone), time, STATE_HEIGHT),
            *parts,
        ],
        STATE_HEIGHT,
        "State of charge over time",
    )


def prices(curves: Curves, zone: ZoneInfo, currency: str) -> str:
    """Draw what import costs and what export earns per kWh; empty where neither ever changes."""
    if max(np.ptp(curves.buy), np.ptp(curves.sell)) < 1e-12:
        return ""
    low = min(0.0, float(curves.buy.min()), float(curves.sell.min()))
    high = max(float(curves.buy.max()), float(curves.sell.max()))
    axis, ticks = value_axis(low, high, PRICE_HEIGHT)
    time, x = _time(curves)
    return _svg(
        [
            *frame(axis, ticks, f"{currency}/kWh", PRICE_HEIGHT),
            *verticals(_ticks(curves, zone), time, PRICE_HEIGHT),
            f'<path class="line buy" d="{steps(x, axis.many(curves.buy))}"/>',
            f'<path class="line sell" d="{steps(x, axis.many(curves.sell))}"/>',
        ],
        PRICE_HEIGHT,
        "Prices over time",
    )


def duration_curves(curves: Mapping[str, Floats]) -> str:
    """Draw values in descending order over the share of time in which they are reached.

    Args:
        curves: by the class that colours them.
    """
    drawn = {name: durations(values) for name, values in curves.items()}
    low = min(0.0, *(float(values[-1]) for _, values in drawn.values()))
    high = max(0.0, *(float(values[0]) for _, values in drawn.values()))
    axis, ticks = value_axis(low, high, DURATION_HEIGHT)
    share_axis = Axis(low=0.0, high=100.0, first=LEFT, last=WIDTH - RIGHT)
    parts: list[str] = []
    for share in range(0, 101, 10):
        px = share_axis(share)
        parts.append(
            f'<line class="grid" x1="{px:.1f}" x2="{px:.1f}" y1="{TOP}"'
            f' y2="{DURATION_HEIGHT - BOTTOM:.1f}"/>'
        )
        anchor = {0: "start", 100: "end"}.get(share, "middle")
        parts.append(text(px, DURATION_HEIGHT - BOTTOM + 16, f"{share} %", anchor))
    for name, (shares, values) in drawn.items():
        path = line(share_axis.many(shares), axis.many(values))
        parts.append(f'<path class="line {escape(name)}" d="{path}"/>')
    return _svg(
        [*frame(axis, ticks, "kW", DURATION_HEIGHT), *parts], DURATION_HEIGHT, "Load duration"
    )


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """Return small boxes with what their colours mean, from pairs of class and label."""
    boxes = (
        f'<span><svg class="key" viewBox="0 0 12 12"><rect class="{escape(paint)}"'
        f' width="12" height="12"/></svg> {escape(label)}</span>'
        for paint, label in entries
    )
    return f'<p class="legend">{" ".join(boxes)}</p>'


def balance_legend(curves: Curves) -> str:
    """Return what the colours of the power balance mean; a device has one colour on both sides."""
    labels: dict[str, list[str]] = {}
    for band in (*curves.sources, *curves.uses):
        labels.setdefault(_paint(band.kind), []).append(band.label)
    return legend((f"fill {paint}", " / ".join(names)) for paint, names in labels.items())


def _paint(kind: str) -> str:
    known = ("pv", "wind", "chp", "ev", "battery", "grid", "load", "flexible")
    return kind if kind in known else "other"


def _time(curves: Curves) -> tuple[Axis, list[float]]:
    axis = time_axis(int(curves.edges_us[0]), int(curves.edges_us[-1]))
    return axis, axis.many(curves.edges_us.astype(np.float64))


def _ticks(curves: Curves, zone: ZoneInfo) -> list[tuple[int, str]]:
    return time_ticks(int(curves.edges_us[0]), int(curves.edges_us[-1]), zone)


def _stacked(bands: Sequence[Band]) -> list[Floats]:
    tops: list[Floats] = []
    for band in bands:
        tops.append(band.kw if not tops else tops[-1] + band.kw)
    return tops


def _range(state: State, place: int, axis: Axis, x: Sequence[float]) -> str:
    upper = steps(x, axis.many(state.high))
    lower = steps(x[::-1], axis.many(state.low[::-1]))
    return f'<path class="band s{place % 8}" d="{upper}L{lower[1:]}Z"/>'


def _svg(parts: Iterable[str], height: float, title: str) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height:g}" role="img"'
        f' aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )
