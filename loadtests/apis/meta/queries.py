"""What the watches of a run ask for: filters, windows and orders, mixed over the streams.

Writers give every deployment a class, a rank and a service, so that writes let it enter and leave
filters and move in windows. Each query knows without a server what it may show. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.oracles.meta.assembly import Asked
from conformance.oracles.meta.model import KINDS

KIND = "deployments"
"""What a run writes: their parents can be private, and they have a reference to sort by."""

RUN_LABEL = "gridproof_run"
CLASS_LABEL = "gp_class"
RANK_LABEL = "gp_rank"
CLASSES = ("a", "b", "c")

SEVERAL = -1
"""The scope of a watch over several parents."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """One watch, and the List that has to show the same.

    Attributes:
        kind: plural of the watched kind.
        parent: name of the parent, possibly with a wildcard; "" where the kind has none.
        scope: number of the parent, SEVERAL for a wildcard.
        filter, order: as sent.
        page: items in the window, 0 for all; stateful only.
        chunk: max_chunk_size as sent.
        stateful: type of the watch.
        classes: those that the filter lets through.
    """

    kind: str = KIND
    parent: str
    scope: int
    filter: str = ""
    order: str = ""
    page: int = 0
    chunk: int = 0
    stateful: bool = False
    classes: tuple[str, ...] = CLASSES

    @property
    def key(self) -> str:
        """Equal for queries whose lists are equal."""
        return "|".join((self.kind, self.parent, self.filter, self.order, str(self.page)))

    @property
    def shows_all(self) -> bool:
        """Whether nothing of the parent is hidden."""
        return not (self.filter or self.page)

    def asked(self, *, is_resumed: bool = False, is_sdk: bool = True) -> Asked:
        """The watch as the assemblers judge it."""
        return Asked(
            stateful=self.stateful,
            chunk=self.chunk,
            page=self.page,
            resumed=is_resumed,
            empty_size=is_sdk,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shape:
    """What of a query does not depend on the run; `by_run` goes over all parents."""

    filter: str = ""
    classes: tuple[str, ...] = CLASSES
    order: str = ""
    page: int = 0
    chunk: int = 0
    by_run: bool = False


_CLASS = f"metadata.labels.{CLASS_LABEL}"
_RANK = f"metadata.labels.{RANK_LABEL}"

STATELESS = (
    _Shape(),
    _Shape(filter=f'{_CLASS} = "a"', classes=("a",), chunk=10),
    _Shape(filter=f'{_CLASS} IN ["a", "b"]', classes=("a", "b"), chunk=100),
    _Shape(filter=f'NOT {_CLASS} = "a"', classes=("b", "c"), chunk=3),
    _Shape(by_run=True, chunk=50),
)
STATEFUL = (
    _Shape(chunk=100),
    _Shape(order=_RANK, page=10),
    _Shape(order="service desc", page=25, chunk=7),
    _Shape(order=f"{_RANK} desc", page=50, chunk=100),
    _Shape(order="name desc", chunk=10),
    _Shape(order=f"{_RANK}, service", page=20, filter=f'{_CLASS} = "a"', classes=("a",)),
)
"""Without a page there is always a chunk size: else a server may show only part of the list."""


def parent_of(token: str, scope: int) -> str:
    """The private parent of a scope; `token` is the random part of the run id."""
    return f"regions/gp-{token}-{scope}"


def written(
    number: int, *, run: str, token: str, scopes: int, stateful: bool, chunk: int, plain: bool
) -> Query:
    """What the stream of this number watches where the run writes.

    Args:
        number: of the stream.
        run: its id.
        token: the random part of the id.
        scopes: over how many parents the run spreads.
        stateful: which type.
        chunk: replaces the chunk sizes of the mix unless it is 0.
        plain: no mix; every stream watches a whole parent.
    """
    shapes = STATEFUL if stateful else STATELESS
    shape = shapes[0 if plain else number // scopes % len(shapes)]
    scope = SEVERAL if shape.by_run else number % scopes
    own = f'metadata.labels.{RUN_LABEL} = "{run}"'
    return Query(
        parent="regions/-" if shape.by_run else parent_of(token, scope),
        scope=scope,
        filter=own if shape.by_run else shape.filter,
        classes=shape.classes,
        order=shape.order,
        page=shape.page,
        chunk=chunk or shape.chunk,
        stateful=stateful,
    )


def found(number: int, *, stateful: bool, chunk: int) -> Query:
    """What the stream of this number watches where nothing is written: all kinds in turn."""
    scope = number % len(KINDS)
    kind = list(KINDS.values())[scope]
    sizes = (100, 10, 25)
    return Query(
        kind=kind.plural,
        parent=f"{kind.parent}/-" if kind.parent else "",
        scope=scope,
        chunk=chunk or sizes[number // len(KINDS) % len(sizes)],
        stateful=stateful,
    )
