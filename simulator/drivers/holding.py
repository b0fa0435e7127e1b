"""What all drivers of devices do: claim a device, drive it, leave it standing when they stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from simulator.drivers.claims import Claims
from simulator.drivers.parsing import Settings, reader
from simulator.drivers.steering import Steered
from simulator.services.services.kinds import Driver, Kind, LoadFailed

if TYPE_CHECKING:
    from simulator.microgrid.world import World

__all__ = ["DeviceType", "device_kind", "known"]

S = TypeVar("S", bound=Settings)


@dataclass(frozen=True, kw_only=True)
class DeviceType(Generic[S]):
    """A type of driver; `engage` may raise ValueError, which fails the load."""

    name: str
    settings: type[S]
    parts: Callable[[World, S], tuple[str, ...]]
    """What it claims; raises LoadFailed for a component that it cannot drive."""
    engage: Callable[[World, S], None]
    """Starts with a configuration, or changes over to it while running."""
    release: Callable[[World, S], None]
    """Leaves the device standing."""


class _DeviceDriver(Generic[S]):
    """One service of such a type."""

    def __init__(self, kind: DeviceType[S], steered: Steered, claims: Claims, holder: str) -> None:
        self._kind = kind
        self._steered = steered
        self._claims = claims
        self._holder = holder
        self._running: tuple[World, S] | None = None

    def apply(self, value: Any) -> None:
        """Drive a device; without configuration, or one that names no component, none."""
        if value is None:
            self.stop()
            return
        world, kind = self._steered.now(), self._kind
        before = self._running
        if before is not None and before[0] is not world:
            before = None
        parts = kind.parts(world, value)
        held = () if before is None else kind.parts(world, before[1])
        self._claims.take(world, self._holder, parts)
        if before is not None and held != parts:
            kind.release(world, before[1])
        self._running = (world, value)
        try:
            kind.engage(world, value)
        except ValueError as error:
            raise LoadFailed(str(error), fatal=True) from None
        self._steered.changed()

    def stop(self) -> None:
        """Leave the device standing."""
        running, self._running = self._running, None
        # After a reset there is nothing left to stop.
        if running is None or self._steered.site().world is not running[0]:
            return
        world = self._steered.now()
        self._kind.release(world, running[1])
        self._claims.drop(world, self._holder)
        self._steered.changed()

    def remove(self) -> None:
        """Nothing is left: who has stopped holds no device."""


def device_kind(
    kind: DeviceType[S],
    steered: Steered,
    claims: Claims,
    *,
    collection: str = "drivers",
    strict: bool = False,
) -> Kind:
    """Return a type of driver as the services API knows it in a collection."""

    def driver(service_id: str) -> Driver:
        return _DeviceDriver(kind, steered, claims, f"{collection}/{service_id}")

    parse = reader(kind.settings, strict=strict, idle_without="component")
    return Kind(name=kind.name, parse=parse, driver=driver)


def known(world: World, component_id: int, what: str, *kinds: str) -> None:
    """Refuse a component that does not exist, or is not of one of these kinds.

    Raises:
        LoadFailed: the text says what was expected.
    """
    kind = next((each.kind for each in world.components if each.id == component_id), None)
    if kind is None:
        raise LoadFailed(f"component: the site has no component {component_id}", fatal=True)
    if kind not in kinds:
        text = f"component: {component_id} is a {kind.replace('_', ' ')}, expected {what}"
        raise LoadFailed(text, fatal=True)
