"""A meter with all its registers: phases, reactive energy, tariff rates, the largest quarter hour.

Whatever is below draws from the phases by a share vector: devices and loads a third from each, or
all from one. Each phase is integrated exactly like the sum, and so is reactive power. Meters
without these registers cost nothing of this.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .device import Device
from .exponential import split, value
from .meter import Node
from .phases import Shares
from .reactive import ReactiveRule
from .reactive_energy import split_var, var_of, wave_of
from .scenario_base import from_us, to_us
from .units import S_PER_H, US_PER_S

__all__ = ["FullMeter", "Phases", "Rate", "daily_rates"]

Rate = Callable[[int], tuple[int, int]]
"""Tells which tariff rate, 1 or 2, holds from a moment on, and until when."""


def daily_rates(from_minute: int, to_minute: int, zone: ZoneInfo) -> Rate:
    """Return rate 1 within a daily local window, also over midnight, and rate 2 outside."""

    def rate(now_us: int) -> tuple[int, int]:
        day = from_us(now_us).astimezone(zone).date()
        edges = sorted(
            (to_us(datetime.combine(each, time(minute // 60 % 24, minute % 60), zone)), which)
            for each in (day + timedelta(days=shift) for shift in (-2, -1, 0, 1, 2))
            for minute, which in ((from_minute, 1), (to_minute, 2))
        )
        position = bisect_right(edges, (now_us, 2))
        return edges[position - 1][1], edges[position][0]

    return rate


QUARTER_US = 900 * US_PER_S


class Phases(NamedTuple):
    """What the three phases show at one moment."""

    power_w: Shares
    import_wh: Shares
    export_wh: Shares
    maximum_w: float
    """Largest mean import of a complete quarter hour of UTC so far."""
    reactive: tuple[float, float, float] | None = None
    """Reactive power in var, positive = import, and the registers of import and export in varh;
    None = nothing below has any."""
    reactive_var: Shares | None = None
    """The part of it on each phase."""
    rates_wh: tuple[float, float] | None = None
    """Import by tariff rate 1 and 2, of the sum of all phases; None = the meter knows no rates."""


class FullMeter(Node):
    """A meter that tells its phases apart."""

    __slots__ = (
        "_now_us",
        "_quarter_wh",
        "inverters",
        "is_reactive",
        "maximum_w",
        "parts",
        "phase_in",
        "phase_out",
        "rate_of",
        "rates_in",
        "reactive_in",
        "reactive_out",
    )

    def __init__(self, *, component_id: int, below: Sequence[Node | Device], start_us: int) -> None:
        super().__init__(component_id=component_id, below=below)
        self.parts: tuple[Node | Device, ...] = tuple(_inside(self))
        """Every node and device at any depth, itself among them."""
        self.phase_in = [0.0, 0.0, 0.0]
        self.phase_out = [0.0, 0.0, 0.0]
        self.maximum_w = 0.0
        self.is_reactive = False
        """Whether any load or inverter below has reactive power."""
        self.inverters: tuple[tuple[Device, ReactiveRule], ...] = ()
        """Those below that have any; other devices have none."""
        self.rate_of: Rate | None = None
        """Which tariff rate holds, None = the meter has none."""
        self.rates_in = (0.0, 0.0)
        self.reactive_in = 0.0
        self.reactive_out = 0.0
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
            reactive=self._reactive_after(t, t / S_PER_H) if self.is_reactive else None,
            reactive_var=self._reactive_phases(t) if self.is_reactive else None,
            rates_wh=None if self.rate_of is None else self._rates_after(t, self.rate_of),
        )

    def _rates_after(self, t: float, rate_of: "Rate") -> tuple[float, float]:
        """Return the import registers of both rates t seconds into the segment."""
        c, terms = (self.c, self.terms) if self.terms else (self.p, [])
        found = list(self.rates_in)
        moment_us = self._now_us
        end_us = self._now_us + round(t * US_PER_S)
        before = 0.0
        while moment_us < end_us:
            rate, until_us = rate_of(moment_us)
            moment_us = min(until_us, end_us)
            after = split(c, terms, (moment_us - self._now_us) / US_PER_S)[0]
            found[rate - 1] += after - before
            before = after
        one, two = found
        return one, two

    def _reactive_after(self, t: float, hours: float) -> tuple[float, float, float]:
        """Return reactive power and its registers t seconds (the same in hours) into a segment."""
        var, waves = 0.0, []
        for part in self.parts:
            if isinstance(part, Node):
                var += part.load_w * part.load_tan
        for device, rule in self.inverters:
            if device.terms and not device.off:
                waves.append(wave_of(device, rule))
            else:
                var += var_of(device, rule, t)
        if waves:
            into, out = split_var(var, waves, t)
            var += sum(wave.at(t) for wave in waves)
        else:
            into, out = max(var, 0.0) * hours, max(-var, 0.0) * hours
        return var, self.reactive_in + into, self.reactive_out + out

    def _reactive_phases(self, t: float) -> Shares:
        """Return the reactive power of each phase t seconds into the segment."""
        found = [0.0, 0.0, 0.0]
        for part in self.parts:
            if isinstance(part, Node):
                for phase in range(3):
                    found[phase] += part.load_w * part.load_tans[phase]
        for device, rule in self.inverters:
            var = var_of(device, rule, t)
            for phase in range(3):
                found[phase] += var * device.shares[phase]
        one, two, three = found
        return one, two, three

    def settle(self, t: float, hours: float) -> tuple[float, float, float, float, float, float]:
        """Let t seconds (the same in hours) pass, keep the registers, return the record's row."""
        for phase in range(3):
            into, out = split(*self._phase(phase), t)
            self.phase_in[phase] += into
            self.phase_out[phase] += out
        if self.is_reactive:
            _, self.reactive_in, self.reactive_out = self._reactive_after(t, hours)
        if self.rate_of is not None:
            self.rates_in = self._rates_after(t, self.rate_of)
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
