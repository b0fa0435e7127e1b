"""Looks at things that change, in real time: which state was surely there before which.

An answer shows a state that was true at some moment between request and answer. Of two looks at one
thing the order is known only where one had ended before the other began; a message on a stream
tells of a state that was there at the latest when it came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from conformance.histories.history import Call, Event, Frame

V = TypeVar("V")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Look(Generic[V]):
    """One thing as it was shown once.

    Attributes:
        key: which thing.
        value: as shown.
        where: in the history.
        began_us: None where the state may be as old as it likes, as on a stream.
        ended_us: None where it is not known.
    """

    key: Any
    value: V
    where: Event
    began_us: int | None
    ended_us: int | None


def listed(key: Hashable, value: V, where: Call, began_us: int | None) -> Look[V]:
    """What a page showed, of a walk that began at some time."""
    return Look(key=key, value=value, where=where, began_us=began_us, ended_us=where.ended_us)


def look(key: Hashable, value: V, where: Event) -> Look[V]:
    """What a call answered, or a message of a stream told."""
    if isinstance(where, Frame):
        return Look(key=key, value=value, where=where, began_us=None, ended_us=where.at_us)
    began, ended = where.began_us, where.ended_us
    return Look(key=key, value=value, where=where, began_us=began, ended_us=ended)


def by_key(looks: Iterable[Look[V]]) -> dict[Any, list[Look[V]]]:
    """Looks by what they are at, in their order."""
    found: dict[Any, list[Look[V]]] = defaultdict(list)
    for each in looks:
        found[each.key].append(each)
    return found


def successions(
    looks: Iterable[Look[V]], rank: Callable[[V], Any]
) -> Iterator[tuple[Look[V], Look[V]]]:
    """Each look with the one of highest rank among those that had ended before it began.

    Args:
        looks: of any things; only those of one thing are compared.
        rank: what may not fall while time goes on.
    """
    for group in by_key(looks).values():
        ended = sorted((e for e in group if e.ended_us is not None), key=lambda e: e.ended_us or 0)
        began = sorted((b for b in group if b.began_us is not None), key=lambda b: b.began_us or 0)
        at, best = 0, None
        for after in began:
            while at < len(ended) and (ended[at].ended_us or 0) < (after.began_us or 0):
                if best is None or rank(ended[at].value) >= rank(best.value):
                    best = ended[at]
                at += 1
            if best is not None:
                yield best, after


class Quiet:
    """When nothing was written to some scope: only where the file says that nobody else wrote.

    Args:
        sole_writer: whether it says so.
        writes: calls that may have changed something, each with its scope.
    """

    def __init__(self, sole_writer: bool, writes: Iterable[tuple[Hashable, Call]]) -> None:
        self._known = sole_writer
        self._spans: dict[Hashable, list[tuple[int, float, int]]] = defaultdict(list)
        for scope, call in writes:
            # What ended in no answer may be carried out at any time later.
            sure = call.ended_us is not None and call.code not in _OPEN_ENDED
            end = float(call.ended_us or 0) if sure else float("inf")
            self._spans[scope].append((call.began_us, end, call.line.number))

    def between(self, scope: Hashable, from_us: int | None, to_us: int | None, *but: Event) -> bool:
        """Whether it is certain that nothing changed in the scope from one time to the other.

        What some calls themselves have changed is left out.
        """
        if not self._known or from_us is None or to_us is None:
            return False
        own = {event.line.number for event in but}
        return all(
            end < from_us or began > to_us or number in own
            for began, end, number in self._spans[scope]
        )


_OPEN_ENDED = frozenset({"DEADLINE_EXCEEDED", "UNAVAILABLE", "CANCELLED", "UNKNOWN", "INTERNAL"})
