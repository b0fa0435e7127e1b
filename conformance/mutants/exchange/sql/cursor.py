"""A place in the tokens of a statement."""

from __future__ import annotations

from typing import Any

from conformance.mutants.exchange.book import Refuse
from conformance.mutants.exchange.sql.tokens import END, Token, bad

STOP = (
    *("FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "ON", "CROSS", "INNER"),
    *("LEFT", "RIGHT", "FULL", "JOIN", "UNION", "INTERSECT", "EXCEPT", "AND", "OR", "NOT", "WHEN"),
    *("THEN", "ELSE", "END", "AS", "ASC", "DESC", "NULLS", "BETWEEN", "IN", "LIKE", "IS"),
)
"""Words that are no names."""


class Cursor:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def peek(self, ahead: int = 0) -> Token:
        """A token that was not read yet."""
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else END

    def take(self) -> Token:
        """The next token."""
        token = self.peek()
        self._at += 1
        return token

    def accept(self, *words: str) -> bool:
        """Read these words, if they are the next ones."""
        if all(self.peek(ahead).says(word) for ahead, word in enumerate(words)):
            self._at += len(words)
            return True
        return False

    def expect(self, *words: str) -> None:
        """Read these words."""
        if not self.accept(*words):
            raise self.unexpected()

    def unexpected(self) -> Refuse:
        """The refusal of the next token."""
        token = self.peek()
        return bad(f"mismatched input {token.text or 'end of the statement'!r}")

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek() is not END:
            raise self.unexpected()

    def several(self, read: Any) -> list[Any]:
        """Things with commas between them."""
        found = [read()]
        while self.accept(","):
            found.append(read())
        return found

    def identifier(self) -> str:
        """A name."""
        token = self.take()
        if token.kind not in ("word", "quoted"):
            raise bad(f"mismatched input {token.text!r}: a name is expected")
        return token.text

    def alias(self) -> str | None:
        """A name that stands behind something, if there is one."""
        token = self.peek()
        if token.kind == "quoted" or (token.kind == "word" and token.text.upper() not in STOP):
            return self.take().text
        return None

    def count(self) -> int:
        """A number of rows."""
        token = self.take()
        if not token.text.isdigit():
            raise bad("a number of rows is an integer")
        return int(token.text)

    def name(self) -> tuple[str, ...]:
        """A name of parts."""
        parts = [self.identifier()]
        while self.accept("."):
            parts.append(self.identifier())
        return tuple(parts)
