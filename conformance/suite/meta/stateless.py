"""What checks of stateless watches share: how a stream begins, and faults that have to be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import grpc

from conformance.failures import NotApplicable, Refused
from conformance.judging import advise, attempt, expect, observe, untestable
from conformance.oracles.meta import history
from conformance.oracles.meta.assembly import Asked, is_size_check
from conformance.oracles.meta.model import Data, Message
from conformance.oracles.meta.tolerant import Tolerant
from conformance.suite.meta.changing import Ground
from conformance.suite.meta.watching import Watch, patience, steadily, watching
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population

WORDS: Mapping[str, str] = {
    "soft_reset": "a soft reset",
    "hard_reset": "a hard reset",
    "send_snapshot_size": "a size check",
}
"""Faults that a watch shows by a message of its own."""

SEVERAL = 2
"""Fewer than these tell nothing about what is left out."""

ILLEGAL = frozenset({grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.OUT_OF_RANGE})
STATE = frozenset({grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.UNIMPLEMENTED})
"""Statuses that say that a field has no place here: right, and right but unusual."""


def tag_of(target: MetaTarget) -> str:
    """A tag that no other watch has."""
    return target.session.names.fresh("regions").partition("/")[2]


@contextmanager
def following(
    ground: Ground, *, before: Watch | None = None, filter: str = "", **arguments: Any
) -> Iterator[Watch]:
    """A stateless watch of a ground, or of what a filter leaves of it."""
    scope = ground.narrowed(filter) if filter else ground.scope
    with watching(
        ground.target, ground.kind, before=before, type="stateless", **scope, **arguments
    ) as watch:
        yield watch


def crowd(target: MetaTarget, count: int = 7, *, shared: bool = False) -> Population:
    """Regions made for the check; without a hook the first kind of which there are several.

    Raises:
        NotApplicable: there is no hook, and no kind has several.
    """
    *others, last = ("regions", "services", "resources", "deployments")
    for kind in others:
        with suppress(NotApplicable):
            return target.population(kind, count, shared=shared, least=SEVERAL)
    return target.population(last, count, shared=shared, least=SEVERAL)


def begins(watch: Watch, within_s: float) -> Message | None:
    """The first message of a stream; None if it stays silent.

    Raises:
        Refused: it ends with a status other than OK.
    """
    message = watch.next(within_s)
    status = watch.stream.status
    if message is None and status not in (None, grpc.StatusCode.OK):
        raise Refused(watch.stream.method, status, watch.stream.details)
    return message


def settled(population: Population, *watches: Watch) -> list[Data]:
    """Read all that resumed watches send, and tell what List shows then.

    What is ours gets a write that comes last; where it is not, silence has to do, and the answer
    is empty: the check knows the truth better.
    """
    target = watches[0].target
    if population.owned:
        held = Ground(target=target, population=population)
        held.fence(*watches)
        return held.listed()
    for watch in watches:
        if begins(watch, target.profile.quiet) is not None:
            watch.rest()
    return []


def against(
    target: MetaTarget, population: Population, judged: Callable[[list[Data]], None]
) -> None:
    """Judge against a list that stands still; what is our own needs no second look."""
    if population.owned:
        judged([])
    else:
        steadily(target, population.kind, judged, **population.scope)


def answer(
    target: MetaTarget, kind: str, *, within_s: float | None = None, **arguments: Any
) -> Refused | list[Message]:
    """How a watch is answered: refused, or with these messages until it is silent.

    Args:
        target: of the check.
        kind: plural.
        within_s: how long the first message may take; None where silence is no right answer.
        arguments: of `MetaTarget.watch`.

    Raises:
        Refused: with a status that is no answer.
    """

    def messages() -> list[Message]:
        with watching(target, kind, **arguments) as watch:
            first = begins(watch, patience(target) if within_s is None else within_s)
            if first is None:
                return []
            if first.hard_reset:
                watch.until(lambda: watch.settled, "the end of a new snapshot")
            watch.rest()
            return watch.messages

    return attempt(messages)


def judge_illegal(found: Refused | Sequence[Message], what: str) -> bool:
    """Whether a field was refused that has no place in a request; note what is unusual."""
    if not isinstance(found, Refused):
        advise(False, what, got="accepted, as if it were not there", wanted=ILLEGAL)
        return False
    if found.code in STATE:
        observe(f"{what}: {found.code.name}")
    else:
        advise(found.code in ILLEGAL, what, got=found.code, wanted=ILLEGAL)
    return True


def shows(message: Message, fault: str) -> bool:
    """Whether a message is what a fault orders."""
    if fault == "soft_reset":
        return message.soft_reset
    if fault == "hard_reset":
        return message.hard_reset
    return is_size_check(message)


def until_shown(watch: Watch, fault: str, times: int = 1) -> None:
    """Read until what a fault orders was sent so many times in all.

    Raises:
        Untestable: it does not come; the hook declared what it cannot do.
    """
    while count_of(watch, fault) < times:
        if begins(watch, patience(watch.target)) is None:
            untestable(f"the hook ordered {WORDS[fault]}, and none came")


def count_of(watch: Watch, fault: str) -> int:
    """How many messages are what a fault orders."""
    return sum(shows(message, fault) for message in watch.messages)


def judge_from(
    view: Sequence[Data], messages: Sequence[Message], truth: Sequence[Data], what: str
) -> None:
    """Fail unless a client with this view that gets these messages ends up with the truth."""
    client = Tolerant(Asked(resumed=True))
    client.committed = list(view)
    client.feed_all(messages)
    wrong = history.difference(client.committed, truth)
    expect(not wrong, what, got=wrong, wanted="what List shows")
