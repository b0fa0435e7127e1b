"""Which reading of an open question the service takes; our preferred ones by default.

Seed 001 leaves much open. Each answer that a real system may give differently is a field here. The
service asks its policy and knows no quirk; `quirks` names the departures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from simulator.services.errors import Code

CLIENT_ID: Final = "[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
"""Ids that clients choose: labels of RFC 1034 in lower case, as AIP-122 has them."""

CATEGORIES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "meter": frozenset({"fire", "communication", "reading", "replacement"}),
        "device": frozenset({"battery", "inverter", "pv", "grid"}),
        "system": frozenset({"service", "dispatch", "follow-up"}),
    }
)
"""Sub-categories by category; a category that is not listed takes any (our choice)."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The readings of one service."""

    tenants: tuple[str, ...] = ("t1", "t2")
    """The ids of the tenants that exist."""
    create_unknown_tenants: bool = False
    """Whether any well-formed tenant exists as soon as it is named."""
    stage: str = "dev."
    """What `.Stage` is in templates: empty, or a prefix that ends with a dot."""
    categories: Mapping[str, frozenset[str]] = field(default_factory=lambda: CATEGORIES)
    """Which sub-categories a category has."""
    client_id: str = CLIENT_ID
    """Pattern of the ids that clients may choose."""
    name_id: str = "[a-z0-9-]{1,63}"
    """Pattern of ids in names, chosen by clients or by the server."""
    default_page_size: int = 50
    max_page_size: int = 1000
    total_size_exact: bool = True
    """Whether total_size counts what the filter lets pass, or else all of the tenant."""
    sql_precedence: bool = False
    """Whether AND binds tighter than OR, as in SQL; by default as AIP-160 has it, OR tighter."""
    update_mask_optional: bool = False
    """Whether an update without mask replaces all fields that it carries, as in AIP-134."""
    complete_from_new: bool = False
    """Whether a task can be completed that nobody claimed."""
    template_error: Literal["reject", "literal_empty"] = "reject"
    """What comes of a template that fails on a task's data: a refusal, or an empty text."""
    unknown_type: Code = Code.NOT_FOUND
    """The code for a task of a type that does not exist."""
    time_aliases: bool = True
    """Whether filters and orders know create_time, too, as created_time, and so on."""
    service_aliases: bool = True
    """Whether the services are known as TasksService and TypesService, too."""
    error_details: bool = True
    """Whether refusals carry details."""
