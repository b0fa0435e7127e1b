"""Statements from tokens: one that only reads, or a refusal."""

from __future__ import annotations

from typing import Any

from conformance.mutants.exchange.sql.expressions import Expressions
from conformance.mutants.exchange.sql.tokens import bad, tokens_of
from conformance.mutants.exchange.sql.tree import (
    Inner,
    Item,
    Join,
    Select,
    Show,
    Star,
    Table,
    Unnest,
)


def read_statement(text: str) -> Select | Show:
    """The one statement of a text.

    Raises:
        Refuse: none, several, or one that does not only read.
    """
    parser = Parser(tokens_of(text))
    try:
        statement = parser.statement()
        parser.accept(";")
        parser.end()
    except RecursionError:
        raise bad("the statement is too deep") from None
    return statement


class Parser(Expressions):
    """Reads statements."""

    def statement(self) -> Select | Show:
        """A query, SHOW or DESCRIBE."""
        if self.accept("SHOW"):
            return self.show()
        if self.accept("DESCRIBE"):
            return Show("DESCRIBE", self.name())
        if not self.peek().says("SELECT", "WITH", "("):
            raise bad(f"only queries are allowed, not {self.peek().text!r}")
        return self.query()

    def show(self) -> Show:
        """What SHOW asks for."""
        what = self.take().text.upper()
        if what not in ("DATABASES", "TABLES", "MEASURES"):
            raise bad(f"SHOW {what} is not supported")
        parts = self.name() if self.accept("FROM") or self.accept("IN") else ()
        return Show(what, parts, self.take().text if self.accept("LIKE") else None)

    def query(self) -> Select:
        """A SELECT, with the subselects that are named before it."""
        named = []
        if self.accept("WITH"):
            if self.peek().says("RECURSIVE"):
                raise bad("WITH RECURSIVE is not supported")
            while True:
                name = self.identifier().lower()
                self.expect("AS")
                self.expect("(")
                named.append((name, self.query()))
                self.expect(")")
                if not self.accept(","):
                    break
        if self.accept("("):
            inner = self.query()
            self.expect(")")
            return inner
        select = self.select(tuple(named))
        if self.peek().says("UNION", "INTERSECT", "EXCEPT"):
            raise bad(f"{self.peek().text.upper()} is not supported")
        return select

    def select(self, named: tuple[tuple[str, Select], ...]) -> Select:
        """One SELECT with its clauses."""
        self.expect("SELECT")
        distinct = self.accept("DISTINCT")
        items = self.several(self.item)
        source, joins = (self.source(), self.joins()) if self.accept("FROM") else (None, ())
        where = self.expression() if self.accept("WHERE") else None
        groups = tuple(self.several(self.expression)) if self.accept("GROUP", "BY") else ()
        having = self.expression() if self.accept("HAVING") else None
        order = tuple(self.several(self.order)) if self.accept("ORDER", "BY") else ()
        offset = self.count() if self.accept("OFFSET") else 0
        limit = self.count() if self.accept("LIMIT") else None
        return Select(
            items=tuple(items),
            source=source,
            joins=joins,
            where=where,
            groups=groups,
            having=having,
            order=order,
            limit=limit,
            offset=offset,
            distinct=distinct,
            named=named,
        )

    def item(self) -> Item | Star:
        """A column of the result."""
        if self.accept("*"):
            return Star()
        part = self.expression()
        if self.accept("AS"):
            return Item(part, self.identifier())
        return Item(part, self.alias())

    def source(self) -> Any:
        """A table."""
        if self.accept("("):
            inner = self.query()
            self.expect(")")
            self.accept("AS")
            return Inner(inner, self.alias())
        if self.accept("UNNEST"):
            self.expect("(")
            parts = tuple(self.several(self.expression))
            self.expect(")")
            self.accept("AS")
            alias = self.alias()
            columns: tuple[str, ...] = ()
            if self.accept("("):
                columns = tuple(name.lower() for name in self.several(self.identifier))
                self.expect(")")
            return Unnest(parts, alias, columns)
        parts_ = self.name()
        if self.peek().says("("):
            raise bad(f"the table function {parts_[-1]} is not supported")
        self.accept("AS")
        return Table(parts_, self.alias())

    def joins(self) -> tuple[Join, ...]:
        """The tables beside the first one."""
        found = []
        while True:
            if self.accept(",") or self.accept("CROSS", "JOIN"):
                found.append(Join(self.source()))
                continue
            left = self.accept("LEFT", "OUTER", "JOIN") or self.accept("LEFT", "JOIN")
            if not (left or self.accept("INNER", "JOIN") or self.accept("JOIN")):
                if self.peek().says("RIGHT", "FULL"):
                    raise bad(f"{self.peek().text.upper()} JOIN is not supported")
                return tuple(found)
            source = self.source()
            self.expect("ON")
            found.append(Join(source, self.expression(), left))
