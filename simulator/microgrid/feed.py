"""Feeds a world its inputs: takes each row when it is due and hands it to the devices."""

from collections.abc import Iterator
from typing import Any, Protocol

from simpy.events import Event

from .agenda import Agenda, Class, Happening
from .inputs_errors import InputError
from .phases import BALANCED, mixed
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
        self.wanted_w = 0.0
        """Hidden load of the whole site."""
        self.load_w = 0.0
        """The part of it that is served."""
        self._sources = site.sources
        self._loads = [
            (
                node,
                tuple(position for position, other, _ in site.loads if other is node),
                tuple(shares for _, other, shares in site.loads if other is node),
            )
            for node in dict.fromkeys(node for _, node, _ in site.loads)
        ]
        self._is_unbalanced = any(shares != BALANCED for _, _, shares in site.loads)
        self._stream = stream
        self._agenda = agenda
        self._host = host
        self._share = 1.0
        self._tick = Happening(agenda, Class.PROFILE, 0, self._change)
        self._row = next(stream)
        self._values = self._row[1]
        self._apply(self._values)
        self._next()

    def serve(self, share: float) -> None:
        """Serve a share of the hidden loads, 1 = all of them."""
        if share != self._share:
            self._share = share
            self._apply(self._values)

    def _apply(self, values: tuple[float, ...]) -> None:
        self._values = values
        for position, device in self._sources:
            device.input_w = values[position]
        share, total = self._share, 0.0
        for node, positions, shares in self._loads:
            load = 0.0
            for position in positions:
                load += values[position]
            if self._is_unbalanced:
                node.load_shares = mixed([values[position] for position in positions], shares)
            node.input_w = load
            node.load_w = load if share == 1.0 else load * share
            total += load
        self.wanted_w = total
        self.load_w = total * share

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
