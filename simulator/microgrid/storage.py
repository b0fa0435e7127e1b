"""Batteries behind one inverter: from an AC set-point to the exact AC power of the next segment.

The set-point passes limits, rating, exclusion zone and standby in this order, becomes a DC request
that the batteries share, and what they then do comes back through the losses. What reduced it is
kept as a cause. AC powers include the auxiliary draw of the batteries, set-points do not.
"""

from collections.abc import Sequence
from copy import copy
from math import inf, nan

from .battery import Battery
from .exponential import split, value
from .inverter import Losses
from .sharing import place
from .units import EPSILON_W

__all__ = ["Storage"]


class Storage:
    """One battery inverter with its batteries."""

    __slots__ = (
        "aux_wh",
        "batteries",
        "c",
        "capacity_wh",
        "cause",
        "component_id",
        "cut_w",
        "derate",
        "draw_w",
        "edge",
        "energy_wh",
        "export_wh",
        "hit_s",
        "import_wh",
        "limit_high_w",
        "limit_low_w",
        "loss_wh",
        "losses",
        "min_w",
        "off",
        "p",
        "rated_w",
        "request_w",
        "reserve_soc",
        "sole",
        "source",
        "terms",
        "told_w",
        "topping",
    )

    def __init__(
        self,
        *,
        component_id: int,
        batteries: Sequence[Battery],
        rated_w: float = inf,
        losses: Losses | None = None,
        min_w: float = 0.0,
    ) -> None:
        self.component_id = component_id
        """Id of the inverter."""
        self.batteries = tuple(batteries)
        self.sole = batteries[0] if len(batteries) == 1 else None
        self.rated_w = rated_w
        self.losses = losses or Losses()
        self.cut_w = self.losses.cut()
        """DC discharge power that only just covers the losses."""
        self.min_w = max(min_w, *(each.min_w for each in batteries), self.losses.l0)
        """Smallest AC power other than 0: exclusion zone and standby losses."""
        self.capacity_wh = sum(battery.capacity_wh for battery in batteries)
        # Set by whoever decides
        self.off = ""
        """Why it must not exchange power: a cause of the record, empty = it may."""
        self.derate = 1.0
        """Factor on the rating."""
        self.draw_w = self.auxiliary_w
        """Auxiliary draw now: none while disconnected."""
        self.limit_low_w = -inf
        self.limit_high_w = inf
        self.reserve_soc = 0.0
        """No discharge at or below."""
        self.source = 0
        """Dispatch whose set-point is in force, 0 = base strategy or none."""
        self.topping: bool | None = None
        """Whether it is charging from the grid up to its reserve; None = it never does."""
        # What follows for the current segment
        self.request_w = nan
        """AC set-point, not a number = none."""
        self.told_w = nan
        """What `command` was given last: the set-point, unless the limits of the site moved it."""
        self.cause = ""
        """Why the power is less than the set-point."""
        self.edge = ""
        """Which edge of the state of charge the log has last: `taper`, `window` or none."""
        self.p = self.draw_w
        """AC power at the start of the segment."""
        self.c = self.p
        """Constant part of the AC power; `terms` are the decaying ones."""
        self.terms: list[tuple[float, float]] = []
        self.hit_s = inf
        """Seconds until the law changes by itself."""
        # Registers and the last segment
        self.energy_wh = 0.0
        """Signed AC energy of the last segment, without auxiliaries."""
        self.import_wh = 0.0
        self.export_wh = 0.0
        self.loss_wh = 0.0
        self.aux_wh = 0.0

    def clone(self) -> "Storage":
        """Return a copy that shares no state."""
        other = copy(self)
        other.batteries = tuple(copy(battery) for battery in self.batteries)
        other.sole = other.batteries[0] if self.sole is not None else None
        return other

    def after(self, t: float) -> "Storage":
        """Return a copy with the stored energies of t seconds later on the present course."""
        later = self.clone()
        for battery in later.batteries:
            battery.energy_wh = battery.energy_at(t)
        return later

    @property
    def auxiliary_w(self) -> float:
        """Auxiliary draw of the batteries while connected."""
        return sum(battery.aux_w for battery in self.batteries)

    @property
    def conversion_w(self) -> float:
        """AC power at the start of the segment without auxiliaries."""
        return self.p - self.draw_w

    @property
    def soc(self) -> float:
        """State of charge of the batteries together, 0..1."""
        return sum(battery.energy_wh for battery in self.batteries) / self.capacity_wh

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
        losses = self.losses
        high = min(losses.ac(charge), cap) if charge > 0.0 else 0.0
        low = max(losses.ac(-discharge), -cap) if discharge > self.cut_w else 0.0
        return (
            min(max(self.limit_low_w, low), high),
            max(min(self.limit_high_w, high), low),
        )

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
        cap = self.rated_w * self.derate
        if charging:
            return 0.0, min(self.losses.ac(limit), cap, self.limit_high_w), room
        return max(self.losses.ac(-limit), -cap, self.limit_low_w), 0.0, room

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

    # The set-point

    def command(self, request: float) -> None:
        """Fix the AC power of the next segment for a set-point in W; not a number = idle."""
        self.request_w = self.told_w = request
        self.cause = ""
        power = request if request == request else 0.0
        cap = self.rated_w * self.derate
        if power > cap or power < -cap or self.off:
            power = self._rated(power, cap)
        if power > self.limit_high_w or power < self.limit_low_w:
            power = self._limited(power, cap)
        if power and (-self.min_w < power < self.min_w or abs(power) <= EPSILON_W):
            self.cause = self.cause or "minimum"
            power = 0.0
        battery = self.sole
        if battery is None:
            self._several(power)
            return
        dc = self.losses.dc(power) if power else 0.0
        if dc < 0.0 and self.reserve_soc > 0.0:
            reserve = self.reserve_soc * battery.capacity_wh
            if battery.energy_wh <= reserve * (1.0 + 1e-12):
                dc = power = 0.0
                self.cause = "window"
            battery.plan(dc, self.cut_w)
            self.hit_s = min(battery.hit_s, battery.time_to(reserve)) if dc else inf
        else:
            battery.plan(dc, self.cut_w)
            self.hit_s = battery.hit_s
        p = battery.p
        if p == dc and not battery.lam:
            self.p = self.c = power + self.draw_w
            if self.terms:
                self.terms = []
        elif battery.lam:
            self.cause = "taper"
            lam = battery.lam
            c, a, b = self.losses.taper(battery.p_inf, p - battery.p_inf)
            self.c = c + self.draw_w
            self.terms = [(a, lam), (b, 2.0 * lam)]
            self.p = self.c + a + b
        else:
            self.cause = "window" if battery.region == "window" else "rating"
            self._constant(self.losses.ac(p) if p else 0.0)

    def resume(self) -> None:
        """Go on with what it was told, from the present charge."""
        request, cause = self.request_w, self.cause
        self.command(self.told_w)
        self.request_w = request
        if cause == "limit" and not self.cause:
            self.cause = cause

    def _rated(self, power: float, cap: float) -> float:
        """Return what rating and faults leave of a set-point."""
        if self.off:
            self.cause = self.off if power else ""
            return 0.0
        self.cause = "fault" if self.derate < 1.0 and abs(power) <= self.rated_w else "rating"
        return cap if power > 0.0 else -cap

    def _limited(self, power: float, cap: float) -> float:
        """Return what the limits in force make of a set-point; they may force one, too."""
        if self.off:
            return 0.0
        limited = min(max(power, self.limit_low_w), self.limit_high_w)
        if power and limited / power < 1.0:
            self.cause = "limit"
        return min(max(limited, -cap), cap)

    def _several(self, power: float) -> None:
        """Share the DC request among the batteries, then add up what they do."""
        dc = self.losses.dc(power) if power else 0.0
        sign = 1.0 if dc >= 0.0 else -1.0
        limits, rooms = self._dc_room(sign)
        shares = place(abs(dc), rooms, [0.0] * len(limits), limits).asked
        whole = sum(battery.discharge_w for battery in self.batteries)
        self.hit_s = inf
        now = settled = 0.0
        tapers = []
        for battery, share, limit in zip(self.batteries, shares, limits, strict=True):
            battery.plan(sign * share if limit else 0.0, self.cut_w * battery.discharge_w / whole)
            hit_s = battery.hit_s
            if battery.p < 0.0 and self.reserve_soc > 0.0:
                hit_s = min(hit_s, battery.time_to(self.reserve_soc * battery.capacity_wh))
            self.hit_s = min(self.hit_s, hit_s)
            now += battery.p
            settled += battery.p_inf
            if battery.lam:
                tapers.append((battery.p - battery.p_inf, battery.lam))
        if tapers:
            self.cause = "taper"
            self._decay(sign, settled, tapers)
        elif abs(now - dc) <= 1e-12 * abs(dc):
            self._constant(power)
        else:
            self.cause = "window" if min(limits) <= 0.0 else "rating"
            self._constant(self.losses.ac(now) if now else 0.0)

    def _dc_room(self, sign: float) -> tuple[list[float], list[float]]:
        """Return for each battery the largest DC power in one direction, and its headroom."""
        limits, rooms = [], []
        for battery in self.batteries:
            if sign > 0.0:
                limit, room = battery.limit_charge(), battery.e_high - battery.energy_wh
            else:
                reserve = self.reserve_soc * battery.capacity_wh
                room = battery.energy_wh - max(battery.e_low, reserve)
                usable = battery.energy_wh > reserve * (1.0 + 1e-12)
                limit = battery.limit_discharge() if usable else 0.0
            limits.append(limit)
            rooms.append(room if room > 0.0 and limit > 0.0 else 0.0)
        return limits, rooms

    def _decay(self, sign: float, settled: float, tapers: list[tuple[float, float]]) -> None:
        """Put the sum of several DC exponentials through the quadratic of the losses."""
        losses = self.losses
        slope, q = 1.0 + losses.l1 * sign, losses.q
        self.c = slope * settled + losses.l0 + q * settled * settled + self.draw_w
        terms = [((slope + 2.0 * q * settled) * decay, lam) for decay, lam in tapers]
        for i, (decay, lam) in enumerate(tapers):
            terms.append((q * decay * decay, 2.0 * lam))
            terms += [(2.0 * q * decay * other, lam + rate) for other, rate in tapers[i + 1 :]]
        self.terms = terms
        self.p = self.c + sum(a for a, _ in terms)

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
            row = sole.settle(t)
            moved = sole.moved_wh
        else:
            row, moved = (), 0.0
            for battery in self.batteries:
                row += battery.settle(t)
                moved += battery.moved_wh
        p = self.p
        if self.terms:
            into, out = split(self.c, self.terms, t)
            p_end = value(self.c, self.terms, t)
        elif p >= 0.0:
            into, out, p_end = p * hours, 0.0, p
        else:
            into, out, p_end = 0.0, -p * hours, p
        self.import_wh += into
        self.export_wh += out
        energy = into - out
        if self.draw_w:
            draw = self.draw_w * hours
            self.aux_wh += draw
            energy -= draw
        self.energy_wh = energy
        loss = energy - moved
        self.loss_wh += loss
        return (p, p_end, into, out, loss, self.request_w, *row)
