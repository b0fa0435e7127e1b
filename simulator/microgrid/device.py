"""What every controllable device has in common: orders that hold for it, and its next segment.

A device is told a set-point (`command`), or left to itself (`release`), and answers with its AC
power until the next event: a constant, or a constant and `terms` as `exponential.py` defines
them. `hit_s` says when its law changes by itself. Then time passes (`settle`). What a set-point
means for several devices is decided in `controller.py`; no device knows another.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import copy
from math import inf, nan
from typing import TYPE_CHECKING, ClassVar, Self

from .phases import Shares, on_phase
from .record import Totals

if TYPE_CHECKING:
    from .effect import Effect
    from .orders import Orders

__all__ = ["Device"]


class Device(ABC):
    """One actuator of the site. Powers in W, AC, positive = into the device."""

    __slots__ = (
        "c",
        "cause",
        "component_id",
        "derate",
        "draw_w",
        "energy_wh",
        "free_high_w",
        "free_low_w",
        "hit_s",
        "limit_high_w",
        "limit_low_w",
        "off",
        "p",
        "phase",
        "rated_w",
        "request_w",
        "source",
        "terms",
        "told_w",
    )

    role: ClassVar[str] = ""
    """What the vocabulary of dispatches calls it, see `selection.py`."""
    direction: ClassVar[int] = 0
    """1 = it can only consume, -1 = it can only produce, 0 = both."""
    is_steady: ClassVar[bool] = True
    """Whether its power is always constant between two events."""

    def __init__(self, *, component_id: int, rated_w: float = inf) -> None:
        self.component_id = component_id
        self.phase = 0
        """The only phase (1 to 3) that it is connected to, 0 = all three alike."""
        # Orders
        self.off = ""
        """Why it must not exchange power: a cause of the record, empty = it may."""
        self.derate = 1.0
        """Factor on the rating."""
        self.limit_low_w = -inf
        self.limit_high_w = inf
        self.source = 0
        """Dispatch whose set-point is in force, 0 = base strategy or none."""
        self.draw_w = 0.0
        """Auxiliary draw, part of the power but of no set-point."""
        self.free_low_w = self.free_high_w = 0.0
        """Between these neither rating nor limits take anything from a set-point."""
        self.rate(rated_w)
        # The segment in progress
        self.request_w = nan
        """AC set-point, not a number = none."""
        self.told_w = nan
        """What `command` was given last: the set-point, unless the limits of the site moved it."""
        self.cause = ""
        """Why the power is less than the set-point: a cause of the record."""
        self.p = 0.0
        """AC power at the start of the segment."""
        self.c = 0.0
        """Constant part of the power where there are `terms`."""
        self.terms: list[tuple[float, float]] = []
        self.hit_s = inf
        """Seconds until the law changes by itself."""
        # The last segment
        self.energy_wh = 0.0
        """Signed AC energy without auxiliaries."""

    @property
    def ids(self) -> tuple[int, ...]:
        """Its own id, then those of the components that stand behind it."""
        return (self.component_id,)

    @property
    def conversion_w(self) -> float:
        """AC power at the start of the segment without auxiliaries."""
        return self.p - self.draw_w

    @property
    def floor_w(self) -> float:
        """Smallest power other than 0 that it can hold now, a magnitude."""
        return 0.0

    @property
    def urgency(self) -> float:
        """Who comes first where not all can have something: the smallest."""
        return 0.0

    def rate(self, rated_w: float) -> None:
        """Let it exchange at most so much power."""
        self.rated_w = rated_w
        self._free()

    def bind(self, orders: "Orders") -> None:
        """Let orders hold; a set-point must follow. Limits that do not arrive stay as they are."""
        self.off, self.derate = orders.off, orders.derate
        self.draw_w = self.auxiliary_w if orders.connected else 0.0
        if orders.comms != "held":
            self.limit_low_w, self.limit_high_w = orders.low_w, orders.high_w
        self._free()

    def heed(self, dispatch_id: int, effect: "Effect | None") -> None:
        """Follow a dispatch, 0 = none or the base strategy; a set-point must follow."""
        self.source = dispatch_id

    def _free(self) -> None:
        cap = self.rated_w * self.derate
        self.free_low_w = max(self.limit_low_w, 0.0 if self.direction > 0 else -cap)
        self.free_high_w = min(self.limit_high_w, 0.0 if self.direction < 0 else cap)

    def clone(self) -> Self:
        """Return a copy that shares no state."""
        return copy(self)

    def after(self, t: float) -> Self:
        """Return a copy with the states of t seconds later on the present course."""
        return self.clone()

    @property
    def shares(self) -> Shares:
        """How it draws from the phases."""
        return on_phase(self.phase)

    @property
    def auxiliary_w(self) -> float:
        """Auxiliary draw while connected."""
        return 0.0

    @abstractmethod
    def bounds(self) -> tuple[float, float]:
        """Return the lowest and highest AC set-point that could be followed now."""

    def reach(self, charging: bool) -> float:
        """Return how much it could consume (`charging`) or produce now, a magnitude."""
        low, high = self.bounds()
        return max(high, 0.0) if charging else max(-low, 0.0)

    @abstractmethod
    def command(self, request: float) -> None:
        """Fix the power of the next segment for a set-point; not a number = none."""

    def obey(self, request: float) -> None:
        """Fix the power of the next segment for a set-point that must be there at once."""
        self.command(request)

    def release(self) -> None:
        """Fix the power of the next segment for a device that nobody tells anything."""
        self.command(nan)

    def resume(self) -> None:
        """Go on with what it was told, from the present state."""
        request, cause = self.request_w, self.cause
        self.command(self.told_w)
        self.request_w = request
        if cause == "limit" and not self.cause:
            self.cause = cause

    @abstractmethod
    def settle(self, t: float, hours: float) -> tuple[float, ...]:
        """Let t seconds (the same in hours) pass, keep the registers, return the record's row."""

    @abstractmethod
    def columns(self) -> tuple[tuple[int, int], ...]:
        """Return whose columns the row holds: component id and how many, in order."""

    @abstractmethod
    def totals(self) -> Mapping[int, Totals]:
        """Return the registers by component id."""
