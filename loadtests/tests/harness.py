"""Starts the mini server and the command line as processes, for tests of whole runs."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from loadtests.plan import environment

START_LIMIT_S = 60.0
RUN_LIMIT_S = 120.0


@contextmanager
def mini_server(*faults: str) -> Iterator[str]:
    """The address of a mini dispatch server with these faults."""
    options = [part for fault in faults for part in ("--fault", fault)]
    with server("loadtests.tests.mini_server", *options) as address:
        yield address


@contextmanager
def server(module: str, *options: str) -> Iterator[str]:
    """The address of a server of the tests, given as a module."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready"
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(ready), *options],
            stdin=subprocess.PIPE,
            env=environment(),
        )
        try:
            assert until(ready.exists), "the mini server does not start"
            yield ready.read_text("ascii")
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.terminate()
            process.wait()


def until(holds: Callable[[], bool], limit_s: float = START_LIMIT_S) -> bool:
    """Wait for a condition; whether it came true within the limit."""
    end = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def stats(address: str) -> dict[str, Any]:
    """The counters of a mini server."""
    with grpc.insecure_channel(address) as channel:
        call = channel.unary_unary("/gridproof.test.Mini/Stats", None, None)
        answer = call(b"", timeout=20)
    found: dict[str, Any] = json.loads(answer)
    return found


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A run that has ended: exit code, its summary if it wrote one, and what it said."""

    code: int
    summary: dict[str, Any]
    said: str


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start `gridproof load` with these arguments."""
    return subprocess.Popen(
        [sys.executable, "-m", "gridproof", "load", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def finish(process: subprocess.Popen[str]) -> Finished:
    """Wait for the end of a run that was started with `--json`."""
    out, err = process.communicate(timeout=RUN_LIMIT_S)
    summary = json.loads(out) if out.lstrip().startswith("{") else {}
    return Finished(code=process.returncode, summary=summary, said=err)


def load(*arguments: str) -> Finished:
    """Run `gridproof load` to its end."""
    return finish(start(*arguments, "--json"))
