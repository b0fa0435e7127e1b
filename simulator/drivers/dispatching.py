"""`dispatch-automation`: turns running dispatches into set-points; stopped, they have no effect.

Several may run, each for its own types or components; of those that take a dispatch the one with
the lowest id decides. Starts need no looking ahead here: the world carries each out at its instant.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, Literal
from weakref import WeakKeyDictionary

from simulator.drivers.parsing import ComponentId, Settings, reader
from simulator.drivers.steering import Steered
from simulator.microgrid.running import Admission
from simulator.services.services.kinds import Driver, Kind, LoadFailed

if TYPE_CHECKING:
    from simulator.microgrid.dispatch import Dispatch
    from simulator.microgrid.world import World

__all__ = ["DispatchSettings", "dispatch_automation"]

_PREFIX: Final = "sim."
_WITHHELD: Final = Admission(withheld="driver_stopped")
_DRY: Final = Admission(withheld="dry_run")


class DispatchSettings(Settings):
    """Which dispatches are carried out, and how."""

    source: Literal["dispatch-api"] = "dispatch-api"
    types: tuple[str, ...] = ("*",)
    """Types of dispatches; `*` and `?` as in file names."""
    target_ids: tuple[ComponentId, ...] = ()
    """Only dispatches that mean one of these components; empty = all."""
    dry_run: bool = False
    """Whether what is asked for is only noted."""
    conflict_policy: Literal["latest-wins", "first-wins", "merge"] = "latest-wins"
    """Among set-points of one priority: the one that started last, first, or their sum."""

    def takes(self, dispatch: Dispatch, component_ids: frozenset[int]) -> bool:
        """Return whether a dispatch that means these components is one of its own."""
        name = dispatch.type.removeprefix(_PREFIX)
        if not any(fnmatchcase(name, each.removeprefix(_PREFIX)) for each in self.types):
            return False
        return not self.target_ids or not component_ids.isdisjoint(self.target_ids)


class _Desk:
    """The automations that run, in each world."""

    def __init__(self) -> None:
        self._running: WeakKeyDictionary[World, dict[str, DispatchSettings]] = WeakKeyDictionary()

    def put(self, world: World, service_id: str, settings: DispatchSettings | None) -> None:
        """Let an automation run with these settings, or (None) not at all."""
        running = self._running.setdefault(world, {})
        running.pop(service_id, None)
        if settings is not None:
            running[service_id] = settings
        world.admit(lambda dispatch: self._admission(world, dispatch))

    def _admission(self, world: World, dispatch: Dispatch) -> Admission:
        selection = world.select(dispatch)
        meant = frozenset((*selection.matched, *selection.component_ids))
        running = self._running[world]
        for service_id in sorted(running):
            settings = running[service_id]
            if settings.takes(dispatch, meant):
                return _DRY if settings.dry_run else Admission(policy=settings.conflict_policy)
        return _WITHHELD


class _Automation:
    """One service of this type."""

    def __init__(self, desk: _Desk, steered: Steered, service_id: str) -> None:
        self._desk = desk
        self._steered = steered
        self._id = service_id
        self._world: World | None = None

    def apply(self, value: Any) -> None:
        """Carry out what runs now, and what starts later."""
        world = self._steered.now()
        ids = {info.id for info in world.components}
        if unknown := [each for each in value.target_ids if each not in ids]:
            raise LoadFailed(f"targetIds: the site has no component {unknown[0]}", fatal=True)
        self._world = world
        self._desk.put(world, self._id, value)
        self._steered.changed()

    def stop(self) -> None:
        """Let what runs have no effect any more."""
        world, self._world = self._world, None
        if world is not None and self._steered.site().world is world:
            self._desk.put(self._steered.now(), self._id, None)
            self._steered.changed()

    def remove(self) -> None:
        """Nothing is left of a stopped one."""


def dispatch_automation(steered: Steered, *, strict: bool = False) -> Kind:
    """Return the type."""
    desk = _Desk()

    def driver(service_id: str) -> Driver:
        return _Automation(desk, steered, service_id)

    return Kind(
        name="dispatch-automation",
        parse=reader(DispatchSettings, strict=strict),
        driver=driver,
        default=DispatchSettings(),
    )
