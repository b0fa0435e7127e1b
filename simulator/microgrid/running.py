"""A dispatch while it runs: its effect, its devices, and the account of what it got.

The account compares what was asked of its devices with what they delivered, segment by segment,
and keeps why power was missing. Signed energies, positive = into the components.
"""

from collections.abc import Iterable

from .record import REASONS, Occurrence
from .selection import Selection
from .units import S_PER_H, S_PER_US
from .vocabulary import Effect

__all__ = ["Running"]

_REASON_OF = {
    "rating": "power_limit",
    "minimum": "power_limit",
    "limit": "power_limit",
    "available": "power_limit",
    "switched_off": "overridden",
}
"""Reasons of causes that have no reason of the same name."""

_NEGLIGIBLE = 1e-9
"""Fraction of the asked energy that rounding may make missing."""


class Running:
    """One occurrence in progress whose payload was understood."""

    __slots__ = (
        "_by_reason",
        "asked_w",
        "dispatch_id",
        "dry_run",
        "effect",
        "occurrence",
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
        """When this occurrence was due, for the order of authority."""
        self.effect = effect
        self.priority = priority
        self.selection = selection
        self.dry_run = dry_run
        self.occurrence = occurrence
        self.asked_w = 0.0
        """What it asks in the current segment, W."""
        self._by_reason: dict[str, float] = {}

    def inherit(self, earlier: "Running") -> None:
        """Take over the account of the same occurrence before an update."""
        self.asked_w = earlier.asked_w
        self._by_reason = earlier._by_reason

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
        self, asked_wh: float, delivered_wh: float, t: float, causes: Iterable[str]
    ) -> None:
        """Book a segment of t seconds; `causes` of its devices, the most important first."""
        occurrence = self.occurrence
        occurrence.asked_wh += asked_wh
        occurrence.delivered_wh += delivered_wh
        missing = asked_wh - delivered_wh if asked_wh >= 0.0 else delivered_wh - asked_wh
        if missing <= _NEGLIGIBLE * abs(asked_wh) or not missing > 0.0:
            return
        occurrence.shortfall_wh += missing
        first = ""
        for cause in causes:
            first = first or cause
            occurrence.limited_s[cause] = occurrence.limited_s.get(cause, 0.0) + t
        if not first:
            return
        occurrence.missing_wh[first] = occurrence.missing_wh.get(first, 0.0) + missing
        if first in ("window", "taper"):
            reason = "soc_max" if asked_wh > 0.0 else "soc_min"
        else:
            reason = _REASON_OF.get(first, first)
        self._by_reason[reason] = self._by_reason.get(reason, 0.0) + missing
        occurrence.reason = max(
            self._by_reason, key=lambda each: (self._by_reason[each], -REASONS.index(each))
        )
