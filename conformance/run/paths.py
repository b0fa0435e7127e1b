"""Where the suite lies, and the environment in which our own child processes run."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""Folder that holds the packages; child processes import from here."""

SUITE = Path(__file__).resolve().parents[1] / "suite"


def environment(**extra: str) -> dict[str, str]:
    """The environment of a child process that imports what we import."""
    result = dict(os.environ)
    old = result.get("PYTHONPATH")
    result["PYTHONPATH"] = os.pathsep.join([str(ROOT), *([old] if old else [])])
    # Options of the user's own pytest runs are not meant for ours.
    result.pop("PYTEST_ADDOPTS", None)
    result.update(extra)
    return result
