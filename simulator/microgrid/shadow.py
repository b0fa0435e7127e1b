"""Dry runs: what would be decided if they counted, beside a truth that they never touch.

All dispatches in force, dry ones included, go through the same arbitration on copies of the
devices (see `governor.py`). Only set-points come out of it, and accounts of the dry runs.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .arbitration import Plan
from .record import Shadow
from .units import S_PER_US

if TYPE_CHECKING:
    from .device import Device
    from .running import Running

__all__ = ["ShadowBook"]


class ShadowBook:
    """Set-points as dry runs would have them, and the accounts of the dry runs."""

    def __init__(self, *, keep: bool) -> None:
        self.rows = Shadow()
        self.latched: dict[int, bool] = {}
        """Like the world's, with dry runs of latching switches."""
        self._keep = keep
        self._since_us = 0
        self._setpoints: list[tuple[int, float, int]] = []
        self.dry: list[Running] = []
        """Dry runs in force."""

    def settle(self, now_us: int) -> None:
        """Book the stretch since the last call."""
        since_us = self._since_us
        self._since_us = now_us
        if not self.dry or now_us <= since_us:
            return
        for running in self.dry:
            running.shadow((now_us - since_us) * S_PER_US)
        if not self._keep:
            return
        rows = self.rows
        for component_id, setpoint_w, source in self._setpoints:
            rows.t_start_us.append(since_us)
            rows.t_end_us.append(now_us)
            rows.component_id.append(component_id)
            rows.setpoint_w.append(setpoint_w)
            rows.source.append(source)

    def watch(self, running: Iterable["Running"]) -> bool:
        """Take note of the dry runs among the dispatches in force; return whether there are any."""
        self.dry = [each for each in running if each.dry_run]
        return bool(self.dry)

    def keep(self, plan: Plan, copies: Sequence["Device"]) -> None:
        """Take the set-points that a plan with the dry runs gave to copies of the devices."""
        for each in self.dry:
            each.asked_w = 0.0
        for source in plan.sources:
            if source.running is not None and source.running.dry_run:
                source.running.asked_w = source.asked_w
        for source, _ in plan.unfollowed:
            if source.running is not None and source.running.dry_run and not source.balance:
                source.running.asked_w = source.target_w
        self._setpoints = [(each.component_id, each.request_w, each.source) for each in copies]
