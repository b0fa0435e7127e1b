"""Whole runs of the services and tasks scenarios, straight and through a proxy that breaks things.

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

import grpc
import pytest

from fixtures.contracts import load as contract
from loadtests.launch import SERVERS, built_in_server
from loadtests.plan import environment
from loadtests.tests.harness import RUN_LIMIT_S, Finished, finish, load, server, start, stats, until

AT_ONCE = 3
SHORT = ["--duration", "3s", "--warmup", "300ms", "--drain", "8s", "--max-lateness", "100s"]
CUT = ["--subscribers", "8", "--cut-share", "0.5"]

RUNS = {
    "L-SVC-1 greenlet": ["L-SVC-1", "--subscribers", "10", "--plane", "greenlet"],
    "L-SVC-1 engine": ["L-SVC-1", "--subscribers", "10", "--plane", "engine", "--rate", "40"],
    "L-SVC-1 two workers": ["L-SVC-1", "--subscribers", "10", "--workers", "2"],
    "L-SVC-2": ["L-SVC-2", "--stall", "1s", "--rate", "40"],
    "L-TSK-1": ["L-TSK-1", "--population", "40"],
    "L-TSK-1 two workers": ["L-TSK-1", "--population", "40", "--workers", "2"],
    "L-TSK-2 greenlet": ["L-TSK-2", *CUT, "--plane", "greenlet"],
    "L-TSK-2 engine": ["L-TSK-2", *CUT, "--plane", "engine"],
    "L-TSK-2 two workers": ["L-TSK-2", *CUT, "--plane", "engine", "--workers", "2"],
}
FAULTS = {
    ("L-SVC-1", "skip:12"): "INT-GAP",
    ("L-SVC-1", "repeat:12"): "INT-DUP",
    ("L-SVC-1", "misroute:12"): "INT-FOREIGN",
    ("L-SVC-1", "old:12"): "INT-PROTO",
    ("L-TSK-2", "skip:30"): "INT-GAP",
    ("L-TSK-2", "repeat:30"): "INT-DUP",
    ("L-TSK-2", "swap:30"): "INT-ORD",
    ("L-TSK-2", "misroute:30"): "INT-FOREIGN",
    ("L-TSK-1", "claim:3"): "INT-ONCE",
}


@contextmanager
def proxied(api: str, fault: str) -> Iterator[tuple[str, str]]:
    """A proxy with a fault before the built-in server: its address and a profile that fits."""
    with (
        built_in_server(api) as upstream,
        server("loadtests.tests.proxy", "--upstream", upstream, "--fault", fault) as address,
        tempfile.TemporaryDirectory() as folder,
    ):
        profile = Path(folder) / "target.yaml"
        said = {"endpoint": address, "services": {api: dict(SERVERS[api].profile)}}
        profile.write_text(json.dumps(said), "utf-8")
        yield address, str(profile)


def faulty(scenario: str, fault: str) -> tuple[Finished, dict[str, Any]]:
    """A run through a proxy with a fault, and what that did."""
    with proxied("services" if scenario == "L-SVC-1" else "tasks", fault) as (address, profile):
        size = ["--rate", "80", "--max-inflight", "8", "--walkers", "0", "--population", "8"]
        if scenario != "L-TSK-1":
            size += ["--subscribers", "5", "--plane", "engine"]
        return load(scenario, "--target", profile, *SHORT, *size), stats(address)


def read_only() -> Finished:
    """A run on a services target of which nothing is known."""
    with built_in_server("services") as address:
        return load("L-SVC-1", "--endpoint", address, *SHORT, "--subscribers", "5")


def left_services(address: str) -> int:
    """How many services of runs a server has."""
    methods = contract("services", "v1").methods("smartcore.bos.services.v1.ServicesApi")
    method, found = methods["ListServices"], 0
    with grpc.insecure_channel(address) as channel:
        for name in ("drivers", "scratch"):
            request = method.request(name=name).SerializeToString()
            reply: Any = method.response()
            reply.ParseFromString(channel.unary_unary(method.path, None, None)(request, timeout=20))
            found += sum("gp" in item.config_raw for item in reply.services)
    return found


def interrupted() -> tuple[int, int, str]:
    """A run that is interrupted; and what is left once another one was killed and cleaned up."""
    with proxied("services", ":0") as (address, profile):
        arguments = ("L-SVC-1", "--target", profile, "--duration", "60s", "--plane", "greenlet")
        run = start(*arguments)
        assert until(lambda: left_services(address) > 8), finish(run).said
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=RUN_LIMIT_S)
        left = left_services(address)
        killed = start(*arguments)
        assert until(lambda: left_services(address) > 8), finish(killed).said
        killed.kill()
        said = killed.communicate(timeout=RUN_LIMIT_S)[1]
        run_id = said.partition("run ")[2].partition(",")[0]
        assert until(lambda: not stats(address)["open_streams"])
        command = [sys.executable, "-m", "gridproof", "load", "cleanup", run_id]
        done = subprocess.run(
            [*command, "--target", profile],
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return run.returncode, left + left_services(address), done.stdout


@pytest.fixture(scope="module")
def results() -> Iterator[dict[Any, Future[Any]]]:
    experiments: dict[Any, Callable[[], Any]] = {
        **{name: partial(load, *arguments, *SHORT) for name, arguments in RUNS.items()},
        **{fault: partial(faulty, *fault) for fault in FAULTS},
        "read only": read_only,
        "interrupted": interrupted,
    }
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(experiment) for name, experiment in experiments.items()}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_proves_what_it_sees(results: dict[Any, Future[Any]], name: str) -> None:
    found = results[name].result()
    assert found.code == 0, (found.said, found.summary.get("verdict"))
    assert found.summary["integrity"]["total"] == 0
    assert found.summary["residue"] == 0
    assert found.summary["streams"]["opened"] == found.summary["streams"]["closed"]


def test_all_kinds_of_pulls_are_timed(results: dict[Any, Future[Any]]) -> None:
    for plane in ("greenlet", "engine"):
        metrics = results[f"L-SVC-1 {plane}"].result().summary["metrics"]
        assert metrics["open.services"]["count"] == 6
        assert metrics["open.service"]["count"] == metrics["open.service_metadata"]["count"] == 2
        assert metrics["deliver.services"]["count"] > 20


def test_claims_are_contended_and_losers_are_no_failures(
    results: dict[Any, Future[Any]],
) -> None:
    summary = results["L-TSK-1"].result().summary
    assert summary["metrics"]["unary.ClaimTask.lost"]["count"] > 0
    assert summary["scalars"]["failures"] == 0
    assert summary["scalars"]["claims_per_s"] > 1
    assert "nothing can be deleted" in summary["notes"][0]
    assert summary["scalars"]["walks_per_s"] > 0


def test_feeds_are_cut_and_resume(results: dict[Any, Future[Any]]) -> None:
    for how in ("greenlet", "engine", "two workers"):
        scalars = results[f"L-TSK-2 {how}"].result().summary["scalars"]
        # One that was cut while it returned counts once.
        assert 8 <= scalars["resume.resumed"] <= 12
        assert scalars["resume.replayed"] >= scalars["resume.resumed"] - 1


@pytest.mark.parametrize("fault", FAULTS, ids=" ".join)
def test_every_injected_fault_is_caught_as_its_own_code(
    results: dict[Any, Future[Any]], fault: tuple[str, str]
) -> None:
    found, did = results[fault].result()
    assert did["tampered"] > 0
    assert did["open_streams"] == 0
    assert found.code == 1, found.said
    codes = set(found.summary["integrity"]["violations"])
    assert FAULTS[fault] in codes
    assert codes <= {FAULTS[fault], "INT-CONV"}


def test_without_a_type_a_run_is_read_only_and_says_so(results: dict[Any, Future[Any]]) -> None:
    found = results["read only"].result()
    assert found.code == 0, (found.said, found.summary.get("verdict"))
    assert "read-only" in found.summary["notes"][0]
    assert found.summary["scalars"]["offered_per_s"] == 0
    assert found.summary["metrics"]["open.services"]["count"] == 3


def test_an_interrupted_run_leaves_nothing_and_a_killed_one_can_be_removed(
    results: dict[Any, Future[Any]],
) -> None:
    code, left, said = results["interrupted"].result()
    assert code == 130
    assert left == 0
    assert said.startswith("deleted ")
