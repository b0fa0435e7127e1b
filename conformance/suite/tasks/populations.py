"""Tasks and types to list: a few that a process makes once, or those that are there already.

Nothing can be removed, so what only is read is shared, and held together by a filter of the two
forms that the seed gives. Where nothing may be made, a check looks at what exists: others may add
to it and change it meanwhile, so only what is certain all the same is judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from conformance.judging import by_depth, expect, not_applicable
from conformance.oracles.tasks.filter import select
from conformance.oracles.tasks.filter_text import Node, write
from conformance.oracles.tasks.model import Page, Task, Type, differences
from conformance.suite.tasks.families import Family, Item
from conformance.targets.pages import walked
from conformance.targets.tasks import TasksTarget

Kind = Literal["tasks", "types"]

ENOUGH = 1000
"""A page size that holds a population, if the target has pages so large."""

MOST_FOUND = 24
"""What exists is looked at if it is no more than this."""

FEW_FOUND = 6
"""So many items make a walk telling, and are not too many for one."""

LOOKED_AT = 50
"""So many existing items are searched for something that hangs together."""

COLORS = ("red", "green", "blue")
WHO = ("alpha", "beta")
RANKS = (2.0, 10.0, 3.5, -1.0)
"""Numbers that as texts stand in another order."""


@dataclass(frozen=True, kw_only=True)
class Population:
    """Some of the items of a tenant.

    Attributes:
        family: what they are.
        filter: holds them together.
        items: in the order of their creation, if the check's own.
        own: nobody else adds to them or changes them.
    """

    family: Family
    filter: str
    items: tuple[Item, ...]
    own: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Of the items."""
        return tuple(item.name for item in self.items)

    def walk(self, *, size: int | None = ENOUGH, filter: str = "", **query: Any) -> list[Page[Any]]:
        """All pages of what a filter leaves of the population."""
        where = f"({self.filter}) AND ({filter})" if filter else self.filter
        # Totals are judged elsewhere: a wrong one must not end a walk early.
        return walked(
            lambda token: self.family.page(size=size, token=token, filter=where, **query), size=None
        )

    def listed(self, *, size: int | None = ENOUGH, filter: str = "", **query: Any) -> list[Any]:
        """The items on all pages, in the order shown; of those that exist only the known ones."""
        pages = self.walk(size=size, filter=filter, **query)
        shown = [item for page in pages for item in page.items]
        return shown if self.own else [item for item in shown if item.name in set(self.names)]

    def page(self, *, filter: str | None = None, **query: Any) -> Page[Any]:
        """One page of the population, or of another filter."""
        return self.family.page(filter=self.filter if filter is None else filter, **query)

    def part(self, filter: str, node: Node) -> Population:
        """The items that a tree selects, under a filter of their own."""
        wanted = set(select(node, self.items))
        items = tuple(item for item in self.items if item.name in wanted)
        return replace(self, filter=filter, items=items)

    def again(self) -> Population:
        """The items as they are now."""
        return replace(self, items=tuple(self.family.get(name) for name in self.names))


def of_kind(api: TasksTarget, kind: Kind) -> Family:
    """A family by its name."""
    return Family(api=api, kind=kind)


def makes(api: TasksTarget) -> bool:
    """Whether a check that reads may make what it reads."""
    return api.writes and api.depth != "smoke"


def some(api: TasksTarget, kind: Kind, count: int = 3) -> Population:
    """A population of so many equal items, or one that exists.

    Raises:
        NotApplicable: nothing may be made, and nothing exists.
    """
    if makes(api):
        return api.shared(("equal", kind, count), partial(equal, api, kind, count))
    return found(api, kind)


def equal(api: TasksTarget, kind: Kind, count: int) -> Population:
    """So many new items that differ in little more than their names."""
    family = of_kind(api, kind)
    if kind == "types":
        word = api.fresh_id()
        items = tuple(api.create_type(category=word) for _ in range(count))
        return Population(family=family, filter=f"category IN ('{word}')", items=items)
    type = api.create_type(category="gridproof")
    made = tuple(api.create_task(type, metadata={"n": str(n)}) for n in range(count))
    return Population(family=family, filter=api.only(type), items=made)


def mixed(api: TasksTarget, kind: Kind) -> Population:
    """A population whose fields tie, differ and overlap, or one that exists.

    Raises:
        NotApplicable: nothing may be made, and nothing exists.
    """
    if makes(api):
        make = _mixed_tasks if kind == "tasks" else _mixed_types
        return api.shared(("mixed", kind), partial(make, api))
    return found(api, kind)


def _mixed_tasks(api: TasksTarget) -> Population:
    types = [
        api.create_type(
            category="gridproof",
            description_template='Unit {{index .Metadata "n"}} {{index .Metadata "color"}}.',
            recommended_action_template="Look at it.",
        )
        for _ in range(3)
    ]
    items = []
    for n in range(by_depth(full=9, staging=6)):
        data = {"n": str(n), "color": COLORS[n % 3], "rank": RANKS[n % 4], "ok": n % 2 == 0}
        # Types and states go through all pairs, and neither follows the order of creation.
        type, who = types[-(n + n // 3) % 3], WHO[n % 2]
        item = api.create_task(type, metadata=data, annotations={"who": who})
        if n % 3:
            item = api.claim(item.name)
        if n % 3 == 2:
            item = api.complete(item.name)
        items.append(item)
    return Population(family=of_kind(api, "tasks"), filter=api.only(*types), items=tuple(items))


def _mixed_types(api: TasksTarget) -> Population:
    words = [f"{api.fresh_id()}-{letter}" for letter in "cab"]
    items = tuple(
        api.create_type(category=words[(n + n // 3) % 3], display_name=f"{COLORS[n % 3]} {n // 2}")
        for n in range(by_depth(full=7, staging=5))
    )
    listed = ", ".join(f"'{word}'" for word in words)
    return Population(family=of_kind(api, "types"), filter=f"category IN ({listed})", items=items)


def found(api: TasksTarget, kind: Kind) -> Population:
    """What exists and hangs together: the tasks of a type, or the types of a category.

    Raises:
        NotApplicable: there is nothing, or too much of it.
    """
    return api.shared(("found", kind), partial(_found, api, kind))


def _found(api: TasksTarget, kind: Kind) -> Population:
    family = of_kind(api, kind)
    shown = family.page(size=LOOKED_AT).items
    field = "type" if kind == "tasks" else "category"
    # Texts with quotes or stars would need more of the language than the seed shows.
    words = [w for item in shown if (w := getattr(item, field)) and not set(w) & set("'\"\\*")]
    counts = Counter(words)
    for word in sorted(counts, key=lambda word: abs(counts[word] - FEW_FOUND))[:3]:
        where = f"type = '{word}'" if kind == "tasks" else f"category IN ('{word}')"
        population = Population(family=family, filter=where, items=(), own=False)
        pages = walked(lambda token, p=population: p.page(token=token, size=LOOKED_AT),  # type: ignore[misc]
                       size=LOOKED_AT, max_pages=2)  # fmt: skip
        items = tuple(item for page in pages for item in page.items)
        if not pages[-1].next_token and 0 < len(items) <= MOST_FOUND:
            return replace(population, items=items)
    not_applicable(f"the tenant has no {kind} to look at, and none may be made")


def agrees(population: Population, node: Node, text: str | None = None) -> None:
    """Fail unless a filter finds of a population what its tree selects.

    Args:
        population: to be searched.
        node: what the filter means.
        text: the filter; None writes the tree.
    """
    said = write(node) if text is None else text
    got = {item.name for item in population.listed(filter=said)}
    wanted = set(select(node, population.items))
    if got != wanted and not population.own:
        now = population.again()
        pairs = zip(population.items, now.items, strict=True)
        steady = {one.name for one, other in pairs if not differences(one, other)}
        got, wanted = got & steady, wanted & steady
    what = f"list of {population.family.kind} by {said}"
    missing, surplus = sorted(wanted - got), sorted(got - wanted)
    expect(not missing, what, got=f"without {_about(population, missing)}", wanted="listed")
    expect(not surplus, what, got=f"with {_about(population, surplus)}", wanted="left out")


def _about(population: Population, names: Sequence[str]) -> str:
    shown = [item for item in population.items if item.name in names][:3]
    return ", ".join(_brief(item) for item in shown) or ", ".join(names[:3])


def _brief(item: Task | Type) -> str:
    values = {name: getattr(item, name) for name in _SHOWN[type(item)] if getattr(item, name)}
    return f"{item.name} {values}"


_SHOWN = {
    Task: ("state", "type", "metadata", "annotations", "create_ns"),
    Type: ("display_name", "category", "create_ns"),
}
