"""Expressions evaluated on one row, or on the rows of a group."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from conformance.mutants.exchange.sql.scalars import as_instant, text_of
from conformance.mutants.exchange.sql.tokens import bad
from conformance.mutants.exchange.sql.tree import (
    Apply,
    Case,
    Cast,
    Column,
    Instant,
    Literal,
    Operation,
    Select,
    Span,
    Star,
)

Row = Mapping[str, Any]
"""Values by lower-case column, and by `table.column`."""

CONDITIONAL = ("coalesce", "if", "nullif", "try")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What an expression may use.

    Attributes:
        functions: of one value, by name.
        aggregates: of many, by name.
        now_ns: what `now()` is.
        inner: the rows of a subselect, each a list of values.
        tick: called often; refuses when the time is over.
    """

    functions: Mapping[str, Callable[..., Any]]
    aggregates: Mapping[str, Callable[..., Any]]
    now_ns: int
    inner: Callable[[Select], Sequence[Sequence[Any]]]
    tick: Callable[[], None]


def evaluate(scope: Scope, part: Any, row: Row, group: Sequence[Row] | None = None) -> Any:
    """The value of an expression on a row; aggregates look at the rows of its group.

    Raises:
        Refuse: a column or function that does not exist, or a wrong type.
    """
    if isinstance(part, Literal):
        return part.value
    if isinstance(part, Column):
        return _column(part, row)
    if isinstance(part, Apply):
        return _apply(scope, part, row, group)
    if isinstance(part, Cast):
        return _cast(part, evaluate(scope, part.part, row, group))
    if isinstance(part, Case):
        for test, value in part.branches:
            if evaluate(scope, test, row, group) is True:
                return evaluate(scope, value, row, group)
        return evaluate(scope, part.otherwise, row, group)
    if isinstance(part, Select):
        rows = scope.inner(part)
        if len(rows) > 1:
            raise bad("a subselect gives several rows")
        return rows[0][0] if rows else None
    if isinstance(part, Operation):
        return _operation(scope, part, row, group)
    raise bad("* stands alone")


def _column(column: Column, row: Row) -> Any:
    name = f"{column.table}.{column.name}" if column.table else column.name
    if name not in row:
        raise bad(f"Column '{column.shown}' does not exist")
    return row[name]


def _apply(scope: Scope, part: Apply, row: Row, group: Sequence[Row] | None) -> Any:
    name = part.name
    if part.window is not None:
        return row[window_key(part)]
    if name in scope.aggregates:
        if group is None:
            raise bad(f"{name} cannot be used here")
        return _aggregate(scope, part, group)
    if name in CONDITIONAL:
        return _conditional(scope, part, row, group)
    values = [evaluate(scope, argument, row, group) for argument in part.arguments]
    if name in ("now", "ago"):
        ns = scope.now_ns - (values[0].ns if values and isinstance(values[0], Span) else 0)
        if (name == "ago") != bool(values):
            raise bad(f"{name}: wrong arguments")
        return Instant(ns)
    if name == "array":
        return values
    if name not in scope.functions:
        raise bad(f"Function {name} is not supported")
    if any(value is None for value in values):
        return None
    try:
        return scope.functions[name](*values)
    except (TypeError, ValueError, IndexError, AttributeError):
        raise bad(f"{name}: wrong arguments") from None


def _aggregate(scope: Scope, part: Apply, group: Sequence[Row]) -> Any:
    arguments = () if part.arguments == (Star(),) else part.arguments
    rows = []
    for one in group:
        scope.tick()
        rows.append([evaluate(scope, argument, one) for argument in arguments])
    if part.distinct:
        rows = list({repr(row): row for row in rows}.values())
    try:
        return scope.aggregates[part.name](rows)
    except (TypeError, IndexError):
        raise bad(f"{part.name}: wrong arguments") from None


def _conditional(scope: Scope, part: Apply, row: Row, group: Sequence[Row] | None) -> Any:
    def value(at: int) -> Any:
        if at >= len(part.arguments):
            return None
        return evaluate(scope, part.arguments[at], row, group)

    if part.name == "if":
        return value(1) if value(0) is True else value(2)
    if part.name == "nullif":
        return None if value(0) == value(1) else value(0)
    return next((v for v in map(value, range(len(part.arguments))) if v is not None), None)


def _operation(scope: Scope, part: Operation, row: Row, group: Sequence[Row] | None) -> Any:
    if part.sign in ("AND", "OR"):
        return _logic(scope, part, row, group)
    if part.sign == "IN" and isinstance(part.parts[1], Select):
        among = [Literal(found[0]) for found in scope.inner(part.parts[1])]
        part = Operation("IN", (part.parts[0], *among))
    values = [evaluate(scope, one, row, group) for one in part.parts]
    if part.sign == "NULL":
        return values[0] is None
    if part.sign == "NOT":
        return None if values[0] is None else not values[0]
    if part.sign == "IN":
        found = [compare("=", values[0], other) for other in values[1:]]
        return True if True in found else None if None in found else False
    if any(value is None for value in values):
        return None
    if part.sign == "BETWEEN":
        return compare(">=", values[0], values[1]) and compare("<=", values[0], values[2])
    if part.sign == "LIKE":
        pattern = re.escape(values[1]).replace("%", ".*").replace("_", ".")
        return re.fullmatch(pattern, values[0], re.DOTALL) is not None
    if part.sign in ("=", "<>", "<", "<=", ">", ">="):
        return compare(part.sign, values[0], values[1])
    try:
        return arithmetic(part.sign, *values)
    except TypeError:
        raise bad(f"'{part.sign}' cannot be applied to these types") from None


def _logic(scope: Scope, part: Operation, row: Row, group: Sequence[Row] | None) -> Any:
    decisive = part.sign == "OR"
    unknown = False
    for one in part.parts:
        value = evaluate(scope, one, row, group)
        if value is decisive:
            return decisive
        unknown = unknown or value is None
    return None if unknown else not decisive


def compare(sign: str, left: Any, right: Any) -> bool | None:
    """A comparison; null where a side is."""
    if left is None or right is None:
        return None
    if isinstance(left, Instant) != isinstance(right, Instant):
        left, right = as_instant(left), as_instant(right)
    if isinstance(left, str) != isinstance(right, str) or isinstance(left, bool) != isinstance(
        right, bool
    ):
        raise bad(f"'{sign}' cannot be applied to these types")
    if sign in ("=", "<>"):
        return bool((left == right) == (sign == "="))
    try:
        low, high = (left, right) if "<" in sign else (right, left)
        return bool(low < high or (sign.endswith("=") and low == high))
    except TypeError:
        raise bad(f"'{sign}' cannot be applied to these types") from None


def arithmetic(sign: str, left: Any, right: Any = None) -> Any:
    """Plus, minus, times … of numbers, instants, intervals and texts."""
    if sign == "||":
        return text_of(left) + text_of(right)
    if isinstance(left, bool | str) or isinstance(right, bool | str):
        raise TypeError
    if sign == "NEG":
        return Span(-left.ns) if isinstance(left, Span) else -left
    if isinstance(left, Instant | Span) or isinstance(right, Instant | Span):
        return _of_times(sign, left, right)
    if sign in "/%" and right == 0:
        if isinstance(left, int) and isinstance(right, int):
            raise bad("Division by zero")
        return math.nan if left == 0 or sign == "%" else math.copysign(math.inf, left)
    if sign == "/":
        whole = isinstance(left, int) and isinstance(right, int)
        return (
            int(math.copysign(1, left * right)) * (abs(left) // abs(right))
            if whole
            else left / right
        )
    if sign == "%":
        return (
            left - right * arithmetic("/", left, right)
            if isinstance(left, int)
            else math.fmod(left, right)
        )
    return left + right if sign == "+" else left - right if sign == "-" else left * right


def _of_times(sign: str, left: Any, right: Any) -> Any:
    if sign == "*" and isinstance(left, Span | int) and isinstance(right, Span | int):
        factors = [side.ns if isinstance(side, Span) else side for side in (left, right)]
        return Span(factors[0] * factors[1])
    if sign not in "+-" or not all(isinstance(side, Instant | Span) for side in (left, right)):
        raise TypeError
    ns = left.ns + right.ns if sign == "+" else left.ns - right.ns
    if isinstance(left, Instant) and isinstance(right, Instant):
        if sign == "+":
            raise TypeError
        return Span(ns)
    return Instant(ns) if Instant in (type(left), type(right)) else Span(ns)


def _cast(cast: Cast, value: Any) -> Any:
    if value is None:
        return None
    try:
        if cast.type in ("DOUBLE", "REAL"):
            return float(value)
        if cast.type in ("BIGINT", "INTEGER"):
            return math.floor(value + 0.5) if isinstance(value, float) else int(value)
        if cast.type == "VARCHAR":
            return text_of(value)
        if cast.type == "BOOLEAN":
            return value if isinstance(value, bool) else {"true": True, "false": False}[value]
        if cast.type in ("TIMESTAMP", "DATE"):
            return as_instant(value)
    except (TypeError, ValueError, KeyError):
        if cast.soft:
            return None
        raise bad(f"cannot cast to {cast.type}") from None
    raise bad(f"the type {cast.type} is not supported")


def window_key(part: Apply) -> str:
    """Under which a row keeps the value of a window function."""
    return f"over {part!r}"


def within(part: Any, wanted: Callable[[Any], bool]) -> list[Any]:
    """The parts of an expression that are wanted, without those of subselects."""
    if wanted(part):
        return [part]
    if isinstance(part, tuple):
        return [found for one in part for found in within(one, wanted)]
    if isinstance(part, Select) or not is_dataclass(part):
        return []
    return [found for f in fields(part) for found in within(getattr(part, f.name), wanted)]


def mentioned(part: Any) -> frozenset[str] | None:
    """The columns that a statement names, subselects and all; None if it asks for every one."""
    if isinstance(part, Column):
        return frozenset({part.name})
    if isinstance(part, Select) and any(isinstance(item, Star) for item in part.items):
        return None
    inner = part if isinstance(part, tuple) else ()
    if is_dataclass(part):
        inner = tuple(getattr(part, f.name) for f in fields(part))
    found: frozenset[str] = frozenset()
    for one in inner:
        names = mentioned(one)
        if names is None:
            return None
        found |= names
    return found
