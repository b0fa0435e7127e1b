"""Which devices a dispatch's target means.

A battery is selected through its inverter. The grid connection point stands for the balance of the
whole site. Meters and everything else that cannot be told anything are no devices here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from .device import Device
from .dispatch import Categories, CategoryTypes, Ids, Target
from .effect import SITE, Effect
from .graph import Graph, Node
from .scenario_category import Category

__all__ = ["Selection", "select"]

BY_ID: Final = 3
BY_TYPE: Final = 2
BY_CATEGORY: Final = 1
"""How specific a selector is; more specific ones have more authority."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Devices by position, each with how specifically it was meant."""

    devices: Mapping[int, int] = field(default_factory=dict)
    site: int = 0
    """How specifically the grid connection point was meant; 0 = not at all."""
    component_ids: tuple[int, ...] = ()
    """Devices and the grid connection point; ascending."""
    matched: tuple[int, ...] = ()
    """Every component that the target names and that exists; ascending."""

    def for_effect(self, effect: Effect, devices: Sequence[Device]) -> "Selection":
        """Return what an effect can do something with.

        Set-points of the site are followed by all batteries.
        """
        able = effect.acts_on
        found = {i: each for i, each in self.devices.items() if devices[i].role in able}
        if not self.site or effect.kind in ("limit", "switch"):
            return replace(self, devices=found, site=self.site if SITE in able else 0)
        if "storage" in able:
            for i, device in enumerate(devices):
                if device.role == "storage":
                    found[i] = max(found.get(i, 0), self.site)
        return replace(self, devices=found, site=self.site if "storage" in able else 0)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to act on."""
        return not (self.devices or self.site)


def select(
    target: Target, graph: Graph, device_of: Mapping[int, int], devices: Sequence[Device]
) -> Selection:
    """Resolve a target; `device_of`: position of a device by its id and those of its batteries."""
    found: dict[int, int] = {}
    site, ids, matched = 0, set[int](), set[int]()
    for node, specific in _matches(target, graph):
        matched.add(node.id)
        if node.category == Category.GRID_CONNECTION_POINT:
            site = max(site, specific)
            ids.add(node.id)
        elif (position := device_of.get(node.id, -1)) >= 0:
            found[position] = max(found.get(position, 0), specific)
            ids.add(devices[position].component_id)
    return Selection(
        devices=dict(sorted(found.items())),
        site=site,
        component_ids=tuple(sorted(ids)),
        matched=tuple(sorted(matched)),
    )


def _matches(target: Target, graph: Graph) -> Iterator[tuple[Node, int]]:
    if isinstance(target, Ids):
        for component_id in target.ids:
            if component_id in graph.nodes:
                yield graph.nodes[component_id], BY_ID
        return
    for node in graph.nodes.values():
        if isinstance(target, Categories):
            if node.category in target.categories:
                yield node, BY_CATEGORY
        elif isinstance(target, CategoryTypes):
            for category, type_ in target.pairs:
                if category == node.category and type_ is None:
                    yield node, BY_CATEGORY
                elif category == node.category and type_ == node.type:
                    yield node, BY_TYPE
