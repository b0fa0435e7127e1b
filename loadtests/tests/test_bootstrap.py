from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from loadtests.catalogue import ENTRIES
from loadtests.plan import environment

LOOK = """
import json, sys, threading
import psutil
import {module}
me = psutil.Process()
print(json.dumps({{
    "threads": me.num_threads(),
    "python_threads": threading.active_count(),
    "sockets": len(me.net_connections("inet")),
    "modules": sorted(sys.modules),
}}))
"""


def look(module: str, **variables: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", LOOK.format(module=module)],
        env={**environment(), **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_importing_the_scenarios_opens_no_socket_and_starts_no_thread() -> None:
    modules = [f"loadtests.scenarios.{entry.path.stem}" for entry in ENTRIES]
    found = look(", ".join(modules))
    assert (found["threads"], found["python_threads"], found["sockets"]) == (1, 1, 0)
    assert {"grpc", *modules} <= set(found["modules"])


def test_the_command_line_imports_neither_locust_nor_grpc() -> None:
    heavy = {"locust", "gevent", "grpc", "google.protobuf"}
    assert not heavy & set(look("loadtests.commands")["modules"])


def test_the_engine_is_not_patched() -> None:
    assert not {"locust", "gevent"} & set(look("loadtests.engine.child")["modules"])


def test_without_patching_there_is_no_load() -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        look("loadtests.bootstrap", LOCUST_SKIP_MONKEY_PATCH="1")
    assert "unset LOCUST_SKIP_MONKEY_PATCH" in caught.value.stderr
