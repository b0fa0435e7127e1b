"""Feeds a world its inputs: takes each row when it is due and hands it to the devices."""

from collections.abc import Iterator
from typing import Any, Protocol

from simpy.events import Event

from .agenda import Agenda, Class, Happening
from .inputs_errors import InputError
from .profile import Row
from .site import Site

__all__ = ["Feed"]


class Host(Protocol):
    """What the world offers to its feed."""

    def log(self, event: str, **details: Any) -> None:
        """Write to the event log at the current instant."""

    def disturb(self) -> None:
        """Settle up to now, because powers change."""


class Feed:
    """The inputs of a site; the first row is in force from the start.

    InputError: the inputs cannot be built.
    """

    def __init__(self, site: Site, stream: Iterator[Row], agenda: Agenda, host: Host) -> None:
        self.load_w = 0.0
        """Hidden load of the whole site that is served."""
        self._sources = site.sources
        self._loads = [
            (node, tuple(position for position, other in site.loads if other is node))
            for node in dict.fromkeys(node for _, node in site.loads)
        ]
        self._stream = stream
        self._agenda = agenda
        self._host = host
        self._outage = False
        self._tick = Happening(agenda, Class.PROFILE, 0, self._change)
        self._row = next(stream)
        self._values = self._row[1]
        self._apply(self._values)
        self._next()

    def serve(self, *, outage: bool) -> None:
        """Serve the hidden loads, or none of them."""
        self._outage = outage
        self._apply(self._values)

    def _apply(self, values: tuple[float, ...]) -> None:
        self._values = values
        for position, generator in self._sources:
            generator.input_w = values[position]
        outage, total = self._outage, 0.0
        for node, positions in self._loads:
            load = 0.0
            for position in positions:
                load += values[position]
            node.input_w = load
            if outage:
                load = 0.0
            node.load_w = load
            total += load
        self.load_w = total

    def _change(self, _event: Event) -> None:
        values = self._row[1]
        if values != self._values:
            self._host.disturb()
            self._apply(values)
        self._next()

    def _next(self) -> None:
        try:
            row = next(self._stream, None)
        except InputError as error:
            # A served world outlives its inputs: the last values stay.
            self._host.log("INPUT_ENDED", reason=str(error))
            return
        if row is not None:
            self._row = row
            self._agenda.again(row[0], self._tick)
