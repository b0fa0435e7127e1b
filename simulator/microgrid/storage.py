"""Batteries behind one inverter: from an AC set-point to the exact AC power of the next segment.

The set-point passes limits, rating, exclusion zone and standby in this order, becomes a DC request
that the batteries share, and what they then do comes back through the losses. What reduced it is
kept as a cause. AC powers include the auxiliary draw of the batteries, set-points do not.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from math import inf, nextafter
from typing import Self

from . import bank
from .battery import Battery
from .device import Device
from .effect import Effect
from .exponential import split, value
from .inverter import Losses
from .record import Totals
from .units import EPSILON_W

__all__ = ["Storage"]


class Storage(Device):
    """One battery inverter with its batteries."""

    __slots__ = (
        "_dead_w",
        "aux_wh",
        "batteries",
        "capacity_wh",
        "ceiling_soc",
        "cut_w",
        "edge",
        "export_wh",
        "forms_grid",
        "import_wh",
        "loss_wh",
        "losses",
        "min_w",
        "reserve_soc",
        "sole",
        "start_wh",
        "topping",
    )

    role = "storage"
    is_steady = False

    def __init__(
        self,
        *,
        component_id: int,
        batteries: Sequence[Battery],
        rated_w: float = inf,
        losses: Losses | None = None,
        min_w: float = 0.0,
        forms_grid: bool = False,
    ) -> None:
        super().__init__(component_id=component_id, rated_w=rated_w)
        self.batteries = tuple(batteries)
        self.sole = batteries[0] if len(batteries) == 1 else None
        self.losses = losses or Losses()
        self.cut_w = self.losses.cut()
        """DC discharge power that only just covers the losses."""
        self.min_w = max(min_w, *(each.min_w for each in batteries), self.losses.l0)
        """Smallest AC power other than 0: exclusion zone and standby losses."""
        self._dead_w = max(self.min_w, nextafter(EPSILON_W, inf))
        self.forms_grid = forms_grid
        """Whether it can hold a site together that has lost its grid."""
        self.capacity_wh = sum(battery.capacity_wh for battery in batteries)
        self.start_wh = {each.component_id: each.energy_wh for each in batteries}
        # Orders
        self.draw_w = self.auxiliary_w
        self.reserve_soc = 0.0
        """No discharge at or below."""
        self.ceiling_soc = 1.0
        """No charge at or above."""
        self.topping: bool | None = None
        """Whether it is charging from the grid up to its reserve; None = it never does."""
        # The segment in progress
        self.edge = ""
        """Which edge of the state of charge the log has last: `taper`, `window` or none."""
        self.p = self.c = self.draw_w
        # Registers
        self.import_wh = 0.0
        self.export_wh = 0.0
        self.loss_wh = 0.0
        self.aux_wh = 0.0

    @property
    def ids(self) -> tuple[int, ...]:
        """Its own id, then those of its batteries."""
        return (self.component_id, *(battery.component_id for battery in self.batteries))

    @property
    def floor_w(self) -> float:
        """Smallest power other than 0, a magnitude."""
        return self.min_w

    def clone(self) -> Self:
        """Return a copy that shares no state."""
        other = copy(self)
        other.batteries = tuple(copy(battery) for battery in self.batteries)
        other.sole = other.batteries[0] if self.sole is not None else None
        return other

    def after(self, t: float) -> Self:
        """Return a copy with the stored energies of t seconds later on the present course."""
        later = self.clone()
        for battery in later.batteries:
            battery.energy_wh = battery.energy_at(t)
        return later

    @property
    def auxiliary_w(self) -> float:
        """Auxiliary draw of the batteries while connected."""
        return self.sole.aux_w if self.sole else sum(each.aux_w for each in self.batteries)

    @property
    def soc(self) -> float:
        """State of charge of the batteries together, 0..1."""
        return sum(battery.energy_wh for battery in self.batteries) / self.capacity_wh

    def stored_rate(self) -> float:
        """How fast the stored energy of the batteries together grows now, Wh/s."""
        return self.sole.rate if self.sole else sum(each.rate for each in self.batteries)

    def heed(self, dispatch_id: int, effect: Effect | None) -> None:
        """Follow a dispatch with its reserve, 0 = none or the base strategy."""
        self.source = dispatch_id
        self.reserve_soc = effect.reserve_soc if effect else 0.0
        self.ceiling_soc = 1.0
        if effect is None or not effect.grid_charge:
            self.topping = None
        elif self.topping is None:
            self.topping = self.soc < self.reserve_soc

    # Bounds

    def bounds(self) -> tuple[float, float]:
        """Return the lowest and highest AC set-point that could be followed now."""
        if self.off:
            return 0.0, 0.0
        cap = self.rated_w * self.derate
        charge = discharge = 0.0
        for battery in self.batteries:
            charge += battery.limit_charge()
            if battery.energy_wh > self.reserve_soc * battery.capacity_wh:
                discharge += battery.limit_discharge()
        high = min(self.losses.ac(charge), cap) if charge > 0.0 else 0.0
        low = max(self.losses.ac(-discharge), -cap) if discharge > self.cut_w else 0.0
        return min(max(self.limit_low_w, low), high), max(min(self.limit_high_w, high), low)

    def offer(self, charging: bool) -> tuple[float, float, float]:
        """Return bounds as far as a request in one direction needs them, and the headroom."""
        if self.off or self.limit_low_w > 0.0 or self.limit_high_w < 0.0:
            low, high = self.bounds()
            room = self.headroom(1.0 if charging else -1.0)
            return low, high, room if (high > 0.0 if charging else low < 0.0) else 0.0
        battery = self.sole
        if battery is None:
            limits, rooms = self._dc_room(1.0 if charging else -1.0)
            limit, room = sum(limits), sum(rooms)
        elif charging:
            limit, room = battery.limit_charge(), battery.e_high - battery.energy_wh
        else:
            limit, floor = battery.limit_discharge(), battery.e_low
            if self.reserve_soc > 0.0:
                floor = max(floor, self.reserve_soc * battery.capacity_wh)
            room = battery.energy_wh - floor
        if room <= 0.0 or limit <= (0.0 if charging else self.cut_w):
            return 0.0, 0.0, 0.0
        if charging:
            return 0.0, min(self.losses.ac(limit), self.free_high_w), room
        return max(self.losses.ac(-limit), self.free_low_w), 0.0, room

    def sustained_w(self, t: float) -> tuple[float, float]:
        """Return the lowest and highest AC set-point that can be held for t seconds."""
        battery = self.sole
        if self.off or battery is None:
            return 0.0, 0.0
        cap = self.rated_w * self.derate
        charge = battery.sustained_w(t, charging=True)
        discharge = battery.sustained_w(t, charging=False)
        high = min(self.losses.ac(charge), cap) if charge > 0.0 else 0.0
        low = max(self.losses.ac(-discharge), -cap) if discharge > self.cut_w else 0.0
        return max(min(self.limit_low_w, 0.0), low), min(max(self.limit_high_w, 0.0), high)

    def headroom(self, direction: float) -> float:
        """Return the stored energy that fits in, or can be had, until the edge of the window."""
        total = 0.0
        for battery in self.batteries:
            if direction >= 0.0:
                room = battery.e_high - battery.energy_wh
            else:
                floor = max(battery.e_low, self.reserve_soc * battery.capacity_wh)
                room = battery.energy_wh - floor
            if room > 0.0:
                total += room
        return total

    def full_charge_w(self) -> float:
        """Return the AC power at which every battery charges at its largest DC power."""
        return self.losses.ac(sum(battery.charge_w for battery in self.batteries))

    def watch(self, soc: float) -> None:
        """Let the segment end no later than a battery reaches a state of charge."""
        for battery in self.batteries:
            self.hit_s = min(self.hit_s, battery.time_to(soc * battery.capacity_wh))

    def power_to(self, soc: float, left_s: float) -> float:
        """Return the AC power that reaches a state of charge in time; 0 W once it is there.

        No time left = as fast as it goes. Neither limits nor the window are looked at.
        """
        dc = sum(battery.power_to(soc * battery.capacity_wh, left_s) for battery in self.batteries)
        if not dc:
            return 0.0
        power = self.losses.ac(dc)
        if left_s <= 0.0:
            power = min(max(power, -self.rated_w), self.rated_w)
        return power

    def tops_up(self, hysteresis_soc: float) -> bool:
        """Charge up to the reserve if it is (or was and still is) too far below it."""
        soc = self.soc
        if self.topping:
            self.topping = soc < self.reserve_soc * (1.0 - 1e-12)
        else:
            self.topping = soc <= self.reserve_soc - hysteresis_soc + 1e-12
        if self.topping:
            self.command(min(self.full_charge_w(), self.rated_w))
            self.watch(self.reserve_soc)
        return self.topping

    # The set-point

    def command(self, request: float) -> None:
        """Fix the AC power of the next segment for a set-point in W; not a number = idle."""
        self.request_w = self.told_w = request
        self.cause = ""
        power = request if request == request else 0.0
        if self.off or not self.free_low_w <= power <= self.free_high_w:
            power = self._ordered(power)
        dc = 0.0
        if power:
            if -self._dead_w < power < self._dead_w:
                self.cause = self.cause or "minimum"
                power = 0.0
            else:
                dc = self.losses.dc(power)
        battery = self.sole
        if battery is None:
            self._several(power, dc)
            return
        edge_wh, is_there = inf, False
        if dc < 0.0 < self.reserve_soc:
            edge_wh = self.reserve_soc * battery.capacity_wh
            is_there = battery.energy_wh <= edge_wh * (1.0 + 1e-12)
        elif dc > 0.0 and self.ceiling_soc < 1.0:
            edge_wh = self.ceiling_soc * battery.capacity_wh
            is_there = battery.energy_wh >= edge_wh * (1.0 - 1e-12)
        if is_there:
            dc = power = 0.0
            self.cause = "window"
        battery.plan(dc, self.cut_w)
        self.hit_s = battery.hit_s
        if edge_wh < inf and not is_there:
            self.hit_s = min(battery.hit_s, battery.time_to(edge_wh))
        p, lam = battery.p, battery.lam
        if not lam and p == dc:
            self.p = self.c = power + self.draw_w
            if self.terms:
                self.terms = []
        elif lam:
            self.cause = "taper"
            c, a, b = self.losses.taper(battery.p_inf, p - battery.p_inf)
            self.c = c + self.draw_w
            self.terms = [(a, lam), (b, 2.0 * lam)]
            self.p = self.c + a + b
        else:
            self.cause = "window" if battery.region == "window" else "rating"
            self._constant(self.losses.ac(p) if p else 0.0)

    def _ordered(self, power: float) -> float:
        """Return what rating, faults and limits leave of a set-point; limits may force one, too."""
        if self.off:
            self.cause = self.off if power else ""
            return 0.0
        cap = self.rated_w * self.derate
        if abs(power) > cap:
            self.cause = "fault" if self.derate < 1.0 and abs(power) <= self.rated_w else "rating"
            power = cap if power > 0.0 else -cap
        limited = min(max(power, self.limit_low_w), self.limit_high_w)
        if power and limited / power < 1.0:
            self.cause = "limit"
        return min(max(limited, -cap), cap)

    def _several(self, power: float, dc: float) -> None:
        """Share the DC request among the batteries, then add up what they do."""
        limits, headrooms = self._dc_room(dc)
        now, settled, decays, self.hit_s = bank.share(
            self.batteries,
            dc,
            limits,
            headrooms,
            cut_w=self.cut_w,
            reserve_soc=self.reserve_soc,
            ceiling_soc=self.ceiling_soc,
        )
        if decays:
            self.cause = "taper"
            c, self.terms = self.losses.tapers(1.0 if dc >= 0.0 else -1.0, settled, decays)
            self.c = c + self.draw_w
            self.p = value(self.c, self.terms, 0.0)
        elif abs(now - dc) <= 1e-12 * abs(dc):
            self._constant(power)
        else:
            self.cause = "window" if min(limits) <= 0.0 else "rating"
            self._constant(self.losses.ac(now) if now else 0.0)

    def _dc_room(self, sign: float) -> tuple[list[float], list[float]]:
        return bank.rooms(self.batteries, sign, self.reserve_soc, self.ceiling_soc)

    def _constant(self, power: float) -> None:
        self.p = self.c = power + self.draw_w
        if self.terms:
            self.terms = []

    # Time passes

    def settle(self, t: float, hours: float) -> tuple[float, ...]:
        """Let t seconds (the same in hours) pass, keep the registers, return the record's row.

        The columns of the inverter come first, then those of each battery.
        """
        sole = self.sole
        row: tuple[float, ...]
        if sole is not None:
            row, moved = sole.settle(t), sole.moved_wh
        else:
            row, moved = (), 0.0
            for battery in self.batteries:
                row += battery.settle(t)
                moved += battery.moved_wh
        p = p_end = self.p
        into = out = 0.0
        if self.terms:
            into, out = split(self.c, self.terms, t)
            p_end = value(self.c, self.terms, t)
            self.import_wh += into
            self.export_wh += out
        elif p > 0.0:
            into = p * hours
            self.import_wh += into
        elif p < 0.0:
            out = -p * hours
            self.export_wh += out
        energy = into - out
        if self.draw_w:
            draw = self.draw_w * hours
            self.aux_wh += draw
            energy -= draw
        self.energy_wh = energy
        self.loss_wh += (loss := energy - moved)
        return (p, p_end, into, out, loss, self.request_w, *row)

    def columns(self) -> tuple[tuple[int, int], ...]:
        """Return the inverter's columns and those of each battery."""
        return (
            (self.component_id, 6),
            *((battery.component_id, 5) for battery in self.batteries),
        )

    def totals(self) -> Mapping[int, Totals]:
        """Return the registers of the inverter and of its batteries."""
        found = {
            self.component_id: Totals(
                in_wh=self.import_wh,
                out_wh=self.export_wh,
                loss_wh=self.loss_wh,
                aux_wh=self.aux_wh,
            )
        }
        for battery in self.batteries:
            found[battery.component_id] = Totals(
                in_wh=battery.charged_wh,
                out_wh=battery.discharged_wh,
                loss_wh=battery.loss_wh,
                self_discharge_wh=battery.self_discharge_wh,
                fade=battery.wear.fade if battery.wear else 0.0,
                peak_c=battery.wear.peak_c if battery.wear and battery.wear.thermal else None,
                ageing_loss_wh=battery.ageing_loss_wh,
                start_wh=self.start_wh[battery.component_id],
                end_wh=battery.energy_wh,
            )
        return found
