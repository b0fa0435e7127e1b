"""What one run is about, handed from the command to the processes that run the checks.

It travels as a file that only the user can read, because it holds credentials.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.context import ProfileName
from conformance.targets.profile import Target

ENVIRONMENT = "GRIDPROOF_RUN"
"""Environment variable that names the settings file."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One run.

    Attributes:
        run_id: tags everything made.
        folder: scratch space of the run, removed at its end.
        journal: where created things are written down.
        target: the profile, complete with endpoint.
        depth: smoke, staging or full.
        writes: whether anything may be made.
        seed: of all generated input.
        selected: requirement ids that are judged.
        workers: processes that run checks.
        max_calls, max_rate, max_streams: over all workers; None is no bound.
        ends_s: monotonic time from which on only cleaning is granted; None is never.
        alone: a repetition of failed checks, each by itself.
        record: where everything that is said is taken down, if anywhere.
    """

    run_id: str
    folder: Path
    journal: Path
    target: Target
    depth: ProfileName
    writes: bool
    seed: int
    selected: tuple[str, ...]
    workers: int = 1
    max_calls: int | None = None
    max_rate: float | None = None
    max_streams: int | None = None
    ends_s: float | None = None
    alone: bool = False
    record: Path | None = None

    @property
    def budget(self) -> Path:
        """Where the processes of the run count their calls together."""
        return self.folder / "budget"

    @property
    def results(self) -> Path:
        """Where the outcome of each check is appended."""
        return self.folder / ("results-alone.jsonl" if self.alone else "results.jsonl")

    @property
    def collected(self) -> Path:
        """Where the number of checks is written once it is known."""
        return self.folder / "collected"

    def write(self) -> Path:
        """Write the settings for this user alone, and return the path."""
        path = self.folder / ("run-alone.json" if self.alone else "run.json")
        record = {
            **{name: getattr(self, name) for name in self.__dataclass_fields__},
            "folder": str(self.folder),
            "journal": str(self.journal),
            "record": None if self.record is None else str(self.record),
            "target": self.target.model_dump(mode="json"),
        }
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(record, file)
        return path

    @classmethod
    def read(cls, path: Path) -> Settings:
        """The settings that `write` wrote."""
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            **{
                **record,
                "folder": Path(record["folder"]),
                "journal": Path(record["journal"]),
                "record": None if record["record"] is None else Path(record["record"]),
                "target": Target.model_validate(record["target"]),
                "selected": tuple(record["selected"]),
            }
        )
