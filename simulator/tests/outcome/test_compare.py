import json

import pytest

from simulator.outcome.compare import (
    CompareError,
    comparison,
    dispatch_rows,
    read_runs,
    site_rows,
)
from simulator.outcome.tables import write
from simulator.tests.microgrid import sites


@pytest.fixture
def folders(tmp_path):
    for name, power_w in (("a", 2000.0), ("b", 3000.0)):
        record = sites.run(
            sites.site(hours=2), sites.dispatch(1, s=1800, power_w=power_w), load=500.0
        )
        write(record, tmp_path / name, "csv", plots=False)
    return [tmp_path / "a", tmp_path / "b"]


def test_what_differs_and_only_that(folders):
    runs = read_runs(folders)
    differing = {row.figure for row in site_rows(runs) if row.differs}
    assert {"import_kwh", "battery_in_kwh", "peak_import_kw"} <= differing
    assert not {"load_kwh", "export_kwh", "pv_kwh"} & differing
    asked = next(row for row in dispatch_rows(runs) if row.figure == "dispatch 1 asked")
    assert asked.values == (1.0, 1.5)
    found = comparison(runs)
    assert found["same_stretch"]
    row = next(each for each in found["differences"] if each["figure"] == "dispatch 1 asked")
    assert row["minus_first"] == [0.0, 0.5]
    json.dumps(found, allow_nan=False)


def test_run_against_itself_has_no_difference(folders):
    runs = read_runs([folders[0], folders[0]])
    assert comparison(runs)["differences"] == []
    assert len({run.name for run in runs}) == 2


def test_dispatch_of_one_run_only_is_a_difference(folders, tmp_path):
    write(sites.run(sites.site(hours=2), load=500.0), tmp_path / "c", "csv", plots=False)
    runs = read_runs([folders[0], tmp_path / "c"])
    row = next(each for each in dispatch_rows(runs) if each.figure == "dispatch 1 delivered")
    assert row.values[1] is None
    assert row.differs


def test_equal_last_names_are_told_apart(tmp_path):
    for parent in ("x", "y"):
        folder = tmp_path / parent / "run"
        write(sites.run(sites.site(hours=1)), folder, "csv", plots=False)
    names = [run.name for run in read_runs([tmp_path / "x" / "run", tmp_path / "y" / "run"])]
    assert names == [str(tmp_path / "x" / "run"), str(tmp_path / "y" / "run")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "no summary.json in it; expected the --out directory of simulate"),
        ("{", "not readable as JSON"),
        ('{"schema": 2}', "expected a summary of schema 1"),
        ('{"schema": 1}', "expected the key run"),
    ],
)
def test_directory_without_a_finished_run_is_told(tmp_path, text, expected):
    if text is not None:
        (tmp_path / "summary.json").write_text(text)
    with pytest.raises(CompareError, match=expected):
        read_runs([tmp_path])


def test_absent_directory_is_told(tmp_path):
    with pytest.raises(CompareError, match="no such directory"):
        read_runs([tmp_path / "none"])
