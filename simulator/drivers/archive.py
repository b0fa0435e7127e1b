"""The history of a served world in memory: points of telemetry, as long as the store keeps them.

Whether anything is recorded is up to the service `store`; questions are answered in any case.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from weakref import ref

__all__ = ["Archive", "Point"]

_MOST: Final = 1_000_000
"""Points that are kept at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One value of one quantity."""

    t_us: int
    component_id: int
    metric: str
    """Such as `power_w`."""
    value: float


class Archive:
    """Points in the order in which they came."""

    def __init__(self, most: int = _MOST) -> None:
        self._points: deque[Point] = deque(maxlen=most)
        self._world: ref[object] | None = None
        self._kept_us = 0
        self._is_recording = False

    def __len__(self) -> int:
        return len(self._points)

    def record(self, world: object, kept_us: int) -> None:
        """Record what a world tells from now on; another world begins with nothing.

        `kept_us`: what is older than this behind the newest is dropped; 0 = nothing is.
        """
        if self._world is None or self._world() is not world:
            self.clear()
            self._world = ref(world)
        self._is_recording, self._kept_us = True, kept_us
        self._expire()

    def pause(self) -> None:
        """Record nothing until further notice."""
        self._is_recording = False

    def clear(self) -> None:
        """Forget everything."""
        self._points.clear()

    def write(self, points: Iterable[Point]) -> None:
        """Take points, unless nothing is recorded."""
        if self._is_recording:
            self._points.extend(points)
            self._expire()

    def read(
        self, component_id: int, metric: str, from_us: int = 0, to_us: int | None = None
    ) -> tuple[Point, ...]:
        """Return the points of one series in `[from_us, to_us)`."""
        return tuple(
            each
            for each in self._points
            if each.component_id == component_id
            and each.metric == metric
            and from_us <= each.t_us
            and (to_us is None or each.t_us < to_us)
        )

    def _expire(self) -> None:
        points = self._points
        while self._kept_us and points and points[0].t_us < points[-1].t_us - self._kept_us:
            points.popleft()
