import json
import pickle
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from simulator.commands import fetching
from simulator.commands.sweep import sweep
from simulator.microgrid.scenario import load
from simulator.sweep import running
from simulator.tests.commands.calling import call
from simulator.tests.sweep.conftest import SITE

VARY = (
    "--vary",
    "components.store.capacity_wh=5000,10000",
    "--vary",
    "dispatches.1.payload.power_w=-1000,-3000",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "site.yaml").write_text(SITE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, code: int = 0) -> str:
    result = call(sweep, "site.yaml", *words)
    assert result.exit_code == code, result.stderr
    return result.stdout if code in (0, 1) else result.stderr


def test_table_tells_the_cheapest_and_what_matters():
    text = run(*VARY, "--workers", "1")
    assert "small  4 runs" in text
    lines = [line.split() for line in text.splitlines()]
    (best,) = [line for line in lines if line[:1] == ["best"]]
    assert best[2] == "10000"
    assert any(line[:1] == ["components.store.capacity_wh"] for line in lines)


def test_same_bytes_for_any_number_of_workers_and_after_an_interruption(monkeypatch, folder):
    run(*VARY, "--repeat", "2", "--workers", "2", "--out", "two")
    run(*VARY, "--repeat", "2", "--workers", "1", "--out", "one")
    execute_all, calls = running.execute_all, []

    def interrupted(jobs):
        calls.append(jobs[0].run)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return execute_all(jobs)

    monkeypatch.setattr(running, "execute_all", interrupted)
    words = (*VARY, "--repeat", "2", "--workers", "1", "--out", "cut")
    result = call(sweep, "site.yaml", *words)
    assert "3 of 8 runs are finished and kept in cut" in result.stderr
    assert len(pl.read_parquet("cut/results.parquet")) == 3
    with open("cut/runs.jsonl", "a") as runs:
        runs.write('{"run": 7, "figu')  # what a killed process may leave
    run(*words)
    assert calls == [0, 1, 2, 3, 3, 4, 5, 6, 7]
    (cut, one, two) = [
        (folder / name / "results.parquet").read_bytes() for name in ("cut", "one", "two")
    ]
    assert cut == one == two


def test_table_of_results():
    run(*VARY, "--workers", "1", "--out", "out")
    table = pl.read_parquet("out/results.parquet")
    assert table["run"].to_list() == [0, 1, 2, 3]
    assert table["components.store.capacity_wh"].to_list() == [5000, 5000, 10000, 10000]
    assert table["dispatches.1.payload.power_w"].dtype == pl.Int64
    assert table["seed"].to_list() == [5] * 4
    assert table["cost.total"].null_count() == 0
    assert table["error"].null_count() == 4


def test_finished_sweep_is_told_again_without_running(monkeypatch):
    words = (*VARY, "--workers", "1", "--out", "out", "--json")
    first = json.loads(run(*words))

    def never(jobs):
        raise AssertionError("it ran")

    monkeypatch.setattr(running, "execute_all", never)
    second = json.loads(run(*words))
    assert (first["kept"], second["kept"]) == (0, 4)
    assert first["best"] == second["best"]


def test_failing_combination_does_not_stop_the_others():
    words = ("--vary", "components.store.soc_min=0.1,0.97,0.2", "--workers", "1")
    result = call(sweep, "site.yaml", *words, "--out", "out", "--json")
    assert result.exit_code == 1
    (failed,) = json.loads(result.stdout)["failed"]
    assert failed["values"] == {"components.store.soc_min": 0.97}
    assert failed["error"].startswith("components[3]: expected soc_min below soc_max")
    assert "run 1 failed" in result.stderr
    table = pl.read_parquet("out/results.parquet")
    assert table["cost.total"].null_count() == 1
    assert table["error"].to_list()[1] == failed["error"]


def test_another_plan_is_refused_by_name():
    run(*VARY, "--workers", "1", "--out", "out")
    more = ("--vary", "components.store.capacity_wh=5000,20000", *VARY[2:])
    text = run(*more, "--out", "out", code=2)
    assert "--vary components.store.capacity_wh: was 5000,10000, now 5000,20000" in text
    assert "seed: was 5, now 6" in run(*VARY, "--seed", "6", "--out", "out", code=2)
    text = run(*VARY, "--days", "2", "--out", "out", code=2)
    assert "end: was '2026-06-02T00:00:00+00:00', now '2026-06-03T00:00:00+00:00'" in text
    Path("site.yaml").write_text(SITE.replace("0.3", "0.4"))
    assert "content of the scenario: not the same" in run(*VARY, "--out", "out", code=2)


def test_results_of_something_else_are_not_overwritten(folder):
    (folder / "results.parquet").write_text("mine")
    assert "results.parquet without plan.json" in run(*VARY, "--out", ".", code=2)
    assert (folder / "results.parquet").read_text() == "mine"


def test_directory_in_use_is_refused():
    import fcntl

    run(*VARY, "--workers", "1", "--out", "out")
    with open("out/runs.jsonl", "a") as runs:
        fcntl.flock(runs, fcntl.LOCK_EX)
        assert "another sweep is writing to out" in run(*VARY, "--out", "out", code=2)


def test_schedule_and_stretch_as_in_simulate(folder):
    (folder / "other.yaml").write_text(
        "- {id: 8, type: set_power, start_time: 2026-06-01T08:00:00Z, duration_s: 1800,\n"
        "   target: {component_ids: [4]}, payload: {power_w: -1000}}\n"
    )
    words = ("--dispatches", "other.yaml", "--vary", "dispatches.8.payload.power_w=-500,-1500")
    found = json.loads(run(*words, "--days", "2", "--workers", "1", "--json"))
    assert found["best"]["values"] == {"dispatches.8.payload.power_w": -1500}
    assert found["best"]["figures"]["load_kwh"] == 48.0


def test_fetched_schedule_takes_the_place_of_the_own_one(monkeypatch):
    (entry,) = load("site.yaml").dispatches
    fetched = replace(entry.to_dispatch(30), payload={"power_w": 0})
    asked = []

    def fetch(endpoint, microgrid_id):
        asked.append(endpoint)
        return (fetched,)

    monkeypatch.setattr(fetching, "fetch_schedule", fetch)
    varied = ("--vary", "tariff.buy_per_kwh=0.3")
    words = ("--dispatches-from", "127.0.0.1:1", "--ca", "ca.pem", "--auth-key", "K", *varied)
    own = json.loads(run(*varied, "--workers", "1", "--json"))
    other = json.loads(run(*words, "--workers", "1", "--json"))
    assert own["best"]["figures"]["asked_kwh"] == 2.0
    assert other["best"]["figures"]["asked_kwh"] == 0.0
    text = run(*words, "--vary", "dispatches.30.is_active=false", code=2)
    assert "no 30 in dispatches" in text
    assert {(each.auth_key, str(each.ca)) for each in asked} == {("K", "ca.pem")}
    assert pickle.loads(pickle.dumps(fetched)) == fetched  # as it travels to workers


def test_hypercube_tells_parts_of_ranges():
    words = ("--vary", "components.store.capacity_wh=4000..12000", "--sample", "lhs:8")
    (effect,) = json.loads(run(*words, "--workers", "1", "--json"))["effects"]
    assert effect["levels"][0]["range"] == [4000, 6000]
    assert [each["combinations"] for each in effect["levels"]] == [2, 2, 2, 2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "expected --vary key=v1,v2"),
        (("--vary", "tariff.buy=1"), "unknown key; did you mean buy_per_kwh?"),
        ((*VARY, "--workers", "2", "--dask", "tcp://127.0.0.1:1"), "expected one of them"),
        ((*VARY, "--to", "2026-07-01", "--days", "2"), "--to and --days"),
        ((*VARY, "--to", "2026-01-01"), "expected a moment after the start"),
        ((*VARY, "--out", "site.yaml"), "is not a directory"),
        ((*VARY, "--microgrid-id", "3"), "only beside --dispatches-from"),
        ((*VARY, "--cert", "c.pem", "--tls"), "--tls, --cert: expected only beside"),
    ],
)
def test_wrong_usage(words, told):
    assert told in run(*words, code=2)


def test_missing_dask_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    text = run(*VARY, "--dask", "tcp://127.0.0.1:8786", code=2)
    assert "pip install gridproof[dask]" in text
