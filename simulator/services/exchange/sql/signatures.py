"""Signatures of functions: one line of text says what a function takes, gives, and is in DuckDB.

    round(double, integer) -> double = round({0}, {1})

Types are written as in queries. `N` stands for any type of numbers, `I` for INTEGER or BIGINT, `T`,
`U` and `V` for any type, each the same wherever it stands in a line; `T...` takes any number of
arguments. Of several lines of one name, the first fits that needs no coercion, else the first that
fits with some.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql.typed import SCALAR_BYTES, Typed, coerced
from simulator.services.exchange.sql.types import (
    INTERVAL,
    MONTHS,
    NUMERIC,
    UNKNOWN,
    Type,
    common,
    named,
)

_LINE: Final = re.compile(r"(\w+)\((.*?)\)\s+->\s+([^=]+?)\s+=\s+(.*)")
_VARIABLES: Final = frozenset({"N", "I", "T", "U", "V"})
_COMPOUND: Final = re.compile(r"(array|timeseries)\((.*)\)")


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One line: parameters and result as patterns (types that may hold variables), a template."""

    name: str
    parameters: tuple[Type, ...]
    variadic: bool
    result: Type
    template: str

    def fit(self, arguments: Sequence[Typed]) -> tuple[list[Type], dict[str, Type]] | None:
        """Return the type that each argument becomes, and what the variables stand for."""
        least = len(self.parameters) - self.variadic
        if len(arguments) < least or (len(arguments) > least and not self.variadic):
            return None
        repeated = (self.parameters[-1],) * (len(arguments) - least) if self.variadic else ()
        patterns = self.parameters[:least] + repeated
        bound: dict[str, Type] = {}
        for pattern, argument in zip(patterns, arguments, strict=True):
            if not _bind(pattern, argument.type, bound):
                return None
        return [_filled(pattern, bound) for pattern in patterns], bound

    def call(
        self,
        arguments: Sequence[Typed],
        types: Sequence[Type],
        bound: Mapping[str, Type],
        words: Mapping[str, str],
    ) -> Typed:
        """Return the call of it with arguments that fit, and further words of SQL."""
        for word, sql in words.items():
            if sql and f"{{{word}}}" not in self.template:
                raise bad_sql(f"{sql.split('(')[0].strip()} is not supported in {self.name}.")
        values = [coerced(each, type) for each, type in zip(arguments, types, strict=True)]
        texts = [value.sql for value in values]
        sql = self.template.format(*texts, all=", ".join(texts), **words)
        return Typed(
            sql=f"({sql})",
            type=_filled(self.result, bound),
            bytes=max(SCALAR_BYTES, sum(each.bytes for each in arguments)),
        )


def table(lines: str) -> dict[str, tuple[Signature, ...]]:
    """Return the signatures in a text, a line each, by function name. Empty lines are skipped."""
    found: dict[str, tuple[Signature, ...]] = {}
    for line in filter(None, map(str.strip, lines.splitlines())):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"not a signature: {line}")
        name, parameters, result, template = match.groups()
        texts = _split(parameters)
        variadic = bool(texts) and texts[-1].endswith("...")
        found[name] = (
            *found.get(name, ()),
            Signature(
                name=name,
                parameters=tuple(_pattern(each.removesuffix("...")) for each in texts),
                variadic=variadic,
                result=_pattern(result),
                template=template,
            ),
        )
    return found


def call(signatures: Iterable[Signature], arguments: Sequence[Typed], **words: str) -> Typed:
    """Return the call of the signature that fits the arguments best.

    `words` are pieces of SQL for places that templates name, such as a FILTER, empty for none.

    Raises:
        ExchangeError: ValidationException, none fits, or it has no place for a word.
    """
    fitting = [(each, fit) for each in signatures if (fit := each.fit(arguments)) is not None]
    exact = [
        (each, fit)
        for each, fit in fitting
        if all(type == arg.type for type, arg in zip(fit[0], arguments, strict=True))
    ]
    for each, (types, bound) in exact or fitting:
        return each.call(arguments, types, bound, words)
    name = next(iter(signatures)).name
    given = ", ".join(str(each.type) for each in arguments)
    raise bad_sql(f"{name}({given}) is not supported: no such combination of types.")


def _bind(pattern: Type, given: Type, bound: dict[str, Type]) -> bool:
    if pattern.name not in _VARIABLES:
        if not pattern.items:
            return common(given, pattern) == pattern
        if given == UNKNOWN:
            return True
        same = given.name == pattern.name and len(given.items) == len(pattern.items)
        pairs = zip(pattern.items, given.items, strict=False)
        return same and all(_bind(inner, other, bound) for inner, other in pairs)
    known = bound.get(pattern.name, given)
    both = common(known, given)
    if both is None:
        return False
    bound[pattern.name] = both
    allowed = {"N": (*NUMERIC, UNKNOWN), "I": (*NUMERIC[:2], UNKNOWN)}.get(pattern.name)
    return allowed is None or both in allowed


def _filled(pattern: Type, bound: Mapping[str, Type]) -> Type:
    if pattern.name in _VARIABLES:
        return bound.get(pattern.name, UNKNOWN)
    if pattern.items:
        return Type(pattern.name, tuple(_filled(each, bound) for each in pattern.items))
    return pattern


def _pattern(text: str) -> Type:
    if text in _VARIABLES:
        return Type(text)
    if match := _COMPOUND.fullmatch(text):
        return Type(match[1].upper(), (_pattern(match[2]),))
    return {"interval": INTERVAL, "months": MONTHS, "unknown": UNKNOWN}.get(text) or named(text)


def _split(text: str) -> list[str]:
    """Split parameters at the commas that are in no parentheses."""
    return [part.strip() for part in re.split(r",(?![^()]*\))", text) if part.strip()]
