"""Calls of functions: by name in our tables, with DISTINCT, FILTER, an order, and OVER."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlglot import exp

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql import forms, lambdas, times
from simulator.services.exchange.sql.aggregates import AGGREGATES, WINDOWS
from simulator.services.exchange.sql.calls import Call, Form
from simulator.services.exchange.sql.functions import SCALARS, spelled
from simulator.services.exchange.sql.signatures import call
from simulator.services.exchange.sql.typed import LIST_BYTES, Typed, coerced
from simulator.services.exchange.sql.types import BIGINT, DATE, INTERVAL, NUMERIC, TIMESTAMP

if TYPE_CHECKING:
    from simulator.services.exchange.sql.expressions import Place

FORMS: Final[dict[str, Form]] = {**times.FORMS, **forms.FORMS, **lambdas.FORMS}
"""Functions that are more than a template, by name."""
TEMPLATES: Final = {**SCALARS, **forms.CURVES}
"""Functions of one row that are a template, by name."""

_NESTED: Final = 6
"""How deep functions may stand within functions: DuckDB's work doubles with each level."""

SUPPORTED: Final = frozenset(
    name for name in (*FORMS, *TEMPLATES, *AGGREGATES, *WINDOWS) if name.isidentifier()
)
"""Names of all functions that there are."""


@dataclass(frozen=True, kw_only=True)
class _Around:
    """What stands around a call: FILTER and OVER as SQL, IGNORE NULLS, and whether it has OVER."""

    tail: str = ""
    ignore_nulls: bool = False
    windowed: bool = False


def invocation(at: Place, node: exp.Expr) -> Typed:
    """Return a call of a function."""
    return _call(at, node, _Around())


def filtered(at: Place, node: exp.Expr, around: _Around | None = None) -> Typed:
    """Return a call with FILTER."""
    condition = at.condition(node.expression.this).sql
    return _call(at, node.this, replace(around or _Around(), tail=f" FILTER (WHERE {condition})"))


def over(at: Place, node: exp.Expr) -> Typed:
    """Return a call with OVER."""
    from simulator.services.exchange.sql.expressions import only, unsupported

    only(node, "this", "partition_by", "order", "spec", "over")
    if str(node.args.get("over", "OVER")).upper() != "OVER":
        raise unsupported(node, str(node.args["over"]).upper())
    inner = node.this
    nulls = isinstance(inner, exp.IgnoreNulls)
    if isinstance(inner, (exp.IgnoreNulls, exp.RespectNulls)):
        inner = inner.this
    condition = ""
    if isinstance(inner, exp.Filter):
        condition = f" FILTER (WHERE {at.condition(inner.expression.this).sql})"
        inner = inner.this
    window = _window(at, node)
    around = _Around(tail=f"{condition} OVER ({window})", ignore_nulls=nulls, windowed=True)
    return _call(at, inner, around)


def _window(at: Place, node: exp.Expr) -> str:
    parts = []
    if node.args.get("partition_by"):
        keys = ", ".join(at(each).sql for each in node.args["partition_by"])
        parts.append(f"PARTITION BY {keys}")
    order = node.args.get("order")
    if order is not None:
        parts.append(ordered(at, order.expressions))
    spec = node.args.get("spec")
    if spec is not None:
        parts.append(_frame(at, spec, order))
    return " ".join(parts)


def _frame(at: Place, spec: exp.Expr, order: exp.Expr | None) -> str:
    from simulator.services.exchange.sql.expressions import only, unsupported

    only(spec, "kind", "start", "start_side", "end", "end_side")
    kind = str(spec.args["kind"]).upper()
    if kind not in ("ROWS", "RANGE"):
        raise unsupported(spec, kind)

    def side(name: str) -> str:
        bound, direction = spec.args.get(name), str(spec.args.get(f"{name}_side") or "").upper()
        if bound is None or bound == "CURRENT ROW":
            return "CURRENT ROW"
        if bound == "UNBOUNDED":
            return f"UNBOUNDED {direction}"
        value = at(bound)
        if kind == "ROWS":
            return f"{coerced(value, BIGINT).sql} {direction}"
        keys = [] if order is None else [at(each.this).type for each in order.expressions]
        wanted = {TIMESTAMP: (INTERVAL,)}.get(keys[0], NUMERIC) if len(keys) == 1 else ()
        if value.type not in wanted or keys[0] == DATE:
            raise unsupported(spec, "RANGE")
        return f"{value.sql} {direction}"

    start = side("start")
    return f"{kind} BETWEEN {start} AND {side('end')}"


def ordered(at: Place, keys: Sequence[exp.Expr]) -> str:
    """Return an ORDER BY; what is NULL comes last either way, unless it is said (Trino)."""
    return "ORDER BY " + ", ".join(f"{at(each.this).sql} {direction(each)}" for each in keys)


def direction(key: exp.Expr) -> str:
    """Return the direction of a key of ORDER BY."""
    way = "DESC" if key.args.get("desc") else "ASC"
    return f"{way} NULLS {'FIRST' if key.args.get('nulls_first') else 'LAST'}"


def _call(at: Place, node: exp.Expr, around: _Around) -> Typed:
    if isinstance(node, exp.Filter):
        return filtered(at, node, around)
    if not isinstance(node, exp.Anonymous):
        raise bad_sql(f"{type(node).__name__.upper()} is not supported in that place.")
    name = spelled(node.name)
    grouped = AGGREGATES.get(name)
    signatures = {**WINDOWS, **AGGREGATES}.get(name) if around.windowed else grouped
    if signatures is not None and not _is_scalar(name, node):
        return _aggregate(at, signatures, node, around)
    if around.tail or around.ignore_nulls:
        raise bad_sql(f"{name} is not an aggregate or window function.")
    if name in WINDOWS:
        raise bad_sql(f"{name} needs OVER.")
    if name in FORMS:
        return FORMS[name](_form_call(at, name, node))
    if name not in TEMPLATES:
        raise bad_sql(f"The function {node.name[:80]} is not supported.")
    return call(TEMPLATES[name], [at(each) for each in node.expressions])


def _is_scalar(name: str, node: exp.Expr) -> bool:
    return name in TEMPLATES and name not in AGGREGATES


def _aggregate(at: Place, signatures: Sequence[Any], node: exp.Expr, around: _Around) -> Typed:
    arguments = list(node.expressions)
    order = distinct = ""
    if arguments and isinstance(arguments[-1], exp.Order):
        order = " " + ordered(at, arguments[-1].expressions)
        arguments[-1] = arguments[-1].this
    if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
        distinct, arguments = "DISTINCT ", arguments[0].expressions
    if len(arguments) == 1 and isinstance(arguments[0], exp.Star):
        arguments = []
        if spelled(node.name) != "count":
            raise bad_sql(f"{node.name}(*) is not supported.")
    made = call(
        signatures,
        [at(each) for each in arguments],
        d=distinct,
        o=order,
        n=" IGNORE NULLS" if around.ignore_nulls else "",
        t=around.tail,
    )
    listed = made.type.name in ("ARRAY", "TIMESERIES")
    return replace(made, bytes=LIST_BYTES if listed else made.bytes)


def _form_call(at: Place, name: str, node: exp.Expr) -> Call:
    def apply(function: exp.Expr, values: Sequence[Typed]) -> Typed:
        if not isinstance(function, exp.Lambda) or len(function.expressions) != len(values):
            raise bad_sql(f"{name} takes a function of {len(values)} arguments, such as x -> x.")
        if at.scope.functions >= _NESTED:
            raise bad_sql(f"Functions as arguments are nested more than {_NESTED} deep.")
        names = [each.name.lower() for each in function.expressions]
        return at.within(dict(zip(names, values, strict=True)))(function.this)

    return Call(
        name=name,
        nodes=node.expressions,
        compile=at,
        apply=apply,
        fresh=lambda: at.compiler.fresh("v"),
        now_ns=at.compiler.now_ns,
    )
