"""Whole runs of the soak: all APIs at once, a subset, two workers, and one that loses a part."""

from __future__ import annotations

import json
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

import grpc
import pytest

from fixtures.contracts import load as contract
from loadtests.catalogue import find
from loadtests.launch import built_in_target
from loadtests.plan import environment
from loadtests.tests.harness import RUN_LIMIT_S, Finished, finish, load, start, until

psutil: Any = import_module("psutil")  # comes with locust, without types

AT_ONCE = 2
SHORT = ["--duration", "3s", "--warmup", "300ms", "--drain", "20s", "--max-lateness", "100s"]
RUNS = {
    "all": [],
    "two workers": ["--services", "dispatch,services", "--workers", "2"],
    "greenlet": ["--services", "dispatch,tasks", "--plane", "greenlet", "--share", "0.1"],
}


def streams_of(address: str) -> int:
    """How many streams a built-in server has open."""
    method = contract("control").methods("gridproof.control.v1.ControlService")["GetStats"]
    with grpc.insecure_channel(address) as channel:
        call: Any = channel.unary_unary(method.path, None, method.response.FromString)
        return int(call(b"", timeout=20).open_streams)


def interrupted() -> tuple[int, int, bool]:
    """The code of a run that was interrupted, what is left on its server, and of its processes."""
    with built_in_target("dispatch", "services") as way:
        endpoint, target = way["endpoint"] or "", way["target"] or ""
        arguments = ["--endpoint", endpoint, "--target", target, "--duration", "60s"]
        run = start("L-ALL-1", *arguments)
        assert until(lambda: streams_of(endpoint) > 30), finish(run).said
        family = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=RUN_LIMIT_S)
        are_gone = until(lambda: not any(process.is_running() for process in family))
        return run.returncode, streams_of(endpoint), are_gone


def killed_and_cleaned_up() -> tuple[str, int]:
    """What a clean-up says of all parts of a run that was killed; streams that are left."""
    with built_in_target("dispatch", "services") as way:
        endpoint, target = way["endpoint"] or "", way["target"] or ""
        where = ["--endpoint", endpoint, "--target", target]
        run = start("L-ALL-1", *where, "--duration", "60s")
        assert until(lambda: streams_of(endpoint) > 30), finish(run).said
        run.kill()
        said = run.communicate(timeout=RUN_LIMIT_S)[1]
        runs = said.partition("run ")[2].partition(",")[0]
        until(lambda: not streams_of(endpoint))
        command = [sys.executable, "-m", "gridproof", "load", "cleanup", runs, *where]
        done = subprocess.run(
            command, env=environment(), capture_output=True, text=True, check=True
        )
        return done.stdout, streams_of(endpoint)


def as_locustfile() -> tuple[int, str, dict[str, Any]]:
    """A plain locust run on a server that is told by its address alone; its summary."""
    with (
        built_in_target("dispatch", "meta") as way,
        tempfile.TemporaryDirectory() as folder,
    ):
        command = [sys.executable, "-m", "locust", "-f", str(find("L-ALL-1").path), "--headless"]
        command += ["--endpoint", way["endpoint"] or "", "--services", "dispatch,meta"]
        command += ["--report", folder, "--only-summary", *SHORT]
        done = subprocess.run(
            command,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_S,
            check=False,
        )
        summary: dict[str, Any] = json.loads((Path(folder) / "summary.json").read_text("utf-8"))
        return done.returncode, done.stdout, summary


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, Future[Any]]]:
    experiments: dict[str, Callable[[], Any]] = {
        **{name: partial(load, "L-ALL-1", *SHORT, *more) for name, more in RUNS.items()},
        "interrupted": interrupted,
        "killed": killed_and_cleaned_up,
        "locustfile": as_locustfile,
        "missing": lambda: load("L-ALL-1", *SHORT, "--endpoint", "127.0.0.1:1"),
    }
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(experiment) for name, experiment in experiments.items()}


@pytest.mark.parametrize("name", RUNS)
def test_a_short_soak_proves_its_streams_and_says_that_memory_takes_longer(
    results: dict[str, Future[Any]], name: str
) -> None:
    found: Finished = results[name].result()
    summary = found.summary
    assert found.code == 5, (found.said, summary.get("verdict"))
    unclear = summary["verdict"]["inconclusive"]
    assert unclear
    assert all(why.startswith("memory.") and "not enough time to tell" in why for why in unclear)
    assert summary["integrity"]["total"] == summary["residue"] == 0
    assert summary["streams"]["opened"] == summary["streams"]["closed"] > 0
    assert summary["scalars"]["streams.left"] == 0
    assert summary["memory"]["client"]["mb"] > 50
    assert summary["memory"]["server"]["mb"] > 50
    assert all(part["offered_per_s"] > 0 for part in summary["parts"][:1])


def test_all_apis_are_played(results: dict[str, Future[Any]]) -> None:
    summary = results["all"].result().summary
    assert [part["scenario"] for part in summary["parts"]] == list(find("L-ALL-1").parts)
    assert summary["integrity"]["streams"] == sum(part["streams"] for part in summary["parts"])
    assert summary["plane"] == "engine"
    for name in ("deliver.dispatch", "sync.meta_stateless", "deliver.services", "deliver.tasks"):
        assert summary["metrics"][name]["count"] > 0
    for name in ("unary.Publish", "unary.ClaimTask", "walk.dispatch", "file.exchange"):
        assert summary["metrics"][name]["count"] > 0


def test_an_interrupted_soak_leaves_nothing(results: dict[str, Future[Any]]) -> None:
    assert results["interrupted"].result() == (130, 0, True)


def test_a_killed_soak_can_be_removed_as_a_whole(results: dict[str, Future[Any]]) -> None:
    said, streams = results["killed"].result()
    lines = said.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("deleted ") and line.endswith(", 0 left") for line in lines)
    assert streams == 0


def test_it_is_a_locustfile_too(results: dict[str, Future[Any]]) -> None:
    code, said, summary = results["locustfile"].result()
    assert code == 5, said
    assert summary["integrity"]["total"] == 0
    # Known by its address alone, so its own counters tell of its memory.
    assert summary["memory"]["server"]["mb"] > 50
    assert "L-META-2: read-only" in " ".join(summary["notes"])


def test_a_server_that_is_not_there_is_unreachable(results: dict[str, Future[Any]]) -> None:
    assert results["missing"].result().code in (2, 3)
