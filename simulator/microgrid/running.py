"""A dispatch while it runs: its effect, its devices, and the account of what it got.

The account compares what was asked of its devices with what they delivered, segment by segment,
and keeps why power was missing. Signed energies, positive = into the components.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .dispatch import Dispatch
from .effect import Effect
from .record import REASONS, Occurrence
from .selection import Selection
from .units import EPSILON_W, S_PER_H, S_PER_US

__all__ = ["OPEN", "Admission", "Admit", "Running"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Admission:
    """How far a dispatch has effect."""

    withheld: str = ""
    """Cause (of the record) why it has none, empty = it has."""
    policy: str = "latest-wins"
    """Among set-points of one priority and specificity: `latest-wins`, `first-wins` (the one that
    started first) or `merge` (batteries follow their sum)."""


OPEN = Admission()
Admit = Callable[[Dispatch], Admission]
"""Decides over a dispatch; asked at each start, and again when it is replaced."""

_REASON_OF = {
    "rating": "power_limit",
    "minimum": "power_limit",
    "limit": "power_limit",
    "available": "power_limit",
    "ramp": "power_limit",
    "timer": "power_limit",
    "switched_off": "overridden",
}
"""Reasons of causes that have no reason of the same name."""

_NEGLIGIBLE = 1e-9
"""Fraction of the asked energy that rounding may make missing."""
_NOTEWORTHY = 1e-3
"""Fraction of the asked energy below which a shortfall gets no reason (our choice)."""


class Running:
    """One occurrence in progress whose payload was understood."""

    __slots__ = (
        "_by_reason",
        "_gross_wh",
        "admission",
        "asked_w",
        "dispatch_id",
        "dry_run",
        "effect",
        "occurrence",
        "power_w",
        "priority",
        "selection",
        "start_us",
    )

    def __init__(
        self,
        *,
        dispatch_id: int,
        start_us: int,
        effect: Effect,
        priority: int,
        selection: Selection,
        dry_run: bool,
        occurrence: Occurrence,
    ) -> None:
        self.dispatch_id = dispatch_id
        self.start_us = start_us
        """When this occurrence was due."""
        self.admission = OPEN
        self.effect = effect
        self.priority = priority
        self.selection = selection
        self.dry_run = dry_run
        self.occurrence = occurrence
        self.power_w = 0.0 if effect.kind == "points" else effect.power
        """The set-point now: that of the effect, or of the latest point of a schedule."""
        self.asked_w = 0.0
        """What it asks in the current segment, W."""
        self._by_reason: dict[str, float] = {}
        self._gross_wh = 0.0

    @property
    def seniority(self) -> int:
        """For the order of authority: larger comes first."""
        return -self.start_us if self.admission.policy == "first-wins" else self.start_us

    def inherit(self, earlier: "Running") -> None:
        """Take over the account of the same occurrence before an update."""
        self.asked_w = earlier.asked_w
        self._by_reason = earlier._by_reason
        self._gross_wh = earlier._gross_wh

    def withdraw(self, now_us: int) -> None:
        """Book what is missing because the dispatch was made inactive before its planned end."""
        end_us = self.occurrence.planned_end_us
        if end_us is None or self.dry_run:
            return
        t = (end_us - now_us) * S_PER_US
        self.account(self.asked_w * t / S_PER_H, 0.0, t, ("inactive",))

    def shadow(self, t: float) -> None:
        """Book a stretch of t seconds of a dry run."""
        asked_wh = self.asked_w * t / S_PER_H
        if asked_wh:
            self.account(asked_wh, 0.0, t, ("dry_run",))

    def account(
        self, asked_wh: float, delivered_wh: float, t: float, causes: Sequence[str]
    ) -> None:
        """Book a segment of t seconds; `causes` (at least one), the most important first."""
        occurrence = self.occurrence
        occurrence.asked_wh += asked_wh
        occurrence.delivered_wh += delivered_wh
        self._gross_wh += abs(asked_wh)
        missing = asked_wh - delivered_wh if asked_wh >= 0.0 else delivered_wh - asked_wh
        if missing > _NEGLIGIBLE * abs(asked_wh) + EPSILON_W * t / S_PER_H:
            occurrence.shortfall_wh += missing
            for cause in causes:
                occurrence.limited_s[cause] = occurrence.limited_s.get(cause, 0.0) + t
            first = causes[0]
            occurrence.missing_wh[first] = occurrence.missing_wh.get(first, 0.0) + missing
            if first in ("window", "taper"):
                reason = "soc_max" if asked_wh > 0.0 else "soc_min"
            else:
                reason = _REASON_OF.get(first, first)
            self._by_reason[reason] = self._by_reason.get(reason, 0.0) + missing
        elif not self._by_reason:
            return
        if occurrence.shortfall_wh <= _NOTEWORTHY * self._gross_wh:
            occurrence.reason = "none"
        else:
            occurrence.reason = max(
                self._by_reason, key=lambda each: (self._by_reason[each], -REASONS.index(each))
            )
