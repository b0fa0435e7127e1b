"""Tables of a run: segments, a regular series, occurrences, events; and all files of a run.

Column names carry their unit. Series values are exact means of the interval that starts at `time`;
`soc`, `import_wh` and `export_wh` are states at its end. The same seed gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from simulator.microgrid.record import CAUSES, Record

from .sampling import Trajectory, grid_edges
from .shape import iso
from .summary import summarise
from .tariff import prices
from .writing import SUMMARY, staged, write_json

EVENTS = "events.jsonl"
_SITE = ("grid_w", "load_w", "pv_w", "wind_w", "battery_w")
_INSTANT = pl.Datetime("us", "UTC")


def write(record: Record, out_dir: Path, form: str, *, plots: bool = True) -> dict[str, Any]:
    """Write every file of a run into a directory, all or none; return the summary.

    `form` is `parquet` or `csv`. Files of an earlier run are replaced, other files are left alone.

    Raises:
        OSError: the directory cannot be written.
    """
    summary = summarise(record)
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
    )


def tapers_table(record: Record) -> pl.DataFrame:
    """Return the decaying parts of powers: `coef_w * exp(-lam_per_s * t)` within a segment."""
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
        elif info.kind == "battery":
            columns[f"{name}.soc"] = trajectory.soc(info.id, edges_us[1:])
    columns |= {f"site.{name}": values for name, values in site.items()}
    columns |= _price_columns(record, edges_us[:-1])
    table = pl.DataFrame(columns)
    return table.insert_column(1, table["ts_us"].cast(_INSTANT).alias("time"))


def _price_columns(record: Record, t_us: Any) -> dict[str, Any]:
    """Return the prices at the start of each interval."""
    scenario = record.scenario
    first, last = (
        datetime.fromtimestamp(t / 1e6, UTC).year for t in (record.start_us, record.end_us)
    )
    laid = prices(
        scenario.tariff,
        zone=scenario.zone,
        holidays=scenario.holidays(range(first - 1, last + 2)),
        start_us=record.start_us,
        end_us=record.end_us,
    )
    buy, sell = laid.at(t_us)
    return {"price.buy_per_kwh": buy, "price.sell_per_kwh": sell}


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
