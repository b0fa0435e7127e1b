"""Feeds a world its inputs: takes each row when it is due and hands it to the devices.

An input may be replaced by a curve, scaled, or cut off: that is what drivers of producers and loads
do, soiled modules, and feeders without power.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from simpy.events import Event

from .agenda import Agenda, Class, Happening
from .consumer import Consumer
from .faults import Condition
from .generator import Generator
from .inputs_errors import InputError
from .meter import Node
from .phases import BALANCED, mixed, on_phases
from .profile import Row
from .site import Site

__all__ = ["Curve", "Feed", "Supply"]

Curve = Callable[[int], tuple[float, int]]
"""Tells the power in W from a moment on, a magnitude, and until when; a pure function of time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Supply:
    """What a producer or a hidden load has instead of its own input."""

    factor: float = 1.0
    curve: Curve | None = None
    """None = its own input."""


class Host(Protocol):
    """What the world offers to its feed."""

    now_us: int

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
        self._tans = {
            node: tuple(tan for _, other, tan in site.reactive if other is node)
            for node in dict.fromkeys(node for _, node, tan in site.reactive if tan)
        }
        self._is_unbalanced = any(shares != BALANCED for _, _, shares in site.loads)
        self._is_mixed = self._is_unbalanced or bool(self._tans)
        self._stream = stream
        self._agenda = agenda
        self._host = host
        self._share = 1.0
        self._site = site
        self._supplies: dict[int, Supply] = {}
        self._ticks: dict[int, Happening] = {}
        self._curves_w: dict[int, float] = {}
        self._conditions: Mapping[int, Condition] = {}
        self._is_adjusted = False
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
        for node, positions, _ in self._loads:
            load = 0.0
            for position in positions:
                load += values[position]
            node.input_w = load
            node.load_w = load if share == 1.0 else load * share
            total += load
        self.wanted_w = total
        self.load_w = total * share
        if self._is_mixed:
            self._mix(values)
        if self._is_adjusted:
            self._adjust()

    def _mix(self, values: tuple[float, ...]) -> None:
        """Work out how the loads behind each meter together draw, by phase and reactive power."""
        for node, positions, shares in self._loads:
            if self._is_unbalanced:
                node.load_shares = mixed([values[position] for position in positions], shares)
            if node.input_w and node in self._tans:
                tans = zip(positions, self._tans[node], strict=True)
                reactive = [values[position] * tan for position, tan in tans]
                node.load_tan = sum(reactive) / node.input_w
                node.load_tans = on_phases(reactive, shares, node.input_w)

    # Adjustments

    def supply(self, component_id: int, supply: Supply | None) -> None:
        """Let a producer, a controllable load or the hidden load of a meter have another input.

        None = its own again. KeyError if the component has none of these.
        """
        node = self._site.node_of.get(component_id)
        if node is None:
            device = self._site.devices[self._site.device_of[component_id]]
            if not isinstance(device, Generator | Consumer):
                raise KeyError(component_id)
        elif all(other is not node for other, _, _ in self._loads):
            self._loads.append((node, (), ()))
        self._host.disturb()
        if (tick := self._ticks.pop(component_id, None)) is not None:
            self._agenda.cancel(tick)
        self._curves_w.pop(component_id, None)
        self._supplies.pop(component_id, None)
        if supply is not None:
            self._supplies[component_id] = supply
            if supply.curve is not None:
                self._follow(component_id, supply.curve)
        self._renew()

    def shade(self, conditions: Mapping[int, Condition]) -> None:
        """Take over which inputs are soiled, and which loads are without power."""
        self._conditions = {
            component_id: each
            for component_id, each in conditions.items()
            if each.soiling != 1.0 or each.dark
        }
        self._renew()

    def _renew(self) -> None:
        self._is_adjusted = bool(self._supplies or self._conditions)
        self._apply(self._values)

    def _follow(self, component_id: int, curve: Curve) -> None:
        """Take the power of a curve now, and come back when it changes."""
        now_us = self._host.now_us
        self._curves_w[component_id], until_us = curve(now_us)

        def change(_event: Event) -> None:
            self._host.disturb()
            self._curves_w[component_id], until_us = curve(self._host.now_us)
            self._agenda.again(until_us, tick)
            self._apply(self._values)

        tick = Happening(self._agenda, Class.PROFILE, component_id, change)
        self._ticks[component_id] = tick
        self._agenda.again(until_us, tick)

    def _adjust(self) -> None:
        """Put what replaces, scales or cuts off inputs over what the row says."""
        adjusted = self._supplies.keys() | self._conditions.keys()
        for component_id in sorted(adjusted & self._site.device_of.keys()):
            device = self._site.devices[self._site.device_of[component_id]]
            if isinstance(device, Generator | Consumer):
                device.input_w = self._supplied(component_id, self._own_w(component_id))
        total = served = 0.0
        for node, _, _ in self._loads:
            self._adjust_load(node)
            total += node.input_w if not self._is_dark(node) else 0.0
            served += node.load_w
        self.wanted_w, self.load_w = total, served

    def _adjust_load(self, node: Node) -> None:
        node.input_w = self._supplied(node.component_id, node.input_w)
        node.load_w = 0.0 if self._is_dark(node) else node.input_w * self._share

    def _is_dark(self, node: Node) -> bool:
        condition = self._conditions.get(node.component_id)
        return condition is not None and condition.dark

    def _own_w(self, component_id: int) -> float:
        """Return what the row says for a device, 0 for one without an input."""
        return next(
            (
                self._values[position]
                for position, device in self._sources
                if device.component_id == component_id
            ),
            0.0,
        )

    def _supplied(self, component_id: int, own_w: float) -> float:
        supply, condition = self._supplies.get(component_id), self._conditions.get(component_id)
        if supply is not None:
            own_w = supply.factor * self._curves_w.get(component_id, own_w)
        return own_w if condition is None else own_w * condition.soiling

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
