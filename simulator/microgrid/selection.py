"""Which devices a dispatch's target means.

A battery is selected through its inverter. The grid connection point stands for the balance of the
whole site. Meters and everything else that cannot be told anything are no devices here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from .dispatch import Categories, CategoryTypes, Ids, Target
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

    storages: Mapping[int, int] = field(default_factory=dict)
    generators: Mapping[int, int] = field(default_factory=dict)
    site: int = 0
    """How specifically the grid connection point was meant; 0 = not at all."""
    component_ids: tuple[int, ...] = ()
    """Inverters, wind turbines, and the grid connection point; ascending."""
    matched: tuple[int, ...] = ()
    """Every component that the target names and that exists; ascending."""

    def positions(self, generator: bool) -> Mapping[int, int]:
        """Return the selected generators or storages."""
        return self.generators if generator else self.storages

    def for_effect(self, kind: str, storage_count: int) -> "Selection":
        """Return what a kind of effect can do something with.

        Set-points of the site are followed by all batteries; balancing is for batteries only; a
        switch does not reach the grid connection in this version.
        """
        if kind == "switch":
            return replace(self, site=0)
        if kind == "limit":
            return self
        storages = self.storages
        if self.site:
            storages = {i: max(storages.get(i, 0), self.site) for i in range(storage_count)}
        if kind == "balance":
            return replace(self, storages=storages, generators={})
        return replace(self, storages=storages)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to act on."""
        return not (self.storages or self.generators or self.site)


def select(
    target: Target,
    graph: Graph,
    storages: Mapping[int, int],
    generators: Mapping[int, int],
) -> Selection:
    """Resolve a target.

    `storages`: component id of an inverter or battery to the position of its storage;
    `generators`: component id to position.
    """
    found_storages: dict[int, int] = {}
    found_generators: dict[int, int] = {}
    site, ids, matched = 0, set[int](), set[int]()
    for node, specific in _matches(target, graph):
        matched.add(node.id)
        if node.category == Category.GRID_CONNECTION_POINT:
            site = max(site, specific)
            ids.add(node.id)
        elif (position := storages.get(node.id, -1)) >= 0:
            found_storages[position] = max(found_storages.get(position, 0), specific)
            ids.add(next(each for each, other in storages.items() if other == position))
        elif (position := generators.get(node.id, -1)) >= 0:
            found_generators[position] = max(found_generators.get(position, 0), specific)
            ids.add(node.id)
    return Selection(
        storages=dict(sorted(found_storages.items())),
        generators=dict(sorted(found_generators.items())),
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
