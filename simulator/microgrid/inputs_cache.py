"""Keeps slow profiles on disk, so that they are computed once.

Files live in `gridproof/profiles` below `XDG_CACHE_HOME` (default `~/.cache`), named by a hash of
everything that went into them. A file that cannot be read or written only costs time.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def cache_folder() -> Path:
    """Return where profiles are kept; it may not exist yet."""
    root = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(root) / "gridproof" / "profiles"


def cached(key: Mapping[str, Any], compute: Callable[[], Floats]) -> Floats:
    """Return the values that belong to `key`, computed if they are not kept yet.

    `key` holds JSON values and names everything that the result depends on.
    """
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    path = cache_folder() / f"{digest[:32]}.npy"
    with contextlib.suppress(OSError, ValueError, EOFError):
        kept = np.load(path, allow_pickle=False)
        if kept.ndim == 1 and kept.dtype == np.float64:
            return np.asarray(kept, dtype=np.float64)
    values = compute()
    with contextlib.suppress(OSError):
        _write(path, values)
    return values


def _write(path: Path, values: Floats) -> None:
    """Write beside and rename, so that no other process ever reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, values, allow_pickle=False)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
