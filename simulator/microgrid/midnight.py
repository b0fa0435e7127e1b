"""Ages the batteries at each local midnight: the only moment at which capacities change."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from simpy.events import Event

from .agenda import Agenda, Class
from .scenario_base import from_us, to_us
from .site import Site
from .storage import Storage

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["Midnight"]


class Host(Protocol):
    """What the world offers."""

    now_us: int

    def log(self, event: str, **details: Any) -> None:
        """Write to the event log at the current instant."""

    def disturb(self) -> None:
        """Settle up to now, because powers change."""


class Midnight:
    """Wakes at local midnights, if any battery ages."""

    def __init__(
        self, scenario: "Scenario", site: Site, agenda: Agenda, host: Host, end_us: int | None
    ) -> None:
        self._zone = scenario.zone
        self._agenda = agenda
        self._host = host
        self._end_us = end_us
        self._storages = [
            device
            for device in site.devices
            if isinstance(device, Storage)
            and any(each.wear is not None and each.wear.ageing for each in device.batteries)
        ]
        if self._storages:
            self._wait(host.now_us)

    def _wait(self, now_us: int) -> None:
        day = from_us(now_us).astimezone(self._zone).date() + timedelta(days=1)
        midnight_us = to_us(datetime.combine(day, time(), self._zone))
        if self._end_us is None or midnight_us < self._end_us:
            self._agenda.at(midnight_us, Class.DEVICE, 0, self._age)

    def _age(self, _event: Event) -> None:
        self._host.disturb()
        for storage in self._storages:
            for battery in storage.batteries:
                surplus_wh = 0.0 if battery.wear is None else battery.wear.age(battery)
                if surplus_wh > 0.0:
                    self._host.log(
                        "AGEING_LOSS", component_id=battery.component_id, energy_wh=surplus_wh
                    )
            storage.capacity_wh = sum(battery.capacity_wh for battery in storage.batteries)
        self._wait(self._host.now_us)
