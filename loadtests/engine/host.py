"""The locust side of the engine plane: starts the child, gives it orders, reads its lines.

The child is spawned, not forked: gevent's `subprocess` forks in Python, where gRPC's threads come
back to life in the child before it becomes another program, and crash it now and then. The child
gets a process group of its own, so that Ctrl-C reaches it through its host.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import gevent
from gevent.fileobject import FileObject

from loadtests.plan import environment

END_LIMIT_S = 6.0
POLL_S = 0.02


class EngineProcess:
    """A running child of the engine plane.

    Args:
        config: what the child gets as its first line.

    Attributes:
        pid: its process id.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        child_in, our_out = os.pipe()
        our_in, child_out = os.pipe()
        try:
            self.pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-m", "loadtests.engine"],
                environment(),
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, child_in, 0),
                    (os.POSIX_SPAWN_DUP2, child_out, 1),
                ],
                setpgroup=0,
            )
        finally:
            os.close(child_in)
            os.close(child_out)
        self._status: int | None = None
        self._orders: Any = FileObject(our_out, "wb", 0)
        self._lines: Any = FileObject(our_in, "rb")
        self.order(config)

    def order(self, order: Mapping[str, Any]) -> None:
        """Send a line; a child that is gone is noticed by whoever reads `lines`."""
        line = json.dumps(order, separators=(",", ":")) + "\n"
        with suppress(OSError, ValueError):
            rest = memoryview(line.encode())
            while rest:
                rest = rest[self._orders.write(rest) :]

    def lines(self) -> Iterator[dict[str, Any]]:
        """What the child tells, until it ends."""
        for line in self._lines:
            yield json.loads(line)

    def end(self) -> int:
        """Close the child's input, wait for its end, kill it if need be; its exit status."""
        with suppress(OSError, ValueError):
            self._orders.close()
        limit = time.monotonic() + END_LIMIT_S
        while self._poll() is None:
            if time.monotonic() > limit:
                os.kill(self.pid, signal.SIGKILL)
            gevent.sleep(POLL_S)
        assert self._status is not None
        return self._status

    def _poll(self) -> int | None:
        if self._status is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status
