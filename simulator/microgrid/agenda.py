"""The event queue: SimPy's, with an explicit order of events at the same instant.

Events are ordered by (time, class, id), never by when they were scheduled. Cancelled ones are
dropped from the queue before they can pile up.
"""

from collections.abc import Callable
from copy import copy
from enum import IntEnum
from heapq import heapify, heappush
from typing import Any, cast

import simpy
from simpy.events import Event, EventPriority

__all__ = ["Agenda", "Class", "Happening"]


class Class(IntEnum):
    """What happens first at one instant."""

    FAULT = 0
    DEVICE = 1
    """A state of charge is reached, or the controller's cycle is due."""
    STOP = 2
    START = 3
    PROFILE = 4
    TARIFF = 5
    METER = 6
    OUTPUT = 7


_SLACK = 64
"""So many cancelled events may wait in any case."""


class Happening(Event):
    """An event that calls something when its time comes; may be scheduled again afterwards."""

    _ok = True
    _value = None

    def __init__(
        self, agenda: "Agenda", class_: Class, id_: int, call: Callable[[Event], None]
    ) -> None:
        super().__init__(agenda)
        # SimPy's mark of an event that is not ahead.
        self.callbacks = None  # type: ignore[assignment]
        self.calls = [call]
        # One integer compares faster than a tuple; ids are below 2^64.
        self.key = EventPriority((class_ << 64) | id_)


class Agenda(simpy.Environment):
    """A SimPy environment whose time is whole microseconds since the Unix epoch."""

    def __init__(self, start_us: int) -> None:
        super().__init__(initial_time=start_us)
        self._cancelled = 0
        self.queue = cast("list[tuple[int, Any, Any, Event]]", self._queue)
        """The heap of what is ahead, cancelled events among it; the first item is due first."""

    def at(self, t_us: int, class_: Class, id_: int, call: Callable[[Event], None]) -> Happening:
        """Schedule a call for a moment not before the last event; return it for `cancel`."""
        return self.again(t_us, Happening(self, class_, id_, call))

    def again(self, t_us: int, event: Happening) -> Happening:
        """Schedule an event that has happened or was cancelled; return it, or what replaces it."""
        if event.callbacks is not None:
            # It was cancelled, so it still waits in the queue.
            event = copy(event)
        event.callbacks = event.calls
        # What `schedule` does, without the way over a delay.
        heappush(self.queue, (t_us, event.key, next(self._eid), event))
        return event

    def cancel(self, event: Event) -> None:
        """Take back a scheduled event; one that has happened or was cancelled is left alone."""
        if not event.callbacks:
            return
        event.callbacks = []
        self._cancelled += 1
        queue = self.queue
        # Those that came up since were counted too, so this may sweep a little too often.
        if self._cancelled > _SLACK and 2 * self._cancelled > len(queue):
            queue[:] = [item for item in queue if item[3].callbacks]
            heapify(queue)
            self._cancelled = 0

    def next_us(self) -> int | None:
        """Return the time of the earliest event that is not cancelled, None without any."""
        return min((item[0] for item in self.queue if item[3].callbacks), default=None)
