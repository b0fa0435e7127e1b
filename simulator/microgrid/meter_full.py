"""A meter with all its registers: each phase on its own, and the largest quarter hour of import.

Whatever is below draws from the phases by a share vector: devices and loads a third from each, or
all from one. Each phase is integrated exactly like the sum. Meters without these registers cost
nothing of this.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .device import Device
from .exponential import split, value
from .meter import Node
from .phases import Shares
from .units import US_PER_S

__all__ = ["FullMeter", "Phases"]

QUARTER_US = 900 * US_PER_S


class Phases(NamedTuple):
    """What the three phases show at one moment."""

    power_w: Shares
    import_wh: Shares
    export_wh: Shares
    maximum_w: float
    """Largest mean import of a complete quarter hour of UTC so far."""


class FullMeter(Node):
    """A meter that tells its phases apart."""

    __slots__ = ("_now_us", "_quarter_wh", "maximum_w", "parts", "phase_in", "phase_out")

    def __init__(self, *, component_id: int, below: Sequence[Node | Device], start_us: int) -> None:
        super().__init__(component_id=component_id, below=below)
        self.parts: tuple[Node | Device, ...] = tuple(_inside(self))
        """Every node and device at any depth, itself among them."""
        self.phase_in = [0.0, 0.0, 0.0]
        self.phase_out = [0.0, 0.0, 0.0]
        self.maximum_w = 0.0
        self._quarter_wh = 0.0
        self._now_us = start_us

    def _phase(self, phase: int) -> tuple[float, list[tuple[float, float]]]:
        """Return constant part and terms of the power of a phase."""
        c, terms = 0.0, []
        for part in self.parts:
            if isinstance(part, Node):
                c += part.load_shares[phase] * part.load_w
                continue
            share = part.shares[phase]
            if not share:
                continue
            if part.terms:
                c += share * part.c
                terms += [(share * a, lam) for a, lam in part.terms]
            else:
                c += share * part.p
        return c, terms

    def phases(self, t: float) -> Phases:
        """Return what the phases show t seconds into the segment."""
        powers, into, out = [], [], []
        for phase in range(3):
            c, terms = self._phase(phase)
            more_in, more_out = split(c, terms, t)
            powers.append(value(c, terms, t))
            into.append(self.phase_in[phase] + more_in)
            out.append(self.phase_out[phase] + more_out)
        one, two, three = powers
        return Phases(
            power_w=(one, two, three),
            import_wh=(into[0], into[1], into[2]),
            export_wh=(out[0], out[1], out[2]),
            maximum_w=self.maximum_w,
        )

    def settle(self, t: float, hours: float) -> tuple[float, float, float, float, float, float]:
        """Let t seconds (the same in hours) pass, keep the registers, return the record's row."""
        for phase in range(3):
            into, out = split(*self._phase(phase), t)
            self.phase_in[phase] += into
            self.phase_out[phase] += out
        self._demand(t)
        return super().settle(t, hours)

    def _demand(self, t: float) -> None:
        """Follow the quarter hours of UTC."""
        c, terms = (self.c, self.terms) if self.terms else (self.p, [])
        start_us = moment_us = self._now_us
        end_us = self._now_us = start_us + round(t * US_PER_S)
        before = 0.0
        while moment_us < end_us:
            edge_us = (moment_us // QUARTER_US + 1) * QUARTER_US
            if not terms and moment_us % QUARTER_US == 0:
                # Quarter hours of constant power that follow each other are all the same.
                edge_us = max(edge_us, end_us // QUARTER_US * QUARTER_US)
            quarters = (edge_us - 1 - moment_us) // QUARTER_US + 1
            moment_us = min(edge_us, end_us)
            after = split(c, terms, (moment_us - start_us) / US_PER_S)[0]
            self._quarter_wh += after - before
            before = after
            if moment_us == edge_us:
                self.maximum_w = max(self.maximum_w, 4.0 * self._quarter_wh / quarters)
                self._quarter_wh = 0.0


def _inside(node: Node) -> Iterator[Node | Device]:
    yield node
    for each in node.below:
        if isinstance(each, Node):
            yield from _inside(each)
        else:
            yield each
