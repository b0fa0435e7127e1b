"""A few processes for texts that may take long, started when first needed, ended at a limit.

Processes and not threads: nothing else stops a regular expression that runs away. Plain programs
talked to through pipes and not forks: the server has threads, which a fork would not survive.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import weakref
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer
from typing import Any

from simulator.services.texts.limits import WAITING, WALL_S
from simulator.services.texts.templates import TooMuch

__all__ = ["Stopped", "Workers"]

_ROOT = Path(__file__).parents[3]
_START_S = 30.0
"""How long a process may take to start on a machine that is very busy."""

Process = subprocess.Popen[str]


class Stopped(TooMuch):
    """The job was ended, or not begun, because of a limit."""


class Workers:
    """At most `count` processes; ended with the object, with the program, or by `close`."""

    def __init__(self, count: int = 2, *, wall_s: float = WALL_S) -> None:
        self._wall_s = wall_s
        self._idle: deque[Process] = deque()
        self._all: set[Process] = set()
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="texts")
        self._waiting = 0
        self.close = weakref.finalize(self, _close, self._threads, self._all)

    async def run(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Return a process' reply to a job, both JSON objects.

        Raises:
            Stopped: it took too long, the process ended itself, or too many jobs wait.
        """
        if self._waiting >= WAITING or not self.close.alive:
            raise Stopped("too many texts wait to be evaluated")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._run, json.dumps(job))
        finally:
            self._waiting -= 1

    def _run(self, line: str) -> dict[str, Any]:
        try:
            process = self._idle.pop()
        except IndexError:
            process = self._start()
        reply = _ask(process, line, self._wall_s)
        if reply is None:
            self._drop(process)
            raise Stopped("stopped at the limit of time")
        self._idle.append(process)
        return reply

    def _start(self) -> Process:
        known = os.environ.get("PYTHONPATH")
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "simulator.services.texts.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(_ROOT), *([known] if known else [])]),
                "PYTHONIOENCODING": "utf-8",
            },
            encoding="utf-8",
        )
        self._all.add(process)
        # `close` may have ended all others in between; it must not miss this one.
        if not self.close.alive or _answer(process, _START_S) is None:
            self._drop(process)
            raise Stopped("no process to evaluate it could be started")
        return process

    def _drop(self, process: Process) -> None:
        self._all.discard(process)
        _end(process)


def _ask(process: Process, line: str, seconds: float) -> dict[str, Any] | None:
    assert process.stdin is not None
    try:
        process.stdin.write(line + "\n")
        process.stdin.flush()
    except (OSError, ValueError):
        return None
    return _answer(process, seconds)


def _answer(process: Process, seconds: float) -> dict[str, Any] | None:
    """The next reply; None if there is none in time, the process being ended then."""
    assert process.stdout is not None
    timer = Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        reply = process.stdout.readline()
    except ValueError:  # Closed from another thread.
        return None
    finally:
        timer.cancel()
    return json.loads(reply) if reply.endswith("\n") else None


def _end(process: Process) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                continue  # What was not yet written has no reader any more.


def _close(threads: ThreadPoolExecutor, processes: set[Process]) -> None:
    # Not waiting for the threads: this may run in one of them, if it held the last reference. They
    # end soon, for what they wait for is ended here.
    threads.shutdown(wait=False, cancel_futures=True)
    while processes:
        _end(processes.pop())
