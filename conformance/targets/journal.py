"""What a run has created and not yet removed, on disk, so that a crash loses nothing.

One folder per run below the user's state folder; every process of the run appends to a file of
its own. A removal is a line too, so files only grow. Only what a journal names is ever removed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.failures import UsageError

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{3,63}")


@dataclass(frozen=True, kw_only=True, order=True)
class Made:
    """Something created: the API, the parent it lives in, and its id."""

    service: str
    parent: str
    id: str


def state_folder() -> Path:
    """Where journals are kept: `$XDG_STATE_HOME/gridproof/runs`."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "gridproof" / "runs"


def run_folder(run_id: str) -> Path:
    """The folder of one run.

    Raises:
        UsageError: not a run id.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise UsageError(f"{run_id!r} is not a run id; `gridproof conform` prints them")
    return state_folder() / run_id


class Journal:
    """Appends to this process's file of a run; safe for threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"journal-{os.getpid()}.jsonl"
        self._file = self._path.open("a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()

    def created(self, made: Made) -> None:
        """Remember something that now exists."""
        self._append("created", made)

    def removed(self, made: Made) -> None:
        """Remember that it was removed, or found to be gone."""
        self._append("removed", made)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, op: str, made: Made) -> None:
        line = json.dumps({"op": op, "service": made.service, "in": made.parent, "id": made.id})
        with self._lock:
            self._file.write(line + "\n")


def read(folder: Path) -> tuple[set[Made], set[Made]]:
    """Everything a run created, and the part of it that it has not removed.

    Where callers choose ids, one may be used again: in a file the last line about it counts. What
    another process has removed is gone whatever the file of its maker says.
    """
    created: set[Made] = set()
    left: set[Made] = set()
    removed: set[Made] = set()
    for path in sorted(folder.glob("journal-*.jsonl")):
        last: dict[Made, str] = {}
        own: set[Made] = set()
        for line in path.read_text(encoding="utf-8").splitlines():
            record = _parse(line)
            if record is not None:
                made = Made(service=record["service"], parent=record["in"], id=record["id"])
                last[made] = record["op"]
                own |= {made} if record["op"] == "created" else set()
        created |= own
        left |= {made for made, op in last.items() if op == "created"}
        removed |= last.keys() - own
    return created, left - removed


def discard(folder: Path) -> None:
    """Remove the folder of a run that left nothing behind."""
    shutil.rmtree(folder, ignore_errors=True)


def _parse(line: str) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = json.loads(line)
    except ValueError:
        return None  # the last line of a process that was killed while writing it
    return record
