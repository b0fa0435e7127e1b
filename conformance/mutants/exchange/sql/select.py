"""SELECT carried out: tables joined, rows chosen, grouped, ordered and cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

from conformance.mutants.exchange.book import Refuse
from conformance.mutants.exchange.sql.tokens import bad
from conformance.mutants.exchange.sql.tree import (
    Apply,
    Column,
    Inner,
    Item,
    Join,
    Literal,
    Order,
    Select,
    Series,
    Star,
    Table,
    Unnest,
)
from conformance.mutants.exchange.sql.types import type_of
from conformance.mutants.exchange.sql.values import (
    Row,
    Scope,
    compare,
    evaluate,
    window_key,
    within,
)

MAX_ROWS = 200_000
"""Rows that a statement may hold; it would not be ready in time with more."""


@dataclass(frozen=True, kw_only=True)
class Relation:
    """Columns with their types, and rows of as many values."""

    columns: Sequence[tuple[str, Any]]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What a statement is carried out with.

    Attributes:
        functions: of one value.
        aggregates: of many.
        now_ns: what `now()` is.
        table: the relation of a table's name; refuses others.
        tick: called often; refuses when the time is over.
    """

    functions: Mapping[str, Callable[..., Any]]
    aggregates: Mapping[str, Callable[..., Any]]
    now_ns: int
    table: Callable[[tuple[str, ...]], Relation]
    tick: Callable[[], None]

    def run(self, select: Select, known: Mapping[str, Relation] | None = None) -> Relation:
        """The result of a SELECT; `known` are subselects by name.

        Raises:
            Refuse: it cannot be carried out.
        """
        named = dict(known or {})
        for name, inner in select.named:
            named[name] = self.run(inner, named)
        return _Run(self, named).select(select)


class _Run:
    def __init__(self, engine: Engine, named: Mapping[str, Relation]) -> None:
        self.engine = engine
        self.named = named
        self.types: dict[str, Any] = {}
        self.order: list[tuple[str, str]] = []
        self.scope = Scope(
            functions=engine.functions,
            aggregates=engine.aggregates,
            now_ns=engine.now_ns,
            inner=lambda select: engine.run(select, named).rows,
            tick=engine.tick,
        )

    def select(self, select: Select) -> Relation:
        rows = self._from(select)
        if select.where is not None:
            self._plain(select.where)
            rows = (row for row in rows if evaluate(self.scope, select.where, row) is True)
        kept = self._bounded(rows)
        items = self._items(select)
        grouped = bool(select.groups) or any(
            self._aggregates(part) for part in (*(i.part for i in items), select.having)
        )
        units: list[tuple[Row, Sequence[Row] | None]]
        if grouped:
            units = list(self._groups(select, items, kept))
        else:
            units = [(row, None) for row in self._windows(items, select.order, kept)]
        if select.having is not None:
            units = [u for u in units if evaluate(self.scope, select.having, *u) is True]
        out = [[evaluate(self.scope, item.part, *unit) for item in items] for unit in units]
        keyed = list(zip(units, out, strict=True))
        if select.distinct:
            keyed = list({repr(values): (unit, values) for unit, values in keyed}.values())
        if select.order:
            keyed = self._ordered(select, items, keyed)
        end = None if select.limit is None else select.offset + select.limit
        found = [values for _, values in keyed[select.offset : end]]
        columns = [
            (item.alias or _name(item.part, at), type_of(self.types, item.part, found, at))
            for at, item in enumerate(items)
        ]
        return Relation(columns=columns, rows=found)

    def _from(self, select: Select) -> Iterator[Row]:
        if select.source is None:
            return iter([{}])
        rows: Iterator[Row] = self._beside(iter([{}]), Join(select.source))
        for join in select.joins:
            rows = self._beside(rows, join)
        return rows

    def _beside(self, rows: Iterator[Row], join: Join) -> Iterator[Row]:
        if isinstance(join.source, Unnest):
            return self._unnested(rows, join.source)
        relation, alias = self._relation(join.source)
        self._declare(alias, relation.columns)
        return self._joined(rows, relation, alias, join)

    def _joined(
        self, rows: Iterator[Row], relation: Relation, alias: str, join: Join
    ) -> Iterator[Row]:
        names = [name.lower() for name, _ in relation.columns]
        inner = [self._row(alias, names, values) for values in relation.rows]
        for row in rows:
            matched = False
            for other in inner:
                self.engine.tick()
                both = {**row, **other}
                if join.on is None or evaluate(self.scope, join.on, both) is True:
                    matched = True
                    yield both
            if join.left and not matched:
                yield {**row, **self._row(alias, names, [None] * len(names))}

    def _unnested(self, rows: Iterator[Row], unnest: Unnest) -> Iterator[Row]:
        alias = (unnest.alias or "unnested").lower()
        self._declare(alias, [(name, None) for name in unnest.columns])
        for row in rows:
            listed = [evaluate(self.scope, part, row) for part in unnest.parts]
            spread = [
                [list(pair) for pair in one.points]
                if isinstance(one, Series)
                else [[value] for value in one or ()]
                for one in listed
            ]
            for at in range(max(map(len, spread), default=0)):
                self.engine.tick()
                values = [v for one in spread for v in (one[at] if at < len(one) else [None])]
                yield {**row, **self._row(alias, list(unnest.columns), values)}

    def _relation(self, source: Any) -> tuple[Relation, str]:
        if isinstance(source, Inner):
            return self.engine.run(source.select, self.named), (source.alias or "").lower()
        assert isinstance(source, Table)
        alias = (source.alias or source.parts[-1]).lower()
        if len(source.parts) == 1 and source.parts[0].lower() in self.named:
            return self.named[source.parts[0].lower()], alias
        return self.engine.table(source.parts), alias

    def _declare(self, alias: str, columns: Sequence[tuple[str, Any]]) -> None:
        for name, type_ in columns:
            self.types.setdefault(name.lower(), type_)
            self.types[f"{alias}.{name.lower()}"] = type_
            self.order.append((alias, name))

    @staticmethod
    def _row(alias: str, names: Sequence[str], values: Sequence[Any]) -> Row:
        row = dict(zip(names, values, strict=False))
        return {**row, **{f"{alias}.{name}": value for name, value in row.items()}}

    def _bounded(self, rows: Iterator[Row]) -> list[Row]:
        found: list[Row] = []
        for row in rows:
            self.engine.tick()
            found.append(row)
            if len(found) > MAX_ROWS:
                raise Refuse("QueryTimeout", "The query holds too many rows to end in time.")
        return found

    def _items(self, select: Select) -> list[Item]:
        items: list[Item] = []
        for item in select.items:
            if isinstance(item, Star):
                items += [Item(Column(n.lower(), n, alias), n) for alias, n in self.order]
            else:
                items.append(item)
        for item in items:
            self._known(item.part)
        return items

    def _known(self, part: Any) -> None:
        # A query of an empty table has to be refused for its columns, too.
        for column in within(part, lambda one: isinstance(one, Column)):
            name = f"{column.table}.{column.name}" if column.table else column.name
            if name not in self.types:
                raise bad(f"Column '{column.shown}' does not exist")

    def _plain(self, part: Any) -> None:
        self._known(part)
        if self._aggregates(part):
            raise bad("WHERE cannot contain aggregations")

    def _aggregates(self, part: Any) -> bool:
        def wanted(one: Any) -> bool:
            return isinstance(one, Apply) and (
                one.window is not None or one.name in self.engine.aggregates
            )

        return any(one.window is None for one in within(part, wanted))

    def _groups(
        self, select: Select, items: Sequence[Item], rows: Sequence[Row]
    ) -> Iterator[tuple[Row, Sequence[Row]]]:
        keys = [self._ordinal(items, part) for part in select.groups]
        for part in (*(item.part for item in items), select.having):
            self._settled(part, keys)
        groups: dict[str, list[Row]] = {} if keys else {"": []}
        for row in rows:
            self.engine.tick()
            key = repr([evaluate(self.scope, part, row) for part in keys]) if keys else ""
            groups.setdefault(key, []).append(row)
        empty = dict.fromkeys(self.types)
        for members in groups.values():
            yield (members[0] if members else empty), members

    def _settled(self, part: Any, keys: Sequence[Any]) -> None:
        # Of a column that is neither a key nor aggregated a group has many values.
        def settled(one: Any) -> bool:
            aggregate = isinstance(one, Apply) and one.name in self.engine.aggregates
            return aggregate or one in keys or isinstance(one, Column)

        for one in within(part, settled):
            if isinstance(one, Column) and one not in keys:
                raise bad(f"'{one.shown}' must be an aggregate expression or appear in GROUP BY")

    @staticmethod
    def _ordinal(items: Sequence[Item], part: Any) -> Any:
        if isinstance(part, Literal) and isinstance(part.value, int):
            if not 1 <= part.value <= len(items):
                raise bad(f"position {part.value} is not in select list")
            return items[part.value - 1].part
        return part

    def _windows(
        self, items: Sequence[Item], order: Sequence[Order], rows: Sequence[Row]
    ) -> Sequence[Row]:
        def wanted(one: Any) -> bool:
            return isinstance(one, Apply) and one.window is not None

        parts = [p for item in items for p in within(item.part, wanted)]
        parts += [p for key in order for p in within(key.part, wanted)]
        for part in parts:
            rows = self._window(part, rows)
        return rows

    def _window(self, part: Apply, rows: Sequence[Row]) -> Sequence[Row]:
        assert part.window is not None
        groups: dict[str, list[int]] = {}
        for at, row in enumerate(rows):
            key = repr([evaluate(self.scope, one, row) for one in part.window.partition])
            groups.setdefault(key, []).append(at)
        values: dict[int, Any] = {}
        for members in groups.values():
            ordered = self._arranged(
                part.window.order, members, lambda at, one: evaluate(self.scope, one, rows[at])
            )
            for place, at in enumerate(ordered):
                values[at] = self._over(part, [rows[other] for other in ordered], place)
        return [{**row, window_key(part): values[at]} for at, row in enumerate(rows)]

    def _over(self, part: Apply, ordered: Sequence[Row], place: int) -> Any:
        if part.name == "row_number":
            return place + 1
        if part.name in ("lag", "lead"):
            given = [evaluate(self.scope, one, ordered[place]) for one in part.arguments[1:]]
            step = int(given[0]) if given else 1
            other = place - step if part.name == "lag" else place + step
            if not 0 <= other < len(ordered):
                return given[1] if len(given) > 1 else None
            return evaluate(self.scope, part.arguments[0], ordered[other])
        if part.name in self.engine.aggregates:
            until = ordered[: place + 1] if part.window and part.window.order else ordered
            plain = Apply(part.name, part.arguments, part.distinct)
            return evaluate(self.scope, plain, ordered[place], until)
        raise bad(f"the window function {part.name} is not supported")

    def _ordered(self, select: Select, items: Sequence[Item], keyed: list[Any]) -> list[Any]:
        places = {(i.alias or _name(i.part, at)).lower(): at for at, i in enumerate(items)}

        def value(entry: Any, part: Any) -> Any:
            unit, values = entry
            if isinstance(part, Literal) and isinstance(part.value, int):
                if not 1 <= part.value <= len(values):
                    raise bad(f"position {part.value} is not in select list")
                return values[part.value - 1]
            if isinstance(part, Column) and part.table is None and part.name in places:
                return values[places[part.name]]
            return evaluate(self.scope, part, *unit)

        return self._arranged(select.order, keyed, value)

    def _arranged(
        self, order: Sequence[Order], entries: list[Any], value: Callable[[Any, Any], Any]
    ) -> list[Any]:
        for key in reversed(order):
            held = [(value(entry, key.part), entry) for entry in entries]
            some = [pair for pair in held if pair[0] is not None]
            none = [pair[1] for pair in held if pair[0] is None]
            some.sort(key=cmp_to_key(_order_of), reverse=key.descending)
            ordered = [pair[1] for pair in some]
            entries = none + ordered if key.nulls_first else ordered + none
        return entries


def _order_of(left: Any, right: Any) -> int:
    if compare("=", left[0], right[0]):
        return 0
    return -1 if compare("<", left[0], right[0]) else 1


def _name(part: Any, at: int) -> str:
    return part.shown if isinstance(part, Column) else f"_col{at}"
