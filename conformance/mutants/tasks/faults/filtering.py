"""Faults in filters: a rule of the reader or of the comparison exchanged."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from conformance.mutants.change import Mutant
from conformance.mutants.tasks.book import Code, Refuse
from conformance.mutants.tasks.filters import Parser, Predicate
from conformance.mutants.tasks.literals import ABSENT, Token, bad, leaf
from conformance.mutants.tasks.making import fault, reading


class Everything(Parser):
    """Filters are read, and not applied."""

    def read(self) -> Predicate:
        """Everything."""
        super().read()
        return lambda item: True


class Lenient(Parser):
    """What cannot be read lets everything pass."""

    def read(self) -> Predicate:
        """The filter, or everything."""
        try:
            return super().read()
        except Refuse:
            return lambda item: True


class Single(Parser):
    """Only single quotes are known."""

    def value(self) -> Any:
        """A value."""
        if self.at < len(self.places) and self.text[self.places[self.at]] == '"':
            raise self.unexpected()
        return super().value()


class NoWords(Parser):
    """Values are quoted."""

    def text_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Quoted texts only."""
        if value[0] == "word":
            raise bad("quotes are missing")
        return super().text_compared(read, path, sign, value)


class FirstOnly(Parser):
    """A list of values is its first one."""

    def members(self) -> list[Token]:
        """The first of them."""
        return super().members()[:1]


class FewMembers(Parser):
    """Only the first four values of a list count."""

    def members(self) -> list[Token]:
        """The first four of them."""
        return super().members()[:4]


class MembersFolded(Parser):
    """Case does not matter in a list of values."""

    def member(self, path: list[str], values: list[Token]) -> Predicate:
        """Whether a text is one of several but for its case."""
        kind, read = self.field(path)
        if kind != "text":
            return super().member(path, values)
        folded = {value[1].lower() for value in values}
        return lambda item: read(item).lower() in folded


class LikeInSql(Parser):
    """Keys are compared by LIKE: an underscore is any character, a percent sign any text."""

    def struct_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Equal texts, by the pattern that they make."""
        if sign != "=" or value[0] != "quoted":
            return super().struct_compared(read, path, sign, value)
        form = re.escape(value[1]).replace("_", ".").replace("%", ".*").replace(r"\*", ".*")
        return lambda item: isinstance(read(item), str) and bool(re.fullmatch(form, read(item)))


class DeepOrIsAnd(Parser):
    """OR means AND within several groups."""

    def choice(self) -> Predicate:
        """Any of several, or all of them."""
        parts = [self.term()]
        while self.accept("OR"):
            parts.append(self.term())
        every = self.depth > 3
        return lambda item: (all if every else any)(part(item) for part in parts)


class StatesUnequal(Parser):
    """States differ from nothing."""

    def state_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Equal, whatever is asked."""
        return super().state_compared(read, path, "=", value)


class OrIsAnd(Parser):
    """OR means AND."""

    def choice(self) -> Predicate:
        """All of several."""
        parts = [self.term()]
        while self.accept("OR"):
            parts.append(self.term())
        return lambda item: all(part(item) for part in parts)


class NotIsNothing(Parser):
    """NOT is passed over."""

    def negated(self, test: Predicate) -> Predicate:
        """The same."""
        return test


class NoMinus(Parser):
    """A minus is a mistake."""

    def term(self) -> Predicate:
        """Without a minus."""
        if self.peek()[0] == "minus":
            raise self.unexpected()
        return super().term()


class LocalTimes(Parser):
    """Offsets of times are cut off."""

    def time_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """As if it were UTC."""
        text = value[1][:-6] + "Z" if value[1][-6:-5] in ("+", "-") else value[1]
        return super().time_compared(read, path, sign, (value[0], text))


class WholeSeconds(Parser):
    """Fractions of times are cut off."""

    def time_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """By the second."""
        head, dot, rest = value[1].partition(".")
        text = (
            head + "".join(c for c in rest if not c.isdigit())
            if dot and "+" not in rest
            else (value[1])
        )

        def seconds(item: Any) -> Any:
            found = read(item)
            return found if found is ABSENT else found // 1_000_000_000 * 1_000_000_000

        return super().time_compared(seconds, path, sign, (value[0], text))


class KeysUnknown(Parser):
    """Keys of metadata cannot be asked for."""

    def struct_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Refused."""
        raise bad(f"unknown field {'.'.join(path)}")


class AbsentDiffers(Parser):
    """What is absent differs from everything."""

    def struct_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """True for != where nothing is."""
        if sign == "!=" and len(path) > 1:
            return lambda item: read(item) is ABSENT or leaf(read(item), sign, value)
        return super().struct_compared(read, path, sign, value)


class NoStars(Parser):
    """A star is a star."""

    def text_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """Without wildcards."""
        plain = value if value == ("word", "*") else (value[0], value[1].replace("*", "\\*"))
        return super().text_compared(read, path, sign, plain)


class StarsForSomething(Parser):
    """A star stands for one character at least."""

    def text_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """With more of a text for each star."""
        if sign not in ("=", "!=") or "\\" in value[1]:
            return super().text_compared(read, path, sign, value)
        fits = re.compile(re.escape(value[1]).replace(r"\*", "(?s:.+)")).fullmatch
        return lambda item: (fits(read(item)) is not None) == (sign == "=")


class StarsShare(Parser):
    """What stands before a star and what stands behind it may be the same."""

    def text_compared(self, read: Any, path: list[str], sign: str, value: Token) -> Predicate:
        """By the beginning and the end, if there is one star."""
        first, star, last = value[1].partition("*")
        if sign not in ("=", "!=") or not star or "*" in last or "\\" in value[1]:
            return super().text_compared(read, path, sign, value)
        return lambda item: (
            (read(item).startswith(first) and read(item).endswith(last)) == (sign == "=")
        )


class UnknownFieldsPass(Parser):
    """An unknown field matches nothing."""

    def field(self, path: list[str]) -> tuple[str, Callable[[Any], Any]]:
        """A field, or one that nothing has."""
        try:
            return super().field(path)
        except Refuse:
            return "struct", lambda item: ABSENT


class EscapesUnknown(Parser):
    """Quotes cannot be escaped."""

    def cut(self) -> None:
        """Refuse escapes."""
        if "\\'" in self.text or "''" in self.text or '\\"' in self.text:
            raise bad("unexpected quote")
        super().cut()


class Unlimited(Parser):
    """Nothing is too long, and what is too deep breaks the server's stack."""

    def read(self) -> Predicate:
        """Internal when it is too deep."""
        if len(self.text) > 3000:
            raise Refuse(Code.INTERNAL, "RecursionError", "BUG")
        return super().read()


class NeedsText(Parser):
    """An empty filter finds nothing."""

    def read(self) -> Predicate:
        """Nothing for an empty text that was sent, and for none."""
        return super().read() if self.text else lambda item: False


class Crashes(Parser):
    """What cannot be read is an internal error."""

    def read(self) -> Predicate:
        """The filter, or a crash."""
        try:
            return super().read()
        except Refuse as refusal:
            refusal.code = Code.INTERNAL
            raise


def _fault(parser: type[Parser], id_: str, *kills: str) -> Mutant:
    return fault(f"filter-{id_}", str(parser.__doc__), reading(parser), *kills)


MUTANTS = (
    _fault(Everything, "ignored", "FLT-001", "FLT-002", "FLT-013"),
    _fault(Lenient, "lenient", "FLT-011", "FLT-012"),
    _fault(Single, "single-quotes", "FLT-003"),
    _fault(NoWords, "quoted-only", "FLT-003"),
    _fault(FirstOnly, "first-of-list", "FLT-002", "FLT-004"),
    _fault(FewMembers, "four-of-list", "FLT-002"),
    _fault(MembersFolded, "list-folded", "FLT-002"),
    _fault(LikeInSql, "like", "FLT-008"),
    _fault(DeepOrIsAnd, "deep-or-is-and", "FLT-005"),
    _fault(StatesUnequal, "states-equal", "FLT-004"),
    _fault(OrIsAnd, "or-is-and", "FLT-005"),
    _fault(NotIsNothing, "not-ignored", "FLT-005"),
    _fault(NoMinus, "no-minus", "FLT-005"),
    _fault(LocalTimes, "offsets-cut", "FLT-007"),
    _fault(WholeSeconds, "seconds", "FLT-007"),
    _fault(KeysUnknown, "keys-unknown", "FLT-008"),
    _fault(AbsentDiffers, "absent-differs", "FLT-009"),
    _fault(NoStars, "no-stars", "FLT-010"),
    _fault(StarsForSomething, "stars-some", "FLT-010"),
    _fault(StarsShare, "stars-share", "FLT-010"),
    _fault(Crashes, "crashes", "FLT-011", "ERR-001"),
    _fault(UnknownFieldsPass, "unknown-fields", "FLT-012"),
    _fault(EscapesUnknown, "no-escapes", "FLT-015"),
    _fault(Unlimited, "unlimited", "FLT-016"),
    _fault(NeedsText, "empty-nothing", "FLT-014"),
)
