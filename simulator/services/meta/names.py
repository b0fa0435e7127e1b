"""Names of resources: `regions/eu`, `regions/eu/deployments/edge`, and `-` for any id.

Ids follow seed 003 where it gives a pattern, else the published Go client, which cannot read
anything else. A lone `-` is reserved for the wildcard, which only parents may hold.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from simulator.services.errors import Code, ServiceError, invalid, shown
from simulator.services.meta.kinds import KINDS, Kind

ANY: Final = "-"
LONGEST: Final = 1024
"""No legal name is longer; what is, is not even compared."""

Ids = Mapping[str, str]
"""Regular expressions of ids, by their variable in a pattern of names."""

NARROW: Final[Ids] = {
    "region": "[a-z][a-z0-9-]{0,28}[a-z0-9]",
    "deployment": "[a-zA-Z0-9_.-]{1,128}",
    "service": "[a-zA-Z0-9.-]{1,128}",
    "resource": "[a-zA-Z]{1,128}",
}
WIDE: Final[Ids] = {**NARROW, "region": r"[0-9A-Za-z_][0-9A-Za-z_.-]{0,127}"}
"""What the published Go client reads: more regions than seed 003 allows."""


def check_name(
    kind: Kind, name: str, field: str, ids: Ids = NARROW, *, code: Code = Code.INVALID_ARGUMENT
) -> None:
    """Refuse what is not the name of one resource.

    Raises:
        ServiceError: `code`; the text tells the pattern, and the id that breaks it.
    """
    why = _mismatch(kind.pattern, name, ids, wildcards=False)
    if why is not None:
        raise ServiceError(code, f"{field}: {shown(name)} {why}")


def parent_prefix(kind: Kind, parent: str, ids: Ids = NARROW) -> str:
    """Return what the names of a parent's children begin with; nothing for the wildcard.

    Raises:
        ServiceError: INVALID_ARGUMENT; it is not the name of a parent.
    """
    why = _mismatch(kind.parent_pattern, parent, ids, wildcards=True)
    if why is not None:
        raise invalid(f"parent: {shown(parent)} {why}")
    # No kind has a grandparent, so a wildcard stands for everything there is.
    return "" if ANY in parent.split("/") else f"{parent}/"


def kind_of(name: str, field: str = "name") -> Kind:
    """Return the kind that a name belongs to by its collections, whatever its ids.

    Raises:
        ServiceError: INVALID_ARGUMENT; it has the collections of no kind.
    """
    collections = name[:LONGEST].split("/")[::2]
    for kind in KINDS.values():
        if kind.pattern.split("/")[::2] == collections and name.count("/") % 2:
            return kind
    patterns = ", ".join(kind.pattern for kind in KINDS.values())
    raise invalid(f"{field}: {shown(name)} names no resource, expected one of {patterns}")


def _mismatch(pattern: str, name: str, ids: Ids, *, wildcards: bool) -> str | None:
    """Tell what is wrong with a name, None if nothing is."""
    expected, parts = pattern.split("/"), name[: LONGEST + 1].split("/")
    if len(expected) != len(parts) or expected[::2] != parts[::2] or len(name) > LONGEST:
        return f"is not of the form {pattern}"
    for variable, part in zip(expected[1::2], parts[1::2], strict=True):
        if part == ANY:
            if not wildcards:
                return f"is a wildcard, expected one {pattern}"
        elif not _compiled(ids[variable[1:-1]]).fullmatch(part):
            return f"is not of the form {pattern} with {variable[1:-1]} {ids[variable[1:-1]]}"
    return None


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)
