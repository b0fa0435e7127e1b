"""Dry runs: what would be decided if they counted, beside a truth that they never touch.

All dispatches in force, dry ones included, go through the same arbitration on copies of the
devices. Only set-points come out of it; the copies take the true state of charge each time.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .arbitration import Base, arbitrate
from .controller import Sharing, decide, impose
from .orders import Devices
from .record import Shadow
from .units import S_PER_US

if TYPE_CHECKING:
    from .faults import Conditions
    from .generator import Generator
    from .running import Running
    from .storage import Storage

__all__ = ["ShadowBook"]


class ShadowBook:
    """Set-points as dry runs would have them, and the accounts of the dry runs."""

    def __init__(
        self, devices: Devices, base: Base, sharing: Sharing, *, add_equal: bool, keep: bool
    ) -> None:
        self.rows = Shadow()
        self.latched: dict[int, bool] = {}
        """Like the world's, with dry runs of latching switches."""
        self._devices = devices
        self._base = base
        self._sharing = sharing
        self._add_equal = add_equal
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

    def solve(
        self,
        running: Mapping[int, "Running"],
        conditions: "Conditions",
        storages: Sequence["Storage"],
        generators: Sequence["Generator"],
        load_w: float,
        t: float,
    ) -> None:
        """Decide anew for copies of the devices, t seconds into their present segment."""
        self.dry = [each for each in running.values() if each.dry_run]
        if not self.dry:
            return
        plan = arbitrate(
            running.values(),
            self._devices,
            conditions,
            self._base,
            self.latched,
            add_equal=self._add_equal,
        )
        copies = [storage.after(t) for storage in storages]
        producers = [generator.clone() for generator in generators]
        impose(plan, copies, producers)
        decide(plan, copies, producers, load_w, self._sharing)
        for each in self.dry:
            each.asked_w = 0.0
        for source in plan.sources:
            if source.running is not None and source.running.dry_run:
                source.running.asked_w = source.asked_w
        for source, _ in plan.unfollowed:
            if source.running is not None and source.running.dry_run and not source.balance:
                source.running.asked_w = source.target_w
        self._setpoints = [
            (device.component_id, device.request_w, device.source) for device in copies
        ] + [(producer.component_id, producer.request_w, producer.source) for producer in producers]
