"""One query on its way from a syntax tree to DuckDB SQL: what is known of it, and its bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlglot import exp

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql import expressions, selects
from simulator.services.exchange.sql.catalog import Catalog
from simulator.services.exchange.sql.policy import SqlPolicy
from simulator.services.exchange.sql.scope import Field, Scope, Source
from simulator.services.exchange.sql.typed import SCALAR_BYTES, TEXT_BYTES, Typed
from simulator.services.exchange.sql.types import VARCHAR


@dataclass(frozen=True, kw_only=True)
class Query:
    """A compiled query: SQL whose columns are f0, f1 and so on, and what they are."""

    sql: str
    fields: Sequence[Field]


_LAMBDAS: Final = 200
"""Most functions as arguments that a query may become: those that nest cost DuckDB the most."""


class Compiler:
    """Compiles one query.

    Args:
        catalog: the table.
        policy: the bounds.
        now_ns: what time it is, all through the query.
    """

    def __init__(self, catalog: Catalog, policy: SqlPolicy, now_ns: int) -> None:
        self.catalog = catalog
        self.now_ns = now_ns
        self._policy = policy
        self._names = 0

    def query(
        self,
        node: exp.Expr,
        tables: Tables = MappingProxyType({}),
        outer: Scope | None = None,
    ) -> Query:
        """Return a query, with the named queries and the columns around it.

        Raises:
            ExchangeError: ValidationException, with the construct that is not supported.
        """
        made = selects.query(self, node, tables, outer)
        self._bound(made.sql)
        return made

    def expression(self, node: exp.Expr, scope: Scope, tables: Tables) -> Typed:
        """Return an expression; refusals are those of `query`."""
        made = expressions.expression(self, node, scope, tables)
        self._bound(made.sql)
        if made.bytes > self._policy.value_bytes:
            raise bad_sql(f"A value could become larger than {self._policy.value_bytes} bytes.")
        return made

    def fresh(self, letter: str) -> str:
        """Return a name that nothing has yet."""
        self._names += 1
        return f"{letter}{self._names}"

    def table(self) -> tuple[str, Source]:
        """Return the table as something in FROM, under a fresh name."""
        name = self.fresh("r")
        fields = [
            Field(
                name=each.name,
                value=Typed(
                    sql=f"{name}.{each.kept_as}",
                    type=each.type,
                    bytes=TEXT_BYTES if each.type == VARCHAR else SCALAR_BYTES,
                ),
            )
            for each in self.catalog.columns
        ]
        database, table = self.catalog.database_name.lower(), self.catalog.table_name.lower()
        source = Source(qualifiers=frozenset({(table,), (database, table)}), fields=fields)
        return f"{self.catalog.kept_as} AS {name}", source

    def _bound(self, sql: str) -> None:
        if len(sql) > self._policy.expansion or sql.count("lambda") > _LAMBDAS:
            raise bad_sql("The query is too complex.")


Tables = Mapping[str, Query]
"""Queries of WITH by their names in lower case; their SQL is the name that DuckDB knows them by."""
