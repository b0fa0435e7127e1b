"""What stands in FROM: the one table, named queries, subqueries, joins, UNNEST, VALUES."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql.expressions import only, unsupported
from simulator.services.exchange.sql.operators import compare
from simulator.services.exchange.sql.scope import Field, Scope, Source
from simulator.services.exchange.sql.typed import SCALAR_BYTES, TEXT_BYTES, Typed, coerced
from simulator.services.exchange.sql.types import (
    BIGINT,
    BOOLEAN,
    TIMESTAMP,
    UNKNOWN,
    VARCHAR,
    Type,
    common,
    fields_of,
)

if TYPE_CHECKING:
    from simulator.services.exchange.sql.compiler import Compiler, Tables


@dataclass(frozen=True, kw_only=True)
class From:
    """A FROM clause, or a part of one: as SQL, and what it brings."""

    sql: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, kw_only=True)
class _At:
    """Where a FROM clause stands."""

    compiler: Compiler
    tables: Tables
    outer: Scope | None


def relation(
    compiler: Compiler,
    first: exp.Expr,
    joins: Sequence[exp.Expr],
    tables: Tables,
    outer: Scope | None,
) -> From:
    """Return what FROM and its joins bring.

    Raises:
        ExchangeError: ValidationException, something that is not supported or not there.
    """
    at = _At(compiler=compiler, tables=tables, outer=outer)
    made = _item(at, first, ())
    for join in joins:
        made = _join(at, made, join)
    return made


def _item(at: _At, node: exp.Expr, before: tuple[Source, ...]) -> From:
    if isinstance(node, exp.Table):
        return _table(at, node)
    if isinstance(node, exp.Subquery):
        return _subquery(at, node)
    if isinstance(node, exp.Unnest):
        return _unnest(at, node, before)
    if isinstance(node, exp.Values):
        return _values(at, node)
    if isinstance(node, exp.Lateral):
        raise unsupported(node, "LATERAL")
    raise unsupported(node)


def _table(at: _At, node: exp.Table) -> From:
    if not isinstance(node.this, exp.Identifier):
        raise unsupported(node, "A table function")
    only(node, "this", "db", "alias")
    catalog = at.compiler.catalog
    query = None if node.db else at.tables.get(node.name.lower())
    if query is not None:
        name = at.compiler.fresh("r")
        fields = [
            replace(each, value=replace(each.value, sql=f"{name}.{each.value.sql}", literal=None))
            for each in query.fields
        ]
        source = Source(qualifiers=frozenset({(node.name.lower(),)}), fields=fields)
        made = From(sql=f"{query.sql} AS {name}", sources=(source,))
    elif (node.db, node.name) == (catalog.database_name, catalog.table_name):
        sql, source = at.compiler.table()
        made = From(sql=sql, sources=(source,))
    elif not node.db:
        raise bad_sql(f'A table is named "database"."table"; there is no {node.name[:80]}.')
    else:
        raise bad_sql(f'There is no table "{node.db[:80]}"."{node.name[:80]}" in this database.')
    return _aliased(made, node)


def _subquery(at: _At, node: exp.Subquery) -> From:
    if isinstance(node.this, (exp.Table, exp.Values)) and not node.args.get("with_"):
        only(node, "this", "alias", "joins")
        inner = _item(at, node.this, ())
        for join in [*(node.this.args.get("joins") or ()), *(node.args.get("joins") or ())]:
            inner = _join(at, inner, join)
        return _aliased(inner, node)
    only(node, "this", "alias", "order", "limit", "offset", "with_")
    query = at.compiler.query(node, at.tables, at.outer)
    name = at.compiler.fresh("r")
    return _aliased(
        From(sql=f"({query.sql}) AS {name}", sources=(_source(name, query.fields),)), node
    )


def _source(name: str, fields: Sequence[Field]) -> Source:
    """Return the result of a query as something in FROM that DuckDB knows by a name."""
    moved = [
        replace(each, value=replace(each.value, sql=f"{name}.{each.value.sql}", literal=None))
        for each in fields
    ]
    return Source(qualifiers=frozenset(), fields=moved)


def _aliased(made: From, node: exp.Expr) -> From:
    alias = node.args.get("alias")
    if alias is None or not (alias.this or alias.args.get("columns")):
        return made
    if len(made.sources) != 1:
        raise unsupported(node, "An alias of a join")
    [source] = made.sources
    names = [column.name for column in alias.args.get("columns") or ()]
    fields = list(source.fields)
    if names and len(names) != len(fields):
        raise bad_sql(f"{alias.name} has {len(fields)} columns, not {len(names)}.")
    if names:
        fields = [replace(each, name=name) for each, name in zip(fields, names, strict=True)]
    qualifiers = frozenset({(alias.name.lower(),)}) if alias.name else source.qualifiers
    return replace(made, sources=(Source(qualifiers=qualifiers, fields=fields),))


def _join(at: _At, left: From, node: exp.Expr) -> From:
    only(node, "this", "side", "kind", "on", "using")
    side, kind = (str(node.args.get(part) or "").upper() for part in ("side", "kind"))
    if kind not in ("", "INNER", "OUTER", "CROSS") or side not in ("", "LEFT", "RIGHT", "FULL"):
        raise unsupported(node, f"{side} {kind} JOIN".strip())
    right = _item(at, node.this, left.sources)
    condition, using = node.args.get("on"), node.args.get("using")
    if not side and not condition and not using:
        return From(sql=f"{left.sql} CROSS JOIN {right.sql}", sources=left.sources + right.sources)
    word = f"{side or 'INNER'} JOIN"
    if using:
        return _joined_using(left, right, word, side, [each.name for each in using])
    sources = left.sources + right.sources
    scope = Scope(sources=sources, parent=at.outer)
    if condition is None:
        raise bad_sql(f"{word} needs ON or USING.")
    test = coerced(at.compiler.expression(condition, scope, at.tables), BOOLEAN)
    return From(sql=f"{left.sql} {word} {right.sql} ON {test.sql}", sources=sources)


def _joined_using(left: From, right: From, word: str, side: str, names: Sequence[str]) -> From:
    tests, merged = [], []
    sides = [Scope(sources=each.sources) for each in (left, right)]
    for name in names:
        first, second = (scope.resolve([name]) for scope in sides)
        tests.append(compare("=", first, second).sql)
        both = common(first.type, second.type) or first.type
        kept = [coerced(each, both).sql for each in (first, second)]
        chosen = {"RIGHT": kept[1], "FULL": f"coalesce({kept[0]}, {kept[1]})"}.get(side, kept[0])
        merged.append(Field(name=name, value=replace(first, sql=chosen, type=both)))
    lower = {name.lower() for name in names}
    hidden = tuple(
        replace(
            source,
            fields=[
                replace(each, hidden=each.hidden or (each.name or "").lower() in lower)
                for each in source.fields
            ],
        )
        for source in left.sources + right.sources
    )
    shown = Source(qualifiers=frozenset(), fields=merged)
    sql = f"{left.sql} {word} {right.sql} ON {' AND '.join(tests)}"
    return From(sql=sql, sources=(shown, *hidden))


def _unnest(at: _At, node: exp.Unnest, before: tuple[Source, ...]) -> From:
    only(node, "expressions", "alias", "offset")
    scope = Scope(sources=before, parent=at.outer)
    values = [at.compiler.expression(each, scope, at.tables) for each in node.expressions]
    name, inner = at.compiler.fresh("r"), at.compiler.fresh("u")
    columns: list[str] = []
    fields: list[Field] = []
    for index, value in enumerate(values):
        if value.type.name not in ("ARRAY", "TIMESERIES"):
            raise bad_sql(f"UNNEST of {value.type} is not supported.")
        for told, part, type in _parts(value.type, f"{inner}.e{index}"):
            made = Typed(sql=f"{name}.f{len(fields)}", type=type, bytes=_bytes(type))
            columns.append(f"{part} AS f{len(fields)}")
            fields.append(Field(name=told, value=made))
    pieces = [f"unnest({value.sql}) AS e{index}" for index, value in enumerate(values)]
    ordinal = node.args.get("offset")
    if ordinal:
        longest = ", ".join(f"len({value.sql})" for value in values)
        pieces.append(f"unnest(range(1, greatest({longest}, 0) + 1)) AS e{len(values)}")
        columns.append(f"{inner}.e{len(values)} AS f{len(fields)}")
        told = ordinal.name if isinstance(ordinal, exp.Identifier) else None
        made = Typed(sql=f"{name}.f{len(fields)}", type=BIGINT)
        fields.append(Field(name=told, value=made))
    sql = f"SELECT {', '.join(columns)} FROM (SELECT {', '.join(pieces)}) AS {inner}"
    lateral = "LATERAL " if before else ""
    source = Source(qualifiers=frozenset(), fields=fields)
    made_from = From(sql=f"{lateral}({sql}) AS {name}", sources=(source,))
    return _aliased(made_from, _with_ordinal(node, ordinal))


def _with_ordinal(node: exp.Unnest, ordinal: object) -> exp.Expr:
    """Return the node with the name of the ordinal among the columns of its alias again."""
    alias = node.args.get("alias")
    if alias is None or not isinstance(ordinal, exp.Identifier) or not alias.args.get("columns"):
        return node
    columns = [*alias.args["columns"], ordinal]
    return exp.Unnest(alias=exp.TableAlias(this=alias.this, columns=columns))


def _parts(type: Type, sql: str) -> list[tuple[str | None, str, Type]]:
    """Return the columns that an item of a list becomes: name, SQL, type."""
    if type.name == "TIMESERIES":
        return [("time", f"{sql}.t", TIMESTAMP), ("value", f"{sql}.v", type.item)]
    item = type.item
    if item.name in ("ROW", "POINT"):
        inside = zip(item.names, fields_of(item), item.items, strict=True)
        return [(told, f"{sql}.{kept}", each) for told, kept, each in inside]
    return [(None, sql, item)]


def _bytes(type: Type) -> int:
    return TEXT_BYTES if type == VARCHAR else SCALAR_BYTES


def _values(at: _At, node: exp.Values) -> From:
    only(node, "expressions", "alias")
    scope = Scope(parent=at.outer)
    rows = [
        [
            at.compiler.expression(each, scope, at.tables)
            for each in (row.expressions if isinstance(row, exp.Tuple) else [row])
        ]
        for row in node.expressions
    ]
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        raise bad_sql("The rows of VALUES differ in length.")
    types = []
    for column in zip(*rows, strict=True):
        kind = UNKNOWN
        for value in column:
            both = common(kind, value.type)
            if both is None:
                raise bad_sql(f"A column of VALUES has {kind} and {value.type}.")
            kind = both
        types.append(kind)
    lines = [
        f"({', '.join(coerced(v, t).sql for v, t in zip(row, types, strict=True))})" for row in rows
    ]
    name = at.compiler.fresh("r")
    sizes = [max(value.bytes for value in column) for column in zip(*rows, strict=True)]
    names = [f"f{index}" for index in range(width)]
    fields = [
        Field(name=None, value=Typed(sql=f"{name}.{told}", type=type, bytes=size))
        for told, type, size in zip(names, types, sizes, strict=True)
    ]
    sql = f"(VALUES {', '.join(lines)}) AS {name}({', '.join(names)})"
    source = Source(qualifiers=frozenset(), fields=fields)
    return _aliased(From(sql=sql, sources=(source,)), node)
