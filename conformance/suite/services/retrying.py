"""One service whose load fails and is tried again until it succeeds, as all checks see it.

It is watched by a pull, which tells every state with the time of its change, and by Get.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.judging import untestable
from conformance.oracles.services.model import SECOND_NS, Ns, Service
from conformance.targets.services import ServicesTarget

LOOK_EVERY_S = 0.1

TOLERANCE_NS = SECOND_NS // 10
TOLERANCE = 0.2
"""Scheduling is allowed the larger of both: a tenth of a second, and this part of the delay."""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """A state of the service, and where it was seen; by Get there is no time of the change."""

    state: Service
    change_time: Ns = None
    at_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Trail:
    """Everything seen of one service from its start to its success.

    Attributes:
        told: the states on the pull, in order.
        got: those by Get, in order.
        last: the latest of them.
    """

    told: tuple[Sight, ...]
    got: tuple[Sight, ...]

    @property
    def last(self) -> Service:
        """By Get, when nothing was under way any more, or patience had ended."""
        return self.got[-1].state

    @property
    def waits(self) -> tuple[Sight, ...]:
        """The first sight of every time of a next attempt, on the pull, or by Get if that has more.

        Raises:
            Untestable: there are fewer than the two that were declared.
        """
        told, got = tuple(_firsts(self.told)), tuple(_firsts(self.got))
        found = told if len(told) >= len(got) else got
        if len(found) < 2:
            untestable(f"{len(found)} failed attempts were seen before the success, 2 are needed")
        return found

    @property
    def pause_s(self) -> float:
        """Our time from the first failed attempt to the second."""
        first, second, *_ = self.waits
        return second.at_s - first.at_s


def retried(services: ServicesTarget) -> Trail:
    """The trail of one service; the checks of a process share it."""
    return services.shared(_retried)


def slack_ns(delay_ns: int) -> int:
    """How much a delay may be off."""
    return max(TOLERANCE_NS, int(TOLERANCE * delay_ns))


def _retried(services: ServicesTarget) -> Trail:
    made = services.make("retry")
    got: list[Sight] = []
    with services.pull(made.id) as pull:
        services.start(made.id)
        deadline = time.monotonic() + services.profile.settle
        while time.monotonic() < deadline:
            got.append(Sight(state=services.get(made.id), at_s=time.monotonic()))
            if got[-1].state.settled:
                break
            time.sleep(LOOK_EVERY_S)
        pull.holds(lambda changes: bool(changes) and changes[-1].service == got[-1].state)
        told = tuple(
            Sight(state=change.service, change_time=change.change_time, at_s=batch.at_s)
            for batch in pull.messages
            for change in batch.changes
            if change.service is not None
        )
    return Trail(told=told, got=tuple(got))


def _firsts(sights: tuple[Sight, ...]) -> Iterator[Sight]:
    seen: set[int] = set()
    for sight in sights:
        at = sight.state.next_attempt_time
        if at is not None and at not in seen:
            seen.add(at)
            yield sight
