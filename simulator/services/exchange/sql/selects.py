"""SELECT, WITH, and UNION, EXCEPT and INTERSECT of them.

A compiled query calls its columns f0, f1 and so on. GROUP BY and ORDER BY may count the columns of
the result; ORDER BY may name them, GROUP BY may not (Trino).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql.expressions import Place, only, unsupported
from simulator.services.exchange.sql.invocations import direction
from simulator.services.exchange.sql.relations import From, relation
from simulator.services.exchange.sql.scope import Field, Scope
from simulator.services.exchange.sql.typed import coerced
from simulator.services.exchange.sql.types import common

if TYPE_CHECKING:
    from simulator.services.exchange.sql.compiler import Compiler, Query, Tables

_SELECT_PARTS: Final = (
    *("with_", "expressions", "distinct", "from_", "joins", "where", "group", "having"),
    *("order", "limit", "offset"),
)
_SET_PARTS: Final = ("with_", "this", "expression", "distinct", "order", "limit", "offset")
_WRAP_PARTS: Final = ("with_", "this", "alias", "order", "limit", "offset")
_GROUPINGS: Final[dict[type[exp.Expr], str]] = {
    exp.Rollup: "ROLLUP",
    exp.Cube: "CUBE",
    exp.GroupingSets: "GROUPING SETS",
}
_SETS: Final[dict[type[exp.Expr], str]] = {
    exp.Union: "UNION",
    exp.Except: "EXCEPT",
    exp.Intersect: "INTERSECT",
}


def query(compiler: Compiler, node: exp.Expr, tables: Tables, outer: Scope | None) -> Query:
    """Return a query.

    Raises:
        ExchangeError: ValidationException, with the construct that is not supported.
    """
    named, tables = _with(compiler, node, tables, outer)
    if isinstance(node, exp.Select):
        made = _select(compiler, node, tables, outer)
    elif type(node) in _SETS:
        made = _combined(compiler, node, tables, outer)
    elif isinstance(node, exp.Subquery):
        only(node, *_WRAP_PARTS)
        made = compiler.query(node.this, tables, outer)
        made = _wrapped(compiler, made, node)
    elif isinstance(node, exp.Values):
        made = _table_of_values(compiler, node, tables, outer)
    else:
        raise unsupported(node)
    return replace(made, sql=f"WITH {', '.join(named)} {made.sql}") if named else made


def _with(
    compiler: Compiler, node: exp.Expr, tables: Tables, outer: Scope | None
) -> tuple[list[str], Tables]:
    """Return the named queries of WITH as SQL, and all that are known then."""
    clause = node.args.get("with_")
    if clause is None:
        return [], tables
    if clause.args.get("recursive"):
        raise unsupported(clause, "WITH RECURSIVE")
    named, known = [], dict(tables)
    for each in clause.expressions:
        only(each, "this", "alias")
        made = compiler.query(each.this, known, outer)
        columns = [column.name for column in each.args["alias"].args.get("columns") or ()]
        if columns and len(columns) != len(made.fields):
            raise bad_sql(f"{each.alias} has {len(made.fields)} columns, not {len(columns)}.")
        fields = [
            replace(field, name=name)
            for field, name in zip(
                made.fields, columns or [f.name for f in made.fields], strict=True
            )
        ]
        name = compiler.fresh("w")
        named.append(f"{name} AS ({made.sql})")
        known[each.alias.lower()] = replace(made, sql=name, fields=fields)
    return named, known


def _select(compiler: Compiler, node: exp.Select, tables: Tables, outer: Scope | None) -> Query:
    from simulator.services.exchange.sql.compiler import Query

    only(node, *_SELECT_PARTS)
    if not node.expressions:
        raise bad_sql("A SELECT needs something to select.")
    clause, joins = node.args.get("from_"), node.args.get("joins") or ()
    source = (
        relation(
            compiler,
            clause.this,
            [*(clause.this.args.pop("joins", None) or ()), *joins],
            tables,
            outer,
        )
        if clause
        else From(sql="", sources=())
    )
    at = Place(compiler=compiler, scope=Scope(sources=source.sources, parent=outer), tables=tables)
    columns = [column for each in node.expressions for column in _columns(at, each)]
    fields = [
        Field(name=column.name, value=replace(column.value, sql=f"f{index}", literal=None))
        for index, column in enumerate(columns)
    ]
    listed = ", ".join(f"{column.value.sql} AS f{index}" for index, column in enumerate(columns))
    parts = [f"SELECT {_distinct(node)}{listed}"]
    if source.sql:
        parts.append(f"FROM {source.sql}")
    if node.args.get("where"):
        parts.append(f"WHERE {at.condition(node.args['where'].this).sql}")
    if node.args.get("group"):
        parts.append(f"GROUP BY {_group(at, node.args['group'], columns)}")
    if node.args.get("having"):
        parts.append(f"HAVING {at.condition(node.args['having'].this).sql}")
    if node.args.get("order"):
        parts.append(_order(at, node.args["order"].expressions, columns))
    parts += _limits(node)
    return Query(sql=" ".join(parts), fields=fields)


def _distinct(node: exp.Expr) -> str:
    distinct = node.args.get("distinct")
    if distinct is None:
        return ""
    if isinstance(distinct, exp.Distinct) and distinct.args.get("on"):
        raise unsupported(distinct, "DISTINCT ON")
    return "DISTINCT "


def _columns(at: Place, node: exp.Expr) -> list[Field]:
    if isinstance(node, exp.Star):
        only(node)
        return list(at.scope.columns())
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
        only(node.this)
        return list(at.scope.columns([part.name for part in node.parts[:-1]]))
    if isinstance(node, exp.Alias):
        return [Field(name=node.alias, value=at(node.this))]
    return [Field(name=_name(node), value=at(node))]


def _name(node: exp.Expr) -> str | None:
    """Return the name of a column of a result that was given none: that of a column or field."""
    if isinstance(node, exp.Column):
        return node.name
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        return node.expression.name
    return None


def _group(at: Place, node: exp.Expr, columns: Sequence[Field]) -> str:
    only(node, "expressions", "rollup", "cube", "grouping_sets")

    def keys(nodes: Sequence[exp.Expr]) -> str:
        return ", ".join(key(each) for each in nodes)

    def key(each: exp.Expr) -> str:
        if isinstance(each, exp.Tuple):
            return f"({keys(each.expressions)})"
        if isinstance(each, exp.Paren):
            return f"({key(each.this)})"
        if type(each) in _GROUPINGS:
            return f"{_GROUPINGS[type(each)]} ({keys(each.expressions)})"
        place = _place(each, columns, "GROUP BY")
        return at(each).sql if place is None else columns[place].value.sql

    parts = [*node.expressions]
    for part in ("rollup", "cube", "grouping_sets"):
        parts += node.args.get(part) or ()
    return keys(parts)


def _order(at: Place, keys: Sequence[exp.Expr], columns: Sequence[Field]) -> str:
    # Aliases come first, as in Trino; those that columns share are left to the columns.
    names = [column.name.lower() for column in columns if column.name]
    aliases = {
        column.name.lower(): column.value
        for column in columns
        if column.name and names.count(column.name.lower()) == 1
    }
    inner = at.within(aliases)
    made = []
    for each in keys:
        only(each, "this", "desc", "nulls_first")
        key = each.this
        place = _place(key, columns, "ORDER BY")
        if place is None and isinstance(key, exp.Column) and len(key.parts) == 1:
            matching = [
                i for i, c in enumerate(columns) if (c.name or "").lower() == key.name.lower()
            ]
            place = matching[0] if len(matching) == 1 else None
        sql = inner(key).sql if place is None else f"f{place}"
        made.append(f"{sql} {direction(each)}")
    return f"ORDER BY {', '.join(made)}"


def _place(node: exp.Expr, columns: Sequence[Field], what: str) -> int | None:
    """Return the place of the column that a number counts; None: it is no number."""
    if not isinstance(node, exp.Literal) or node.is_string:
        return None
    if not node.name.isdecimal() or not 1 <= int(node.name) <= len(columns):
        raise bad_sql(f"{what} position {node.name[:20]} is not in the select list.")
    return int(node.name) - 1


def _limits(node: exp.Expr) -> list[str]:
    parts = []
    for part, word in (("limit", "LIMIT"), ("offset", "OFFSET")):
        clause = node.args.get(part)
        if clause is None:
            continue
        if not isinstance(clause, (exp.Limit, exp.Offset)):
            raise unsupported(clause)
        only(clause, "expression")
        count = clause.expression
        if not isinstance(count, exp.Literal) or count.is_string or not count.name.isdecimal():
            raise bad_sql(f"{word} takes a whole number.")
        parts.append(f"{word} {min(int(count.name), 2**62)}")
    return parts


def _combined(compiler: Compiler, node: exp.Expr, tables: Tables, outer: Scope | None) -> Query:
    from simulator.services.exchange.sql.compiler import Query

    only(node, *_SET_PARTS)
    first = compiler.query(node.this, tables, outer)
    second = compiler.query(node.expression, tables, outer)
    if len(first.fields) != len(second.fields):
        raise bad_sql("The queries of a set operation differ in their number of columns.")
    fields = []
    for one, other in zip(first.fields, second.fields, strict=True):
        both = common(one.value.type, other.value.type)
        if both is None:
            raise bad_sql(
                f"A set operation of {one.value.type} and {other.value.type} is not supported."
            )
        size = max(one.value.bytes, other.value.bytes)
        fields.append(replace(one, value=replace(one.value, type=both, bytes=size)))
    word = _SETS[type(node)] + ("" if node.args.get("distinct") else " ALL")
    sides = [_recast(each, fields) for each in (first, second)]
    made = Query(sql=f"({sides[0]}) {word} ({sides[1]})", fields=fields)
    return _wrapped(compiler, made, node)


def _recast(made: Query, fields: Sequence[Field]) -> str:
    kept = [coerced(m.value, f.value.type).sql for m, f in zip(made.fields, fields, strict=True)]
    listed = ", ".join(f"{sql} AS f{index}" for index, sql in enumerate(kept))
    return f"SELECT {listed} FROM ({made.sql})"


def _wrapped(compiler: Compiler, made: Query, node: exp.Expr) -> Query:
    """Return a query with the order and limits that stand behind it."""
    order, limits = node.args.get("order"), _limits(node)
    if order is None and not limits:
        return made
    at = Place(compiler=compiler, scope=Scope(), tables={})
    parts = [f"SELECT * FROM ({made.sql})"]
    if order is not None:
        parts.append(_order(at, order.expressions, made.fields))
    return replace(made, sql=" ".join([*parts, *limits]))


def _table_of_values(
    compiler: Compiler, node: exp.Values, tables: Tables, outer: Scope | None
) -> Query:
    from simulator.services.exchange.sql.compiler import Query

    source = relation(compiler, node, (), tables, outer)
    columns = list(source.sources[0].fields)
    listed = ", ".join(f"{each.value.sql} AS f{index}" for index, each in enumerate(columns))
    fields = [
        replace(each, value=replace(each.value, sql=f"f{index}"))
        for index, each in enumerate(columns)
    ]
    return Query(sql=f"SELECT {listed} FROM {source.sql}", fields=fields)
