"""Tables of a run: segments, a regular series, occurrences, events; and all files of a run.

Column names carry their unit. Series values are exact means of the interval that starts at `time`;
`soc`, `import_wh` and `export_wh` are states at its end. The same seed gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from simulator.microgrid.meter_errors import Errors
from simulator.microgrid.record import CAUSES, Record
from simulator.microgrid.scenario_components import Meter

from .report import REPORT, page
from .sampling import Trajectory, grid_edges
from .shape import iso
from .summary import summarise
from .tariff import prices_of
from .whatif import what_if
from .whatif_reference import Reference
from .writing import SUMMARY, staged, write_json

EVENTS = "events.jsonl"
_SITE = ("grid_w", "load_w", "pv_w", "wind_w", "battery_w", "ev_w", "chp_w", "flexible_w")
_OTHERS = {"ev_charger": "ev_w", "chp": "chp_w", "load": "flexible_w"}
_INSTANT = pl.Datetime("us", "UTC")


def write(
    record: Record,
    out_dir: Path,
    form: str,
    *,
    plots: bool = True,
    reference: Reference | None = None,
) -> dict[str, Any]:
    """Write every file of a run into a directory, all or none; return the summary.

    `form` is `parquet` or `csv`. Files of an earlier run are replaced, other files are left alone.
    With the run without dispatches as `reference` the summary also tells what they change.

    Raises:
        OSError: the directory cannot be written.
    """
    summary = summarise(record)
    if reference is not None:
        summary["what_if"] = what_if(summary["site"], reference.site)
    tables = {
        "segments": segments_table(record),
        "series": series_table(record),
        "occurrences": occurrences_table(record),
    }
    for name, table in (("tapers", tapers_table(record)), ("shadow", shadow_table(record))):
        if len(table):
            tables[name] = table
    with staged(out_dir) as folder:
        for name, table in tables.items():
            _write_table(table, folder / f"{name}.{form}")
        _write_events(record, folder / EVENTS)
        without_kw = None if reference is None else reference.grid_kw
        html = page(summary, tables["series"], record.events, without_kw=without_kw)
        (folder / REPORT).write_text(html, encoding="utf-8")
        if plots:
            from .plots import draw

            draw(summary, tables["series"], folder)
        files = sorted([SUMMARY, *(each.name for each in folder.iterdir())])
        summary["run"]["files"] = files
        write_json(folder / SUMMARY, summary)
    return summary


def segments_table(record: Record) -> pl.DataFrame:
    """Return the exact trajectory, a row per segment; `tapers` has the decaying parts."""
    return pl.DataFrame(
        {name: np.asarray(column) for name, column in record.segments.items()}
    ).with_columns(
        pl.col("^c.*source$").cast(pl.Int64),
        pl.col("^c.*setpoint_w$").fill_nan(None),
        pl.col("^c.*soc_end$").fill_nan(None),
    )


def tapers_table(record: Record) -> pl.DataFrame:
    """Return the decaying parts of powers: `coef_w * exp(-lam_per_s * t)` within a segment.

    A rate of 0 marks a ramp, `coef_w * t`.
    """
    tapers = record.tapers
    return pl.DataFrame(
        {
            "segment": np.asarray(tapers.segment, dtype=np.int64),
            "component_id": np.asarray(tapers.component_id, dtype=np.int64),
            "coef_w": np.asarray(tapers.coef_w, dtype=np.float64),
            "lam_per_s": np.asarray(tapers.lam_per_s, dtype=np.float64),
        }
    )


def shadow_table(record: Record) -> pl.DataFrame:
    """Return the set-points that dry runs would have caused."""
    shadow = record.shadow
    return pl.DataFrame(
        {
            "t_start_us": np.asarray(shadow.t_start_us, dtype=np.int64),
            "t_end_us": np.asarray(shadow.t_end_us, dtype=np.int64),
            "component_id": np.asarray(shadow.component_id, dtype=np.int64),
            "shadow_setpoint_w": np.asarray(shadow.setpoint_w, dtype=np.float64),
            "shadow_source": np.asarray(shadow.source, dtype=np.int64),
        }
    ).with_columns(pl.col("shadow_setpoint_w").fill_nan(None))


def series_table(record: Record) -> pl.DataFrame:
    """Return a regular grid of exact interval means and end states, a row per interval."""
    trajectory = Trajectory(record)
    step_us = record.scenario.outputs.sample_s * 1_000_000
    edges_us = grid_edges(record.start_us, record.end_us, step_us)
    hours = np.diff(edges_us) / 3.6e9
    columns: dict[str, Any] = {"ts_us": edges_us[:-1]}
    site = {name: np.zeros(len(hours)) for name in _SITE}
    for info in record.components:
        name = f"c{info.id}"
        if f"{name}.p_w" not in record.segments:
            continue
        into, out = trajectory.energies_wh(info.id, edges_us)
        mean_w = (into - out) / hours
        columns[f"{name}.p_w"] = mean_w
        if info.kind in ("grid_connection_point", "meter"):
            columns[f"{name}.import_wh"] = np.cumsum(into)
            columns[f"{name}.export_wh"] = np.cumsum(out)
            columns |= _read_columns(record, info.id, edges_us[1:], mean_w, into, out)
        if info.kind == "grid_connection_point":
            site["grid_w"] += mean_w
        elif info.kind == "meter":
            load_w = trajectory.amounts(f"{name}.load_wh", edges_us) / hours
            columns[f"{name}.load_w"] = load_w
            site["load_w"] += load_w
        elif info.kind in ("pv_inverter", "wind_turbine"):
            curtailed_w = trajectory.amounts(f"{name}.curtailed_wh", edges_us) / hours
            columns[f"{name}.curtailed_w"] = curtailed_w
            site["pv_w" if info.kind == "pv_inverter" else "wind_w"] += mean_w
        elif info.kind == "battery_inverter":
            site["battery_w"] += mean_w
        elif info.kind in _OTHERS:
            site[_OTHERS[info.kind]] += mean_w
        elif info.kind == "battery":
            columns[f"{name}.soc"] = trajectory.soc(info.id, edges_us[1:])
    columns |= {f"site.{name}": values for name, values in site.items()}
    columns |= _price_columns(record, edges_us[:-1])
    table = pl.DataFrame(columns)
    return table.insert_column(1, table["ts_us"].cast(_INSTANT).alias("time"))


def _read_columns(
    record: Record, component_id: int, t_us: Any, mean_w: Any, into: Any, out: Any
) -> dict[str, Any]:
    """Return what a meter that does not show the truth reports; nothing for any other.

    Powers are the mean of the interval as the meter shows it; null = the reading did not arrive.
    """
    component = record.scenario.component(component_id)
    if not isinstance(component, Meter) or component.errors is None:
        return {}
    errors = Errors(**component.errors.model_dump())
    truth = zip(t_us.tolist(), mean_w.tolist(), np.cumsum(into), np.cumsum(out), strict=True)
    rows = [
        errors.read(record.seed, component_id, t, power, float(more_in), float(more_out))
        for t, power, more_in, more_out in truth
    ]
    names = ("p_read_w", "import_read_wh", "export_read_wh")
    return {
        f"c{component_id}.{name}": [None if row is None else row[place] for row in rows]
        for place, name in enumerate(names)
    }


def _price_columns(record: Record, t_us: Any) -> dict[str, Any]:
    """Return the prices at the start of each interval."""
    laid, signals = prices_of(record.scenario, record.start_us, record.end_us)
    buy, sell = laid.at(t_us)
    columns = {"price.buy_per_kwh": buy, "price.sell_per_kwh": sell}
    co2 = record.scenario.co2
    if co2 is not None and co2.input is not None:
        series = signals[co2.input]
        held = np.searchsorted(series.t_us, t_us, side="right") - 1
        columns["co2.g_per_kwh"] = series.values[held]
    return columns


def occurrences_table(record: Record) -> pl.DataFrame:
    """Return what each occurrence asked, got and lacked, a row each, in the order of starts."""
    rows = [
        {
            "dispatch_id": each.dispatch_id,
            "index": each.index,
            "type": each.type,
            "start": each.start_us,
            "end": each.end_us,
            "planned_start": each.planned_start_us,
            "planned_end": each.planned_end_us,
            "ended": each.ended,
            "component_ids": " ".join(map(str, each.component_ids)),
            "dry_run": each.dry_run,
            "asked_wh": each.asked_wh,
            "delivered_wh": each.delivered_wh,
            "shortfall_wh": each.shortfall_wh,
            "reason": each.reason,
            **{f"limited_{cause}_s": each.limited_s.get(cause, 0.0) for cause in CAUSES},
            **{f"missing_{cause}_wh": each.missing_wh.get(cause, 0.0) for cause in CAUSES},
        }
        for each in record.occurrences
    ]
    instants = ("start", "end", "planned_start", "planned_end")
    schema: Mapping[str, Any] = {
        "dispatch_id": pl.UInt64,
        "index": pl.Int64,
        "type": pl.String,
        **dict.fromkeys(instants, pl.Int64),
        "ended": pl.String,
        "component_ids": pl.String,
        "dry_run": pl.Boolean,
        **dict.fromkeys(("asked_wh", "delivered_wh", "shortfall_wh"), pl.Float64),
        "reason": pl.String,
        **{f"limited_{cause}_s": pl.Float64 for cause in CAUSES},
        **{f"missing_{cause}_wh": pl.Float64 for cause in CAUSES},
    }
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return table.with_columns(pl.col(instants).cast(_INSTANT))


def _write_table(table: pl.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        table.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S%.fZ")
    else:
        table.write_parquet(path, compression="zstd")


def _write_events(record: Record, path: Path) -> None:
    """Write the event log, a JSON object per line, the time in front."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for event in record.events:
            row = {"time": iso(event["t_us"]), **event}
            file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
