"""What meters keep while nobody hears them, and deliver late once they are heard again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from simulator.bridge.findings import instant
from simulator.microgrid.watch import LIMITS

if TYPE_CHECKING:
    from simulator.microgrid.world import World

_MOST: Final = 4_000
"""Intervals that a meter keeps; six weeks of quarter hours (our choice)."""
_US_PER_S: Final = 1_000_000


class Buffers:
    """The buffers of a world's meters.

    Args:
        world: whose meters.
        later: calls after so many seconds of the world.
    """

    def __init__(self, world: World, later: Callable[[float, Callable[[], None]], None]) -> None:
        self._world = world
        self._later = later
        self._kept: dict[int, list[dict[str, Any]]] = {}

    def begin(self, meter_id: int) -> None:
        """Let a meter that is not heard keep its readings; nothing if it does, or is heard."""
        if meter_id not in self._kept and self._world.reading(meter_id).missing:
            self._kept[meter_id] = []
            self._wait(meter_id, self._kept[meter_id])

    def drop(self, meter_id: int) -> None:
        """Forget what a meter has kept: it is gone."""
        self._kept.pop(meter_id, None)

    def deliver(self, meter_id: int) -> None:
        """Write what a meter has kept to the world's log, as late readings."""
        if readings := self._kept.pop(meter_id, None):
            self._world.log("READINGS_LATE", component_id=meter_id, readings=readings)

    def _wait(self, meter_id: int, kept: list[dict[str, Any]]) -> None:
        """Come back at the next multiple of the meter's interval since the epoch."""
        every_s = self._world.driving.interval_s.get(meter_id, LIMITS.interval_s)
        every_us = round(every_s * _US_PER_S)
        left_us = every_us - self._world.now_us % every_us

        def tick() -> None:
            if self._kept.get(meter_id) is not kept:
                return
            if not self._world.reading(meter_id).missing:
                self.deliver(meter_id)
                return
            shown = self._world.repairs.kept(meter_id)
            kept.append(
                {
                    "time": instant(self._world.now_us),
                    "import_wh": shown.import_wh,
                    "export_wh": shown.export_wh,
                }
            )
            if len(kept) < _MOST:
                self._wait(meter_id, kept)

        self._later(left_us / _US_PER_S, tick)
