"""Takes down a run as it happens: `conform --record FILE`.

Every process of the run appends to the file, a line at a time and each in one write, so that lines
stay whole and an interrupt keeps what was said. Credentials are taken out before anything is
written; those of calls never come this far, as metadata is known by name alone.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from google.protobuf.message import Message

from conformance.failures import UsageError
from conformance.histories.lines import MARK, VERSION
from conformance.recorder import Step, Tape, json_of, now_us
from conformance.report.redaction import MARK as REDACTED
from conformance.targets.profile import Target

KEPT = {
    "dispatch": {"generation", "clock", "simulated_site", "pins"},
    "meta": {"profile", "pins"},
    "services": {"service_package", "names", "aliases", "quirks"},
    "tasks": {"tenants", "service_names", "error_details_required", "pins"},
    "exchange": {"profile", "sql", "asset_column", "settle", "one_page_last_values"},
}
"""What the profile of a target says that decides how its answers are judged; nothing secret."""


class Recording:
    """The end of a file of one process.

    Args:
        path: of the file; it is made if it is not there, for this user alone.
        secrets: texts that must not be written.
        worker: name of the process.

    Raises:
        UsageError: the file cannot be written.
    """

    def __init__(self, path: Path, secrets: Iterable[str], worker: str = "") -> None:
        self._secrets = [(s.encode(), json.dumps(s)[1:-1]) for s in secrets if s]
        self._worker = worker
        self._seq = 0
        self._tapes = 0
        self._lock = threading.Lock()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        try:
            self._file = os.open(path, flags, 0o600)
        except OSError as error:
            raise UsageError(f"--record {path}: {error.strerror}") from None

    def tape(self, api: str, check: str) -> Tape:
        """Takes down the steps of one run of a check on one API."""
        with self._lock:
            self._tapes += 1
            # Checks number their streams themselves, and several may run at once.
            streams = f"{self._worker}{self._tapes}."
        return lambda step: self._add(step, api, check, streams)

    def write(self, record: dict[str, Any]) -> None:
        """Append one line."""
        text = json.dumps(record, separators=(",", ":"))
        for _, secret in self._secrets:
            if secret in text:
                text = text.replace(secret, REDACTED)
        os.write(self._file, f"{text}\n".encode())

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _add(self, step: Step, api: str, check: str, streams: str) -> None:
        record = {"api": api, **self._line(step, streams), "check": check}
        with self._lock:
            self._seq += 1
            record["worker"], record["seq"] = self._worker, self._seq
        self.write(record)

    def _line(self, step: Step, streams: str) -> dict[str, Any]:
        # Steps tell when they began by the clock on the wall, which may be set meanwhile.
        ago_us = now_us() - step.at_us
        record: dict[str, Any] = {
            "kind": step.kind,
            "method": step.method,
            "at_us": step.at_us,
            "mono_us": time.monotonic_ns() // 1000 - ago_us,
        }
        if step.kind in ("call", "hook"):
            record["took_ms"] = round(step.took_ms, 3)
        if step.stream is not None:
            record["stream"] = f"{streams}{step.stream}"
        if step.caller:
            record["caller"] = step.caller
        if step.request is not None:
            record["request"] = self._payload(step.request)
        if step.code:
            record["status"] = {"code": step.code, "details": step.details}
            if step.trailer:
                record["status"]["trailer"] = base64.b64encode(step.trailer).decode()
        if step.reply is not None:
            record["reply"] = self._payload(step.reply)
        if step.metadata:
            record["metadata"] = list(step.metadata)
        return record

    def _payload(self, value: Message | bytes | dict[str, Any]) -> Any:
        shown = json_of(value)
        if isinstance(shown, dict) and "bytes_base64" in shown:
            # What is hidden in base64 would not be found in the text of the line.
            data = value if isinstance(value, bytes) else value.SerializeToString()  # type: ignore[union-attr]
            if any(secret in data for secret, _ in self._secrets):
                return {"left_out": "bytes that hold a credential"}
        return shown


def begin(path: Path, target: Target, *, run_id: str, sole_writer: bool) -> None:
    """Start a file with the line that tells about it; what it held before is gone.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"--record {path}: {error.strerror}") from None
    recording = Recording(path, target.secrets())
    blocks = {
        name: getattr(target.services, name).model_dump(
            mode="json", include=KEPT[name], exclude_defaults=True
        )
        for name in target.services.claimed
    }
    recording.write(
        {
            MARK: VERSION,
            "run_id": run_id,
            "services": blocks,
            "sole_writer": sole_writer,
        }
    )
    recording.close()
