"""The component graph: who is connected below whom, and which wirings are legal.

A directed acyclic graph rooted at one grid connection point; an edge points away from the grid.
The rules are those that the public Frequenz graph library enforces, plus one of ours: only a
battery may have several predecessors, since power through parallel paths would be undefined.
A site that says so may do without a grid connection point; its root is then a meter, and what is
below that follows the same rules as if a grid connection point stood before it. That, too, is ours:
the library accepts no graph without one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .scenario_category import Category, InverterType

__all__ = ["PASS_THROUGH", "Graph", "GraphError", "Mistake", "Node", "build", "mistakes"]

PASS_THROUGH = frozenset(
    {
        Category.CONVERTER,
        Category.BREAKER,
        Category.PRECHARGER,
        Category.POWER_TRANSFORMER,
        Category.PLC,
        Category.STATIC_TRANSFER_SWITCH,
        Category.UNINTERRUPTIBLE_POWER_SUPPLY,
        Category.CAPACITOR_BANK,
    }
)
"""Categories that only carry what is below them; wiring rules look through them."""

_AC_PARENTS = frozenset({Category.GRID_CONNECTION_POINT, Category.METER})
_STORAGE_INVERTERS = frozenset({InverterType.BATTERY, InverterType.HYBRID})


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A component as the graph sees it."""

    id: int
    category: Category
    type: int | None = None
    """Sub-type number; inverters need one."""
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name or self.category.name.lower()} ({self.id})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistake:
    """A broken wiring rule."""

    rule: int
    """1 root, 2 meters, 3 inverters, 4 batteries, 5 other leaves, 6 shape and ids."""
    component_ids: tuple[int, ...]
    text: str
    """One sentence that names the components and what is expected."""


class GraphError(ValueError):
    """The wiring is not legal; `mistakes` holds every broken rule."""

    def __init__(self, found: Sequence[Mistake]) -> None:
        super().__init__("; ".join(each.text for each in found))
        self.mistakes = tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """A legal wiring."""

    nodes: Mapping[int, Node]
    """By id, ascending."""
    parents: Mapping[int, tuple[int, ...]]
    children: Mapping[int, tuple[int, ...]]
    """Direct neighbours, ascending ids."""
    root: int
    """The grid connection point, or the meter that takes its place."""
    order: tuple[int, ...]
    """Every id, parents before children; ties by ascending id."""

    def behind(self, component_id: int) -> tuple[int, ...]:
        """Return a component and everything that hangs on it at any depth, ascending."""
        found, open_ids = {component_id}, [component_id]
        while open_ids:
            fresh = [i for i in self.children[open_ids.pop()] if i not in found]
            found.update(fresh)
            open_ids += fresh
        return tuple(sorted(found))


def build(
    nodes: Iterable[Node], edges: Iterable[tuple[int, int]], *, allow_no_grid: bool = False
) -> Graph:
    """Return the graph of a legal wiring; `allow_no_grid`: also of one without a grid.

    Raises:
        GraphError: lists every broken rule.
    """
    nodes, edges = tuple(nodes), tuple(edges)
    if found := mistakes(nodes, edges, allow_no_grid=allow_no_grid):
        raise GraphError(found)
    by_id = {node.id: node for node in sorted(nodes, key=lambda node: node.id)}
    parents, children = _neighbours(by_id, edges)
    order = _topological(by_id, parents, children)
    # Whatever has no predecessor is the root.
    return Graph(nodes=by_id, parents=parents, children=children, root=order[0], order=order)


def mistakes(
    nodes: Sequence[Node], edges: Sequence[tuple[int, int]], *, allow_no_grid: bool = False
) -> list[Mistake]:
    """Return every broken rule, none for a legal wiring; in a stable order.

    When ids or edges are unusable only those are reported, since the rest would follow from them.
    """
    found = _identity(nodes, edges)
    if found:
        return found
    by_id = {node.id: node for node in sorted(nodes, key=lambda node: node.id)}
    parents, children = _neighbours(by_id, edges)
    found += _shape(by_id, parents, children, allow_no_grid=allow_no_grid)
    for node in by_id.values():
        above = [by_id[each] for each in _through(node.id, parents, by_id)]
        below = [by_id[each] for each in _through(node.id, children, by_id)]
        found += _placement(node, above, below, has_parent=bool(parents[node.id]))
        if node.category != Category.BATTERY and len(parents[node.id]) > 1:
            found.append(
                Mistake(
                    rule=6,
                    component_ids=(node.id, *parents[node.id]),
                    text=f"{node} has {len(parents[node.id])} predecessors, only a battery may",
                )
            )
    return found


def _identity(nodes: Sequence[Node], edges: Sequence[tuple[int, int]]) -> list[Mistake]:
    found, seen = [], set[int]()
    for node in nodes:
        if node.id <= 0:
            text = f"component id {node.id} is not above 0"
            found.append(Mistake(rule=6, component_ids=(node.id,), text=text))
        if node.id in seen:
            text = f"component id {node.id} occurs more than once"
            found.append(Mistake(rule=6, component_ids=(node.id,), text=text))
        seen.add(node.id)
    edges_seen = set[tuple[int, int]]()
    for edge in edges:
        for end in dict.fromkeys(edge):
            if end not in seen:
                text = f"connection {edge[0]} to {edge[1]} names the unknown component {end}"
                found.append(Mistake(rule=6, component_ids=(end,), text=text))
        if edge[0] == edge[1]:
            text = f"component {edge[0]} is connected to itself"
            found.append(Mistake(rule=6, component_ids=(edge[0],), text=text))
        if edge in edges_seen:
            text = f"connection {edge[0]} to {edge[1]} occurs more than once"
            found.append(Mistake(rule=6, component_ids=edge, text=text))
        edges_seen.add(edge)
    return found


Adjacency = Mapping[int, tuple[int, ...]]


def _neighbours(
    by_id: Mapping[int, Node], edges: Sequence[tuple[int, int]]
) -> tuple[Adjacency, Adjacency]:
    parents: dict[int, list[int]] = {each: [] for each in by_id}
    children: dict[int, list[int]] = {each: [] for each in by_id}
    for above, below in sorted(edges):
        parents[below].append(above)
        children[above].append(below)
    return (
        {each: tuple(ids) for each, ids in parents.items()},
        {each: tuple(ids) for each, ids in children.items()},
    )


def _topological(
    by_id: Mapping[int, Node], parents: Adjacency, children: Adjacency
) -> tuple[int, ...]:
    """Return ids parents first; what a cycle holds or feeds is missing."""
    waiting = {each: len(above) for each, above in parents.items()}
    ready = [each for each in by_id if not waiting[each]]
    order = []
    while ready:
        ready.sort(reverse=True)
        node = ready.pop()
        order.append(node)
        for child in children[node]:
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    return tuple(order)


def _through(node: int, neighbours: Adjacency, by_id: Mapping[int, Node]) -> list[int]:
    """Return the neighbours on one side, looking through components that only carry."""
    found, pending, seen = dict[int, None](), list(neighbours[node]), {node}
    while pending:
        each = pending.pop(0)
        if each in seen:
            continue
        seen.add(each)
        if by_id[each].category in PASS_THROUGH:
            pending += neighbours[each]
        else:
            found[each] = None
    return sorted(found)


def _shape(
    by_id: Mapping[int, Node], parents: Adjacency, children: Adjacency, *, allow_no_grid: bool
) -> list[Mistake]:
    found: list[Mistake] = []
    roots = [each for each in by_id.values() if each.category == Category.GRID_CONNECTION_POINT]
    if not roots and allow_no_grid:
        roots, found = _first(by_id, parents)
    elif len(roots) != 1:
        text = f"a site has exactly one grid connection point, not {len(roots)}"
        if not roots:
            text += ", unless it says allow_no_grid: true"
        ids = tuple(root.id for root in roots)
        found.append(Mistake(rule=1, component_ids=ids, text=text))
    for root in roots:
        if parents[root.id]:
            text = f"{root} has a predecessor, but is the root"
            found.append(Mistake(rule=1, component_ids=(root.id, *parents[root.id]), text=text))
        if not children[root.id]:
            text = f"{root} has nothing connected to it"
            found.append(Mistake(rule=1, component_ids=(root.id,), text=text))
    order = _topological(by_id, parents, children)
    if cyclic := sorted(set(by_id) - set(order)):
        text = f"the connections run in a circle around the components {_listed(cyclic)}"
        found.append(Mistake(rule=6, component_ids=tuple(cyclic), text=text))
        return found
    if not roots:
        return found
    reached = {root.id for root in roots}
    for each in order:
        if reached & set(parents[each]):
            reached.add(each)
    is_island = roots[0].category == Category.METER
    top = str(roots[0]) if is_island else "the grid connection point"
    for each in sorted(set(by_id) - reached):
        text = f"{by_id[each]} is not connected to {top}"
        found.append(Mistake(rule=6, component_ids=(each,), text=text))
    return found


def _first(by_id: Mapping[int, Node], parents: Adjacency) -> tuple[list[Node], list[Mistake]]:
    """Return what takes the place of the grid connection point, and what is wrong with it."""
    meters = [
        each for each in by_id.values() if each.category == Category.METER and not parents[each.id]
    ]
    if len(meters) == 1:
        return meters, []
    shown = _not(meters) if meters else ", not none"
    text = f"without a grid connection point exactly one meter is the root of a site{shown}"
    mistake = Mistake(rule=1, component_ids=tuple(each.id for each in meters), text=text)
    return meters, [mistake]


def _placement(
    node: Node, above: list[Node], below: list[Node], *, has_parent: bool
) -> list[Mistake]:
    """Check one component against what is directly above and below it."""
    category = node.category
    if category == Category.GRID_CONNECTION_POINT or category in PASS_THROUGH:
        return []
    found = []

    def wrong(rule: int, culprits: Iterable[Node], text: str) -> None:
        ids = (node.id, *(each.id for each in culprits))
        found.append(Mistake(rule=rule, component_ids=ids, text=f"{node} {text}"))

    rule = {Category.METER: 2, Category.INVERTER: 3, Category.BATTERY: 4}.get(category, 5)
    if category == Category.BATTERY:
        bad = [each for each in above if not _is_storage_inverter(each)]
        if bad or not has_parent:
            wrong(rule, bad, "belongs below battery or hybrid inverters" + _not(bad))
    elif has_parent and (bad := [each for each in above if each.category not in _AC_PARENTS]):
        wrong(rule, bad, "belongs below the grid connection point or a meter" + _not(bad))

    if category == Category.METER:
        if bad := [each for each in below if each.category == Category.BATTERY]:
            wrong(rule, bad, "has a battery directly below it, without an inverter")
    elif category == Category.INVERTER:
        batteries = [each for each in below if each.category == Category.BATTERY]
        others = [each for each in below if each.category != Category.BATTERY]
        if node.type is None:
            wrong(rule, [], "has no inverter type")
        elif node.type == InverterType.PV and below:
            wrong(rule, below, "is a PV inverter and has nothing below it" + _not(below))
        elif node.type != InverterType.PV and others:
            wrong(rule, others, "has only batteries below it" + _not(others))
        elif node.type == InverterType.BATTERY and not batteries:
            wrong(rule, [], "is a battery inverter without a battery below it")
    elif below:
        wrong(rule, below, "has nothing below it" + _not(below))
    return found


def _is_storage_inverter(node: Node) -> bool:
    return node.category == Category.INVERTER and node.type in _STORAGE_INVERTERS


def _not(bad: Sequence[Node]) -> str:
    return f", not {_listed(bad)}" if bad else ""


def _listed(things: Iterable[object]) -> str:
    return ", ".join(str(each) for each in things)
