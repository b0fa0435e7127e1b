from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.inputs import Series, build
from simulator.microgrid.inputs_errors import InputError
from simulator.microgrid.scenario import Scenario, load
from simulator.microgrid.scenario_base import parse_instant

SITE = """\
schema: 1
scenario: {name: s, start: 2026-06-01T00:00:00Z, end: 2026-06-02T00:00:00Z, zone: Europe/Berlin}
components: [{id: 1, category: grid_connection_point}, {id: 2, category: meter}]
connections: [[1, 2]]
loads: [{meter: 2, input: load}]
inputs:
"""


def series(t_us: list[int], values: list[float], end_us: int) -> Series:
    return Series(
        t_us=np.array(t_us, dtype=np.int64),
        values=np.array(values, dtype=np.float64),
        end_us=end_us,
    )


def built(tmp_path: Path, entry: str, start: str, end: str) -> Series:
    path = tmp_path / "site.yaml"
    path.write_text(SITE + f"- {{name: load, {entry}}}\n", encoding="utf-8")
    return build(load(path), parse_instant(start), parse_instant(end))["load"]


def test_value_holds_from_its_label_to_the_next():
    s = series([0, 10, 20], [1.0, 2.0, 3.0], 30)
    assert [s.at(t) for t in (0, 9, 10, 19, 20, 29)] == [1, 1, 2, 2, 3, 3]
    for outside in (-1, 30):
        with pytest.raises(IndexError):
            s.at(outside)


@settings(max_examples=60)
@given(
    gaps=st.lists(st.integers(1, 50), min_size=1, max_size=12),
    values=st.lists(st.sampled_from([0.0, 1.0, 2.5]), min_size=12, max_size=12),
    cut=st.tuples(st.integers(0, 600), st.integers(0, 600)),
)
def test_parts_and_merged_labels_hold_the_same_power(gaps, values, cut):
    t_us = np.cumsum([0, *gaps])
    whole = series(list(t_us[:-1]), values[: len(gaps)], int(t_us[-1]))
    start, end = sorted(min(each, whole.end_us) for each in cut)
    if start == end:
        return
    part = whole.between(start, end).merged()
    assert part.start_us == start
    assert [part.at(t) for t in range(start, end)] == [whole.at(t) for t in range(start, end)]
    assert np.all(np.diff(part.values) != 0)


@pytest.mark.parametrize(
    ("t_us", "values", "end_us"),
    [([], [], 1), ([0], [1, 2], 1), ([0, 0], [1, 2], 5), ([0], [1], 0), ([0], [np.nan], 5)],
)
def test_series_that_is_none_is_refused(t_us, values, end_us):
    with pytest.raises(InputError):
        series(t_us, values, end_us)


def test_unused_inputs_are_not_built(tmp_path):
    path = tmp_path / "site.yaml"
    entries = (
        "- {name: load, kind: constant, power_w: 5}\n- {name: x, kind: csv, path: x, column: y}\n"
    )
    path.write_text(SITE + entries, encoding="utf-8")
    scenario: Scenario = load(path)
    inputs = build(scenario, scenario.meta.start_us, scenario.meta.end_us)
    assert list(inputs) == ["load"]
    assert inputs["load"].energy_wh() == 120


def test_csv_in_kw_with_offsets(tmp_path):
    (tmp_path / "a.csv").write_text(
        "time,p\n2026-06-01T00:00:00Z,1\n2026-06-01T03:00:00+02:00,2.5\n2026-06-01T02:00:00Z,0\n"
    )
    s = built(
        tmp_path,
        "kind: csv, path: a.csv, column: p, unit: kw",
        "2026-06-01T00:30:00Z",
        "2026-06-01T03:00:00Z",
    )
    assert s.start_us == parse_instant("2026-06-01T00:30:00Z")
    assert list(s.values) == [1000, 2500, 0]
    assert s.energy_wh() == pytest.approx(3000)


def test_csv_in_local_time_tells_the_repeated_hour_by_its_order(tmp_path):
    labels = ["2026-10-25T01:00", "2026-10-25T02:00", "2026-10-25T02:00", "2026-10-25T03:00"]
    rows = "".join(f"{label},{value}\n" for value, label in enumerate(labels))
    (tmp_path / "a.csv").write_text("time,p\n" + rows)
    s = built(
        tmp_path,
        "kind: csv, path: a.csv, column: p",
        "2026-10-24T23:00:00Z",
        "2026-10-25T03:00:00Z",
    )
    assert [s.at(parse_instant(f"2026-10-25T0{hour}:00:00Z")) for hour in range(3)] == [1, 2, 3]


def test_csv_shape_scaled_to_a_year(tmp_path):
    (tmp_path / "a.csv").write_text("time,p\n2026-06-01T00:00Z,1\n2026-06-01T12:00Z,3\n")
    entry = "kind: csv, path: a.csv, column: p, unit: per_unit, annual_kwh: 8760"
    s = built(tmp_path, entry, "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z")
    assert list(s.values) == [500, 1500]


def test_recorded_year_is_laid_over_another_one_by_day_and_hour(tmp_path):
    hours = np.arange("2021-01-01T00", "2022-01-01T00", dtype="datetime64[h]")
    rows = "".join(f"{hour}:00Z,{place}\n" for place, hour in enumerate(hours))
    (tmp_path / "a.csv").write_text("time,p\n" + rows)
    entry = "kind: csv, path: a.csv, column: p, zone: UTC, repeat: day_of_year"
    s = built(tmp_path, entry, "2027-12-31T22:00:00Z", "2028-03-02T00:00:00Z")
    assert s.at(parse_instant("2027-12-31T23:00:00Z")) == 8759
    assert s.at(parse_instant("2028-01-01T05:00:00Z")) == 5
    assert s.at(parse_instant("2028-03-01T00:00:00Z")) == 59 * 24


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("time,q\n1,2\n", "a.csv:1: no column p, the header names time, q"),
        ("time,p\n2026-06-01T00:00Z,x\n", "a.csv:2: column p: found 'x', expected a number"),
        ("time,p\n2026-06-01T00:00Z,-1\n", "a.csv:2: column p: found -1, expected a magnitude"),
        ("time,p\nnoon,1\n", "a.csv:2: found 'noon', expected an ISO 8601 label"),
        ("time,p\n2026-06-01T00:00Z\n", "a.csv:2: found 1 cells, expected 2"),
        (
            "time,p\n2026-06-01T01:00Z,1\n2026-06-01T00:00Z,1\n",
            "a.csv:3: the label 2026-06-01T00:00Z is not after the one before it",
        ),
        ("time,p\n2026-06-01T00:00Z,1\n", "a.csv holds 1 rows, expected at least 2"),
        ("", "a.csv:1: no column time, the header names nothing"),
        (
            "time,p\n2026-06-01T00:00Z,1\n2026-06-01T01:00Z,1\n",
            "a.csv holds values from 2026-06-01T00:00:00Z to 2026-06-01T02:00:00Z, the run needs "
            "2026-06-01T00:00:00Z to 2026-06-02T00:00:00Z",
        ),
    ],
)
def test_wrong_csv_names_input_file_line_and_expectation(tmp_path, text, expected):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        built(
            tmp_path,
            "kind: csv, path: a.csv, column: p",
            "2026-06-01T00:00:00Z",
            "2026-06-02T00:00:00Z",
        )
    assert str(caught.value).startswith("input load: ")
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("path: none.csv", "no file .*none.csv"),
        ("package: nowhere, path: a.csv", "package nowhere: which is not installed"),
        ("package: fixtures, path: none.csv", "package fixtures: no file none.csv in it"),
    ],
)
def test_absent_file_is_told(tmp_path, entry, expected):
    with pytest.raises(InputError, match=expected):
        built(
            tmp_path,
            f"kind: csv, column: p, {entry}",
            "2026-06-01T00:00:00Z",
            "2026-06-02T00:00:00Z",
        )


@pytest.mark.parametrize("labels", ["aware", "local", "microseconds"])
def test_parquet_is_read_as_csv_is(tmp_path, labels):
    first = datetime(2026, 6, 1, tzinfo=UTC)
    moments = [first + timedelta(hours=hour) for hour in range(3)]
    columns = {
        "aware": moments,
        "local": [moment.replace(tzinfo=None) for moment in moments],
        "microseconds": [int(moment.timestamp()) * 1_000_000 for moment in moments],
    }
    pl.DataFrame({"time": columns[labels], "p": [1.5, 0.0, 2.5]}).write_parquet(tmp_path / "a.pq")
    entry = "kind: parquet, path: a.pq, column: p, unit: kw, zone: UTC"
    s = built(tmp_path, entry, "2026-06-01T00:00:00Z", "2026-06-01T03:00:00Z")
    assert s.values.tolist() == [1500.0, 0.0, 2500.0]


def test_what_is_wrong_with_a_parquet_file_is_told(tmp_path):
    (tmp_path / "a.pq").write_text("time,p")
    entry = "kind: parquet, path: a.pq, column: p"
    span = ("2026-06-01T00:00:00Z", "2026-06-01T03:00:00Z")
    with pytest.raises(InputError, match=r"a\.pq is not a Parquet file"):
        built(tmp_path, entry, *span)
    pl.DataFrame({"time": ["noon"], "q": [1.0]}).write_parquet(tmp_path / "a.pq")
    with pytest.raises(InputError, match="no column p, there are time, q"):
        built(tmp_path, entry, *span)
    with pytest.raises(InputError, match=r"a.pq:1: found 'noon', expected an ISO 8601 label"):
        built(tmp_path, entry.replace("column: p", "column: q"), *span)
