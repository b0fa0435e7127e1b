"""Which reading of an open question the service takes; the preferred ones by default.

The published texts leave much open, and the published client does not do all that they say. Each
answer that a real system may give differently is a field here. The service asks its policy and
knows no quirk; `quirks` names the departures.
"""

from dataclasses import dataclass
from typing import Literal

from simulator.services.errors import Code
from simulator.services.meta.names import NARROW, WIDE, Ids

TokenStyle = Literal["sealed", "bare", "bound", "offset"]
"""How page tokens are written: a resource with a seal or without, a map that also carries a digest
of the query, or a number of items."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The readings of one service."""

    wide_ids: bool = False
    """Whether ids of regions may be all that the published client reads."""
    bad_name: Code = Code.INVALID_ARGUMENT
    """The code for malformed names in requests to get resources."""
    masks_name: bool = True
    """Whether the name is answered even if a mask leaves it out."""
    name_view_extended: bool = True
    """Whether the view NAME shows more than the name where a kind has more to show."""
    collapses_duplicates: bool = True
    """Whether a name that is asked for twice in one batch is answered once."""
    empty_parent_lists_all: bool = False
    """Whether a list without parent shows the children of all, as with a wildcard."""
    unknown_parent_fails: bool = False
    """Whether listing the children of a parent that does not exist is NOT_FOUND, or empty."""
    like: bool = True
    """Whether filters know LIKE."""
    tie_follows_last: bool = True
    """Whether equal items are ordered by name in the direction of the last key, or ascending."""
    looks_ahead: bool = True
    """Whether a page knows that it is the last one; else a full page always promises another."""
    tokens: TokenStyle = "sealed"
    """How page tokens are written; other than bare ones are read only if their seal is right."""
    counts: bool = True
    """Whether paging info is answered with numbers when asked for."""
    clamps_chunks: bool = False
    """Whether too large chunks are made smaller instead of refused."""
    unset_snapshot_size: int = -1
    """What snapshot_size holds in messages that are no size check."""

    @property
    def ids(self) -> Ids:
        """Patterns of ids."""
        return WIDE if self.wide_ids else NARROW
