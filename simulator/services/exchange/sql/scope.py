"""Which names an expression may use, and what they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql.typed import Typed
from simulator.services.exchange.sql.types import fields_of


@dataclass(frozen=True, kw_only=True)
class Field:
    """A column of something in FROM, or of a query's result.

    Args:
        name: as it is told; None: it has none.
        value: how DuckDB calls it.
        hidden: only its qualified name denotes it (a column of USING).
    """

    name: str | None
    value: Typed
    hidden: bool = False


@dataclass(frozen=True, kw_only=True)
class Source:
    """Something in FROM: its columns, and the names that may stand before theirs.

    Args:
        qualifiers: in lower case: the alias, or the table's name alone and after its database's.
        fields: the columns in order.
    """

    qualifiers: frozenset[tuple[str, ...]]
    fields: Sequence[Field]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The names of one SELECT.

    Args:
        sources: what stands in FROM.
        variables: arguments of functions such as `x -> x + 1`, by name in lower case.
        parent: the names of the query around it; None: there is none.
    """

    sources: Sequence[Source] = ()
    variables: Mapping[str, Typed] = field(default_factory=dict)
    parent: Scope | None = None

    @property
    def functions(self) -> int:
        """Within how many functions this is."""
        outer = 0 if self.parent is None else self.parent.functions
        return outer + bool(self.variables)

    def resolve(self, parts: Sequence[str]) -> Typed:
        """Return what a name with dots denotes: a column, or a field of a row within one.

        Raises:
            ExchangeError: ValidationException, nothing, or more than one column.
        """
        lower = tuple(part.lower() for part in parts)
        scope: Scope | None = self
        while scope is not None:
            for length in range(len(parts), 0, -1):
                found = scope._found(lower[:length])
                if found is not None:
                    return member(found, parts[length:])
            scope = scope.parent
        raise bad_sql(f"The column '{'.'.join(parts)[:120]}' does not exist.")

    def columns(self, qualifier: Sequence[str] = ()) -> Iterator[Field]:
        """Yield what `*` stands for, or `qualifier.*`.

        Raises:
            ExchangeError: ValidationException, nothing has that name.
        """
        wanted = tuple(part.lower() for part in qualifier)
        matching = [each for each in self.sources if not wanted or wanted in each.qualifiers]
        if not matching:
            name = f"{'.'.join(qualifier)}.*" if wanted else "*"
            raise bad_sql(f"{name} stands for nothing here.")
        for source in matching:
            yield from (each for each in source.fields if wanted or not each.hidden)

    def _found(self, lower: tuple[str, ...]) -> Typed | None:
        if len(lower) == 1 and lower[0] in self.variables:
            return self.variables[lower[0]]
        *qualifier, name = lower
        matching = [
            each.value
            for source in self.sources
            if not qualifier or tuple(qualifier) in source.qualifiers
            for each in source.fields
            if each.name is not None and each.name.lower() == name
            if qualifier or not each.hidden
        ]
        if len(matching) > 1:
            raise bad_sql(f"The column '{'.'.join(lower)[:120]}' is ambiguous.")
        return matching[0] if matching else None


def member(value: Typed, path: Sequence[str]) -> Typed:
    """Return a field within a row.

    Raises:
        ExchangeError: ValidationException, there is no such field.
    """
    for name in path:
        names = [each.lower() if each else None for each in value.type.names]
        if name.lower() not in names:
            raise bad_sql(f"'{name[:120]}' is not a field of {value.type}.")
        place = names.index(name.lower())
        inside = fields_of(value.type)[place]
        value = Typed(
            sql=f"({value.sql}).{inside}", type=value.type.items[place], bytes=value.bytes
        )
    return value
