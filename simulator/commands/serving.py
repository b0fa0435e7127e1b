"""A server of ours in a process of its own, for commands that show what it does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fixtures.terminal import Exit, fail, say

READY_S = 30.0
"""How long it may take to start on a slow machine."""
STOP_S = 60.0
"""How long it may take to drain and to write what has happened."""


@contextmanager
def serving(folder: Path, words: Sequence[str]) -> Iterator[dict[str, str]]:
    """Run `gridproof serve` with these words while the block runs, its log in the folder.

    Yields its addresses by `grpc` and `http`; leaves if it does not start.
    """
    ready, log = folder / "server.json", folder / "server.log"
    ready.unlink(missing_ok=True)
    say(f"$ gridproof serve {' '.join(words)}")
    with log.open("w") as stream:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gridproof", "serve", *words),
                *("--port", "0", "--http-port", "0", "--ready-file", str(ready)),
            ],
            stderr=stream,
        )
    try:
        deadline = time.monotonic() + READY_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                fail(Exit.ERROR, f"the server did not start; see {log}")
            time.sleep(0.05)
        found = json.loads(ready.read_text())
        yield {"grpc": found["grpc"], "http": found["http"]}
    finally:
        process.terminate()
        process.wait(timeout=STOP_S)
