"""A dispatch as the world knows it: what to do, to which components, when and how often.

Follows the messages of `frequenz.api.dispatch.v1`, free of protobuf: services and scenario files
translate into this form. Instants are microseconds since the Unix epoch (UTC).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .recurrence import Rule
from .scenario_category import Category

__all__ = ["Categories", "CategoryTypes", "Dispatch", "Ids", "Target"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ids:
    """Selects components by id; unknown ids select nothing."""

    ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Categories:
    """Selects every component of the categories."""

    categories: tuple[Category, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CategoryTypes:
    """Selects components by category and, where the second is given, by sub-type number."""

    pairs: tuple[tuple[Category, int | None], ...]


Target = Ids | Categories | CategoryTypes
"""What a dispatch acts on. An empty one matches nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispatch:
    """One dispatch with all its future occurrences.

    Source: frequenz.api.dispatch.v1, messages Dispatch and DispatchData.
    """

    id: int
    """Above 0."""
    type: str
    """Free text; the vocabulary of the world says which ones have an effect."""
    start_us: int
    """Anchor of the rule, and start of the only occurrence without a rule."""
    duration_s: int | None
    """Length of an occurrence; None = without end, 0 = an instant."""
    target: Target
    active: bool = True
    """Inactive dispatches are invisible to the world."""
    dry_run: bool = False
    """Dry runs are logged and shadowed, and change nothing."""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """A JSON object."""
    rule: Rule | None = None
    """None = one occurrence; ignored without a duration."""
