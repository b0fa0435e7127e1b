"""From the text of a statement to a syntax tree: Timestream's spelling on top of sqlglot's Trino.

Works on tokens, so that strings and comments are safe: a number with a unit right behind it (`5m`)
is a duration, `measure_value::double` is one name. Function calls stay as they are written, for
`functions` knows each by its name; statements but SELECT, SHOW and DESCRIBE are refused here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import SqlglotError
from sqlglot.parsers.trino import TrinoParser

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql.policy import SqlPolicy

UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{"ns": "nanosecond", "us": "microsecond", "ms": "millisecond", "s": "second"},
        **{"m": "minute", "h": "hour", "d": "day"},
        **{name: name for name in ("nanosecond", "microsecond", "millisecond", "second")},
        **{name: name for name in ("minute", "hour", "day", "week", "month", "year")},
    }
)
"""Units of durations such as `5m`, in lower case."""

DURATION: Final = "$duration"
"""The function that a duration becomes: of the number's text and the unit."""
ARRAY: Final = "$array"
"""The function that an array that is written out becomes: of its items."""

_MEASURE_TYPES: Final = frozenset({"double", "bigint", "varchar", "boolean", "timestamp"})
_OPENING: Final = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.CASE})
_CLOSING: Final = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.END})
_QUERIES: Final = frozenset({"SELECT", "WITH", "(", "VALUES"})


_TYPES: Final = frozenset(TrinoParser.TYPE_TOKENS) | {TokenType.ROW, TokenType.MAP}
"""Words that name types: before a parenthesis they are functions, but for casts."""
_CASTS: Final = frozenset({"CAST", "TRY_CAST"})
_STEPS: Final = 50
"""Steps of the parser for each token; it needs about ten, and far more where it tries all ways."""


class _Parser(TrinoParser):
    """Reads calls as they are written; what has a grammar of its own is still read as such."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: parser
        for name, parser in TrinoParser.FUNCTION_PARSERS.items()
        if name in ("CAST", "TRY_CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM")
    }
    # An arrow belongs to a function as argument; nothing else but a dot follows a column.
    COLUMN_OPERATORS: ClassVar[dict[Any, Any]] = {
        TokenType.DOT: TrinoParser.COLUMN_OPERATORS[TokenType.DOT]
    }
    _steps = 0

    def _advance(self, times: int = 1) -> None:
        # Some texts make it try an exponential number of ways, and nothing could stop it then.
        self._steps += 1
        if self._steps > _STEPS * (self._tokens_size + 100):
            raise bad_sql("The query is nested in a way that takes too long to read.")
        super()._advance(times)


class _Timestream(Trino):
    # Places in arrays stay as they are written, counted from 1.
    INDEX_OFFSET = 0
    Parser = _Parser

    class Tokenizer(Trino.Tokenizer):
        # What follows SHOW is words, too.
        COMMANDS: ClassVar = set()


_DIALECT: Final = _Timestream()


def tokens_of(text: str, policy: SqlPolicy) -> list[Token]:
    """Return the tokens of the one statement in a text.

    Raises:
        ExchangeError: ValidationException, too long or too deep, not one statement, or not words.
    """
    if len(text) > policy.text_length:
        raise bad_sql(f"A query has at most {policy.text_length} characters, not {len(text)}.")
    if "\0" in text:
        raise bad_sql("A query holds no NUL character.")
    try:
        tokens = _DIALECT.tokenize(text)
    except SqlglotError as error:
        raise bad_sql(f"The query cannot be read: {_first_line(error)}") from None
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise bad_sql("The query is empty.")
    if any(token.token_type is TokenType.SEMICOLON for token in tokens):
        raise bad_sql("Several statements are not supported; a query is one statement.")
    _bound(tokens, policy)
    return tokens


def parse(text: str, tokens: Sequence[Token]) -> exp.Expr:
    """Return the syntax tree of a SELECT.

    Raises:
        ExchangeError: ValidationException, with what the parser could not read.
    """
    opening = tokens[0].text.upper()
    if opening not in _QUERIES:
        raise bad_sql(f"{opening[:40]} is not supported; statements are SELECT, SHOW and DESCRIBE.")
    try:
        spelled = _spelled_out(tokens)
        if any(token.token_type is TokenType.DCOLON for token in spelled):
            raise bad_sql("The operator :: is not supported; a cast is CAST(value AS type).")
        trees = _DIALECT.parser().parse(spelled, text)
    except SqlglotError as error:
        raise bad_sql(f"The query cannot be read: {_first_line(error)}") from None
    except RecursionError:
        raise bad_sql("The query is nested too deeply.") from None
    if len(trees) != 1 or not isinstance(trees[0], (exp.Query, exp.Values)):
        raise bad_sql("The query is not a SELECT.")
    return trees[0]


def _bound(tokens: Sequence[Token], policy: SqlPolicy) -> None:
    if len(tokens) > policy.tokens:
        raise bad_sql(f"A query has at most {policy.tokens} words and signs.")
    depth = 0
    for token in tokens:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if depth > policy.nesting:
            raise bad_sql(f"Parentheses are nested more than {policy.nesting} deep.")


@dataclass(kw_only=True)
class _Open:
    """An open parenthesis: of a cast, behind its AS, of an array that is written out."""

    cast: bool = False
    type: bool = False
    array: bool = False


def _spelled_out(tokens: Sequence[Token]) -> list[Token]:
    spelled: list[Token] = []
    opened = [_Open()]
    index = 0
    while index < len(tokens):
        token, rest = tokens[index], tokens[index + 1 : index + 3]
        kind, inside = token.token_type, opened[-1]
        unit = _unit(token, rest)
        if unit:
            spelled += _call(token, DURATION, token.text, unit)
            index += 1
        elif _is_measure(token, rest):
            name = f"measure_value::{rest[1].text.lower()}"
            spelled.append(_like(token, TokenType.IDENTIFIER, name))
            index += 2
        elif kind is TokenType.ARRAY and _follows(rest, TokenType.L_BRACKET):
            opened.append(_Open(array=True))
            spelled += [_like(token, TokenType.VAR, ARRAY), _like(token, TokenType.L_PAREN, "(")]
            index += 1
        elif kind in _TYPES and _follows(rest, TokenType.L_PAREN) and not inside.type:
            spelled.append(_like(token, TokenType.VAR, token.text))
        elif kind in (TokenType.L_PAREN, TokenType.L_BRACKET):
            before = spelled[-1].text.upper() if spelled else ""
            opened.append(_Open(cast=before in _CASTS, type=inside.type))
            spelled.append(token)
        elif kind in (TokenType.R_PAREN, TokenType.R_BRACKET) and len(opened) > 1:
            opened.pop()
            spelled.append(_like(token, TokenType.R_PAREN, ")") if inside.array else token)
        else:
            inside.type = inside.type or (inside.cast and kind is TokenType.ALIAS)
            spelled.append(token)
        index += 1
    return spelled


def _follows(rest: Sequence[Token], kind: TokenType) -> bool:
    return bool(rest) and rest[0].token_type is kind


def _unit(token: Token, rest: Sequence[Token]) -> str | None:
    if token.token_type is not TokenType.NUMBER or not rest or rest[0].start != token.end + 1:
        return None
    return UNITS.get(rest[0].text.lower())


def _is_measure(token: Token, rest: Sequence[Token]) -> bool:
    return (
        token.text.lower() == "measure_value"
        and len(rest) == 2
        and rest[0].token_type is TokenType.DCOLON
        and rest[1].text.lower() in _MEASURE_TYPES
    )


def _call(near: Token, name: str, *texts: str) -> list[Token]:
    """Return the tokens of a call with texts as arguments."""
    made = [_like(near, TokenType.VAR, name), _like(near, TokenType.L_PAREN, "(")]
    for index, text in enumerate(texts):
        if index:
            made.append(_like(near, TokenType.COMMA, ","))
        made.append(_like(near, TokenType.STRING, text))
    return [*made, _like(near, TokenType.R_PAREN, ")")]


def _like(near: Token, kind: TokenType, text: str) -> Token:
    return Token(kind, text, line=near.line, col=near.col, start=near.start, end=near.end)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
