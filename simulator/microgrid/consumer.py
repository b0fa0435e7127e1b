"""A controllable consumer: electrolysers, heating, cooling, miners, boilers.

It draws what its set-point says, between a minimum and its rating; left alone it draws what its
input series says, or nothing.
"""

from collections.abc import Mapping

from .device import Device
from .record import Totals
from .units import EPSILON_W

__all__ = ["Consumer"]


class Consumer(Device):
    """One load that can be told something; its only state is what it is told."""

    __slots__ = ("drawn_wh", "input_w", "min_w")

    role = "load"
    direction = 1

    def __init__(self, *, component_id: int, rated_w: float, min_w: float = 0.0) -> None:
        super().__init__(component_id=component_id, rated_w=rated_w)
        self.min_w = min_w
        self.input_w = 0.0
        """What it draws while nobody tells it anything."""
        self.drawn_wh = 0.0

    @property
    def floor_w(self) -> float:
        """Smallest power other than 0."""
        return self.min_w

    def bounds(self) -> tuple[float, float]:
        """Return what rating and limits allow."""
        if self.off:
            return 0.0, 0.0
        high = max(min(self.rated_w * self.derate, self.limit_high_w), 0.0)
        return min(max(self.limit_low_w, 0.0), high), high

    def command(self, request: float) -> None:
        """Fix the power of the next segment; not a number = what its input says."""
        self.request_w = self.told_w = request
        self.cause = ""
        if self.off:
            self.cause = self.off if request else ""
            self.p = 0.0
            return
        power = self.input_w if request != request else request
        cap = self.rated_w * self.derate
        if power < 0.0:
            self.cause, power = "rating", 0.0
        if power > cap:
            self.cause, power = ("fault" if self.derate < 1.0 else "rating"), cap
        if not self.limit_low_w <= power <= self.limit_high_w:
            limited = min(max(power, self.limit_low_w, 0.0), max(self.limit_high_w, 0.0), cap)
            self.cause = "limit" if limited < power else self.cause
            power = limited
        if EPSILON_W < power < self.min_w * (1.0 - 1e-12):
            self.cause, power = self.cause or "minimum", 0.0
        self.p = power if power > EPSILON_W else 0.0

    def settle(self, t: float, hours: float) -> tuple[float, ...]:
        """Let some time pass, keep the registers, return the columns of the record."""
        self.energy_wh = into = self.p * hours
        self.drawn_wh += into
        return (self.p, self.p, into, 0.0, self.request_w)

    def columns(self) -> tuple[tuple[int, int], ...]:
        """Return how many columns it has."""
        return ((self.component_id, 5),)

    def totals(self) -> Mapping[int, Totals]:
        """Return its registers."""
        return {self.component_id: Totals(in_wh=self.drawn_wh)}
