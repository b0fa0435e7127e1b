from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from loadtests.plan import environment

LOOK = """
import json, time
from types import SimpleNamespace
from loadtests import bootstrap, tables
import gevent
from locust.stats import RequestStats

stats = RequestStats()
for second in range(7200):
    time.time = lambda second=second: 1_000_000.0 + second
    stats.log_request("grpc", "Create", 5, 0)
    if second % 10 == 0:
        stats.log_error("grpc", "Create", RuntimeError("UNAVAILABLE"))

def seen():
    entries = [stats.total, *stats.entries.values()]
    return {
        "seconds": [[len(e.num_reqs_per_sec), len(e.num_fail_per_sec)] for e in entries],
        "totals": [[e.num_requests, e.num_failures, e.current_rps, e.total_rps] for e in entries],
        "median": [e.get_response_time_percentile(0.5) for e in entries],
        "copies": [len(e.response_times_cache or ()) for e in entries],
    }

found = {"before": seen()}
tables.EVERY_S = 0.001
for web_ui, name in (object(), "forgotten"), (None, "spared"):
    time.time = lambda: 1_007_200.0
    tending = gevent.spawn(tables.tend, SimpleNamespace(web_ui=web_ui, stats=stats))
    gevent.sleep(0.05)
    tending.kill()
    found[name] = seen()
time.time = lambda: 1_007_300.0
stats.log_request("grpc", "Create", 5, 0)
stats.log_request("grpc", "Other", 5, 0)
found["later"] = seen()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Two hours of a request a second, every tenth of which fails; in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK], env=environment(), capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_seconds_behind_are_forgotten_and_totals_and_rates_stay(found: dict[str, Any]) -> None:
    assert found["before"]["seconds"] == [[7200, 720]] * 2
    assert found["forgotten"]["seconds"] == [[60, 6]] * 2
    assert found["forgotten"]["totals"] == found["before"]["totals"]
    assert found["forgotten"]["copies"] == found["before"]["copies"]


def test_response_times_are_not_copied_and_percentiles_stay(found: dict[str, Any]) -> None:
    assert all(found["before"]["copies"])
    assert found["spared"]["copies"] == [0, 0]
    assert found["later"]["copies"] == [0, 0, 0]
    assert found["later"]["median"] == [5, 5, 5]
