"""An exchange of requests and answers as lines that people can read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from conformance.failures import iso


def readable(steps: list[dict[str, Any]], *, width: int | None = None) -> list[str]:
    """One line for what was sent and one for what came back, in order.

    Args:
        steps: as the recorder gives them.
        width: lines are cut to it; None keeps them whole.
    """
    lines: list[str] = []
    for step in steps:
        lines += [_cut(line, width) for line in _lines(step)]
    return lines


def _lines(step: dict[str, Any]) -> list[str]:
    if step["kind"] == "gap":
        return [f"… {step['left_out']} steps left out"]
    at = _clock(step["at_us"])
    name = step["method"]
    if step["kind"] == "call":
        return [f"{at} → {name} {_json(step.get('request'))}", f"{' ' * 12} ← {_answer(step)}"]
    if step["kind"] == "hook":
        sent = f"{at} ⇢ hook {name} {_json(step.get('request'))}"
        return [sent, f"{' ' * 12} ⇠ {_json(step.get('reply'))} ({step['took_ms']} ms)"]
    if step["kind"] == "open":
        return [f"{at} → {name} (stream {step['stream']}) {_json(step.get('request'))}"]
    if step["kind"] == "send":
        return [f"{at} → stream {step['stream']}: {_json(step.get('request'))}"]
    if step["kind"] == "event":
        return [f"{at} ← stream {step['stream']}: {_json(step.get('reply'))}"]
    return [f"{at} ← stream {step['stream']} ended: {_status(step)}"]


def _answer(step: dict[str, Any]) -> str:
    if "status" in step:
        return _status(step)
    return f"OK {_json(step.get('reply'))} ({step['took_ms']} ms)"


def _status(step: dict[str, Any]) -> str:
    status = step.get("status", {"code": "OK", "details": ""})
    return f"{status['code']}: {status['details']}".rstrip(": ")


def _clock(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).strftime("%H:%M:%S.%f")[:-3]


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _cut(line: str, width: int | None) -> str:
    return line if width is None or len(line) <= width else f"{line[: width - 1]}…"


__all__ = ["iso", "readable"]
