"""What leads from one sorted list to another, as changes that apply one after the other.

First all removals, from the end so that none shifts another, then what moved, then what came in,
from the start, and what changed in its place. Indices are those of the list at that moment
(seed 003, Added, Modified and Removed; the order among them is our choice).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from sortedcontainers import SortedList


class Step(NamedTuple):
    """One change of a list."""

    kind: Literal["removed", "modified", "added"]
    name: str
    at: int
    """Where the item stands afterwards; of a removal, where it stood."""
    previous: int
    """Where it stood before; only of a modification."""


def steps(
    old: Sequence[str],
    new: Sequence[str],
    *,
    changed: Callable[[str], bool],
    altered: Callable[[str], bool],
) -> Iterator[Step]:
    """Yield what turns the list `old` into `new`, both of different names.

    Only names that are `changed` may have other neighbours than before; those that are `altered`
    look different, the rest of the changed ones is told of only if it moved.
    """
    there = set(new)
    for index in range(len(old) - 1, -1, -1):
        if old[index] not in there:
            yield Step("removed", old[index], index, 0)
    stayed = [name for name in old if name in there]
    place = {name: index for index, name in enumerate(stayed)}
    common = [name for name in new if name in place]
    touched = {name for name in common if changed(name)}
    movers = _movers(common, place, touched) if stayed != common else ()
    yield from _moves(common, place, movers)
    for index, name in enumerate(new):
        if name not in place:
            yield Step("added", name, index, 0)
        elif name in touched and name not in movers and altered(name):
            yield Step("modified", name, index, index)


def _movers(common: Sequence[str], place: dict[str, int], touched: Collection[str]) -> set[str]:
    """Return the changed names that have to move so that the others are in their new order."""
    # The place that the next unchanged name holds: what stays before it must stand below that.
    ceilings: list[int] = []
    ceiling = len(common)
    for name in reversed(common):
        ceilings.append(ceiling)
        if name not in touched:
            ceiling = place[name]
    movers: set[str] = set()
    reached = -1
    for name, ceiling in zip(common, reversed(ceilings), strict=True):
        if reached < place[name] < ceiling or name not in touched:
            reached = place[name]
        else:
            movers.add(name)
    return movers


def _moves(common: Sequence[str], place: dict[str, int], movers: Collection[str]) -> Iterator[Step]:
    """Yield the moves, each to right behind the name that precedes it in the end."""
    if not movers:
        return
    # Who waits or stays is found at (old place, -1), who has moved at (place of the last stayer
    # before it, place in the end): sorted like the list that a reader has in its hands.
    line = SortedList((index, -1) for index in range(len(common)))
    anchor = -1
    for end, name in enumerate(common):
        if name not in movers:
            anchor = place[name]
            continue
        key = (place[name], -1)
        previous = line.bisect_left(key)
        line.remove(key)
        key = (anchor, end)
        index = line.bisect_left(key)
        line.add(key)
        yield Step("modified", name, index, previous)
