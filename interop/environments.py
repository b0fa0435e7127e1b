"""Environments for peers, and the processes that run in them and beside them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

CLIENTS = Path(__file__).parent / "clients"
CACHE = Path(".tox") / "interop-peers"
START_S = 60.0
"""How long a server may take until it accepts requests; slow machines need most of it."""


class Unavailable(Exception):
    """A trial cannot be made here; the message says what is missing."""


def environment(requirements: Sequence[str]) -> Path:
    """The Python of a virtual environment with `requirements`, built unless it is there."""
    home = CACHE / sha256("\n".join(requirements).encode()).hexdigest()[:12]
    python = (home / "bin" / "python").absolute()
    done = home / "complete"
    if not done.exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run(
            [
                *(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
                *requirements,
            ],
            check=True,
        )
        done.touch()
    return python


@contextmanager
def running(command: Sequence[str | Path], ready: Path) -> Iterator[dict[str, object]]:
    """A process that writes the JSON file `ready` once it serves; ended with SIGTERM.

    Raises:
        RuntimeError: it ended or stayed silent before that.
    """
    process = subprocess.Popen([str(word) for word in command])
    try:
        deadline = time.monotonic() + START_S
        while not ready.exists():
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} left with code {process.returncode}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not become ready in {START_S:.0f} s")
            time.sleep(0.05)
        yield json.loads(ready.read_text())
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def our_server(*options: str) -> Iterator[dict[str, str]]:
    """`gridproof serve` of this environment; yields its addresses, `grpc` and `http`."""
    with TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        command = [sys.executable, "-m", "gridproof", "serve", "--port", "0", "--http-port", "0"]
        with running([*command, "--ready-file", str(ready), *options], ready) as address:
            yield {name: str(address[name]) for name in ("grpc", "http")}
