"""Whole runs, each a locust process or several, against the mini server.

Most of its time a run waits, so a few of them share the machine: all are started when the first
test asks for one, and the tests look at what came of them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from loadtests.catalogue import find
from loadtests.launch import free_port
from loadtests.plan import environment
from loadtests.tests.harness import (
    RUN_LIMIT_S,
    Finished,
    finish,
    load,
    mini_server,
    start,
    stats,
    until,
)

psutil: Any = import_module("psutil")  # comes with locust, without types

AT_ONCE = 4
HERE = Path(__file__).parent
FAULTS = {"1": "skip", "2": "repeat", "3": "swap", "4": "misroute"}
SHORT = ["--duration", "2s", "--warmup", "300ms", "--drain", "10s", "--max-lateness", "100s"]
SIZE = ["--subscribers", "8", "--rate", "40"]
LONG = ["--duration", "60s", "--warmup", "0s", "--max-lateness", "100s", *SIZE]

RUNS = {
    "clean greenlet": [*SIZE, "--plane", "greenlet"],
    "clean engine": [*SIZE, "--plane", "engine"],
    "clean two workers": [*SIZE, "--plane", "engine", "--workers", "2"],
    "missed two workers": [*SIZE, "--workers", "2", "--fail", "deliver.count<1"],
    "too few two workers": [*SIZE, "--workers", "2", "--fail", "deliver.p99.9<100s"],
}


FAR_WORKER = """
import sys
from pathlib import Path
from loadtests import clocks
from locust.main import main
clocks._BOOT_ID = Path("no such file")
sys.argv = ["locust", *sys.argv[1:]]
main()
"""
"""A locust worker that believes itself on a machine of its own."""


def standard(arguments: list[str], scenario: str = "L-DSP-1") -> tuple[Finished, dict[str, Any]]:
    """A short run and what it leaves on its server."""
    with mini_server() as address:
        found = load(scenario, "--endpoint", address, *SHORT, *arguments)
        return found, stats(address)


def far_apart() -> tuple[Finished, dict[str, Any]]:
    """A run of a master and two workers that seem to be on machines of their own."""
    port = str(free_port())
    at_master = ["--master-host", "127.0.0.1", "--master-port", port]
    command = [sys.executable, "-c", FAR_WORKER, "-f", str(find("L-DSP-1").path), "--headless"]
    command += ["--skip-log-setup", "--worker", *at_master]
    with mini_server() as address:
        workers = [subprocess.Popen(command, env=environment()) for _ in range(2)]
        size = [*SHORT, *SIZE, "--plane", "engine", "--master", "--expect-workers", "2"]
        found = load("L-DSP-1", "--endpoint", address, *size, *at_master)
        for worker in workers:
            worker.wait(RUN_LIMIT_S)
        return found, stats(address)


def built_in() -> tuple[Finished, dict[str, Any]]:
    """A run that brings its own server."""
    return load("L-DSP-1", *SHORT, *SIZE), {"open_streams": 0, "dispatches": 0}


def faulty() -> tuple[Finished, set[str]]:
    """A run on a server with a fault on each microgrid, and the codes in its violations file."""
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "target.yaml"
        with mini_server(*(f"{grid}={kind}:15" for grid, kind in FAULTS.items())) as address:
            pool = "services: {dispatch: {microgrid_ids: [1, 2, 3, 4]}}"
            profile.write_text(f"endpoint: {address}\n{pool}\n", "utf-8")
            size = ["--microgrids", "4", "--subscribers", "4", "--rate", "120"]
            where = ["--plane", "engine", "--report", folder]
            found = load("L-DSP-1", "--target", str(profile), *SHORT, *size, *where)
        lines = (Path(folder) / "violations.jsonl").read_text("utf-8").splitlines()
        return found, {json.loads(line)["code"] for line in lines}


def worker_killed() -> tuple[Finished, bool, dict[str, Any]]:
    """A run that loses a worker; whether all its processes ended; what is left."""
    with mini_server() as address:
        size = [*LONG, "--plane", "engine", "--workers", "2", "--json"]
        run = start("L-DSP-1", "--endpoint", address, *size)
        assert until(lambda: stats(address)["dispatches"] > 4), finish(run).said
        family = psutil.Process(run.pid).children(recursive=True)
        engines = [process for process in family if "loadtests.engine" in process.cmdline()]
        assert len(engines) == 2
        engines[0].parent().kill()
        found = finish(run)
        return found, until(lambda: not any(map(is_alive, family))), stats(address)


def ended_by(how: signal.Signals) -> tuple[int, bool, dict[str, Any]]:
    """The code of a run that got this signal; whether all its processes ended; what is left."""
    with mini_server() as address:
        run = start("L-DSP-1", "--endpoint", address, *LONG, "--plane", "greenlet")
        assert until(lambda: stats(address)["dispatches"] > 4), finish(run).said
        family = psutil.Process(run.pid).children(recursive=True)
        os.kill(run.pid, how)
        run.communicate(timeout=RUN_LIMIT_S)
        return run.returncode, until(lambda: not any(map(is_alive, family))), stats(address)


def busy() -> subprocess.CompletedProcess[str]:
    """A plain locustfile, with a user that computes instead of waiting."""
    with mini_server() as address:
        command = [sys.executable, "-m", "locust", "-f", str(HERE / "busy_fanout.py")]
        command += ["--headless", "--only-summary", "--endpoint", address, "-t", "3s"]
        command += ["--subscribers", "4", "--rate", "10", "--warmup", "0s"]
        command += ["--fail", "deliver.p50<100s"]
        return subprocess.run(
            command,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_S,
            check=False,
        )


def killed_readers() -> dict[str, Any]:
    """What a server sees of streams whose greenlets were killed."""
    with mini_server() as address:
        done = subprocess.run(
            [sys.executable, "-m", "loadtests.tests.slow.kill_script", address],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_S,
            check=True,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def is_alive(process: Any) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, Future[Any]]]:
    experiments: dict[str, Callable[[], Any]] = {
        "killed": worker_killed,
        "faulty": faulty,
        "interrupted": partial(ended_by, signal.SIGINT),
        "orphaned": partial(ended_by, signal.SIGKILL),
        "busy": busy,
        "readers": killed_readers,
        "far apart": far_apart,
        "built in": built_in,
        "paging": partial(standard, ["--rate", "40", "--population", "60"], "L-DSP-2"),
        "churn": partial(standard, [*SIZE, "--flaps", "10"], "L-DSP-3"),
        **{name: partial(standard, arguments) for name, arguments in RUNS.items()},
    }
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(experiment) for name, experiment in experiments.items()}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("clean greenlet", 0),
        ("clean engine", 0),
        ("clean two workers", 0),
        ("missed two workers", 1),
        ("too few two workers", 5),
        ("far apart", 0),
        ("built in", 0),
    ],
)
def test_a_run_ends_with_the_code_of_its_verdict_and_leaves_nothing(
    results: dict[str, Future[Any]], name: str, code: int
) -> None:
    found, left = results[name].result()
    assert found.code == code, found.said
    assert found.summary["verdict"]["exit"] == code
    assert found.summary["integrity"]["total"] == 0
    assert found.summary["integrity"]["streams"] == 8
    assert found.summary["streams"] == {"opened": 8, "closed": 8}
    assert found.summary["residue"] == 0
    assert (left["open_streams"], left["dispatches"]) == (0, 0)


def test_both_planes_and_two_workers_see_the_same_number_of_messages(
    results: dict[str, Future[Any]],
) -> None:
    writes, watchers = 80, 4
    for name in ("clean greenlet", "clean engine", "clean two workers"):
        summary = results[name].result()[0].summary
        if summary["flags"]["client_saturated"] or summary["flags"]["saturated"]:
            # On a machine this busy the window may close before most messages have come; that
            # none is lost is judged by the integrity of the run, whatever its speed.
            continue
        seen = summary["scalars"]["messages_per_s"] * summary["measured_s"]
        # Two writes more or less may be under way when the window opens or closes.
        assert abs(seen - writes * watchers) <= 0.02 * writes * watchers + 2 * watchers
        assert summary["scalars"]["offered_per_s"] * summary["measured_s"] == writes


def test_pages_are_walked_while_dispatches_come_and_go(results: dict[str, Future[Any]]) -> None:
    found, left = results["paging"].result()
    assert found.code == 0, found.said
    assert found.summary["metrics"]["walk.dispatch"]["count"] > 20
    assert found.summary["metrics"]["unary.UpdateMicrogridDispatch"]["count"] > 10
    assert found.summary["residue"] == left["dispatches"] == 0


def test_streams_come_and_go_beside_steady_ones(results: dict[str, Future[Any]]) -> None:
    found, left = results["churn"].result()
    assert found.code == 0, found.said
    flaps = found.summary["metrics"]["open.flap"]["count"]
    assert flaps > 5
    assert found.summary["streams"]["opened"] >= 8 + flaps
    assert found.summary["streams"]["opened"] == found.summary["streams"]["closed"]
    assert (left["open_streams"], left["dispatches"]) == (0, 0)


def test_every_injected_fault_is_caught_as_its_own_code(results: dict[str, Future[Any]]) -> None:
    found, saved = results["faulty"].result()
    assert found.code == 1, found.said
    codes = set(found.summary["integrity"]["violations"])
    assert {"INT-GAP", "INT-DUP", "INT-ORD", "INT-FOREIGN"} <= codes
    assert codes <= {"INT-GAP", "INT-DUP", "INT-ORD", "INT-FOREIGN", "INT-CONV"}
    assert saved == codes


def test_a_killed_worker_ends_the_run_with_an_error_and_no_engine_survives(
    results: dict[str, Future[Any]],
) -> None:
    found, have_ended, left = results["killed"].result()
    assert found.code == 4, found.said
    assert any("worker lost" in error for error in found.summary["verdict"]["errors"])
    assert have_ended
    assert left["dispatches"] == 0


@pytest.mark.parametrize(("name", "code"), [("interrupted", 130), ("orphaned", -signal.SIGKILL)])
def test_however_a_run_ends_nothing_is_left_behind(
    results: dict[str, Future[Any]], name: str, code: int
) -> None:
    ended_with, have_ended, left = results[name].result()
    assert ended_with == code
    assert have_ended
    assert (left["open_streams"], left["dispatches"]) == (0, 0)


def test_a_busy_client_is_inconclusive_about_latencies(results: dict[str, Future[Any]]) -> None:
    done = results["busy"].result()
    assert done.returncode == 5, done.stderr
    assert "the client was saturated" in done.stdout


def test_streams_of_killed_greenlets_are_closed(results: dict[str, Future[Any]]) -> None:
    found = results["readers"].result()
    assert found["careful"] == [5, 0]
    assert (found["opened"], found["closed"]) == (5, 5)
    # What would happen without: the greenlets are gone, the streams are not.
    assert found["careless"] == [5, 5]
