"""Whether one watcher of created/updated/deleted events saw what it had to see.

For streams that promise each event once and, per object, in commit order (dispatch: seed 000,
StreamMicrogridDispatches). Writers number what they do to an object, creation 0, each update one
more, and put that number into the object, so a watcher can tell a loss from silence. The fold of
the events is compared with a listing at a barrier. No I/O and no clock: a live load test, a
conformance check and a recorded history are judged by the same code.

Codes of the violations:
    INT-GAP      a numbered event never came
    INT-DUP      an event came twice on one stream
    INT-ORD      an older state after a newer one, or anything after the deletion
    INT-FOREIGN  an object that does not belong to the watched scope
    INT-CONV     the fold of the events differs from the listing
    INT-FEED     an event of no known or of a contradictory kind, or an end that is not permitted
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, TypeAlias

from conformance.oracles.model import Violation

WIDEST_GAP = 10_000
"""A jump beyond this many numbers is reported at once instead of being awaited one by one."""


class Code(StrEnum):
    """What can be wrong with a watched stream."""

    GAP = "INT-GAP"
    DUP = "INT-DUP"
    ORD = "INT-ORD"
    FOREIGN = "INT-FOREIGN"
    CONV = "INT-CONV"
    FEED = "INT-FEED"


class Kind(IntEnum):
    """Kinds of events, numbered as on the wire (0 is unspecified and never legal)."""

    CREATED = 1
    UPDATED = 2
    DELETED = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What a writer left in an object with its latest write.

    `scope` is where the object lives (a microgrid, a parent); `number` is 0 for the creation and
    one more for each update. A deletion has no number of its own: it shows the last state.
    """

    scope: Hashable
    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One event as received.

    `kind` is the wire's number. `mark` is None for objects that no marking writer wrote. `state`
    is a digest of the whole object, or None where states are not compared.
    """

    kind: int
    key: Hashable
    mark: Mark | None
    state: Hashable = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """An object as a listing at the barrier shows it: last number and, if compared, its state."""

    number: int
    state: Hashable = None


Listing: TypeAlias = Mapping[Any, Listed]
"""Listed objects by key; Any because a mapping is invariant in its keys."""


class _Object:
    """What the stream has told about one object so far."""

    __slots__ = ("deleted", "missing", "number", "state")

    def __init__(self, number: int, state: Hashable) -> None:
        self.number = number
        self.state = state
        self.deleted = False
        self.missing: set[int] | None = None

    def skip_to(self, number: int, *, from_number: int) -> None:
        """Await the numbers from `from_number` up to, not including, `number`."""
        if number > from_number:
            self.missing = (self.missing or set()) | set(range(from_number, number))


class StreamHistory:
    """The events of one stream, judged one by one as they come and once more at a barrier.

    Numbers that were jumped over are awaited until `settle` or `finish`: if they come late the
    stream has lost its order (INT-ORD), if they never come it has a gap (INT-GAP).

    Args:
        scope: what is watched; marks of another scope are foreign.
        exclusive: nobody else writes into the scope, so an object without a mark is foreign too.
        witnesses_birth: every object that first shows up after `go_live` was born after it, so
            its history has to begin with its creation. False for a stream opened in the middle.
    """

    def __init__(
        self, scope: Hashable, *, exclusive: bool = False, witnesses_birth: bool = True
    ) -> None:
        self.scope = scope
        self.exclusive = exclusive
        self.witnesses_birth = witnesses_birth
        self.is_live = False
        self._objects: dict[Hashable, _Object] = {}

    def go_live(self) -> None:
        """From now on the stream is known to be subscribed: whatever is written must arrive."""
        self.is_live = True

    def see(self, event: Event) -> Sequence[Violation]:
        """Take the next event and return what is wrong with it, usually nothing."""
        mark = event.mark
        if mark is None:
            return self._unmarked(event)
        if mark.scope != self.scope:
            text = f"{event.key} belongs to {mark.scope}, watched is {self.scope}"
            return [_violation(Code.FOREIGN, text)]
        known = self._objects.get(event.key)
        if known is None:
            return self._first(event, mark)
        # The usual case, kept short: the next update of a living object.
        if (
            event.kind == Kind.UPDATED
            and mark.number == known.number + 1
            and not known.deleted
            and mark.number
        ):
            known.number = mark.number
            known.state = event.state
            return ()
        return self._next(event, mark, known)

    def outstanding(self, listing: Listing) -> int:
        """How many objects still differ from the listing or await skipped numbers.

        Zero means that `settle` will find nothing; a positive number may fall while events that
        overtook each other across objects are still on their way.
        """
        count = sum(1 for known in self._objects.values() if known.missing)
        for key, known in self._objects.items():
            count += bool(_difference(key, known, listing.get(key)))
        if self.witnesses_birth:
            count += sum(1 for key in listing if key not in self._objects)
        return count

    def settle(self, listing: Listing) -> list[Violation]:
        """Compare the fold of the events with the listing taken at a barrier.

        Call it when every writer is done and the stream has had its time to catch up. Objects
        that were deleted before the first event are in neither and not judged.
        """
        found = self.finish()
        for key, known in self._objects.items():
            found += _difference(key, known, listing.get(key))
        if self.witnesses_birth:
            for key, listed in listing.items():
                if key not in self._objects:
                    numbers = _numbers(range(listed.number + 1))
                    found.append(_violation(Code.GAP, f"{key}: {numbers} never came"))
                    found.append(_violation(Code.CONV, f"{key} is listed, the events know it not"))
        return found

    def finish(self) -> list[Violation]:
        """Give up on skipped numbers: each object that still awaits some has a gap."""
        found = []
        for key, known in self._objects.items():
            if known.missing:
                text = f"{key}: {_numbers(sorted(known.missing))} never came"
                found.append(_violation(Code.GAP, text))
                known.missing = None
        return found

    def ended(self, status: str, *, permitted: Iterable[str] = ()) -> list[Violation]:
        """Judge how the stream ended: `status` is the name of the gRPC status it ended with.

        An end that the watcher itself brought about is not reported here.
        """
        allowed = tuple(permitted)
        if status in allowed:
            return []
        expected = f"permitted: {', '.join(allowed)}" if allowed else "it should have stayed open"
        return [_violation(Code.FEED, f"the stream ended with {status}; {expected}")]

    def _unmarked(self, event: Event) -> Sequence[Violation]:
        if event.kind not in Kind.__members__.values():
            return [_violation(Code.FEED, f"{event.key}: event kind {event.kind}")]
        if self.exclusive:
            return [_violation(Code.FOREIGN, f"{event.key} was not written by this run")]
        return ()

    def _first(self, event: Event, mark: Mark) -> list[Violation]:
        found = _contradiction(event, mark)
        known = self._objects[event.key] = _Object(mark.number, event.state)
        known.deleted = event.kind == Kind.DELETED
        if self.is_live and self.witnesses_birth:
            # The deletion repeats the last number, whose own event should have come before.
            until = mark.number + 1 if known.deleted else mark.number
            found += self._skipped(event.key, known, until, from_number=0)
        return found

    def _next(self, event: Event, mark: Mark, known: _Object) -> list[Violation]:
        found = _contradiction(event, mark)
        key, number = event.key, mark.number
        if event.kind == Kind.DELETED:
            if known.deleted:
                return [*found, _violation(Code.DUP, f"{key}: deleted twice")]
            if number < known.number:
                text = f"{key}: the deletion shows number {number} after {known.number}"
                found.append(_violation(Code.ORD, text))
            found += self._skipped(key, known, number + 1, from_number=known.number + 1)
            known.deleted = True
            known.number = max(known.number, number)
        elif known.missing and number in known.missing:
            known.missing.discard(number)
            last = "the deletion" if known.deleted else f"number {known.number}"
            found.append(_violation(Code.ORD, f"{key}: number {number} after {last}"))
        elif number <= known.number:
            found.append(_violation(Code.DUP, f"{key}: number {number} came twice"))
        else:
            if known.deleted:
                text = f"{key}: number {number} after the deletion"
                found.append(_violation(Code.ORD, text))
            found += self._skipped(key, known, number, from_number=known.number + 1)
            known.number = number
            known.state = event.state
        return found

    def _skipped(
        self, key: Hashable, known: _Object, number: int, *, from_number: int
    ) -> list[Violation]:
        if number - from_number > WIDEST_GAP:
            return [_violation(Code.GAP, f"{key}: numbers {from_number} to {number - 1} skipped")]
        known.skip_to(number, from_number=from_number)
        return []


def judge_history(
    scope: Hashable,
    events: Iterable[Event],
    listing: Listing | None = None,
    *,
    exclusive: bool = False,
) -> list[Violation]:
    """Everything wrong with a finished recording that was live from its first event on.

    Without a listing only the events themselves are judged.
    """
    history = StreamHistory(scope, exclusive=exclusive)
    history.go_live()
    found = [violation for event in events for violation in history.see(event)]
    return found + (history.finish() if listing is None else history.settle(listing))


def _violation(code: Code, text: str) -> Violation:
    return Violation(code=code.value, text=text)


def _contradiction(event: Event, mark: Mark) -> list[Violation]:
    if event.kind not in Kind.__members__.values():
        return [_violation(Code.FEED, f"{event.key}: event kind {event.kind}")]
    if event.kind != Kind.DELETED and (event.kind == Kind.CREATED) != (mark.number == 0):
        kind = Kind(event.kind).name
        return [_violation(Code.FEED, f"{event.key}: {kind} for number {mark.number}")]
    return []


def _agrees(known: _Object, listed: Listed) -> bool:
    if known.number != listed.number:
        return False
    return known.state is None or listed.state is None or known.state == listed.state


def _difference(key: Hashable, known: _Object, listed: Listed | None) -> list[Violation]:
    if listed is None:
        if known.deleted:
            return []
        return [
            _violation(Code.GAP, f"{key}: its deletion never came"),
            _violation(Code.CONV, f"{key} is alive by the events but not listed"),
        ]
    if known.deleted:
        return [_violation(Code.CONV, f"{key} is deleted by the events but listed")]
    if _agrees(known, listed):
        return []
    found = []
    if listed.number > known.number:
        numbers = _numbers(range(known.number + 1, listed.number + 1))
        found.append(_violation(Code.GAP, f"{key}: {numbers} never came"))
    text = f"{key} is at number {known.number} by the events, at {listed.number} by the listing"
    if listed.number == known.number:
        text = f"{key} at number {known.number}: listed state differs from the event's"
    return [*found, _violation(Code.CONV, text)]


def _numbers(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"number {numbers[0]}"
    shown = ", ".join(str(number) for number in numbers[:5])
    return f"numbers {shown}{', …' if len(numbers) > 5 else ''}"
