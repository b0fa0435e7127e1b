"""A call of a function that is more than a template, as its form sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from simulator.services.exchange.errors import bad_sql
from simulator.services.exchange.sql.typed import Typed, coerced
from simulator.services.exchange.sql.types import Type


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call.

    Args:
        name: of the function, in lower case.
        nodes: the arguments as they are written.
        compile: gives what an argument is.
        apply: gives what an argument that is a function (`x -> x + 1`) makes of values.
        fresh: makes a name that nothing has yet, for an argument of a function.
        now_ns: what time it is.
    """

    name: str
    nodes: Sequence[exp.Expr]
    compile: Callable[[exp.Expr], Typed]
    apply: Callable[[exp.Expr, Sequence[Typed]], Typed]
    fresh: Callable[[], str]
    now_ns: int

    def arguments(self, least: int, most: int | None = None) -> list[Typed]:
        """Return the compiled arguments.

        Raises:
            ExchangeError: ValidationException, there are fewer or more.
        """
        self.counted(least, most)
        return [self.compile(node) for node in self.nodes]

    def counted(self, least: int, most: int | None = None) -> None:
        """Refuse another number of arguments."""
        if not least <= len(self.nodes) <= (least if most is None else most):
            raise bad_sql(f"{self.name} does not take {len(self.nodes)} arguments.")

    def typed(self, value: Typed, type: Type) -> Typed:
        """Return an argument as one of a type."""
        try:
            return coerced(value, type)
        except Exception as error:
            raise bad_sql(f"{self.name} takes no {value.type} for {type}.") from error

    def word(self, value: Typed, what: str) -> str:
        """Return an argument that has to be a text literal."""
        if value.literal is None:
            raise bad_sql(f"The {what} of {self.name} has to be a text literal.")
        return value.literal

    def refusal(self, *values: Typed) -> Exception:
        """Return the refusal of arguments of these types."""
        given = ", ".join(str(value.type) for value in values)
        return bad_sql(f"{self.name}({given}) is not supported.")


Form = Callable[[Call], Typed]
"""Gives what a call is."""
