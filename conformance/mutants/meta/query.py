"""What a list or a watch of a collection asks for, read from its request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.mutants.meta.filters import Predicate
from conformance.mutants.meta.order import Key, Path
from conformance.mutants.meta.paging import Cursor
from conformance.oracles.meta.model import Data, Kind

Mask = tuple[Path, ...] | None
"""Paths of a field mask, None without one."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """One request about a collection.

    Attributes:
        parent: as sent, "" for kinds without parent.
        test: the filter.
        keys: of the total order.
        size: items of a page, 0 without limit.
        digest: text that two requests share if a resume token may pass from one to the other.
        request: the message itself.
    """

    kind: Kind
    parent: str
    test: Predicate
    keys: Sequence[Key]
    mask: Mask
    view: int
    size: int
    cursor: Cursor | None
    digest: str
    request: Any


def digest_of(request: Any) -> str:
    """The part of a watch request that decides about its view."""
    shown = type(request)()
    shown.CopyFrom(request)
    for name in ("resume_token", "starting_time", "max_chunk_size"):
        shown.ClearField(name)
    return str(shown.SerializeToString(deterministic=True).hex())


def name_of(data: Data) -> str:
    """The name of a resource."""
    return str(data["name"])
