"""One clock for all processes of a run, in microseconds.

On one machine the monotonic clock is the same for every process. Between machines the wall clock
serves, with an offset to the coordinator's clock estimated from round trips; where the estimates
of start and end lie too far apart, latencies are uncertain and not judged.
"""

from __future__ import annotations

import platform
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

UNCERTAIN_BEYOND_US = 5_000
ROUND_TRIPS = 20
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """Microseconds on the run's clock."""

    is_wall: bool = False
    offset_us: int = 0

    def now_us(self) -> int:
        """Now; monotonic within a process unless the wall clock is set back."""
        if self.is_wall:
            return time.time_ns() // 1000 + self.offset_us
        return time.monotonic_ns() // 1000


def machine() -> str:
    """What tells this machine (on Linux, this boot) from another; its processes share a clock."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return f"{platform.node()} {uuid.getnode():x}"


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundTrip:
    """One exchange with the coordinator: sent and received here, answered there."""

    sent_us: int
    answered_us: int
    received_us: int


def offset_us(trips: Sequence[RoundTrip]) -> int:
    """What to add to our wall clock to get the coordinator's, from the quickest round trip."""
    best = min(trips, key=lambda trip: trip.received_us - trip.sent_us)
    return best.answered_us - (best.sent_us + best.received_us) // 2


def is_uncertain(estimates: Iterable[int]) -> bool:
    """Whether offsets of one worker, estimated at several times, lie too far apart."""
    found = list(estimates)
    return bool(found) and max(found) - min(found) > UNCERTAIN_BEYOND_US
