"""What was said on the wire during one check, kept so that a failure can show it.

Messages are kept as they are and turned into JSON only when a failure needs them. Metadata is
kept by name alone: its values are credentials.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.json_format import Error as JsonError
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

MAX_STEPS = 400
"""Steps of one exchange that are shown; the middle is left out."""

MAX_TEXT = 70_000
"""Characters of one text value that are kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One call, or one thing that happened on a stream.

    `kind` is `call`, `open` (a stream), `send` and `event` (sent and received on it), `end`, or
    `hook`: something asked of a mutation hook, which is no call of the API. Requests and replies
    that are neither messages nor bytes are JSON already. `caller` is the role of whoever calls,
    "" for the usual one; `trailer` holds the details of a refusal (`grpc-status-details-bin`).
    """

    kind: str
    method: str
    request: Message | bytes | dict[str, Any] | None = None
    reply: Message | bytes | dict[str, Any] | None = None
    code: str = ""
    details: str = ""
    metadata: tuple[str, ...] | None = None
    at_us: int = 0
    took_ms: float = 0.0
    stream: int | None = None
    caller: str = ""
    trailer: bytes = b""


Tape = Callable[[Step], None]
"""What else takes down each step as it happens."""


class Recorder:
    """The steps of one check in the order in which they ended; safe for threads."""

    def __init__(self, tape: Tape | None = None) -> None:
        self._steps: list[Step] = []
        self._tape = tape
        self._lock = threading.Lock()
        self.calls = 0
        """Requests sent, streams included."""

    def add(self, step: Step) -> None:
        """Keep one step."""
        with self._lock:
            self._steps.append(step)
            self.calls += step.kind in ("call", "open")
        if self._tape is not None:
            self._tape(step)

    def mark(self) -> int:
        """A position to cut at later."""
        return len(self._steps)

    def since(self, mark: int) -> Sequence[Step]:
        """The steps after a position."""
        with self._lock:
            return tuple(self._steps[mark:])

    def recall(self, steps: Iterable[Step]) -> None:
        """Show steps that an earlier check took; they are no calls of this one."""
        with self._lock:
            self._steps.extend(steps)

    def steps(self, *, without: tuple[int, int] | None = None) -> list[dict[str, Any]]:
        """The steps as JSON, leaving out those between two marks."""
        with self._lock:
            kept: Sequence[Step] = self._steps
        if without is not None:
            kept = [*kept[: without[0]], *kept[without[1] :]]
        if len(kept) > MAX_STEPS:
            half = MAX_STEPS // 2
            return [
                *to_json(kept[:half]),
                {"kind": "gap", "left_out": len(kept) - 2 * half},
                *to_json(kept[-half:]),
            ]
        return to_json(kept)


def now_us() -> int:
    """The clock of this machine, microseconds since the epoch."""
    return time.time_ns() // 1000


def to_json(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Readable form of steps; absent parts are left out."""
    return [_step(step) for step in steps]


def _step(step: Step) -> dict[str, Any]:
    record: dict[str, Any] = {"kind": step.kind, "method": step.method, "at_us": step.at_us}
    if step.stream is not None:
        record["stream"] = step.stream
    if step.metadata is not None:
        record["metadata"] = {name: "…" for name in step.metadata}
    if step.request is not None:
        record["request"] = _short(json_of(step.request))
    if step.code:
        record["status"] = {"code": step.code, "details": step.details}
    if step.reply is not None:
        record["reply"] = _short(json_of(step.reply))
    if step.kind in ("call", "hook"):
        record["took_ms"] = round(step.took_ms, 1)
    return record


def json_of(value: Message | bytes | dict[str, Any]) -> Any:
    """A request or reply as JSON, whole."""
    if isinstance(value, dict):
        return value
    if isinstance(value, bytes):
        return {"bytes_base64": base64.b64encode(value).decode()}
    try:
        return MessageToDict(value, preserving_proto_field_name=True)
    except (JsonError, ValueError, TypeError) as error:
        # Timestamps beyond the year 9999 and masks in odd spellings have no JSON; show them raw.
        return {
            "bytes_base64": base64.b64encode(value.SerializeToString()).decode(),
            "no_json": str(error),
        }


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return f"{value[:MAX_TEXT]}… ({len(value)} characters)"
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_short(item) for item in value]
    return value
