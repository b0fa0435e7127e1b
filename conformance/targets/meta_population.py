"""Resources that a check looks at: made through the hook for it, or those that are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.failures import NotApplicable, Refused, Untestable
from conformance.oracles.meta.model import KINDS, Data
from conformance.targets.meta_session import LABEL

if TYPE_CHECKING:
    from conformance.targets.meta import MetaTarget

SET_LABEL = "gridproof_set"
"""Label that tells one population from another of the same run."""

MOST = 50
"""So many of the existing resources are looked at."""

PAGES = 200
"""So many pages of a list are followed."""

PARENTS = 5
"""So many of the existing parents are looked into."""

Shape = Callable[[int, Data], Data]
"""What becomes of the n-th member before it is made."""


@dataclass(frozen=True, kw_only=True)
class Population:
    """Some resources of one kind, and how to ask for exactly these.

    Attributes:
        kind: plural.
        parent: to list or watch them; None for kinds without one.
        filter: that only they match, "" if there are no others.
        items: as the target lists them, in the order of their names, complete.
        owned: whether they were made for this run, and may be changed through the hook.
        label: value of the label that new members need, "" unless owned.
    """

    kind: str
    parent: str | None
    filter: str
    items: tuple[Data, ...]
    owned: bool
    label: str = ""

    @property
    def names(self) -> list[str]:
        """Their names, sorted."""
        return [item["name"] for item in self.items]

    def both(self, filter: str) -> str:
        """A filter that narrows the population down."""
        return f"({self.filter}) AND ({filter})" if self.filter else filter

    @property
    def scope(self) -> dict[str, Any]:
        """Arguments of `list` and `watch` that ask for exactly these."""
        return {"parent": self.parent, "filter": self.filter}


def made(target: MetaTarget, kind: str, count: int, shape: Shape | None = None) -> Population:
    """A new population of `count` resources below a parent of its own, listed already.

    Raises:
        Untestable: the hook made them, but the target does not list them.
    """
    names = target.session.names
    label = names.fresh("regions").partition("/")[2]
    parent, context = None, list[Data | str]()
    if KINDS[kind].parent:
        holder = target.fresh(KINDS[kind].parent)
        parent = holder["name"]
        context.append(holder)
    references = ""
    if kind == "deployments":
        service = target.fresh("services")
        references = service["name"]
        context.append(service)
    new: list[Data | str] = []
    for number in range(count):
        data = target.fresh(kind, parent=parent, **fields_of(kind, number, references))
        data["metadata"]["labels"][SET_LABEL] = label
        data["metadata"]["labels"]["tier"] = ("gold", "silver", "bronze")[number % 3]
        new.append(data if shape is None else shape(number, data))
    target.hook.change([*context, *new])
    wanted = sorted(data["name"] for data in new if not isinstance(data, str))
    # Below a parent of its own there is nothing else; one rule less that a target has to keep.
    filter_ = "" if parent else f'metadata.labels.{SET_LABEL} = "{label}"'
    listed = listed_after(target, kind, parent, wanted, filter_)
    items = tuple(item for item in listed if item["name"] in set(wanted))
    if [item["name"] for item in items] != wanted:
        raise Untestable(f"the hook made {count} {kind}, but only {len(items)} of them are listed")
    return Population(
        kind=kind, parent=parent, filter=filter_, items=items, owned=True, label=label
    )


def listed_after(
    target: MetaTarget, kind: str, parent: str | None, names: Sequence[str], filter: str
) -> list[Data]:
    """What List shows once it shows these new resources, in the order of their names.

    Where calls are few, one that is filtered comes first: it mostly shows at once what was written
    at once, however much else there is.
    """
    if target.depth != "full" and "atomic" in target.capabilities:
        try:
            page = target.list(kind, parent=parent, filter=filter)
            found = sorted(page.items, key=_by_name)
        except Refused:
            found = []
        if {item["name"] for item in found}.issuperset(names):
            return found
    target.hook.barrier()
    return existing(target, kind, parent, until=names)


def found(target: MetaTarget, kind: str, least: int) -> Population:
    """Resources that are there, of the parent that has most of them.

    Raises:
        NotApplicable: there are fewer than `least`.
    """
    best: tuple[str | None, list[Data]] = (None, [])
    for parent in _parents(target, kind):
        items = existing(target, kind, parent, most=MOST + 1)
        if len(items) > len(best[1]):
            best = (parent, items)
        if len(items) > MOST:
            break
    parent, items = best
    if len(items) < least:
        raise NotApplicable(f"no hook is declared, and the target shows only {len(items)} {kind}")
    kept = items[:MOST]
    # Among more than these, everything that is asked has to name them.
    listed = ", ".join(f'"{item["name"]}"' for item in kept)
    filter_ = f"name IN ({listed})" if len(items) > MOST else ""
    return Population(kind=kind, parent=parent, filter=filter_, items=tuple(kept), owned=False)


def existing(
    target: MetaTarget,
    kind: str,
    parent: str | None,
    *,
    until: Sequence[str] = (),
    most: int | None = None,
) -> list[Data]:
    """Resources as List shows them page by page, sorted by name.

    Args:
        target: to ask.
        kind: plural.
        parent: of them, None for kinds without one.
        until: stop once all of these names were seen.
        most: stop once there are so many.
    """
    items: dict[str, Data] = {}
    token = ""
    for _ in range(PAGES):
        page = target.list(kind, parent=parent, token=token)
        items.update((item["name"], item) for item in page.items)
        seen_all = bool(until) and all(name in items for name in until)
        if not page.next or seen_all or (most is not None and len(items) >= most):
            break
        token = page.next
    return sorted(items.values(), key=_by_name)


def fields_of(kind: str, number: int, reference: str = "") -> dict[str, Any]:
    """Fields of the n-th member: few distinct values, so that there are ties."""
    titles: Sequence[str] = ("Alpha", "beta", "Alpha", "Gamma ß", "beta", 'say "hi"', "")
    title = titles[number % len(titles)]
    if kind == "regions":
        return {
            "title": title,
            "domain": f"d{number % 2}.gridproof.test",
            "location": {
                "continent": ("Europe", "Asia")[number % 2],
                "country": ("DE", "JP", "FR")[number % 3],
                "agglomeration": "",
                "city": ("Berlin", "", "Paris")[number % 3],
                "cloud": "",
            },
        }
    if kind == "services":
        return {
            "display_name": title,
            "current_version": f"v{number % 2 + 1}",
            "all_versions": [f"v{v}" for v in range(number % 2 + 1, 0, -1)],
        }
    if kind == "resources":
        return {
            "plural_name": f"things{number % 3}",
            "fqn": f"gridproof.test/Thing{number % 2}",
            "is_regional": number % 2 == 0,
        }
    return {"service": reference}


def _by_name(item: Data) -> bytes:
    return str(item["name"]).encode()


def _parents(target: MetaTarget, kind: str) -> list[str | None]:
    parent_kind = KINDS[kind].parent
    if not parent_kind:
        return [None]
    page = target.list(parent_kind)
    return [item["name"] for item in page.items[:PARENTS]]


__all__ = [
    "LABEL",
    "MOST",
    "SET_LABEL",
    "Population",
    "existing",
    "fields_of",
    "found",
    "listed_after",
    "made",
]
