"""Filters of resources: a text, checked against a type of message, and what it lets pass.

The language is that of seed 001's examples and of AIP-160; `grammar` has the syntax, `conditions`
the meaning of the operators.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from simulator.services.errors import shown
from simulator.services.predicates import all_of, any_of, opposite
from simulator.services.tasks.filters.conditions import Test, condition
from simulator.services.tasks.filters.errors import FilterError
from simulator.services.tasks.filters.fields import find
from simulator.services.tasks.filters.syntax import (
    Bare,
    Group,
    Node,
    Not,
    Restriction,
    Word,
    count,
    read,
)
from simulator.services.tasks.resources import Kind

_KEPT: Final = 64
"""Filters that are remembered, since pages of one list come with the same one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Filter:
    """A filter that fits one kind of resource."""

    matches: Callable[[Any], bool] | None
    """Whether a message passes; None: all do."""
    restrictions: int
    """How many comparisons it takes at most."""


@lru_cache(maxsize=_KEPT)
def parse(
    text: str, kind: Kind, *, sql_precedence: bool = False, time_aliases: bool = True
) -> Filter:
    """Read a filter of one kind of resources; a blank one lets everything pass.

    Args:
        text: the filter.
        kind: whose fields it may name.
        sql_precedence: whether AND binds tighter than OR; AIP-160 has it the other way.
        time_aliases: whether `created_time` and so on are known.

    Raises:
        FilterError: it is none.
    """
    tree = read(text, sql_precedence=sql_precedence)
    if tree is None:
        return Filter(matches=None, restrictions=0)
    compiled = _Compiler(kind, time_aliases)
    return Filter(matches=compiled.test(tree), restrictions=count(tree))


class _Compiler:
    """Makes tests of trees."""

    def __init__(self, kind: Kind, time_aliases: bool) -> None:
        self._kind = kind
        self._aliases = time_aliases

    def test(self, node: Node) -> Test:
        """Return whether a message passes a tree."""
        match node:
            case Bare():
                return self._bare(node.word)
            case Restriction():
                return self._restriction(node)
            case Not():
                return opposite(self.test(node.part))
            case Group():
                tests = [self.test(part) for part in node.parts]
                return all_of(tests) if node.every else any_of(tests)

    def _bare(self, word: Word) -> Test:
        """A text alone is looked for in the texts of a resource, in any case of letters."""
        if word.kind == "call":
            raise FilterError(f"there is no function {shown(word.text)}", word.column)
        wanted, names = word.text.casefold(), self._kind.texts
        return lambda message: any(wanted in getattr(message, name).casefold() for name in names)

    def _restriction(self, restriction: Restriction) -> Test:
        words = tuple(value for value in restriction.values if isinstance(value, Word))
        if len(words) < len(restriction.values):
            (composite,) = restriction.values
            return self.test(_distributed(restriction, composite))
        field = find(restriction.path, self._kind.message.DESCRIPTOR, aliases=self._aliases)
        return condition(restriction, field, words)


def _distributed(restriction: Restriction, part: Word | Node) -> Node:
    """Return `a = (b OR c)` as `(a = b OR a = c)`, AIP-160's composite arguments."""
    match part:
        case Bare():
            return replace(restriction, values=(part.word,))
        case Not(part=Bare(word=word), minus=True) if word.kind == "number":
            negative = replace(word, parts=(f"-{word.text}",), pieces=(f"-{word.text}",))
            return replace(restriction, values=(negative,))
        case Not():
            return Not(part=_distributed(restriction, part.part))
        case Group():
            parts = tuple(_distributed(restriction, each) for each in part.parts)
            return replace(part, parts=parts)
        case Restriction():
            raise FilterError("a comparison cannot be compared", part.column)
        case Word():
            return replace(restriction, values=(part,))
