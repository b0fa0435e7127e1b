"""How values of the service become JSON: one shape for each type that a document selects from.

A shape is plain where everything below it is read off objects that are already there: such values
are made by one call without a detour. What has to be looked up, and lists that an answer consists
of, are completed step by step, so that errors stand at their fields and others get their turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Final, Protocol

from graphql import FieldNode, GraphQLError, GraphQLLeafType

from simulator.services.exchange.graphql.run import Null, Path, Run, TooLarge

_CHUNK: Final = 64
"""Plain items of a list between two looks at the time."""


class Shape(Protocol):
    """What becomes of a value."""

    is_plain: bool
    """Whether `plain` will do."""

    def plain(self, run: Run, value: Any) -> Any:
        """Return a value as JSON has it."""
        ...

    async def complete(self, run: Run, value: Any, path: Path) -> Any:
        """Return a value as JSON has it, whatever has to be looked up for that.

        Raises:
            Null: it has none, and that was noted.
        """
        ...


class Leaf:
    """A scalar or an enumeration."""

    is_plain = True

    def __init__(self, kind: GraphQLLeafType) -> None:
        self._serialize = kind.serialize

    def plain(self, run: Run, value: Any) -> Any:
        """Return what the type makes of a value."""
        # By far the most values are texts, and a text is what it is; not so one of an enumeration.
        return value if type(value) is str else self._serialize(value)

    async def complete(self, run: Run, value: Any, path: Path) -> Any:
        """Return what the type makes of a value."""
        return self.plain(run, value)


class Nullable:
    """Whatever another shape is, or null."""

    def __init__(self, of: Shape) -> None:
        self._of = of
        self.is_plain = of.is_plain

    def plain(self, run: Run, value: Any) -> Any:
        """Return the value, or null."""
        return None if value is None else self._of.plain(run, value)

    async def complete(self, run: Run, value: Any, path: Path) -> Any:
        """Return the value, or null; also where something below it could not be null."""
        if value is None:
            return None
        try:
            return await self._of.complete(run, value, path)
        except Null:
            return None


class Needed:
    """Whatever another shape is, and never null."""

    def __init__(self, of: Shape, name: str) -> None:
        self._of = of
        self._name = name
        self.is_plain = of.is_plain

    def plain(self, run: Run, value: Any) -> Any:
        """Return the value."""
        if value is None:
            raise GraphQLError(f"{self._name} is null, and must not be")
        return self._of.plain(run, value)

    async def complete(self, run: Run, value: Any, path: Path) -> Any:
        """Return the value."""
        if value is None:
            raise GraphQLError(f"{self._name} is null, and must not be")
        return await self._of.complete(run, value, path)


class Listed:
    """A list.

    Args:
        of: what its items are.
        is_long: whether it may be so long that others need their turn meanwhile.
    """

    def __init__(self, of: Shape, *, is_long: bool) -> None:
        self._of = of
        self.is_plain = of.is_plain and not is_long

    def plain(self, run: Run, value: Any) -> Any:
        """Return all items."""
        plain = self._of.plain
        return [plain(run, each) for each in value]

    async def complete(self, run: Run, value: Any, path: Path) -> Any:
        """Return all items, leaving the event loop to others on the way."""
        plain = self._of.plain if self._of.is_plain else None
        found = []
        for index, each in enumerate(value):
            if plain is None:
                found.append(await self._of.complete(run, each, (*path, index)))
            else:
                found.append(plain(run, each))
            if plain is None or index % _CHUNK == 0:
                await run.breathe()
        return found


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of an object, as a document selects it."""

    key: str
    """What the answer calls it."""
    nodes: Sequence[FieldNode]
    """Where the document does."""
    read: Callable[[Run, Any], Any]
    """Returns its value, or something to await, of the object."""
    is_plain: bool
    """Whether `read` does no more than that."""
    shape: Shape

    async def value(self, run: Run, source: Any, path: Path) -> Any:
        """Return it as JSON has it.

        Raises:
            Null: it could not be made, and may not be null.
        """
        try:
            value = self.read(run, source)
            if not self.is_plain and isawaitable(value):
                value = await value
            return await self.shape.complete(run, value, path)
        except (Null, TooLarge):
            raise
        except Exception as error:
            run.fail(error, self.nodes, path)
            if isinstance(self.shape, Nullable):
                return None
            raise Null from None


class Fields:
    """An object, of which some fields are selected."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = tuple(fields)
        self.is_plain = all(each.is_plain and each.shape.is_plain for each in self._fields)
        self._plain = [(each.key, each.read, each.shape.plain) for each in self._fields]

    def plain(self, run: Run, value: Any) -> Any:
        """Return the fields of an object."""
        run.answered(len(self._plain))
        return {key: plain(run, read(run, value)) for key, read, plain in self._plain}

    async def complete(self, run: Run, value: Any, path: Path) -> Any:
        """Return the fields of an object, one after another."""
        if self.is_plain:
            return self.plain(run, value)
        run.answered(len(self._fields))
        return {each.key: await each.value(run, value, (*path, each.key)) for each in self._fields}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields, in the schema."""
        return tuple(each.nodes[0].name.value for each in self._fields)

    @property
    def nodes(self) -> tuple[FieldNode, ...]:
        """Where the document selects the fields, the first place of each."""
        return tuple(each.nodes[0] for each in self._fields)

    async def answer(self, run: Run, root: Any) -> Any:
        """Return what an operation answers: its fields, or null where one of them may not be."""
        try:
            return await self.complete(run, root, ())
        except (Null, TooLarge):
            return None
