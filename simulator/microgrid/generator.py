"""Producers that follow an input series and can only be reduced: PV inverters, wind turbines.

`P = -min(limit, rating, available)`. What a dispatch or a limit takes away is counted as curtailed,
what a fault takes away as lost.
"""

from collections.abc import Mapping
from math import inf, nan

from .device import Device
from .record import Totals

__all__ = ["Generator"]


class Generator(Device):
    """One PV inverter or wind turbine; its only state is what it is told."""

    __slots__ = ("available_w", "curtailed_wh", "input_w", "lost_wh", "produced_wh")

    role = "producer"
    direction = -1

    def __init__(self, *, component_id: int, rated_w: float = inf) -> None:
        super().__init__(component_id=component_id, rated_w=rated_w)
        self.input_w = 0.0
        """What the source could deliver, W, a magnitude."""
        self.available_w = 0.0
        """What it could deliver now, W, a magnitude: input, rating and faults applied."""
        # Registers
        self.produced_wh = 0.0
        self.curtailed_wh = 0.0
        self.lost_wh = 0.0

    def bounds(self) -> tuple[float, float]:
        """Return what the source and the limits in force allow."""
        self.refresh()
        if self.off:
            return 0.0, 0.0
        available = self.available_w
        low = min(max(self.limit_low_w, -available), 0.0)
        return low, max(min(self.limit_high_w, 0.0), low)

    def reach(self, charging: bool) -> float:
        """Return what the source could deliver, whatever limits say: set-points share it."""
        self.refresh()
        return 0.0 if charging else self.available_w

    def refresh(self) -> None:
        """Work out what is available from the input, the rating and the faults."""
        available = self.input_w
        if available > self.rated_w * self.derate:
            available = self.rated_w * self.derate
        self.available_w = 0.0 if self.off in ("fault", "driver_stopped") else available

    def release(self) -> None:
        """Let it produce what there is, within its limits."""
        available = self.input_w
        if self.off or not self.free_low_w <= -available <= self.free_high_w:
            self.command(nan)
            return
        self.available_w = available
        self.request_w = self.told_w = nan
        self.cause = ""
        self.p = -available if available else 0.0

    def command(self, request: float) -> None:
        """Fix the power for a set-point in W (negative); not a number = all that there is."""
        self.refresh()
        self.request_w = self.told_w = request
        self.cause = ""
        available = self.available_w
        if self.off:
            self.cause = self.off
            self.p = 0.0
            return
        wanted = -available
        if request == request:
            wanted = min(max(request, -available), 0.0)
            if request < wanted:
                self.cause = "fault" if self.derate < 1.0 else "available"
            elif request > 0.0:
                # It cannot consume.
                self.cause = "rating"
        power = wanted
        if power < self.limit_low_w or power > self.limit_high_w:
            power = max(min(max(wanted, self.limit_low_w), self.limit_high_w, 0.0), -available)
        if power > wanted:
            self.cause = "limit"
        # Not -0.0: outputs would show it.
        self.p = power if power else 0.0

    def settle(self, t: float, hours: float) -> tuple[float, ...]:
        """Let some time pass, keep the registers, return the columns of the record."""
        p = self.p
        out = -p * hours if p else 0.0
        self.energy_wh = p * hours
        self.produced_wh += out
        curtailed = (self.available_w + p) * hours
        self.curtailed_wh += curtailed
        if self.off or self.derate < 1.0:
            self.lost_wh += (min(self.input_w, self.rated_w) - self.available_w) * hours
        return (p, p, 0.0, out, curtailed, self.request_w)

    def columns(self) -> tuple[tuple[int, int], ...]:
        """Return how many columns it has."""
        return ((self.component_id, 6),)

    def totals(self) -> Mapping[int, Totals]:
        """Return its registers."""
        return {
            self.component_id: Totals(
                out_wh=self.produced_wh,
                curtailed_wh=self.curtailed_wh,
                lost_wh=self.lost_wh,
            )
        }
