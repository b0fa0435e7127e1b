"""Histories written by hand, as a tool of somebody else's would write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance.histories.replay import Replay, replay
from conformance.verdicts import Row


def at(seconds: float) -> str:
    """A time so many seconds into the history."""
    return f"2026-11-22T10:00:{seconds:06.3f}Z"


def write(path: Path, *lines: dict[str, Any]) -> Path:
    """A history of these lines."""
    file = path / "history.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def verdicts(file: Path, *only: str) -> dict[str, Row]:
    """What comes of a history, by requirement."""
    result = replay(Replay(path=file, only=only))
    assert not result.broken
    return {row.requirement.id: row for row in result.rows}


def findings(file: Path) -> dict[str, str]:
    """Requirements that a history shows to be broken, with the reason."""
    return {
        id_: row.reason for id_, row in verdicts(file).items() if row.verdict in ("fail", "warn")
    }


def task(name: str, state: str = "NEW", updated: float = 0, **fields: Any) -> dict[str, Any]:
    """A task as a server shows it."""
    shown = {
        "name": f"tenants/t1/tasks/{name}",
        "state": state,
        "type": "tenants/t1/types/a",
        "create_time": at(0),
        "update_time": at(updated),
        **({"completion_time": at(updated)} if state == "COMPLETED" else {}),
    }
    return {**shown, **fields}


def call(
    method: str, seconds: float, request: Any, reply: Any = None, **more: Any
) -> dict[str, Any]:
    """A call of the tasks API that took a tenth of a second."""
    line = {"api": "tasks", "method": method, "at": at(seconds), "took_ms": 100, "request": request}
    return {**line, **({} if reply is None else {"reply": reply}), **more}
