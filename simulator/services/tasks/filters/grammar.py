"""The grammar of filter texts, and the parser made from it.

One grammar for two dialects: seed 001's examples are SQL-like (`type = '…'`, `category IN
('meter', 'device')`), all else follows AIP-160. Which of AND and OR binds tighter is decided where
the tree is built, not here: an expression is a flat run of terms and the words between them.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from lark import Lark, Token, Transformer

from simulator.services.tasks.filters.errors import FilterError

DEEPEST: Final = 16
"""How many parentheses may be open at once (our choice)."""

_SEGMENT: Final = r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|''|[^'\\])*'|[\w*\/][\w*\/-]*)"""
"""A quoted text, or a name; names may hold stars, slashes and, but for the first, hyphens."""
SEGMENTS: Final = re.compile(_SEGMENT, re.DOTALL)

_GRAMMAR: Final = rf"""
start: expression?
expression: term ((AND | OR)? term)*
?term: (NOT | MINUS) simple -> negation
     | simple
?simple: restriction
       | "(" expression ")"
restriction: (operand | time)                      -> bare
           | operand COMPARATOR value              -> comparison
           | operand IN "(" literal ("," literal)* ")"     -> membership
           | operand NOT_IN "(" literal ("," literal)* ")" -> membership
?operand: path
        | digits
?value: literal
      | "(" expression ")"
?literal: path
        | digits
        | MINUS NUMBER -> negative
        | time
?digits: NUMBER -> number
time: DATETIME
path: PATH
    | PATH CALL (value ("," value)*)? ")" -> call

COMPARATOR: "==" | "=" | "!=" | "<>" | "<=" | ">=" | "<" | ">" | ":"
DATETIME.3: /\d{{4}}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)(?![\w*\/-])/
NUMBER.2: /\d+(\.\d+)?([eE][+-]?\d+)?(?![\w*\/-]|\.\w)/
PATH.1: /{_SEGMENT}(?:\.{_SEGMENT})*/s
MINUS: "-"
JUNK.-1: /./s

%declare AND OR NOT IN NOT_IN CALL
%ignore /\s+/
"""

_WORDS: Final = {"AND": "AND", "OR": "OR", "NOT": "NOT", "IN": "IN", "in": "IN"}
"""Words that are no names, unless they stand in a path."""


class _Words:
    """Tells words from names before a text is parsed, and watches how deep it nests."""

    # Kept although no rule has it: whatever nothing else matches is then refused by the parser,
    # which knows what it expected instead.
    always_accept = ("JUNK",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        held: Token | None = None  # a NOT that may become NOT IN
        last: Token | None = None
        depth = 0
        for token in stream:
            if token.type == "PATH":
                token.type = _WORDS.get(str(token), "PATH")
            elif token.type == "LPAR":
                depth += 1
                if depth > DEEPEST:
                    raise FilterError(f"nests more than {DEEPEST} deep", _column(token))
                # A parenthesis right after a name calls a function, after a blank it groups.
                if last is not None and last.type == "PATH" and last.end_pos == token.start_pos:
                    token.type = "CALL"
            elif token.type == "RPAR":
                depth -= 1
            last = token
            if held is not None and token.type == "IN":
                token.type = "NOT_IN"
            elif held is not None:
                yield held
            held = None
            if token.type == "NOT":
                held = token
            else:
                yield token
        if held is not None:
            yield held


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


@cache
def parser(meaning: Transformer[Token, Any]) -> Lark:
    """Return the parser that builds what the methods of `meaning` return; made only once."""
    return Lark(
        _GRAMMAR,
        parser="lalr",
        lexer="basic",
        postlex=_Words(),
        transformer=meaning,
        maybe_placeholders=False,
    )


def described(terminals: frozenset[str]) -> str:
    """Return which of what an error expected, in words and in a fixed order."""
    names = [words for terminal, words in _IN_WORDS.items() if terminal in terminals]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


_IN_WORDS: Final = {
    "PATH": "a name or text",
    "COMPARATOR": "an operator",
    "AND": "AND, OR",
    "LPAR": "'('",
    "COMMA": "','",
    "RPAR": "')'",
    "$END": "the end",
}
