"""One execution of an operation: what it was given, what went wrong, how much it may still answer.

Executions share the event loop with everything else that the server does; a long one lets others
have their turn every few milliseconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from graphql import FieldNode, GraphQLError

from simulator.services.exchange.errors import limit

if TYPE_CHECKING:
    from simulator.services.exchange.graphql.variables import Variables
    from simulator.services.exchange.people import User
    from simulator.services.exchange.service import ExchangeService

TURN_S: Final = 0.005
"""How long an execution may keep the event loop to itself."""

_MOST_ERRORS: Final = 100
"""Further ones are not told: clients read the first."""

Path = tuple[Any, ...]
"""Keys and indexes that lead to a field of an answer."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What every field of one request knows."""

    service: ExchangeService
    caller: User
    noted: Callable[[str], None] = lambda name: None
    """Told the name of each operation that is called."""
    ordered: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Arguments that faults add to operations, by name."""


class Null(Exception):
    """A field that may not be null has no value: the field that holds it has none either."""


class TooLarge(Exception):
    """An answer of more fields than it may have; nothing of it is given."""


class Run:
    """The state of an execution.

    Args:
        call: who asks, and what answers.
        variables: what the client gives for those of the operation.
        most: how many fields the answer may have.
    """

    def __init__(self, call: Call, variables: Variables, most: int) -> None:
        self.call = call
        self.variables = variables
        self.errors: list[GraphQLError] = []
        self._left = self._most = most
        self._since_s = perf_counter()

    def answered(self, fields: int) -> None:
        """Count fields of the answer.

        Raises:
            TooLarge: there are too many of them.
        """
        self._left -= fields
        if self._left < 0:
            error = limit(f"the answer has more than {self._most} fields")
            self.errors = [GraphQLError(error.text, original_error=error)]
            raise TooLarge

    def fail(self, error: Exception, nodes: Sequence[FieldNode], path: Path) -> None:
        """Note why a field has no value."""
        if len(self.errors) >= _MOST_ERRORS:
            return
        cause = error.original_error if isinstance(error, GraphQLError) else error
        # The first place will do: to find many of them takes long.
        self.errors.append(
            GraphQLError(_text(error), nodes[:1], path=list(path), original_error=cause)
        )

    async def breathe(self) -> None:
        """Let others have their turn, if it is time to."""
        if perf_counter() - self._since_s > TURN_S:
            await asyncio.sleep(0)
            self._since_s = perf_counter()


def _text(error: Exception) -> str:
    return error.message if isinstance(error, GraphQLError) else str(error)
