"""Pictures of a run as PNG files: power balance, states of charge, dispatches asked and delivered.

Drawn without a display; two runs of the same seed give the same bytes. Positive power is what the
site or a component takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import polars as pl

    from .compare import Row, Run

POWER, SOC, DISPATCHES = "power.png", "soc.png", "dispatches.png"
MAX_POINTS = 800
_STRETCHES = {"1 h": 3600, "6 h": 21_600, "1 day": 86_400, "1 week": 604_800}
MAX_DISPATCHES = 40
"""More dispatches than that do not fit into one picture; the first ones are drawn."""

_COLOURS = {
    "grid": "#444444",
    "load": "#4878a8",
    "pv": "#e3a72f",
    "wind": "#7fb6c9",
    "battery": "#5a9e6f",
    "asked": "#c9ced6",
    "no_energy": "#b9a5cf",
    "delivered": "#5a9e6f",
    "opposite": "#b5523b",
}


def draw(summary: Mapping[str, Any], series: pl.DataFrame, folder: Path) -> list[str]:
    """Draw what the run has data for into `folder`; return the names of the files."""
    zone = ZoneInfo(summary["run"]["zone"])
    series, means = _thinned(series)
    names = [POWER]
    with _figure(11, 4.5) as (figure, axes):
        _power(axes, summary, series, zone)
        axes.set_title(f"{axes.get_title()}{means}")
        _save(figure, folder / POWER)
    if any(each["category"] == "battery" for each in summary["components"]):
        names.append(SOC)
        with _figure(11, 3.2) as (figure, axes):
            _soc(axes, summary, series, zone)
            axes.set_title(f"{axes.get_title()}{means}")
            _save(figure, folder / SOC)
    if summary["occurrences"]:
        names.append(DISPATCHES)
        ids = sorted({row["dispatch_id"] for row in summary["occurrences"]})[:MAX_DISPATCHES]
        with _figure(11, 1.4 + 0.42 * len(ids)) as (figure, axes):
            _gantt(axes, summary, ids, zone)
            _save(figure, folder / DISPATCHES)
    return names


def draw_comparison(runs: Sequence[Run], rows: Sequence[Row], path: Path) -> None:
    """Draw figures of one unit for several runs side by side; rows of nothing are left out."""
    shown = [row for row in rows if any(row.values)]
    with _figure(9, 1.5 + 0.22 * len(shown) * (len(runs) + 1)) as (figure, axes):
        height = 0.8 / len(runs)
        for place, run in enumerate(runs):
            axes.barh(
                [position + place * height for position in range(len(shown))],
                [row.values[place] or 0.0 for row in shown],
                height=height,
                label=run.name,
            )
        axes.set_yticks([position + 0.4 - height / 2 for position in range(len(shown))])
        axes.set_yticklabels([row.figure for row in shown], fontsize=8)
        axes.invert_yaxis()
        axes.margins(y=0.01)
        axes.axvline(0, color="black", linewidth=0.6)
        axes.set_xlabel(shown[0].unit if shown else "")
        axes.legend(fontsize=8)
        axes.set_title("What differs" if shown else "Nothing differs")
        _save(figure, path)


@contextmanager
def _figure(width: float, height: float) -> Iterator[tuple[Any, Any]]:
    """Yield a figure that no display and no global state knows of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    yield figure, figure.subplots()


def _save(figure: Any, path: Path) -> None:
    # Without the version of the library in it, equal pictures are equal files.
    figure.savefig(path, format="png", metadata={"Software": None})


def _clock(axes: Any, zone: ZoneInfo) -> None:
    # matplotlib.dates is untyped; importing the module as Any keeps that at this edge.
    dates: Any = import_module("matplotlib.dates")
    locator = dates.AutoDateLocator(tz=zone)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=zone))
    axes.grid(visible=True, linewidth=0.3)


def _times(series: pl.DataFrame, zone: ZoneInfo) -> list[datetime]:
    return [each.astimezone(zone) for each in series["time"].to_list()]


def _thinned(series: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """Return the series, or means over longer stretches if a picture cannot show it all.

    The text says which means, empty for the series as it is.
    """
    import polars as pl

    if len(series) <= MAX_POINTS:
        return series, ""
    span_s = (series["ts_us"][-1] - series["ts_us"][0]) / 1e6
    wide = (each for each in _STRETCHES.items() if span_s / each[1] <= MAX_POINTS)
    name, stretch_s = next(wide, list(_STRETCHES.items())[-1])
    chunk = (pl.col("ts_us") // (stretch_s * 1_000_000)).alias("chunk")
    means = (
        series.group_by(chunk, maintain_order=True)
        .agg(pl.col("ts_us", "time").first(), pl.col(pl.Float64).mean())
        .drop("chunk")
    )
    return means, f", means of {name}"


def _power(axes: Any, summary: Mapping[str, Any], series: pl.DataFrame, zone: ZoneInfo) -> None:
    times = _times(series, zone)
    groups = {
        "load": ("site.load_w", "load"),
        "pv": ("site.pv_w", "PV"),
        "wind": ("site.wind_w", "wind"),
        "battery": ("site.battery_w", "batteries"),
        "grid": ("site.grid_w", "grid"),
    }
    for key, (column, label) in groups.items():
        if key != "grid" and not (series[column] != 0).any():
            continue
        values = [value / 1000.0 for value in series[column].to_list()]
        if key == "grid":
            axes.step(times, values, where="post", color=_COLOURS[key], linewidth=1.2, label=label)
        else:
            axes.fill_between(
                times,
                values,
                step="post",
                color=_COLOURS[key],
                alpha=0.55,
                linewidth=0,
                label=label,
            )
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_ylabel("kW (positive = consumed, charged, imported)", fontsize=8)
    axes.set_title(f"{summary['run']['scenario']}: power balance")
    axes.legend(fontsize=8, ncols=4, loc="upper right")
    _clock(axes, zone)


def _soc(axes: Any, summary: Mapping[str, Any], series: pl.DataFrame, zone: ZoneInfo) -> None:
    # States are those at the end of an interval.
    times = [*_times(series, zone)[1:], _moment(summary["run"]["end"], zone)]
    for component in summary["components"]:
        column = f"c{component['id']}.soc"
        if column in series.columns:
            values = [100.0 * value for value in series[column].to_list()]
            axes.plot(times, values, label=component["name"])
    axes.set_ylim(0, 100)
    axes.set_ylabel("state of charge, %")
    axes.set_title(f"{summary['run']['scenario']}: batteries")
    axes.legend(fontsize=8)
    _clock(axes, zone)


def _gantt(axes: Any, summary: Mapping[str, Any], ids: Sequence[int], zone: ZoneInfo) -> None:
    """Each occurrence as a grey bar for what was asked, filled as far as it was delivered."""
    from matplotlib.patches import Patch

    date2num = import_module("matplotlib.dates").date2num

    rank = {dispatch_id: place for place, dispatch_id in enumerate(ids)}
    kinds = {row["dispatch_id"]: row["type"] for row in summary["occurrences"]}
    end_of_run = summary["run"]["end"]
    for row in summary["occurrences"]:
        if row["dispatch_id"] not in rank:
            continue
        start, end = (date2num(_moment(row[key] or end_of_run, zone)) for key in ("start", "end"))
        place = rank[row["dispatch_id"]]
        if start == end:
            axes.plot([start], [place], marker="D", color=_COLOURS["grid"], markersize=5)
            continue
        hatch = "///" if row["dry_run"] else None
        back = "asked" if row["asked_kwh"] else "no_energy"
        axes.barh(place, end - start, left=start, height=0.7, color=_COLOURS[back], hatch=hatch)
        share = row["delivered_kwh"] / row["asked_kwh"] if row["asked_kwh"] else 0.0
        colour = _COLOURS["delivered" if share >= 0 else "opposite"]
        axes.barh(place, end - start, left=start, height=0.7 * min(abs(share), 1.0), color=colour)
    axes.set_yticks(range(len(ids)))
    axes.set_yticklabels([f"{each} {kinds[each]}" for each in ids], fontsize=8)
    axes.invert_yaxis()
    axes.set_title(f"{summary['run']['scenario']}: dispatches, asked and delivered")
    axes.legend(
        handles=[
            Patch(color=_COLOURS["asked"], label="asked (height = all of it)"),
            Patch(color=_COLOURS["no_energy"], label="asks for no energy"),
            Patch(facecolor=_COLOURS["asked"], hatch="///", label="dry run"),
            Patch(color=_COLOURS["delivered"], label="delivered share"),
            Patch(color=_COLOURS["opposite"], label="opposite direction"),
        ],
        fontsize=7,
        ncols=5,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.12 if len(ids) > 4 else -0.3),
    )
    axes.xaxis_date(tz=zone)
    axes.set_axisbelow(True)
    axes.set_xlim(*(date2num(_moment(summary["run"][key], zone)) for key in ("start", "end")))
    _clock(axes, zone)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)
