"""Whole runs of the exchange scenarios, straight and through a proxy that breaks things.

A few of them share the machine: all are started when the first test asks for one.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from loadtests.launch import SERVERS, built_in_server
from loadtests.plan import environment
from loadtests.tests.harness import RUN_LIMIT_S, Finished, finish, load, server, start, until

AT_ONCE = 3
SHORT = ["--duration", "3s", "--warmup", "300ms", "--max-lateness", "100s"]
LOST_AFTER = ["--timeout", "5s", "--drop-after", "20s"]
FAST = ["--rate", "30", "--max-inflight", "2"]

RUNS = {
    "L-DX-1": ["L-DX-1", *FAST, "--padding", "50", "--arrivals", "poisson"],
    "L-DX-1 two workers": ["L-DX-1", "--rate", "10", "--workers", "2"],
    "L-DX-2": ["L-DX-2"],
    "L-DX-2 two workers": ["L-DX-2", "--workers", "2"],
    "L-DX-2 still data": ["L-DX-2", "--rate", "0", "--max-inflight", "8", "--flaps", "8"],
}
FAULTS = {
    ("L-DX-1", "drop:5"): "INT-PAGE",
    ("L-DX-1", "repeat:5"): "INT-DUP",
    ("L-DX-1", "alter:5"): "INT-VALUE",
    ("L-DX-1", "forget:4"): "INT-CONV",
    ("L-DX-2", "lose:4"): "INT-GAP",
    ("L-DX-2", "misroute:4"): "INT-FOREIGN",
    ("L-DX-2", "size:4"): "INT-PROTO",
    ("L-DX-2", "cut:4"): "INT-PAGE",
    ("L-DX-2", "bend:2"): "INT-VALUE",
}


@contextmanager
def proxied(fault: str, **said: Any) -> Iterator[tuple[str, str]]:
    """A proxy with a fault before the built-in server: its URL and a profile that fits."""
    with (
        built_in_server("exchange") as upstream,
        server("loadtests.tests.exchange_proxy", "--upstream", upstream, "--fault", fault) as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        profile = Path(folder) / "target.yaml"
        block = {**SERVERS["exchange"].profile, "url": url, **said}
        profile.write_text(json.dumps({"services": {"exchange": block}}), "utf-8")
        yield url, str(profile)


def stats(url: str) -> dict[str, int]:
    """The counters of a proxy."""
    found: dict[str, int] = httpx.get(url.replace("/graphql", "/stats")).json()
    return found


def faulty(scenario: str, fault: str) -> tuple[Finished, dict[str, int]]:
    """A run through a proxy with a fault, and what that did."""
    with proxied(fault) as (url, profile):
        size = ["--rate", "10", "--walkers", "2" if scenario == "L-DX-1" else "0"]
        return load(scenario, "--target", profile, *SHORT, *LOST_AFTER, *size), stats(url)


def foreign() -> Finished:
    """A run on a target without SQL in which nothing may be made but records."""
    with proxied(":0", administration=False, sql="none", settle="500ms") as (_, profile):
        return load("L-DX-1", "--target", profile, *SHORT, "--rate", "5")


def databases(url: str) -> int:
    """How many databases of runs a server lists."""
    body = {"query": "{timeSeriesDb_listDatabases{name}}"}
    answer = httpx.post(url, json=body, headers={"Authorization": "owner"}, timeout=20).json()
    return sum(
        item["name"].startswith("gp-") for item in answer["data"]["timeSeriesDb_listDatabases"]
    )


def interrupted() -> tuple[int, int, str]:
    """A run that is interrupted; and what is left once another one was killed and cleaned up."""
    with proxied(":0") as (url, profile):
        arguments = ("L-DX-2", "--target", profile, "--duration", "60s")
        run = start(*arguments)
        assert until(lambda: stats(url)["open_sockets"] > 0), finish(run).said
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=RUN_LIMIT_S)
        left = databases(url) + stats(url)["open_sockets"]
        killed = start(*arguments)
        assert until(lambda: stats(url)["open_sockets"] > 0), finish(killed).said
        killed.kill()
        said = killed.communicate(timeout=RUN_LIMIT_S)[1]
        run_id = said.partition("run ")[2].partition(",")[0]
        assert until(lambda: not stats(url)["open_sockets"])
        command = [sys.executable, "-m", "gridproof", "load", "cleanup", run_id]
        done = subprocess.run(
            [*command, "--target", profile],
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return run.returncode, left + databases(url), done.stdout


@pytest.fixture(scope="module")
def results() -> Iterator[dict[Any, Future[Any]]]:
    experiments: dict[Any, Callable[[], Any]] = {
        **{name: partial(load, *arguments, *SHORT) for name, arguments in RUNS.items()},
        **{fault: partial(faulty, *fault) for fault in FAULTS},
        "foreign": foreign,
        "interrupted": interrupted,
    }
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(experiment) for name, experiment in experiments.items()}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_proves_what_it_reads(results: dict[Any, Future[Any]], name: str) -> None:
    found = results[name].result()
    assert found.code == 0, (found.said, found.summary.get("verdict"))
    assert found.summary["integrity"]["total"] == 0
    assert found.summary["residue"] == 0
    assert found.summary["streams"]["opened"] == found.summary["streams"]["closed"]
    scalars, metrics = found.summary["scalars"], found.summary["metrics"]
    assert scalars["failures"] == 0
    if name.startswith("L-DX-1"):
        assert scalars["walks_per_s"] > 0
        assert scalars["records_per_s"] > 0
        assert metrics["unary.SqlQuery"]["count"] > 0
    else:
        assert scalars["exports_per_s"] > 0
        assert metrics["deliver.exchange"]["count"] == metrics["file.exchange"]["count"] > 5


def test_both_forms_of_publishing_are_timed(results: dict[Any, Future[Any]]) -> None:
    metrics = results["L-DX-1"].result().summary["metrics"]
    assert metrics["unary.Publish"]["count"] > 20
    assert metrics["unary.Publish.inlined"]["count"] > 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught_as_its_own_code(
    results: dict[Any, Future[Any]], fault: tuple[str, str]
) -> None:
    found, counters = results[fault].result()
    assert counters["tampered"] > 0
    assert found.code == 1, (found.said, found.summary.get("verdict"))
    assert FAULTS[fault] in found.summary["integrity"]["violations"]


def test_a_target_without_sql_is_judged_by_its_last_values(
    results: dict[Any, Future[Any]],
) -> None:
    found = results["foreign"].result()
    assert found.code == 0, (found.said, found.summary.get("verdict"))
    assert "unary.SqlQuery" not in found.summary["metrics"]
    assert found.summary["metrics"]["unary.LastValues"]["count"] > 0
    assert "no record can be deleted" in " ".join(found.summary["notes"])
    assert "this leaves behind" in found.said


def test_an_interrupted_run_leaves_nothing_behind(results: dict[Any, Future[Any]]) -> None:
    code, left, said = results["interrupted"].result()
    assert code == 130
    assert left == 0
    # Locust outlives the killed command for a moment, and may have cleaned up by itself.
    assert said.startswith("deleted ")
    assert said.endswith(", 0 left\n")
