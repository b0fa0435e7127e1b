"""From names of the contract to names in Python, and nothing else."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@cache
def snake(name: str) -> str:
    """Return `home_directory_id` for `homeDirectoryId`; abbreviations are words, too."""
    return _WORD.sub("_", name.replace("JSON", "Json")).lower()
