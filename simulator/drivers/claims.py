"""Who holds which part of a world: at most one running driver each.

Parts are texts such as `component 5` or `load of 2`. Claims belong to one world: after a reset
nobody holds anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from simulator.services.services.kinds import LoadFailed

if TYPE_CHECKING:
    from simulator.microgrid.world import World

__all__ = ["Claims", "component", "load_of"]


def component(component_id: int) -> str:
    """Return the part that a component is."""
    return f"component {component_id}"


def load_of(meter_id: int) -> str:
    """Return the part that the hidden load of a meter is."""
    return f"load of meter {meter_id}"


class Claims:
    """The holders of each world's parts; holders are names such as `drivers/battery-5`."""

    def __init__(self) -> None:
        self._held: WeakKeyDictionary[World, dict[str, str]] = WeakKeyDictionary()

    def take(self, world: World, holder: str, parts: Iterable[str]) -> None:
        """Let a holder have these parts, and none besides.

        Raises:
            LoadFailed: another one has one of them; the text names it, nothing has changed.
        """
        held, wanted = self._held.setdefault(world, {}), tuple(parts)
        for part in wanted:
            if (other := held.get(part, holder)) != holder:
                raise LoadFailed(f"{part} is driven by {other}", fatal=True)
        self.drop(world, holder)
        held.update(dict.fromkeys(wanted, holder))

    def drop(self, world: World, holder: str) -> None:
        """Let a holder have nothing any more."""
        held = self._held.get(world, {})
        for part in [part for part, each in held.items() if each == holder]:
            del held[part]

    def of(self, world: World) -> Mapping[str, str]:
        """Return the holder of each part that has one."""
        return self._held.get(world, {})

    def components(self, world: World, holder: str) -> tuple[int, ...]:
        """Return the ids of the components that a holder has, ascending."""
        ids = (part.rpartition(" ")[2] for part, each in self.of(world).items() if each == holder)
        return tuple(sorted({int(each) for each in ids}))
