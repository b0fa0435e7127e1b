"""Names of resources: `tenants/t1`, `tenants/t1/tasks/…` and `tenants/t1/types/…`.

The tenant pattern is that of the vendor's other pages; the bound of 63 characters and the ids
inside a tenant are our choice. `tenants/-` names no tenant: reads across tenants are not offered.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

TENANT_ID: Final = "[0-9a-z-]{1,63}"
LONGEST: Final = 3 * 64 + 32
"""No legal name is longer; what is, is not even looked at."""
_ANY: Final = "-"


class BadName(ValueError):
    """A text that is no name of the kind asked for; says what it should be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """A name of a task or a type, taken apart."""

    tenant: str
    id: str


def read_tenant(name: str) -> str:
    """Return the id of `tenants/{tenant}`.

    Raises:
        BadName: the text is no such name.
    """
    collection, _, tenant = name[: LONGEST + 1].partition("/")
    if collection != "tenants" or not is_tenant(tenant):
        raise BadName(f"is not of the form tenants/{{tenant}} with tenant {TENANT_ID}")
    return tenant


def read_name(name: str, collection: str, ids: str) -> Name:
    """Return the parts of `tenants/{tenant}/{collection}/{id}`, with ids of a pattern.

    Raises:
        BadName: the text is no such name.
    """
    parts = name[: LONGEST + 1].split("/")
    well = len(parts) == 4 and len(name) <= LONGEST and parts[::2] == ["tenants", collection]
    if not (well and is_tenant(parts[1]) and matches(ids, parts[3])):
        one = collection[:-1]
        raise BadName(f"is not of the form tenants/{{tenant}}/{collection}/{{{one}}}")
    return Name(tenant=parts[1], id=parts[3])


def name_of(tenant: str, collection: str, id: str) -> str:
    """Return the name of a resource."""
    return f"tenants/{tenant}/{collection}/{id}"


def is_tenant(id: str) -> bool:
    """Whether a text is the id of one tenant."""
    return id != _ANY and matches(TENANT_ID, id)


def matches(pattern: str, text: str) -> bool:
    """Whether all of a text is of a pattern."""
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
