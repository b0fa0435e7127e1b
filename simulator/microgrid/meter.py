"""Meters and the grid connection: nodes that observe the sum of what is connected below them.

Each node integrates import and export separately and exactly, also while batteries below it taper.
A meter may have a hidden load: consumption that no component stands for.
"""

from collections.abc import Sequence

from .device import Device
from .exponential import split, value
from .phases import BALANCED, Shares
from .units import EPSILON_W

__all__ = ["Node"]


class Node:
    """A meter, the grid connection point, or anything else that only carries power."""

    __slots__ = (
        "below",
        "bending",
        "c",
        "component_id",
        "export_wh",
        "import_wh",
        "input_w",
        "load_shares",
        "load_tan",
        "load_tans",
        "load_w",
        "p",
        "served_wh",
        "terms",
        "unserved_wh",
    )

    def __init__(
        self,
        *,
        component_id: int,
        below: "Sequence[Node | Device]" = (),
    ) -> None:
        self.component_id = component_id
        self.below = tuple(below)
        """Direct successors that carry power."""
        self.bending: tuple[Device, ...]
        """Every device at any depth below whose power may change between two events."""
        found: dict[int, Device] = {}
        for each in self.below:
            if isinstance(each, Node):
                found.update((inner.component_id, inner) for inner in each.bending)
            elif not each.is_steady:
                found[each.component_id] = each
        self.bending = tuple(found[key] for key in sorted(found))
        self.input_w = 0.0
        """Hidden load that wants to be served, W."""
        self.load_w = 0.0
        """Hidden load that is served; less during an outage."""
        self.load_shares = BALANCED
        """How the hidden load draws from the phases."""
        self.load_tan = 0.0
        """Reactive power of the hidden load for each W, positive = inductive."""
        self.load_tans: Shares = (0.0, 0.0, 0.0)
        """Its parts on the phases."""
        self.p = 0.0
        self.c = 0.0
        """Constant part of the power; `terms` are the decaying ones."""
        self.terms: list[tuple[float, float]] = []
        # Registers
        self.import_wh = 0.0
        self.export_wh = 0.0
        self.served_wh = 0.0
        self.unserved_wh = 0.0

    def solve(self) -> None:
        """Add up the powers below; those must be solved already."""
        p = self.load_w
        for each in self.below:
            p += each.p
        self.p = p
        if self.terms:
            self.terms = []
        for device in self.bending:
            if device.terms:
                self._decay()
                return

    def _decay(self) -> None:
        self.c = self.load_w
        for each in self.below:
            if each.terms:
                self.c += each.c
                self.terms += each.terms
            else:
                self.c += each.p

    def settle(self, t: float, hours: float) -> tuple[float, float, float, float, float, float]:
        """Let t seconds (the same in hours) pass, keep the registers, return the record's row."""
        p = self.p
        load = self.load_w
        load_wh = 0.0
        if load:
            load_wh = load * hours
            self.served_wh += load_wh
        if self.input_w != load:
            self.unserved_wh += (self.input_w - load) * hours
        if self.terms:
            into, out = split(self.c, self.terms, t)
            self.import_wh += into
            self.export_wh += out
            return (p, value(self.c, self.terms, t), into, out, load, load_wh)
        if p > EPSILON_W:
            into = p * hours
            self.import_wh += into
            return (p, p, into, 0.0, load, load_wh)
        if p < -EPSILON_W:
            out = -p * hours
            self.export_wh += out
            return (p, p, 0.0, out, load, load_wh)
        return (p, p, 0.0, 0.0, load, load_wh)
