"""When the rows of one series are: row numbers by time, compact, quick to add to at the end.

Two arrays hold what came in order. What comes late waits in a dictionary and is merged when there
is enough of it, or when someone reads in order, so that filling a year backwards stays affordable.
"""

from array import array
from bisect import bisect_left, bisect_right
from typing import Final

import numpy as np
from numpy.typing import NDArray

_FEW: Final = 256
"""Late rows that wait in any case."""


class Timeline:
    """Rows of one series; no two have the same time."""

    __slots__ = ("_late", "_rows", "_times")

    def __init__(self) -> None:
        self._times = array("q")
        self._rows = array("i")
        self._late: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._times) + len(self._late)

    def row(self, time_ns: int) -> int | None:
        """Return the row at an instant; None: there is none."""
        times = self._times
        if not times or time_ns > times[-1]:
            return None
        late = self._late.get(time_ns)
        if late is not None:
            return late
        place = bisect_left(times, time_ns)
        return self._rows[place] if times[place] == time_ns else None

    def add(self, time_ns: int, row: int) -> None:
        """Add a row at an instant that has none."""
        if not self._times or time_ns > self._times[-1]:
            self._times.append(time_ns)
            self._rows.append(row)
            return
        self._late[time_ns] = row
        if len(self._late) > _FEW + len(self._times) // 4:
            self._merge()

    def between(self, first_ns: int, last_ns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the times from `first_ns` to `last_ns`, both included, and their rows."""
        if self._late:
            self._merge()
        low = bisect_left(self._times, first_ns)
        high = bisect_right(self._times, last_ns, low)
        # Copies: a view would keep the arrays from growing.
        return np.array(self._times[low:high]), np.array(self._rows[low:high], np.int64)

    def _merge(self) -> None:
        times = np.array([*self._late], np.int64)
        rows = np.array([*self._late.values()], np.int32)
        times = np.concatenate([np.array(self._times), times])
        rows = np.concatenate([np.array(self._rows), rows])
        order = np.argsort(times, kind="stable")
        self._times = array("q", times[order].tobytes())
        self._rows = array("i", rows[order].tobytes())
        self._late = {}
