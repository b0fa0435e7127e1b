"""The grammar of filter texts, and the parser made from it.

Seed 003 names the operators ("Simplified SQL-like syntax with following operators"); the rest
follows the published Go client: `|`, `+` and mere juxtaposition as OR and AND, brackets as well as
parentheses around lists, `()` for everything, comments from `--` to the end of the line. CONTAIN
and HAVE, which only the seed has, mean CONTAINS. What words mean is decided in `syntax`.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from lark import Lark, Token, Transformer

from simulator.services.meta.filters.errors import FilterError

DEEPEST: Final = 64
"""How many NOTs, parentheses, brackets and braces may be open at once; our choice."""

_GRAMMAR: Final = r"""
start: expr
     | "(" ")" -> everything

?expr: conj ((_OR | "|") conj)*
?conj: unit ((_AND | "+")? unit)*
?unit: _NOT unit -> negation
     | "(" expr ")"
     | test

?test: PATH COMPARISON value          -> comparison
     | PATH IS NULL                   -> is_null
     | PATH IS _NOT NULL              -> is_not_null
     | PATH IS _NAN                   -> is_nan
     | PATH IS _NOT _NAN              -> is_not_nan
     | PATH IN list                   -> is_in
     | PATH _NOT IN list              -> is_not_in
     | PATH CONTAINS _VALUE? value    -> contains
     | PATH CONTAINS _ANY list        -> contains_any
     | PATH CONTAINS _ALL list        -> contains_all
     | PATH LIKE STRING               -> like

list: "(" value ("," value)* ")"
    | "[" value ("," value)* "]"

?value: NULL   -> null
      | TRUE   -> true
      | FALSE  -> false
      | NUMBER -> number
      | STRING -> string
      | OPEN [entry (","? entry)*] "}" -> map
entry: value ":"? value

COMPARISON: "==" | "=" | "!=" | "<=" | ">=" | "<" | ">"
NUMBER: /[+-]?[0-9.]+([eE][+-]?[0-9]+)?/
STRING: /"([^"\\]|\\.)*"/s
PATH: IDENT (/\\?\./ IDENT)*
IDENT: /[A-Za-z_]([A-Za-z0-9_\/-]*[A-Za-z0-9_\/])?/
OPEN: "{"
COMMENT: /--[^\n]*/
JUNK.-1: /./s

%declare _AND _OR _NOT IS IN CONTAINS _ANY _ALL _VALUE _NAN LIKE NULL TRUE FALSE
%ignore /[ \t\r\n\f\v]+/
%ignore COMMENT
"""

_WORDS: Final = {
    "and": "_AND",
    "or": "_OR",
    "not": "_NOT",
    "is": "IS",
    "in": "IN",
    "contains": "CONTAINS",
    "contain": "CONTAINS",
    "has": "CONTAINS",
    "have": "CONTAINS",
    "any": "_ANY",
    "all": "_ALL",
    "value": "_VALUE",
    "nan": "_NAN",
    "like": "LIKE",
    "null": "NULL",
    "true": "TRUE",
    "false": "FALSE",
}
"""Words that are no field names, in any case of letters."""

_OPENING: Final = frozenset({"LPAR", "LSQB", "OPEN"})
_CLOSING: Final = frozenset({"RPAR", "RSQB", "RBRACE"})


class _Words:
    """Tells keywords from paths, and watches how deep a text nests, before it is parsed."""

    # Kept although no rule has it: whatever nothing else matches is then refused by the parser,
    # which knows what it expected instead.
    always_accept = ("JUNK",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        open_nots = [0]  # how many NOTs lie open in each open parenthesis
        for token in stream:
            if token.type == "PATH":
                token.type = _WORDS.get(token.lower(), "PATH")
            if token.type in _OPENING:
                open_nots.append(0)
            elif token.type in _CLOSING and len(open_nots) > 1:
                open_nots.pop()
            elif token.type == "_NOT":
                open_nots[-1] += 1
            elif token.type == "PATH":
                open_nots[-1] = 0
            if len(open_nots) - 1 + sum(open_nots) > DEEPEST:
                raise FilterError(f"nested more than {DEEPEST} deep", token.start_pos or 0)
            yield token


@cache
def parser(meaning: type[Transformer[Token, Any]]) -> Lark:
    """Return the parser that builds what the methods of `meaning` return; made only once."""
    return Lark(
        _GRAMMAR,
        parser="lalr",
        lexer="basic",
        postlex=_Words(),
        transformer=meaning(),
        maybe_placeholders=False,
    )


def described(terminals: frozenset[str]) -> str:
    """Return which of what an error expected, in words and in a fixed order."""
    for whole, parts in _INCLUDED.items():
        if whole in terminals:
            terminals -= parts
    names = [words for terminal, words in _IN_WORDS.items() if terminal in terminals]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


_IN_WORDS: Final = {
    "PATH": "a field path",
    "COMPARISON": "an operator",
    "OPEN": "a value",
    "STRING": "a string",
    "NULL": "NULL",
    "IN": "IN",
    "_AND": "AND",
    "_OR": "OR",
    "LPAR": "'('",
    "LSQB": "'['",
    "COMMA": "','",
    "COLON": "':'",
    "RPAR": "')'",
    "RSQB": "']'",
    "RBRACE": "'}'",
    "$END": "the end",
}
_INCLUDED: Final = {"OPEN": {"STRING", "NULL"}, "COMPARISON": {"IN"}}
"""What goes without saying once the first is named."""
