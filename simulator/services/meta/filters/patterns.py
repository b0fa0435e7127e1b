"""Texts that stand for many texts: resource names with wildcards, and the patterns of LIKE."""

import re
from typing import Final

WILDCARD: Final = "-"
"""The id that stands for any id in a resource name."""


def is_wild(name: str) -> bool:
    """Return whether a resource name has a wildcard for one of its ids."""
    return WILDCARD in name.split("/")[1::2]


def of_names(name: str) -> re.Pattern[str]:
    """Return what all resource names match that `name` stands for: `regions/-/deployments/a`."""
    segments = [re.escape(each) for each in name.split("/")]
    wild = re.escape(WILDCARD)
    segments[1::2] = ["[^/]+" if each == wild else each for each in segments[1::2]]
    return re.compile("/".join(segments))


def of_like(pattern: str) -> re.Pattern[str]:
    """Return what all texts match that are LIKE a pattern.

    As in SQL `%` is any text and `_` any character; there is no escape, capitals matter. No public
    document says which patterns the service means: our choice.
    """
    first, *rest = (
        "".join("." if character == "_" else re.escape(character) for character in piece)
        for piece in pattern.split("%")
    )
    if not rest:
        return re.compile(first, re.DOTALL)
    *between, last = rest
    # Atomic: the earliest place of each piece is as good as any, so never look for another.
    found = "".join(f"(?>.*?{piece})" for piece in between if piece)
    return re.compile(f"{first}{found}.*{last}", re.DOTALL)
