"""Expressions: each kind of node of a syntax tree has one function here, all others are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from simulator.services.exchange.errors import ExchangeError, bad_sql
from simulator.services.exchange.sql import invocations, operators, times
from simulator.services.exchange.sql.casts import cast
from simulator.services.exchange.sql.guards import unless
from simulator.services.exchange.sql.scope import Scope, member
from simulator.services.exchange.sql.syntax import UNITS
from simulator.services.exchange.sql.typed import NULL, Typed, coerced, number, text
from simulator.services.exchange.sql.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    TIME,
    TIMESTAMP,
    UNKNOWN,
    VARCHAR,
    Type,
    array,
    common,
    named,
    row,
)

if TYPE_CHECKING:
    from simulator.services.exchange.sql.compiler import Compiler, Tables

_DAY_NS: Final = 86_400 * 10**9


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an expression stands: its compiler, and the names that it may use."""

    compiler: Compiler
    scope: Scope
    tables: Tables

    def __call__(self, node: exp.Expr) -> Typed:
        """Return an expression at this place."""
        return self.compiler.expression(node, self.scope, self.tables)

    def condition(self, node: exp.Expr) -> Typed:
        """Return an expression that has to be a condition."""
        return coerced(self(node), BOOLEAN)

    def within(self, variables: Mapping[str, Typed]) -> Place:
        """Return the place within a function with such arguments."""
        inner = Scope(variables=variables, parent=self.scope)
        return replace(self, scope=inner)


def expression(compiler: Compiler, node: exp.Expr, scope: Scope, tables: Tables) -> Typed:
    """Return an expression.

    Raises:
        ExchangeError: ValidationException, it is of no supported kind; the text names the kind.
    """
    rule = _RULES.get(type(node))
    if rule is None:
        raise unsupported(node)
    return rule(Place(compiler=compiler, scope=scope, tables=tables), node)


def unsupported(node: exp.Expr, part: str = "") -> ExchangeError:
    """Return the refusal of a construct, by its name and as it is written."""
    try:
        written = node.sql(dialect="trino").replace("\n", " ")[:80]
    except Exception:  # what cannot be printed is named all the same
        written = ""
    return bad_sql(f"{part or type(node).__name__.upper()} is not supported: {written}")


def only(node: exp.Expr, *parts: str) -> None:
    """Refuse a node that has further parts than these."""
    for part, value in node.args.items():
        if value not in (None, False, [], "") and part not in parts:
            raise unsupported(node, f"{type(node).__name__.upper()} {part.strip('_').upper()}")


def data_type(node: exp.Expr) -> Type:
    """Return the type that a query writes."""
    if not isinstance(node, exp.DataType):
        raise unsupported(node)
    name = node.this.name if hasattr(node.this, "name") else str(node.this)
    if name == "ARRAY" and len(node.expressions) == 1:
        return array(data_type(node.expressions[0]))
    if name == "STRUCT":
        names = tuple(each.name or None for each in node.expressions)
        kinds = tuple(data_type(each.args.get("kind", each)) for each in node.expressions)
        return row(kinds, names)
    # sqlglot gives literals of instants the precision that they are written with.
    sized = [] if name in ("TIMESTAMP", "TIME") else [each.name for each in node.expressions]
    if sized:
        raise bad_sql(f"The type {name.lower()}({', '.join(sized)}) is not supported.")
    return named({"INT": "INTEGER"}.get(name, name))


def _literal(at: Place, node: exp.Expr) -> Typed:
    return text(node.name) if node.is_string else operators.numeral(node.name)


def _column(at: Place, node: exp.Expr) -> Typed:
    if isinstance(node.this, exp.Star):
        raise unsupported(node)
    return at.scope.resolve([part.name for part in _column_of(node).parts])


def _column_of(node: exp.Expr) -> exp.Column:
    if not isinstance(node, exp.Column):
        raise unsupported(node)
    return node


def _dot(at: Place, node: exp.Expr) -> Typed:
    parts = []
    while isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        parts.append(node.expression.name)
        node = node.this
    if isinstance(node, exp.Identifier):
        return at.scope.resolve([node.name, *reversed(parts)])
    if isinstance(node, exp.Dot):
        raise unsupported(node)
    return member(at(node), parts[::-1])


def _joined(word: str) -> Callable[[Place, exp.Expr], Typed]:
    def rule(at: Place, node: exp.Expr) -> Typed:
        conditions = [at.condition(each).sql for each in node.flatten(unnest=False)]
        return Typed(sql=f"({f' {word} '.join(conditions)})", type=BOOLEAN)

    return rule


def _arithmetic(sign: str) -> Callable[[Place, exp.Expr], Typed]:
    def rule(at: Place, node: exp.Expr) -> Typed:
        return operators.arithmetic(sign, at(node.this), at(node.expression))

    return rule


def _compared(sign: str) -> Callable[[Place, exp.Expr], Typed]:
    def rule(at: Place, node: exp.Expr) -> Typed:
        other = node.expression
        if isinstance(other, (exp.All, exp.Any)):
            first, inner = at(node.this), _sub(at, other.this)
            checked = operators.compare(sign, first, inner[1])
            if checked.sql != f"({first.sql} {sign} {inner[1].sql})":
                raise unsupported(node)
            word = type(other).__name__.upper()
            return Typed(sql=f"({first.sql} {sign} {word} ({inner[0]}))", type=BOOLEAN)
        return operators.compare(sign, at(node.this), at(other))

    return rule


def _concatenated(at: Place, node: exp.Expr) -> Typed:
    return operators.concatenated([at(each) for each in node.flatten(unnest=False)])


def _not(at: Place, node: exp.Expr) -> Typed:
    return Typed(sql=f"(NOT {at.condition(node.this).sql})", type=BOOLEAN)


def _is(at: Place, node: exp.Expr) -> Typed:
    if not isinstance(node.expression, exp.Null):
        raise unsupported(node)
    return Typed(sql=f"({at(node.this).sql} IS NULL)", type=BOOLEAN)


def _between(at: Place, node: exp.Expr) -> Typed:
    only(node, "this", "low", "high")
    value = at(node.this)
    low = operators.compare(">=", value, at(node.args["low"]))
    high = operators.compare("<=", value, at(node.args["high"]))
    return Typed(sql=f"({low.sql} AND {high.sql})", type=BOOLEAN)


def _in(at: Place, node: exp.Expr) -> Typed:
    only(node, "this", "expressions", "query")
    value = at(node.this)
    query = node.args.get("query")
    if query is not None:
        sql, column = _sub(at, query)
        both = common(value.type, column.type)
        if both is None:
            raise bad_sql(f"{value.type} IN a query of {column.type} is not supported.")
        kept = coerced(column, both).sql
        inner = f"SELECT {kept} FROM ({sql})"
        return Typed(sql=f"({coerced(value, both).sql} IN ({inner}))", type=BOOLEAN)
    others = [operators.literal_as(at(each), value.type) for each in node.expressions]
    type = value.type
    for other in others:
        type = operators.together(replace(value, type=type), other, "IN")[0].type
    inside = ", ".join(coerced(other, type).sql for other in others)
    return Typed(sql=f"({coerced(value, type).sql} IN ({inside}))", type=BOOLEAN)


def _like(at: Place, node: exp.Expr) -> Typed:
    escape = ""
    if isinstance(node, exp.Escape):
        escape = f" ESCAPE {coerced(at(node.expression), VARCHAR).sql}"
        node = node.this
    if type(node) is not exp.Like or not isinstance(node.expression, exp.Expr):
        raise unsupported(node)
    value, pattern = coerced(at(node.this), VARCHAR), coerced(at(node.expression), VARCHAR)
    return Typed(sql=f"({value.sql} LIKE {pattern.sql}{escape})", type=BOOLEAN)


def _case(at: Place, node: exp.Expr) -> Typed:
    only(node, "this", "ifs", "default")
    subject = node.args.get("this")
    value = None if subject is None else at(subject)
    tests, results = [], []
    for each in node.args["ifs"]:
        if value is None:
            tests.append(at.condition(each.this).sql)
        else:
            tests.append(operators.compare("=", value, at(each.this)).sql)
        results.append(at(each.args["true"]))
    default = node.args.get("default")
    results.append(NULL if default is None else at(default))
    return _chosen(tests, results)


def _if(at: Place, node: exp.Expr) -> Typed:
    otherwise = node.args.get("false")
    results = [at(node.args["true"]), NULL if otherwise is None else at(otherwise)]
    return _chosen([at.condition(node.this).sql], results)


def _chosen(tests: list[str], results: list[Typed]) -> Typed:
    kind = UNKNOWN
    for result in results:
        both = common(kind, result.type)
        if both is None:
            raise bad_sql(f"CASE results of {kind} and {result.type} are not supported.")
        kind = both
    *chosen, default = [coerced(result, kind).sql for result in results]
    arms = " ".join(f"WHEN {t} THEN {r}" for t, r in zip(tests, chosen, strict=True))
    size = max(result.bytes for result in results)
    return Typed(sql=f"(CASE {arms} ELSE {default} END)", type=kind, bytes=size)


def _cast(at: Place, node: exp.Expr) -> Typed:
    only(node, "this", "to", "safe")
    made = cast(at(node.this), data_type(node.args["to"]))
    if isinstance(node, exp.TryCast):
        return replace(made, sql=f"TRY({made.sql})")
    return replace(made, sql=f"({made.sql})")


def _item(at: Place, node: exp.Expr) -> Typed:
    values = at(node.this)
    if values.type.name != "ARRAY" or len(node.expressions) != 1:
        raise unsupported(node)
    place = coerced(at(node.expressions[0]), BIGINT).sql
    bad = f"({place} <= 0 OR {place} > len({values.sql}))"
    inside = unless(bad, "Array subscript is out of the array's bounds", place)
    return Typed(sql=f"({values.sql})[{inside}]", type=values.type.item, bytes=values.bytes)


def _extract(at: Place, node: exp.Expr) -> Typed:
    name = node.this.name.lower()
    aliases = {"dow": "day_of_week", "doy": "day_of_year", "yow": "year_of_week"}
    return times.part(aliases.get(name, name), at(node.expression))


def _interval(at: Place, node: exp.Expr) -> Typed:
    unit = node.args.get("unit")
    if not isinstance(unit, exp.Var) or not isinstance(node.this, exp.Literal):
        raise unsupported(node)
    name = unit.name.lower()
    return operators.duration(node.this.name, UNITS.get(name, name))


def _moment(at: Place, node: exp.Expr) -> Typed:
    only(node)
    now = at.compiler.now_ns
    if isinstance(node, exp.CurrentDate):
        return cast(number(now, TIMESTAMP), DATE)
    if isinstance(node, exp.CurrentTime):
        return number(now % _DAY_NS, TIME)
    return number(now, TIMESTAMP)


def _sub(at: Place, node: exp.Expr) -> tuple[str, Typed]:
    """Return a query of one column as SQL, and that column."""
    query = at.compiler.query(node, at.tables, at.scope)
    if len(query.fields) != 1:
        raise bad_sql(f"A subquery has to have one column, not {len(query.fields)}.")
    return query.sql, replace(query.fields[0].value, literal=None)


def _subquery(at: Place, node: exp.Expr) -> Typed:
    sql, column = _sub(at, node)
    return replace(column, sql=f"({sql})")


def _exists(at: Place, node: exp.Expr) -> Typed:
    query = at.compiler.query(node.this, at.tables, at.scope)
    return Typed(sql=f"EXISTS ({query.sql})", type=BOOLEAN)


def _renamed(name: str, *parts: str) -> Callable[[Place, exp.Expr], Typed]:
    """Return the rule of a node that stands for a call of a function."""

    def rule(at: Place, node: exp.Expr) -> Typed:
        only(node, *parts)
        values = [node.args[part] for part in parts if node.args.get(part) is not None]
        return invocations.invocation(at, exp.Anonymous(this=name, expressions=values))

    return rule


_RULES: Final[Mapping[type[exp.Expr], Callable[[Place, exp.Expr], Typed]]] = MappingProxyType(
    {
        exp.Literal: _literal,
        exp.Boolean: lambda at, node: Typed(sql=str(bool(node.this)).lower(), type=BOOLEAN),
        exp.Null: lambda at, node: NULL,
        exp.Paren: lambda at, node: at(node.this),
        exp.Column: _column,
        exp.Identifier: lambda at, node: at.scope.resolve([node.name]),
        exp.Dot: _dot,
        exp.And: _joined("AND"),
        exp.Or: _joined("OR"),
        exp.Not: _not,
        exp.Neg: lambda at, node: operators.negated(at(node.this)),
        exp.Add: _arithmetic("+"),
        exp.Sub: _arithmetic("-"),
        exp.Mul: _arithmetic("*"),
        exp.Div: _arithmetic("/"),
        exp.Mod: _arithmetic("%"),
        exp.DPipe: _concatenated,
        exp.EQ: _compared("="),
        exp.NEQ: _compared("<>"),
        exp.LT: _compared("<"),
        exp.LTE: _compared("<="),
        exp.GT: _compared(">"),
        exp.GTE: _compared(">="),
        exp.NullSafeEQ: _compared("IS NOT DISTINCT FROM"),
        exp.NullSafeNEQ: _compared("IS DISTINCT FROM"),
        exp.Is: _is,
        exp.Between: _between,
        exp.In: _in,
        exp.Like: _like,
        exp.Escape: _like,
        exp.Case: _case,
        exp.If: _if,
        exp.Cast: _cast,
        exp.TryCast: _cast,
        exp.Bracket: _item,
        exp.Extract: _extract,
        exp.Interval: _interval,
        exp.CurrentTimestamp: _moment,
        exp.CurrentDate: _moment,
        exp.CurrentTime: _moment,
        exp.Localtimestamp: _moment,
        exp.Localtime: _moment,
        exp.Subquery: _subquery,
        exp.Exists: _exists,
        exp.StrPosition: _renamed("strpos", "this", "substr"),
        exp.Substring: _renamed("substr", "this", "start", "length"),
        exp.Trim: _renamed("trim", "this"),
        exp.Anonymous: invocations.invocation,
        exp.Window: invocations.over,
        exp.Filter: invocations.filtered,
    }
)
