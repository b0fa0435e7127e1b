"""Runs the checks with pytest in a process of its own and follows how far it has come."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from conformance.outcome import Outcome
from conformance.run.paths import SUITE, environment
from conformance.run.settings import ENVIRONMENT, Settings

STOP_S = 15.0
"""How long pytest may take to end after an interrupt."""

POLL_S = 0.2

Watch = Callable[[int, int], None]
"""Called with the number of checks that are done and the number of all."""


class Process:
    """One pytest process.

    Args:
        settings: of the run.
        nodes: node ids; none means every selected check.
        arguments: further pytest arguments; they make it talk.
    """

    def __init__(
        self, settings: Settings, *, nodes: Sequence[str] = (), arguments: Sequence[str] = ()
    ) -> None:
        self._settings = settings
        self.log = settings.folder / ("pytest-alone.log" if settings.alone else "pytest.log")
        self._output = None if arguments else self.log.open("wb")
        command = [sys.executable, "-m", "pytest", "-c", str(SUITE / "pytest.ini")]
        command += ["--rootdir", str(SUITE), "-p", "conformance.plugin", "-q"]
        if settings.workers > 1:
            command += ["-p", "xdist.plugin", "-n", str(settings.workers), "--dist", "load"]
        command += [*arguments, *(str(SUITE / node) for node in nodes)] or []
        if not nodes:
            command.append(str(SUITE))
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._output or sys.stderr,
            stderr=self._output or sys.stderr,
            cwd=settings.folder,
            env=environment(
                **{
                    ENVIRONMENT: str(settings.write()),
                    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                    "HYPOTHESIS_STORAGE_DIRECTORY": str(settings.folder / "hypothesis"),
                }
            ),
            start_new_session=True,
        )

    def wait(self, watch: Watch) -> int:
        """Wait for the end, telling `watch` how far it is; the exit code of pytest."""
        while True:
            code = self._process.poll()
            watch(_lines(self._settings.results), self._total())
            if code is not None:
                return code
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Interrupt it, as Ctrl-C would, and make sure that it ends."""
        for signal_, patience_s in ((signal.SIGINT, STOP_S), (signal.SIGKILL, STOP_S)):
            if self._process.poll() is not None:
                return
            try:
                os.killpg(self._process.pid, signal_)
            except ProcessLookupError:
                return
            try:
                self._process.wait(patience_s)
            except subprocess.TimeoutExpired:
                continue

    def close(self) -> None:
        """End what is left of it."""
        self.stop()
        if self._output is not None:
            self._output.close()

    def last_words(self) -> str:
        """The end of what it printed."""
        if not self.log.exists():
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return "\n".join(lines[-15:])

    def _total(self) -> int:
        try:
            return int(self._settings.collected.read_text(encoding="utf-8") or 0)
        except (OSError, ValueError):
            return 0


def outcomes(path: Path) -> list[Outcome]:
    """The outcomes written so far."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(Outcome.from_json(json.loads(line)))
        except ValueError:
            continue  # half a line: the process is writing it, or was killed
    return found


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0
