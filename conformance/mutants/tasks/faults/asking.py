"""Faults in filters that show only for some values, signs or places."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from conformance.mutants.change import Mutant
from conformance.mutants.tasks import filters, listing
from conformance.mutants.tasks.book import Code, Refuse
from conformance.mutants.tasks.filters import Parser, Predicate
from conformance.mutants.tasks.listing import Query
from conformance.mutants.tasks.literals import ABSENT, Token, bad, leaf
from conformance.mutants.tasks.making import fault, reading

Items = Sequence[Any]


class Beginnings(Parser):
    """A text is found by its beginning."""

    def text_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """With a star behind."""
        if sign in ("=", ":") and "*" not in value[1]:
            value = (value[0], value[1] + "*")
        return super().text_compared(read, path, sign, value)


class CaseIgnored(Parser):
    """Upper and lower case are the same."""

    def text_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """In lower case."""
        small = (value[0], value[1].lower())
        return super().text_compared(lambda item: read(item).lower(), path, sign, small)


class LastOnly(Parser):
    """A list of values is its last one."""

    def members(self) -> list[Token]:
        """The last of them."""
        return super().members()[-1:]


class NotInIsIn(Parser):
    """NOT IN means IN."""

    def negated_member(self, path: list[str], values: list[Token]) -> Predicate:
        """The same as without NOT."""
        return self.member(path, values)


class MinusIsNothing(Parser):
    """A minus is passed over."""

    def term(self) -> Predicate:
        """As if it were not there."""
        return self.simple() if self.accept("-") else super().term()


class NotTheFirst(Parser):
    """NOT before a group means its first part only."""

    def term(self) -> Predicate:
        """NOT is passed over where a group follows."""
        if self.peek()[1] == "NOT" and self.peek(1)[1] == "(" and self.peek(2)[1] == "(":
            self.accept("NOT")
            return self.simple()
        return super().term()


class Strict(Parser):
    """Bounds are never included."""

    def time_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Without equality."""
        return super().time_compared(read, path, sign.replace(">=", ">"), value)


class Included(Parser):
    """Bounds are always included."""

    def time_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """With equality."""
        return super().time_compared(read, path, "<=" if sign == "<" else sign, value)


class Milliseconds(Parser):
    """Times are compared by the millisecond."""

    def time_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Without what is shorter."""
        text = re.sub(r"(\.\d{3})\d+", r"\1", value[1])

        def coarse(item: Any) -> Any:
            found = read(item)
            return found if found is ABSENT else found // 10**6 * 10**6

        return super().time_compared(coarse, path, sign, (value[0], text))


class NumbersAsTexts(Parser):
    """Numbers are compared as texts."""

    def struct_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """By their digits."""
        if value[0] == "number" and len(path) > 1:
            test = leaf
            return lambda item: read(item) is not ABSENT and test(f"{read(item):g}", sign, value)
        return super().struct_compared(read, path, sign, value)


class AnnotationsUnknown(Parser):
    """Annotations are not asked, metadata are."""

    def struct_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Nothing, for annotations."""
        if path[0] == "annotations":
            return lambda item: False
        return super().struct_compared(read, path, sign, value)


class PresentMeansTrue(Parser):
    """A colon asks for every key."""

    def struct_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Anything in metadata."""
        if sign == ":" and len(path) == 1:
            return lambda item: bool(read(item)) and read(item) is not ABSENT
        return super().struct_compared(read, path, sign, value)


class StarsAtTheEnd(Parser):
    """A star stands for anything at the end only."""

    def text_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Other stars are stars."""
        head, last = value[1][:-1].replace("*", "\\*"), value[1][-1:]
        return super().text_compared(read, path, sign, (value[0], head + last))


class StarsInEquality(Parser):
    """Stars mean nothing to inequality."""

    def text_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """They are stars there."""
        if sign in ("!=", "<>"):
            value = (value[0], value[1].replace("*", "\\*"))
        return super().text_compared(read, path, sign, value)


class OpenEnds(Parser):
    """A filter may end anywhere."""

    def read(self) -> Predicate:
        """Without the operator at the end."""
        self.text = re.sub(r"\s*\b(AND|OR|NOT)\s*$", "", self.text)
        return super().read()


class Unclosed(Parser):
    """Groups close themselves."""

    def need(self, text: str) -> None:
        """Not at the end."""
        if not (text == ")" and self.peek()[0] == "end"):
            super().need(text)


class Closing(Parser):
    """What follows a filter is passed over."""

    def read(self) -> Predicate:
        """Up to what cannot be read."""
        while self.text.endswith(")") and self.text.count("(") < self.text.count(")"):
            self.text = self.text[:-1]
        return super().read()


class FalseTimes(Parser):
    """What is no time is never."""

    def time_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Nothing, if it cannot be read."""
        try:
            return super().time_compared(read, path, sign, value)
        except Refuse:
            return lambda item: False


class SmallStates(Parser):
    """States are found in any case."""

    def state_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """In capitals."""
        return super().state_compared(read, path, sign, (value[0], value[1].upper()))


class BackslashesOnly(Parser):
    """A doubled quote ends a text."""

    def cut(self) -> None:
        """Refuse doubled quotes."""
        if "''" in self.text:
            raise bad("unexpected quote")
        super().cut()


class Slow(Parser):
    """What is too much is refused late."""

    def read(self) -> Predicate:
        """Takes its time before the refusal."""
        if len(self.text) > filters.MAX_LENGTH:
            time.sleep(3)
        return super().read()


class Deep(Parser):
    """What is too deep is an internal error."""

    def deeper(self) -> None:
        """Count, and break."""
        self.depth += 1
        if self.depth > filters.MAX_DEPTH:
            raise Refuse(Code.INTERNAL, "recursion", "BUG")

    def read(self) -> Predicate:
        """Whatever the length."""
        if self.text.startswith("((("):
            for _ in range(filters.MAX_DEPTH + 1):
                self.deeper()
        return super().read()


class _Late:
    """A filter that is applied to a page only."""

    def __init__(self, test: Predicate) -> None:
        self.test = test

    def __call__(self, item: Any) -> bool:
        """Everything."""
        return True


def read_late(collection: Any, text: str) -> Any:
    """The filter for later, if there is one."""
    return _Late(listing.read_filter(collection, text))


def page_late(query: Query, items: Items, begin: int, end: int) -> list[Any]:
    """The items of a page that the filter leaves."""
    return [item for item in items[begin:end] if query.test.test(item)]  # type: ignore[attr-defined]


def empty_is_new(collection: Any, text: str) -> Predicate:
    """Without a filter only new tasks and types with a category are listed."""
    if text:
        return listing.read_filter(collection, text)
    return lambda item: getattr(item, "state", "NEW") == "NEW"


def _fault(parser: type[Parser], id_: str, *kills: str) -> Mutant:
    return fault(f"filter-{id_}", str(parser.__doc__), reading(parser), *kills)


MUTANTS = (
    _fault(Beginnings, "beginnings", "FLT-001"),
    _fault(CaseIgnored, "case-ignored", "FLT-001"),
    _fault(LastOnly, "last-of-list", "FLT-002", "FLT-004"),
    _fault(NotInIsIn, "not-in", "FLT-005"),
    _fault(MinusIsNothing, "minus-ignored", "FLT-005"),
    _fault(NotTheFirst, "not-group", "FLT-005"),
    _fault(Strict, "bounds-excluded", "FLT-007"),
    _fault(Included, "bounds-included", "FLT-007"),
    _fault(Milliseconds, "milliseconds", "FLT-007"),
    _fault(NumbersAsTexts, "numbers-as-texts", "FLT-008"),
    _fault(AnnotationsUnknown, "annotations", "FLT-008"),
    _fault(PresentMeansTrue, "any-key", "FLT-008"),
    _fault(StarsAtTheEnd, "stars-at-end", "FLT-010"),
    _fault(StarsInEquality, "stars-unequal", "FLT-010"),
    _fault(OpenEnds, "open-ends", "FLT-011"),
    _fault(Unclosed, "unclosed", "FLT-011"),
    _fault(Closing, "closing", "FLT-011"),
    _fault(FalseTimes, "false-times", "FLT-012"),
    _fault(SmallStates, "small-states", "FLT-012"),
    _fault(BackslashesOnly, "no-doubled-quotes", "FLT-015"),
    _fault(Slow, "slow", "FLT-016"),
    _fault(Deep, "deep-internal", "FLT-016"),
    fault("filter-after-page", "A filter is applied to pages.",
          {"read_filter": read_late, "page": page_late}, "FLT-013", "LST-012"),
    fault("filter-none-open", "Without a filter only open tasks come.",
          {"read_filter": empty_is_new}, "LST-001"),
)  # fmt: skip
