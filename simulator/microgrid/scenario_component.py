"""What every component of a scenario file has, whatever its category."""

from typing import Literal

from .scenario_base import ComponentId, Name, Section
from .scenario_category import SUB_TYPES, Category

__all__ = ["BaseComponent", "Phase"]

Phase = Literal[1, 2, 3] | None
"""The only phase that something is connected to; absent = all three alike."""


class BaseComponent(Section):
    """Id and name, and what follows from category and type."""

    id: ComponentId
    """Unique in the site, above 0."""
    name: Name | None = None

    @property
    def label(self) -> str:
        """The name, or the category and id of an unnamed component."""
        return self.name or f"{self.number.name.lower()} {self.id}"

    @property
    def number(self) -> Category:
        """Category with its v1alpha8 number."""
        return Category[getattr(self, "category").upper()]  # noqa: B009 - set by subclasses

    @property
    def type_number(self) -> int | None:
        """Sub-type number of batteries, inverters and EV chargers, else None."""
        sub_type = getattr(self, "type", None)
        return None if sub_type is None else int(SUB_TYPES[self.number][sub_type.upper()])
