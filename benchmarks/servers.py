"""A server under measurement: a process of its own, found by its ready file."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import psutil

OURS: Final = ("-m", "gridproof", "serve", "--port", "0", "--http-port", "0")
"""Our server on free ports; further options may follow."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that is ready.

    Args:
        addresses: by protocol, such as `grpc` and `http`.
        process: the server itself.
    """

    addresses: Mapping[str, str]
    process: psutil.Process

    def channel(self) -> Any:
        """A gRPC connection of its own."""
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1)]
        return grpc.aio.insecure_channel(self.addresses["grpc"], options=options)

    def cpu_s(self) -> float:
        """CPU seconds spent so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def serving(*command: str) -> Iterator[Server]:
    """A server that lives as long as the block: Python with these arguments and a ready file.

    Raises:
        RuntimeError: it ends before it is ready.
    """
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        process = subprocess.Popen(
            [sys.executable, *command, "--ready-file", str(ready)],
            cwd=Path(__file__).parents[1],
            stderr=subprocess.DEVNULL,
        )
        try:
            while not ready.exists():
                if process.poll() is not None:
                    raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
                time.sleep(0.05)
            yield Server(
                addresses=json.loads(ready.read_text()), process=psutil.Process(process.pid)
            )
        finally:
            process.terminate()
            process.wait(20)


async def serve(server: grpc.aio.Server) -> None:
    """Be such a server, on a port of its own; the ready file is the last argument."""
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    ready = Path(sys.argv[-1])
    part = ready.with_suffix(".part")
    part.write_text(json.dumps({"grpc": f"127.0.0.1:{port}"}))
    part.replace(ready)
    await server.wait_for_termination()
