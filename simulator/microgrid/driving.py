"""What drivers do to a site: take devices out of control, bring them back, reconfigure them.

Every device is driven until someone says otherwise, so that a run without services never comes
here. A device without its driver exchanges no power and says nothing; a meter is only silent.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from . import scenario_components as parts
from .breakdowns import Breakdowns
from .charger import Charger
from .faults import Fault, Undriven
from .feed import Feed, Supply
from .frequency import wander
from .meter_errors import Errors
from .obis import FREQUENCY_HZ
from .sessions import Sessions, Stay
from .site import Site
from .storage import Storage
from .tuning import BatteryValues, retune

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["Driving"]

_NEGLIGIBLE = 1e-12
"""Fraction of a capacity that is rounding."""


class Host(Protocol):
    """What the world offers to its driving."""

    now_us: int

    def log(self, event: str, **details: Any) -> None:
        """Write to the event log at the current instant."""

    def touch(self, *, dry_run: bool) -> None:
        """Settle up to now, because what is in force changes."""

    def act(self) -> None:
        """Let what was changed take effect now."""


class Driving:
    """The controls of a site's devices. Unknown components raise KeyError."""

    def __init__(
        self,
        scenario: "Scenario",
        site: Site,
        host: Host,
        *,
        breakdowns: Breakdowns,
        feed: Feed,
        sessions: Sessions,
        errors: dict[int, Errors],
    ) -> None:
        self._scenario = scenario
        self._entries = {each.id: each for each in scenario.components}
        self._site = site
        self._host = host
        self._breakdowns = breakdowns
        self._feed = feed
        self._sessions = sessions
        self._errors = errors
        self._scenario_errors = dict(errors)
        self._scenario_grid_w = site.grid_w
        self._deaf: set[int] = set()
        self._lines: dict[int, object] = {}
        self._outages: tuple[int, ...] = ()
        self.frequency_std = 0.0
        """Standard deviation of the grid's frequency, Hz."""
        self._frozen: dict[int, float] = {}
        """Self-discharge of batteries that stand still."""
        self._values: dict[int, BatteryValues] = {}
        self.interval_s: dict[int, float] = {}
        """How often meters report, where a driver has said so."""

    # Running or not

    def is_stopped(self, component_id: int) -> bool:
        """Return whether a component is without its driver."""
        undriven = self._breakdowns.undriven.get(component_id)
        return undriven is not None and not undriven.is_deaf

    def deafen(self, component_id: int, *, is_deaf: bool) -> None:
        """Let set-points and limits not reach a device that is driven, or reach it again."""
        if is_deaf:
            self._deaf.add(component_id)
        else:
            self._deaf.discard(component_id)
        if not self.is_stopped(component_id):
            self._undrive(component_id, None)
            self._host.act()

    def _undrive(self, component_id: int, undriven: Undriven | None) -> None:
        if undriven is None and component_id in self._deaf:
            undriven = Undriven(is_deaf=True)
        self._breakdowns.undrive(component_id, undriven)

    def stop(self, component_id: int, *, counts: bool = True) -> None:
        """Take a device out of control; nothing if it is already.

        `counts`: whether the registers of a meter go on meanwhile.
        """
        entry = self._entries[component_id]
        if self.is_stopped(component_id):
            return
        self._breakdowns.undrive(
            component_id,
            Undriven(
                is_meter=isinstance(entry, parts.Meter),
                is_grid=isinstance(entry, parts.GridConnectionPoint),
                counts=counts,
            ),
        )
        self._freeze()
        if isinstance(entry, parts.EvCharger):
            self._sessions.close(component_id)
        self._host.act()

    def start(self, component_id: int) -> None:
        """Bring a device back under control; nothing if it is."""
        if not self.is_stopped(component_id):
            return
        self._undrive(component_id, None)
        self._freeze()
        if isinstance(self._entries[component_id], parts.EvCharger):
            self._sessions.open(component_id, self._host.now_us)
        self._host.act()

    def _freeze(self) -> None:
        """Keep the charge of batteries that have no driver as it is."""
        undriven = self._breakdowns.undriven
        for device in self._site.devices:
            if not isinstance(device, Storage):
                continue
            is_frozen = any(i in undriven for i in device.ids)
            for battery in device.batteries:
                if is_frozen and battery.component_id not in self._frozen:
                    self._frozen[battery.component_id] = battery.sigma
                    battery.sigma = 0.0
                elif not is_frozen and battery.component_id in self._frozen:
                    battery.sigma = self._frozen.pop(battery.component_id)

    # Other values

    def batteries(self, component_id: int) -> tuple[int, ...]:
        """Return the ids of the batteries that a battery's or an inverter's id means."""
        device = self._site.devices[self._site.device_of[component_id]]
        if not isinstance(device, Storage):
            raise KeyError(component_id)
        if device.component_id == component_id:
            return device.ids[1:]
        return (component_id,)

    def inverter(self, battery_id: int) -> int:
        """Return the id of a battery's inverter."""
        return self._site.devices[self._site.device_of[battery_id]].component_id

    def battery(
        self, battery_id: int, values: BatteryValues, *, energy_wh: float | None = None
    ) -> None:
        """Give a battery other values in place; ValueError if they contradict each other.

        `energy_wh`: it is another battery, which brings this along.
        """
        entry = self._entries[battery_id]
        storage = self._site.devices[self._site.device_of[battery_id]]
        if not isinstance(storage, Storage) or not isinstance(entry, parts.Battery):
            raise KeyError(battery_id)
        self._host.touch(dry_run=False)
        battery = next(each for each in storage.batteries if each.component_id == battery_id)
        frozen = battery_id in self._frozen
        before_wh, lost_wh = battery.energy_wh, battery.ageing_loss_wh
        surplus_wh = retune(battery, entry, values, energy_wh=energy_wh)
        brought_wh = battery.energy_wh + battery.ageing_loss_wh - lost_wh - before_wh
        if abs(brought_wh) > _NEGLIGIBLE * battery.capacity_wh:
            # As if it had always been there, so that the account of the battery stays even.
            storage.start_wh[battery_id] += brought_wh
        self._values[battery_id] = values
        if frozen:
            self._frozen[battery_id], battery.sigma = battery.sigma, 0.0
        storage.capacity_wh = sum(each.capacity_wh for each in storage.batteries)
        self._host.log(
            "BATTERY_CONFIGURED",
            component_id=battery_id,
            capacity_wh=battery.capacity_wh,
            surplus_wh=surplus_wh,
        )
        self._host.act()

    def capacity_wh(self, battery_id: int) -> float:
        """Return the capacity that the scenario gives a battery, as if it had never aged."""
        entry = self._entries[battery_id]
        if not isinstance(entry, parts.Battery):
            raise KeyError(battery_id)
        return entry.capacity_wh

    def values(self, battery_id: int) -> BatteryValues:
        """Return the values that a battery was given last."""
        return self._values.get(battery_id, BatteryValues())

    def meter(
        self, meter_id: int, errors: Errors | None = None, interval_s: float | None = None
    ) -> None:
        """Give a meter another error model and interval; None = as the scenario has it."""
        errors = self._scenario_errors.get(meter_id) if errors is None else errors
        if errors is None:
            self._errors.pop(meter_id, None)
        else:
            self._errors[meter_id] = errors
        if interval_s is None:
            self.interval_s.pop(meter_id, None)
        else:
            self.interval_s[meter_id] = interval_s

    def frequency_hz(self, seed: int, t_us: int) -> float:
        """Return the grid's frequency at a moment."""
        if not self.frequency_std:
            return FREQUENCY_HZ
        return FREQUENCY_HZ + self.frequency_std * wander(seed, t_us)

    def supply(self, component_id: int, supply: Supply | None) -> None:
        """Give a producer, a controllable load or a hidden load another input; None = its own."""
        self._feed.supply(component_id, supply)
        self._host.act()

    def rating(self, component_id: int, rated_w: float | None) -> None:
        """Let a device give at most so much power; None = what it is built for."""
        entry = self._entries[component_id]
        device = self._site.devices[self._site.device_of[component_id]]
        self._host.touch(dry_run=False)
        device.rate(getattr(entry, "rated_power_w") if rated_w is None else rated_w)  # noqa: B009
        self._host.act()

    def vehicles(
        self, charger_id: int, line: Iterator[Stay] | None, *, reason: tuple[object, ...] = ()
    ) -> None:
        """Let other vehicles come to a charging point; None = those of the scenario.

        `reason`: what the line follows from; nothing changes where that is what it was.
        """
        if not isinstance(self._site.devices[self._site.device_of[charger_id]], Charger):
            raise KeyError(charger_id)
        if self._lines.get(charger_id, ()) == reason:
            return
        self._lines[charger_id] = reason
        now_us = self._host.now_us
        if line is None:
            line = self._sessions.scenario_line(charger_id, self._scenario, now_us)
        self._sessions.expect(charger_id, line, now_us)
        self._host.act()

    def grid(
        self,
        low_w: float | None = None,
        high_w: float | None = None,
        *,
        frequency_std: float = 0.0,
        outages: Sequence[Fault] = (),
    ) -> None:
        """Let the grid connection allow other powers; None = those of the scenario.

        `outages` take the place of those given before.
        """
        low, high = self._scenario_grid_w
        self._host.touch(dry_run=False)
        self._site.grid_w = (low if low_w is None else low_w, high if high_w is None else high_w)
        self.frequency_std = frequency_std
        for fault_id in self._outages:
            self._breakdowns.withdraw(fault_id)
        self._outages = tuple(self._breakdowns.add(each) for each in outages)
        self._host.act()
