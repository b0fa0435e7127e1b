"""A hook that is a program: one JSON object per line on its standard input and output."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from conformance.targets.hooks.model import HookError, Json

STOP_S = 5.0
"""How long the program may take to end once its input is closed."""

WORDS = 2000
"""Characters of its standard error that are shown."""


class ExecHook:
    """A program that lives as long as the session; requests are answered in their order.

    Args:
        command: the program and its arguments, started without a shell.
        deadline_s: for each answer; `barrier` gets its own time on top.

    Raises:
        HookError: it cannot be started.
    """

    def __init__(self, command: Sequence[str], *, deadline_s: float = 10.0) -> None:
        self._deadline_s = deadline_s
        self._lock = threading.Lock()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        self._name = os.path.basename(command[0])
        try:
            # A session of its own: Ctrl-C must not take it away before clean-up.
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                text=True,
                encoding="utf-8",
                bufsize=1,
                start_new_session=True,
            )
        except OSError as error:
            self._errors.close()
            raise HookError(f"hook {self._name} does not start: {error.strerror}") from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input: IO[str] = self._process.stdin
        self._output: IO[str] = self._process.stdout
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def send(self, request: Json) -> Json:
        """Write one line and read one.

        Raises:
            HookError: it ended, does not answer in time, or answers something else; the text ends
                with what it said on its standard error.
        """
        op = str(request.get("op"))
        with self._lock:
            if self._process.poll() is not None:
                raise self._failed(op, f"ended with {self._process.returncode}")
            try:
                self._input.write(json.dumps(request) + "\n")
                self._input.flush()
            except OSError:
                raise self._failed(op, "closed its input") from None
            try:
                patience_s = self._deadline_s + float(request.get("timeout") or 0)
                line = self._lines.get(timeout=patience_s)
            except queue.Empty:
                # A late answer would be taken for that of the next request.
                self._process.kill()
                raise self._failed(op, f"did not answer within {patience_s:g} s") from None
            if line is None:
                self._process.wait(STOP_S)
                raise self._failed(op, f"ended with {self._process.returncode}")
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
            raise self._failed(op, f"answered {line.strip()[:200]!r}, expected an object with ok")
        return answer

    def close(self) -> None:
        """Close its input, and end it if that does not."""
        with suppress(OSError):
            self._input.close()
        for stop in (self._process.terminate, self._process.kill):
            try:
                self._process.wait(STOP_S)
                break
            except subprocess.TimeoutExpired:
                stop()
        self._process.wait(STOP_S)
        self._reader.join(STOP_S)
        self._output.close()
        self._errors.close()

    def _read(self) -> None:
        with suppress(ValueError):
            for line in self._output:
                self._lines.put(line)
        self._lines.put(None)

    def _failed(self, op: str, how: str) -> HookError:
        words = self._last_words()
        said = f"; it said: {words}" if words else ""
        return HookError(f"hook {self._name}, {op}: it {how}{said}")

    def _last_words(self) -> str:
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - WORDS))
        return self._errors.read().decode(errors="replace").strip()
