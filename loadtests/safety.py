"""What keeps a load run from hurting somebody's real system.

Only this machine may be loaded unless the profile allows more and caps it; a figure above a cap
is refused, not clipped. While a foreign target is under load a breaker slows the run down at the
first sign of distress and ends it at the second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from enum import StrEnum

from loadtests.errors import Refused
from loadtests.mixture import Part
from loadtests.options import Options
from loadtests.target import Caps, Target

REMOTE_CAPS = Caps(max_rate=10, max_calls=None, max_streams=20, max_duration=120)
"""What holds for a foreign target whose profile names no figure."""

BREAKER_WINDOW_US = 10_000_000
BREAKER_SHARE = 0.2
BREAKER_LEAST = 10
"""Below this many calls in the window a share of failures says nothing."""


def caps_of(target: Target) -> Caps:
    """The caps that hold: the profile's, filled up with those for foreign targets."""
    if target.is_loopback:
        return target.caps
    stated = target.caps.model_dump(exclude_none=True)
    return REMOTE_CAPS.model_copy(update=stated)


def check(target: Target, *parts: Part) -> None:
    """Refuse a run that the target does not permit; parts that are played together count together.

    Raises:
        Refused: names the rule or the cap and the figure that breaks it.
    """
    if not target.is_loopback and not target.load_allowed:
        raise Refused(
            f"{target.endpoint} is not this machine: load needs a target profile "
            "with load_allowed: true and caps"
        )
    for entry in (part.entry for part in parts):
        if entry.is_disruptive and not target.is_loopback and not target.allow_disruptive:
            raise Refused(
                f"{entry.id} disturbs others: the profile has to say allow_disruptive: true"
            )
    for reason in _above(parts, caps_of(target)):
        raise Refused(reason)


def planned_calls(options: Options) -> int:
    """How many calls the run is going to make, at most, cleaning up included."""
    loaded_s = options.warmup + options.duration
    writes = options.rate * loaded_s
    # Whatever is created is deleted again; barriers write and list in each scope.
    barriers = options.grids * (4 * min(options.drain, 30) + 4)
    flaps = options.flaps * loaded_s * 2
    streams = options.subscribers * (1 + options.storms + options.cut_share * options.duration)
    # One user lists, claims and completes a task; how often the others try is not known.
    writes += 3 * (writes + options.population) if options.claimants else 0
    return round(writes + streams + 2 * options.population + barriers + flaps)


def _streams(part: Part) -> int:
    flapping = part.options.max_inflight if part.entry.flaps_overlap else 1
    return part.options.subscribers + (flapping if part.options.flaps else 0)


def _above(parts: Sequence[Part], caps: Caps) -> Iterator[str]:
    rate = sum(part.options.rate + part.options.flaps for part in parts)
    streams = sum(map(_streams, parts))
    is_alone = len(parts) == 1
    overlaps = is_alone and parts[0].entry.flaps_overlap
    calls_option = "--rate" if is_alone else "--share: the rate of all parts,"
    streams_option = "--share: the number of all streams,"
    if is_alone:
        streams_option = "--max-inflight" if overlaps else "--subscribers"
    if caps.max_rate is not None and rate > caps.max_rate:
        yield (
            f"{calls_option} {rate:g} is above the target's cap of {caps.max_rate:g} "
            "calls per second"
        )
    if caps.max_streams is not None and streams > caps.max_streams:
        yield (
            f"{streams_option} {streams} is above the target's cap of {caps.max_streams} streams"
        )
    total_s = max(part.options.warmup + part.options.duration for part in parts)
    if caps.max_duration is not None and total_s > caps.max_duration:
        yield (
            f"--warmup and --duration, {total_s:g} s, are above the target's cap "
            f"of {caps.max_duration:g} s"
        )
    calls = sum(planned_calls(part.options) for part in parts)
    if caps.max_calls is not None and calls > caps.max_calls:
        yield f"the run needs up to {calls} calls, the target's cap is {caps.max_calls}"


class State(StrEnum):
    """What the breaker asks for."""

    CLOSED = "closed"
    HALVED = "halved"
    OPEN = "open"


class Breaker:
    """Watches the outcomes of calls over the last ten seconds.

    More than a fifth of failures, or one answer that asks for mercy (RESOURCE_EXHAUSTED or a
    retry delay), trips it: first to half the rate, then to the end of the run. After the first
    trip the window starts anew.
    """

    def __init__(self) -> None:
        self.state = State.CLOSED
        self._outcomes: deque[tuple[int, bool]] = deque()

    def record(self, now_us: int, *, is_ok: bool, begs: bool = False) -> State:
        """Take the outcome of a call and return the state after it."""
        outcomes = self._outcomes
        outcomes.append((now_us, is_ok))
        while outcomes[0][0] < now_us - BREAKER_WINDOW_US:
            outcomes.popleft()
        failed = sum(1 for _, fine in outcomes if not fine)
        many = len(outcomes) >= BREAKER_LEAST and failed > BREAKER_SHARE * len(outcomes)
        if begs or many:
            self.state = State.HALVED if self.state is State.CLOSED else State.OPEN
            outcomes.clear()
        return self.state
