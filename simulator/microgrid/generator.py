"""Producers that follow an input series and can only be reduced: PV inverters, wind turbines.

`P = -min(limit, rating, available)`. What a dispatch or a limit takes away is counted as curtailed,
what a fault takes away as lost.
"""

from copy import copy
from math import inf, nan

__all__ = ["Generator"]


class Generator:
    """One PV inverter or wind turbine; its only state is what it is told."""

    __slots__ = (
        "available_w",
        "cause",
        "component_id",
        "curtailed_wh",
        "derate",
        "input_w",
        "limit_high_w",
        "limit_low_w",
        "lost_wh",
        "off",
        "out_wh",
        "p",
        "produced_wh",
        "rated_w",
        "request_w",
        "source",
    )

    def __init__(self, *, component_id: int, rated_w: float = inf) -> None:
        self.component_id = component_id
        self.rated_w = rated_w
        # Set by whoever decides
        self.input_w = 0.0
        """What the source could deliver, W, a magnitude."""
        self.off = ""
        """Why it must not produce: a cause of the record, empty = it may."""
        self.derate = 1.0
        self.limit_low_w = -inf
        self.limit_high_w = inf
        self.source = 0
        # What follows for the current segment
        self.available_w = 0.0
        """What it could deliver now, W, a magnitude: input, rating and faults applied."""
        self.request_w = nan
        self.cause = ""
        self.p = 0.0
        # Registers and the last segment
        self.out_wh = 0.0
        """Production of the last segment."""
        self.produced_wh = 0.0
        self.curtailed_wh = 0.0
        self.lost_wh = 0.0

    def clone(self) -> "Generator":
        """Return a copy that shares no state."""
        return copy(self)

    def refresh(self) -> None:
        """Work out what is available from the input, the rating and the faults."""
        available = self.input_w
        if available > self.rated_w * self.derate:
            available = self.rated_w * self.derate
        self.available_w = 0.0 if self.off == "fault" else available

    def release(self) -> None:
        """Let it produce what there is, within its limits."""
        available = self.input_w
        if (
            available > self.rated_w
            or self.off
            or self.derate < 1.0
            or self.limit_low_w > -inf
            or self.limit_high_w < 0.0
        ):
            self.refresh()
            self.command(nan)
            return
        self.available_w = available
        self.request_w = nan
        self.cause = ""
        self.p = -available if available else 0.0

    def command(self, request: float) -> None:
        """Fix the power for a set-point in W (negative); not a number = all that there is."""
        self.request_w = request
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

    def settle(self, hours: float) -> tuple[float, float, float, float, float, float]:
        """Let some hours pass, keep the registers, return the columns of the record."""
        p = self.p
        self.out_wh = out = -p * hours if p else 0.0
        self.produced_wh += out
        curtailed = (self.available_w + p) * hours
        self.curtailed_wh += curtailed
        if self.off or self.derate < 1.0:
            self.lost_wh += (min(self.input_w, self.rated_w) - self.available_w) * hours
        return (p, p, 0.0, out, curtailed, self.request_w)
