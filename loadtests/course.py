"""What a stream does beside being read: begin anew, stall, come back after a storm.

A `Behaviour` says it for a scenario, a `Course` is one stream's own. The planes ask the course and
know nothing else of it. Pure; times are microseconds on the run's clock.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

STALLED_ONE_IN = 20
"""One of so many streams stalls, the first of them."""


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What the streams of a scenario do.

    Attributes:
        cycles: each opens, reaches the end of its first snapshot, is cancelled, and opens anew.
        storms: all are cut at once now and then, and come back at once.
        stalls: some stop reading for a while.
        cuts: one after the other is cut, and comes back at once.
    """

    cycles: bool = False
    storms: bool = False
    stalls: bool = False
    cuts: bool = False


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When special things happen in a run.

    Attributes:
        end_us: when the measured window ends.
        quiet_until_us: from when on the run is disturbed; 0 if it is not.
        storms_us: when all streams are cut.
        stall_us: from when until when stalled streams do not read; (0, 0) if they read.
    """

    end_us: int = 0
    quiet_until_us: int = 0
    storms_us: Sequence[int] = ()
    stall_us: tuple[int, int] = (0, 0)

    @classmethod
    def from_json(cls, order: Mapping[str, Any]) -> Schedule:
        """The schedule inside an order to start."""
        return cls(
            end_us=order["end_us"],
            quiet_until_us=order["quiet_until_us"],
            storms_us=tuple(order["storms_us"]),
            stall_us=(order["stall_us"][0], order["stall_us"][1]),
        )


class Course:
    """One stream's part in the behaviour of its scenario.

    Args:
        behaviour: of all streams.
        number: of this stream in the run.
        gap_us: between two openings of a stream that cycles.

    Attributes:
        stalls: whether this one stops reading for a while.
        is_plain: nothing special ever happens to this stream between two messages.
    """

    def __init__(self, behaviour: Behaviour, number: int, *, gap_us: int = 0) -> None:
        self.behaviour = behaviour
        self.stalls = behaviour.stalls and number % STALLED_ONE_IN == 0
        self.is_plain = not (self.stalls or behaviour.cycles)
        self._gap_us = gap_us
        self._next_us = 0
        self._schedule = Schedule()
        self._is_rested = False

    def begin(self, schedule: Schedule) -> None:
        """The schedule is known."""
        self._schedule = schedule

    def nap_us(self, now_us: int) -> int:
        """For how long the next message is not read, usually 0; the nap is taken."""
        start_us, end_us = self._schedule.stall_us
        if not self.stalls or self._is_rested or not start_us <= now_us < end_us:
            return 0
        self._is_rested = True
        return end_us - now_us

    def opens_again_us(self, now_us: int) -> int | None:
        """When a stream that cycles opens the next time; None if it does not."""
        if not self.behaviour.cycles:
            return None
        self._next_us = max(now_us, self._next_us + self._gap_us)
        end_us = self._schedule.end_us
        return None if end_us and self._next_us >= end_us else self._next_us


def cuts(
    streams: int, share: float, from_us: int, to_us: int, *, seed: int
) -> list[tuple[int, int]]:
    """When which stream is cut: at an even pace, every stream once before one is cut again.

    Args:
        streams: how many there are.
        share: of them, cut in each second.
        from_us: when the span begins.
        to_us: when it ends.
        seed: decides the order of the streams.
    """
    count = round(streams * share * (to_us - from_us) / 1e6)
    turns = list(range(streams))
    random.Random(f"{seed}/cuts").shuffle(turns)
    return [
        (from_us + (to_us - from_us) * (n + 1) // (count + 1), turns[n % streams])
        for n in range(count)
    ]
