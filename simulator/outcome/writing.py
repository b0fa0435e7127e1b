"""Writes the files of a run so that a directory never holds half of them.

Everything goes into a hidden directory beside its destination first and is renamed at the end.
Files of an earlier run that this one does not write are removed; files of others are left alone.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SUMMARY = "summary.json"


@contextmanager
def staged(out_dir: Path) -> Iterator[Path]:
    """Yield a directory to write into; its files move to `out_dir` if nothing goes wrong.

    Raises:
        OSError: the directory cannot be made or written.
    """
    is_new = not out_dir.exists()
    out_dir.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(dir=out_dir, prefix=".gridproof-"))
    try:
        yield stage
        names = sorted(each.name for each in stage.iterdir())
        stale = _earlier(out_dir) - set(names)
        # The summary names the others, so it comes last: without it a run is not finished.
        for name in sorted(names, key=lambda each: each == SUMMARY):
            os.replace(stage / name, out_dir / name)
        for name in stale:
            with suppress(OSError):
                (out_dir / name).unlink()
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if is_new:
            with suppress(OSError):
                out_dir.rmdir()  # only succeeds while it is empty


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON in UTF-8."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _earlier(out_dir: Path) -> set[str]:
    """Return the files that an earlier run says it wrote here, plain names only."""
    try:
        summary = json.loads((out_dir / SUMMARY).read_text(encoding="utf-8"))
        files = summary["run"]["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {each for each in files if isinstance(each, str) and each == Path(each).name}
