import json
from pathlib import Path

import polars as pl
import pytest

from simulator.outcome import plots
from simulator.outcome.tables import (
    occurrences_table,
    segments_table,
    series_table,
    write,
)
from simulator.tests.microgrid import sites
from simulator.tests.microgrid.sites import BATTERY, GRID, METER, MIN, START, H

PV_W = sites.steps([0.0, 4000.0, 0.0], H)


def record(*, dry_run: bool = False):
    scenario = sites.site(hours=3, outputs={"sample_s": 600}, base_strategy="self_consumption")
    return sites.run(
        scenario,
        sites.dispatch(1, at=30 * MIN, s=3600, power_w=9000.0),
        sites.dispatch(2, at=2 * H, s=1800, power_w=-8000.0, dry_run=dry_run),
        load=800.0,
        pv=PV_W,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in sorted(folder.iterdir())}


@pytest.mark.parametrize(
    ("form", "pictures"), [("parquet", []), ("csv", ["dispatches.png", "power.png", "soc.png"])]
)
def test_same_seed_gives_the_same_bytes(tmp_path, form, pictures):
    for name in ("a", "b"):
        write(record(dry_run=True), tmp_path / name, form, plots=bool(pictures))
    first, second = contents(tmp_path / "a"), contents(tmp_path / "b")
    assert first == second
    assert set(first) == {
        "events.jsonl",
        f"occurrences.{form}",
        "report.html",
        f"segments.{form}",
        f"series.{form}",
        f"shadow.{form}",
        "summary.json",
        f"tapers.{form}",
        *pictures,
    }
    assert json.loads(first["summary.json"])["run"]["files"] == sorted(first)


def test_series_is_a_regular_grid_of_means_and_end_states():
    run = record()
    series = series_table(run)
    assert series["ts_us"].to_list() == [START + place * 600_000_000 for place in range(18)]
    assert series["time"][0].isoformat() == "2026-01-01T00:00:00+00:00"
    assert series[f"c{GRID}.import_wh"][-1] == pytest.approx(run.totals[GRID].in_wh)
    assert series[f"c{BATTERY}.soc"][-1] == pytest.approx(run.totals[BATTERY].end_wh / 20_000)
    assert series[f"c{METER}.load_w"].to_list() == pytest.approx([800.0] * 18)
    balance = series["site.load_w"] + series["site.pv_w"] + series["site.battery_w"]
    assert series["site.grid_w"].to_list() == pytest.approx(balance.to_list(), abs=1e-6)


def test_segments_cover_the_run_without_a_gap():
    run = record()
    segments = segments_table(run)
    assert segments["t_start_us"][0] == START
    assert segments["t_end_us"][-1] == START + 3 * H
    assert segments["t_start_us"][1:].to_list() == segments["t_end_us"][:-1].to_list()
    assert segments.schema["c3.source"] == pl.Int64


def test_occurrences_have_a_fixed_schema_even_without_rows():
    full = occurrences_table(record())
    empty = occurrences_table(sites.run(sites.site(hours=1)))
    assert full.schema == empty.schema
    assert (len(full), len(empty)) == (2, 0)
    row = full.row(0, named=True)
    assert row["start"].isoformat() == "2026-01-01T00:30:00+00:00"
    assert row["asked_wh"] == pytest.approx(9000)
    missing = sum(value for key, value in row.items() if key.startswith("missing_"))
    assert missing == pytest.approx(row["shortfall_wh"])


def test_events_are_lines_of_json_with_the_time_in_front(tmp_path):
    write(record(), tmp_path, "csv", plots=False)
    rows = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert next(iter(rows[0])) == "time"
    assert [row["t_us"] for row in rows] == sorted(row["t_us"] for row in rows)
    assert "STARTED" in {row["event"] for row in rows}


def test_next_run_replaces_its_own_files_and_leaves_others(tmp_path):
    (tmp_path / "mine.csv").write_text("keep")
    write(record(dry_run=True), tmp_path, "csv", plots=False)
    assert {"segments.csv", "shadow.csv"} <= set(contents(tmp_path))
    write(record(), tmp_path, "parquet", plots=False)
    assert set(contents(tmp_path)) == {
        "events.jsonl",
        "mine.csv",
        "occurrences.parquet",
        "report.html",
        "segments.parquet",
        "series.parquet",
        "summary.json",
        "tapers.parquet",
    }
    assert (tmp_path / "mine.csv").read_text() == "keep"


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("disk full")])
def test_interrupt_leaves_neither_half_a_run_nor_a_directory(tmp_path, monkeypatch, error):
    def broken(*_):
        raise error

    before = tmp_path / "before"
    write(record(), before, "csv", plots=False)
    kept = contents(before)
    monkeypatch.setattr(plots, "draw", broken)
    for folder in (before, tmp_path / "new" / "deep"):
        with pytest.raises(type(error) if isinstance(error, Exception) else error):
            write(record(), folder, "csv")
    assert contents(before) == kept
    assert not (tmp_path / "new" / "deep").exists()


def test_summary_of_a_stranger_names_no_files_to_remove(tmp_path):
    (tmp_path / "summary.json").write_text('{"run": {"files": ["../x", 3, "a/b"]}}')
    (tmp_path / "x").write_text("keep")
    write(record(), tmp_path / ".", "csv", plots=False)
    assert (tmp_path / "x").read_text() == "keep"
