"""What brings broken devices back: repaired, exchanged, or read anew.

A repair ends the faults of a component; what it cannot end, a stopped driver, stays. Everything
here is told in the event log.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .breakdowns import Breakdowns
from .driving import Driving
from .faults import Fault
from .meter import Node
from .site import Site
from .telemetry import Distortion, Reading
from .tuning import BatteryValues

__all__ = ["Repairs"]

_NEW_SOC = 0.5
"""State of charge of a battery that comes new (our choice)."""


class Host(Protocol):
    """What the world offers to repairs."""

    def log(self, event: str, **details: Any) -> None:
        """Write to the event log at the current instant."""

    def act(self) -> None:
        """Let what was changed take effect now."""

    def reading(self, component_id: int) -> Reading:
        """Return what a component reports now."""


class Repairs:
    """Mends and exchanges devices. Unknown components raise KeyError."""

    def __init__(
        self,
        site: Site,
        host: Host,
        breakdowns: Breakdowns,
        distortion: Distortion,
        driving: Driving,
        truth: Callable[[int], Reading],
    ) -> None:
        self._site = site
        self._host = host
        self._breakdowns = breakdowns
        self._distortion = distortion
        self._driving = driving
        self._truth = truth
        self._numbers = {info.id: f"{info.kind}-{info.id}" for info in site.infos}

    @property
    def numbers(self) -> Mapping[int, str]:
        """The number on each device, by component id."""
        return self._numbers

    def faults_of(self, component_id: int) -> dict[int, Fault]:
        """Return the faults of a component; for the grid connection, those of the whole site."""
        is_root = component_id == self._site.graph.root
        return {
            fault_id: fault
            for fault_id, fault in self._breakdowns.active.items()
            if component_id in fault.component_ids or (is_root and not fault.component_ids)
        }

    def kept(self, component_id: int) -> Reading:
        """Return what a component itself shows, whether or not that arrives anywhere."""
        return self._breakdowns.kept(self._truth(component_id))

    def repair(self, component_id: int) -> tuple[Fault, ...]:
        """End the faults of a component; return them. A fault of several ends for all."""
        self._numbers[component_id]
        found = self.faults_of(component_id)
        for fault_id in found:
            self._breakdowns.clear(fault_id)
        kinds = tuple(fault.kind for fault in found.values())
        self._host.log("REPAIRED", component_id=component_id, kinds=kinds)
        self._host.act()
        return tuple(found.values())

    def replace_meter(
        self, meter_id: int, number: str, start_wh: tuple[float, float] = (0.0, 0.0)
    ) -> tuple[float, float] | None:
        """Put a new meter in place of one; return the last readings of the old.

        Faults of the old one end. `start_wh`: import and export that the new one begins with.
        Returns import and export in Wh, None where nothing could be read.
        """
        if not isinstance(self._site.node_of.get(meter_id), Node):
            raise KeyError(meter_id)
        last = self._host.reading(meter_id)
        final = None
        if last.import_wh is not None and last.export_wh is not None:
            final = (last.import_wh, last.export_wh)
        self.repair(meter_id)
        self._distortion.restart(self._truth(meter_id), start_wh)
        old, self._numbers[meter_id] = self._numbers[meter_id], number
        self._host.log(
            "METER_REPLACED",
            component_id=meter_id,
            old_number=old,
            new_number=number,
            final_wh=final,
            start_wh=start_wh,
        )
        return final

    def replace_battery(
        self,
        battery_id: int,
        number: str,
        *,
        capacity_wh: float | None = None,
        soc: float = _NEW_SOC,
    ) -> None:
        """Put a new battery, of full health, in place of one; its faults end.

        `capacity_wh`: None = the capacity that the old one was built with.
        """
        values = self._driving.values(battery_id)
        if capacity_wh is not None:
            values = BatteryValues(capacity_wh=capacity_wh).over(values)
        capacity = values.capacity_wh or self._driving.capacity_wh(battery_id)
        values = BatteryValues(capacity_wh=capacity).over(values)
        self.repair(battery_id)
        self._driving.battery(battery_id, values, energy_wh=soc * capacity)
        old, self._numbers[battery_id] = self._numbers[battery_id], number
        self._host.log(
            "BATTERY_REPLACED", component_id=battery_id, old_number=old, new_number=number
        )

    def replace_device(self, component_id: int, number: str) -> None:
        """Put a new device of the same make in place of one; its faults end."""
        self.repair(component_id)
        old, self._numbers[component_id] = self._numbers[component_id], number
        self._host.log(
            "DEVICE_REPLACED", component_id=component_id, old_number=old, new_number=number
        )

    def limit_battery(self, battery_id: int, power_w: float) -> None:
        """Let a battery charge and discharge with at most so much power from now on."""
        limit = BatteryValues(charge_w=power_w, discharge_w=power_w)
        self._driving.battery(battery_id, limit.over(self._driving.values(battery_id)))
