"""Legal variants of filters."""

from __future__ import annotations

from typing import Any

from conformance.mutants.change import Variant
from conformance.mutants.tasks import filters, listing
from conformance.mutants.tasks.book import (
    Code,
    Refuse,
)
from conformance.mutants.tasks.filters import Parser, Predicate
from conformance.mutants.tasks.literals import ABSENT, Token, leaf
from conformance.mutants.tasks.making import reading, recoded, variant


class NullIsAbsent(Parser):
    """A key with null is absent to a colon."""

    def struct_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """As if it were not there."""
        test = super().struct_compared(read, path, sign, value)
        if sign == ":" and len(path) == 1:
            return lambda item: test(item) and read(item)[value[1]] is not None
        if sign == ":" and value == ("word", "*"):
            return lambda item: test(item) and read(item) is not None
        return test


class KeyDiffers(Parser):
    """A key that metadata lack differs from everything."""

    def struct_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """True for != where metadata are, and the key is not."""
        if sign != "!=" or len(path) < 2:
            return super().struct_compared(read, path, sign, value)
        held = self.fields[path[0]][1]
        return lambda item: (
            getattr(item, held) is not None
            and (read(item) is ABSENT or leaf(read(item), sign, value))
        )


class Roomy(Parser):
    """Filters may be longer and deeper, and are refused for their size when they are read."""

    def read(self) -> Predicate:
        """With a status that speaks of size."""
        if len(self.text) > 10 * filters.MAX_LENGTH or self.text.count("(") > 200:
            raise Refuse(Code.RESOURCE_EXHAUSTED, "filter: too large", "FILTER_TOO_LARGE")
        if len(self.text) > filters.MAX_LENGTH:
            return lambda item: False
        return super().read()


class StatesInOrder(Parser):
    """States are compared in their order, and by number."""

    def state_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """By their numbers."""
        if value[0] == "number":
            known = ("NEW", "IN_PROGRESS", "COMPLETED")
            value = ("word", known[int(value[1]) % 3])
        elif sign in ("<", ">"):
            return lambda item: False
        return super().state_compared(read, path, sign, value)


def too_large(collection: Any, text: str) -> Predicate:
    """What is too long is too much."""
    read = recoded(listing.read_filter, Code.RESOURCE_EXHAUSTED)
    return (read if len(text) > filters.MAX_LENGTH else listing.read_filter)(collection, text)


VARIANTS: tuple[Variant, ...] = (
    variant("null-absent", "A key with null is absent.", "TSK-FLT-008", reading(NullIsAbsent),
            "FLT-008", "FLT-009"),
    variant("key-differs", "An absent key differs.", "TSK-FLT-008", reading(KeyDiffers),
            "FLT-008", "FLT-009", "FLT-005"),
    variant("filters-roomy", "Filters may be large.", "TSK-FLT-016", reading(Roomy), "FLT-016"),
    variant("states-by-number", "States may be numbers.", "TSK-FLT-012", reading(StatesInOrder),
            "FLT-004", "FLT-012"),
    variant("excess-exhausted", "Excessive filters are RESOURCE_EXHAUSTED.", "TSK-FLT-016",
            {"read_filter": too_large}, "FLT-016"),
)  # fmt: skip
