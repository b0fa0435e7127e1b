"""What every process of a run has to know, decided by the main process and sent to all others."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from loadtests.apis.base import Context
from loadtests.catalogue import find
from loadtests.options import Options
from loadtests.target import Target

ROOM = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The run: its id, what was asked for, where it goes and how wide it is.

    `nodes` is the number of processes that drive load, each with its part of the streams;
    `uses_wall_clock` is set where they are not all on one machine. `deadline_s` bounds the whole
    run: a process that finds itself beyond it ends by itself. Of several that are played together
    each has its `part`, a name, and its `share` of what the target allows.
    """

    run: str
    scenario: str
    options: Options
    target: Target
    nodes: int = 1
    uses_wall_clock: bool = False
    deadline_s: float = 0.0
    part: str = ""
    share: float = 1.0

    def context(self, index: int = 0) -> Context:
        """What the API of the run is told in the process of this number."""
        return Context(
            run=self.run,
            entry=find(self.scenario),
            options=self.options,
            target=self.target,
            index=index,
            nodes=self.nodes,
        )

    def to_json(self) -> dict[str, Any]:
        """As plain values, secrets of the target included."""
        return {
            "run": self.run,
            "scenario": self.scenario,
            "options": self.options.to_json(),
            "target": self.target.to_json(),
            "nodes": self.nodes,
            "uses_wall_clock": self.uses_wall_clock,
            "deadline_s": self.deadline_s,
            "part": self.part,
            "share": self.share,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """The plan that `to_json` described."""
        return cls(
            run=data["run"],
            scenario=data["scenario"],
            options=Options.from_json(data["options"]),
            target=Target.from_json(data["target"]),
            nodes=data["nodes"],
            uses_wall_clock=data["uses_wall_clock"],
            deadline_s=data["deadline_s"],
            part=data["part"],
            share=data["share"],
        )


@lru_cache(maxsize=1)
def version() -> str:
    """The version of the package; `source` when it runs from a checkout that is not installed."""
    try:
        return metadata.version("gridproof")
    except metadata.PackageNotFoundError:
        return "source"


@lru_cache(maxsize=1)
def digest() -> str:
    """A digest of the code that drives load; workers with another one are refused."""
    hasher = hashlib.sha256()
    oracles = ROOM.parent / "conformance" / "oracles"
    for path in [*_code(ROOM), *_code(oracles)]:
        hasher.update(path.name.encode())
        hasher.update(path.read_bytes())
    return hasher.hexdigest()[:16]


def _code(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if "tests" not in path.parts]


def environment() -> dict[str, str]:
    """Our environment, in which a fresh interpreter finds this package from any directory."""
    path = os.environ.get("PYTHONPATH")
    parts = [str(ROOM.parent), *(path.split(os.pathsep) if path else [])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(parts))}
