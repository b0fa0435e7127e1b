"""What there is to query: one table. SHOW and DESCRIBE tell of it, in Timestream's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from sqlglot import Token, TokenType

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql.scope import Field
from simulator.services.exchange.sql.typed import Typed, quoted
from simulator.services.exchange.sql.types import VARCHAR, Type, array, named, row

if TYPE_CHECKING:
    from simulator.services.exchange.series.table import Table

_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dimension": "DIMENSION",
        "measure_name": "MEASURE_NAME",
        "time": "TIMESTAMP",
        "measure": "MULTI",
        "single": "MEASURE_VALUE",
    }
)
"""What DESCRIBE calls the roles of columns; in the order in which `*` lists them."""
_ORDER: Final = {role: place for place, role in enumerate(("dimension", "measure_name", "time"))}

_DESCRIBE: Final = ("DESCRIBE", "DESC")


@dataclass(frozen=True, kw_only=True)
class CatalogColumn:
    """A column: its name, type and role, and what DuckDB calls it."""

    name: str
    type: Type
    role: str
    kept_as: str


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The one table that there is.

    Args:
        database_name: first half of its name.
        table_name: second half of its name.
        columns: in the order in which `*` lists them: dimensions, measure name, time, measures.
        kept_as: what DuckDB calls the table.
        rows: how many it has.
    """

    database_name: str
    table_name: str
    columns: Sequence[CatalogColumn]
    kept_as: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What SHOW or DESCRIBE asks for, as DuckDB SQL with columns f0, f1 and so on."""

    sql: str
    fields: Sequence[Field]


def catalog_of(table: Table, kept_as: str) -> Catalog:
    """Return what a table looks like to queries now; column 3 is `c3` to DuckDB."""
    columns = [
        CatalogColumn(
            name=each.name, type=named(each.type), role=str(each.role), kept_as=f"c{number}"
        )
        for number, each in enumerate(table.columns)
    ]
    columns.sort(key=lambda each: _ORDER.get(each.role, len(_ORDER)))
    return Catalog(
        database_name=table.database_name,
        table_name=table.table_name,
        columns=columns,
        kept_as=kept_as,
        rows=table.rows,
    )


def is_listing(tokens: Sequence[Token]) -> bool:
    """Whether a statement is a SHOW or DESCRIBE."""
    return tokens[0].text.upper() in (*_DESCRIBE, "SHOW")


def listing(catalog: Catalog, tokens: Sequence[Token]) -> Listing:
    """Return what a SHOW or DESCRIBE asks for.

    Raises:
        ExchangeError: ValidationException, it is not complete, or of another table.
    """
    words = [token.text.upper() for token in tokens]
    if words[0] in _DESCRIBE:
        _is_table(catalog, tokens[1:])
        return _described(catalog)
    what = words[1] if len(words) > 1 else ""
    rest, pattern = _like(tokens[2:])
    if what == "DATABASES" and not rest:
        return _names("Database", catalog.database_name, pattern)
    if what == "TABLES":
        if rest and (rest[0].text.upper() != "FROM" or _path(rest[1:]) != (catalog.database_name,)):
            raise bad_sql("SHOW TABLES FROM another database is not supported.")
        return _names("Table", catalog.table_name, pattern)
    if what == "MEASURES" and rest and rest[0].text.upper() == "FROM":
        _is_table(catalog, rest[1:])
        return _measures(catalog, pattern)
    raise bad_sql("SHOW is of DATABASES, TABLES [FROM database], or MEASURES FROM database.table.")


def _described(catalog: Catalog) -> Listing:
    lines = [
        (each.name, each.type.name.lower(), _ATTRIBUTES[each.role]) for each in catalog.columns
    ]
    rows = ", ".join(f"({', '.join(map(quoted, line))})" for line in lines)
    names = ("Column", "Type", "Timestream attribute type")
    return Listing(sql=f"SELECT * FROM (VALUES {rows}) AS r(f0, f1, f2)", fields=_fields(names))


def _names(title: str, name: str, pattern: str | None) -> Listing:
    condition = "" if pattern is None else f" WHERE f0 LIKE {quoted(pattern)}"
    sql = f"SELECT * FROM (SELECT {quoted(name)} AS f0){condition}"
    return Listing(sql=sql, fields=_fields((title,)))


def _measures(catalog: Catalog, pattern: str | None) -> Listing:
    roles: dict[str, list[CatalogColumn]] = {}
    for each in catalog.columns:
        roles.setdefault(each.role, []).append(each)
    [name] = roles["measure_name"]
    kinds = "".join(
        f"WHEN count({each.kept_as}) > 0 THEN {quoted(each.type.name.lower())} "
        for each in roles.get("single", ())
    )
    kind = f"CASE {kinds}ELSE 'multi' END" if kinds else "'multi'"
    dimensions = ", ".join(
        f"CASE WHEN count({each.kept_as}) > 0 THEN "
        f"struct_pack(f0 := {quoted(each.name)}, f1 := 'varchar') END"
        for each in roles.get("dimension", ())
    )
    listed = f"list_filter([{dimensions}], lambda e: e IS NOT NULL)"
    condition = "" if pattern is None else f" WHERE {name.kept_as} LIKE {quoted(pattern)}"
    sql = (
        f"SELECT {name.kept_as} AS f0, {kind} AS f1, {listed} AS f2 "
        f"FROM {catalog.kept_as}{condition} GROUP BY {name.kept_as} ORDER BY f0"
    )
    pair = row((VARCHAR, VARCHAR), ("dimension_name", "data_type"))
    last = Field(name="dimensions", value=Typed(sql="f2", type=array(pair)))
    return Listing(sql=sql, fields=[*_fields(("measure_name", "data_type")), last])


def _fields(names: Sequence[str]) -> list[Field]:
    return [
        Field(name=name, value=Typed(sql=f"f{index}", type=VARCHAR))
        for index, name in enumerate(names)
    ]


def _like(tokens: Sequence[Token]) -> tuple[Sequence[Token], str | None]:
    """Return the tokens before LIKE, and its pattern."""
    if len(tokens) >= 2 and tokens[-2].text.upper() == "LIKE":
        if tokens[-1].token_type is not TokenType.STRING:
            raise bad_sql("LIKE takes a text.")
        return tokens[:-2], tokens[-1].text
    return tokens, None


def _is_table(catalog: Catalog, tokens: Sequence[Token]) -> None:
    path = _path(tokens)
    if path != (catalog.database_name, catalog.table_name):
        shown = ".".join(f'"{part[:80]}"' for part in path)
        raise bad_sql(f"There is no table {shown or 'without a name'} in this database.")


def _path(tokens: Sequence[Token]) -> tuple[str, ...]:
    """Return the names that dots join."""
    names, dots = tokens[::2], tokens[1::2]
    if any(dot.token_type is not TokenType.DOT for dot in dots) or len(names) == len(dots):
        raise bad_sql('A table is named "database"."table".')
    return tuple(name.text for name in names)
