"""What checks of watches share where something has to happen: writes of their own, and fences.

Everything is written through the hook, carries the labels of the check's population, and is watched
through a filter or parent that holds nothing else, so that other people's changes do not count.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.judging import by_depth
from conformance.oracles.meta.fields import complete
from conformance.oracles.meta.model import KINDS, Data
from conformance.suite.meta.reading import everything
from conformance.suite.meta.watching import Watch
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import SET_LABEL, Population

HIDDEN = "hidden"
"""Label that no mask of these checks shows."""

INSIDE = "inside"
"""Label by which items enter and leave filters."""

SERVER_SET = ("create_time", "update_time", "delete_time", "uuid", "generation", "resource_version")

TEXTS: Mapping[str, str] = {
    "regions": "title",
    "services": "display_name",
    "resources": "plural_name",
    "deployments": "metadata.labels.text",
}
"""A text of each kind that every hook can set, to be shown and sorted by."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Resources of one kind that a check may change, and how to watch exactly these.

    Attributes:
        target: of the check.
        population: made through the hook.
    """

    target: MetaTarget
    population: Population

    @property
    def kind(self) -> str:
        """Plural."""
        return self.population.kind

    @property
    def scope(self) -> dict[str, Any]:
        """Arguments of `list` and `watch` that ask for these and whatever is made here."""
        return self.population.scope

    @property
    def text(self) -> str:
        """Path of the text that `make` and `alter` set."""
        return TEXTS[self.kind]

    @property
    def items(self) -> list[Data]:
        """The first members, complete, in the order of their names."""
        return list(self.population.items)

    def complete(self, name: str) -> Data:
        """A member as Get shows it now."""
        return self.target.get(name)

    def narrowed(self, filter: str) -> dict[str, Any]:
        """Arguments that ask for those of these that match a filter."""
        return {**self.scope, "filter": self.population.both(filter)}

    def labelled(self, key: str, value: str) -> str:
        """The filter for a label."""
        return f'metadata.labels.{key} = "{value}"'

    def draft(self, text: str = "", *, name: str = "", **labels: str) -> Data:
        """A new member, not written yet; with a name already known it replaces that one."""
        given = {"name": name} if name else {}
        own = {SET_LABEL: self.population.label, **labels}
        fields = {} if self.kind != "deployments" else {"service": self.items[0]["service"]}
        data = self.target.fresh(
            self.kind,
            parent=self.population.parent,
            **fields,
            **given,
            metadata={"labels": own},
        )
        return with_text(complete(KINDS[self.kind].message, data), self.text, text)

    def make(self, text: str = "", *, name: str = "", **labels: str) -> Data:
        """Write a new member."""
        data = self.draft(text, name=name, **labels)
        self.target.hook.upsert(data)
        return data

    def altered(self, data: Data, text: str | None = None, **labels: str) -> Data:
        """A member with another text or other labels, not written yet."""
        changed = without_server_set(data)
        if text is not None:
            changed = with_text(changed, self.text, text)
        for key, value in labels.items():
            changed = with_text(changed, f"metadata.labels.{key}", value)
        return changed

    def alter(self, data: Data, text: str | None = None, **labels: str) -> Data:
        """Write a member with another text or other labels."""
        changed = self.altered(data, text, **labels)
        self.target.hook.upsert(changed)
        return changed

    def remove(self, data: Data | str) -> str:
        """Delete a member; its name."""
        name = data if isinstance(data, str) else str(data["name"])
        self.target.hook.delete(name)
        return name

    def fence(self, *watches: Watch, text: str = "", **labels: str) -> Data:
        """Make a member that these watches must show, and read them until they do.

        What happened before and was not sent by then, was not sent: changesets keep the order of
        what happened. For watches that are neither resumed nor limited to a page.
        """
        marker = self.make(text, **labels)
        for watch in watches:
            watch.until_holds(marker["name"])
        return marker

    def bring(self, *changes: Data | str, watches: Sequence[Watch]) -> None:
        """Make changes one after the other, and a fence behind them; at once where calls are few.

        Args:
            changes: members to write, names to delete; no name comes twice.
            watches: that have to show the fence.
        """
        marker = self.draft()
        self.several(*changes, marker)
        for watch in watches:
            watch.until_holds(marker["name"])

    def several(self, *changes: Data | str) -> None:
        """Make changes one after the other; at once where calls are few.

        Args:
            changes: members to write, names to delete; no name comes twice.
        """
        if by_depth(full=False, staging=True):
            self.target.hook.change(changes)
            return
        for change in changes:
            if isinstance(change, str):
                self.target.hook.delete(change)
            else:
                self.target.hook.upsert(change)

    def listed(self, **query: Any) -> list[Data]:
        """What List shows of these once every change has arrived, all pages."""
        self.target.hook.barrier()
        return everything(self.target, self.population, **query)


def ground(target: MetaTarget, kind: str = "regions", count: int = 7) -> Ground:
    """Resources of its own for a check that changes them.

    Raises:
        NotApplicable, Untestable: there is no hook, or it does not work.
    """
    population = target.population(kind, count)
    if not population.owned:
        target.hook.upsert(target.fresh(kind))  # raises what stands in the way
    return Ground(target=target, population=population)


def ladder(target: MetaTarget, letters: str, kind: str = "regions") -> Ground:
    """Resources whose texts are these letters, in the order of their names; listed already."""

    def shape(number: int, data: Data) -> Data:
        return with_text(data, TEXTS[kind], letters[number])

    if by_depth(full=False, staging=True):
        population = target.population(kind, len(letters), shape=shape)
        if population.owned:
            return Ground(target=target, population=population)
    own = ground(target, kind, len(letters))
    target.hook.change(
        [own.altered(item, text) for item, text in zip(own.items, letters, strict=True)]
    )
    target.hook.barrier()
    return own


def text_of(data: Data, path: str) -> str:
    """The text at one of `TEXTS`."""
    label = path.removeprefix("metadata.labels.")
    if label == path:
        return str(data.get(path, ""))
    return str(data.get("metadata", {}).get("labels", {}).get(label, ""))


def with_text(data: Data, path: str, text: str) -> Data:
    """A copy with one text set: a field of the resource or one of its labels."""
    label = path.removeprefix("metadata.labels.")
    if label == path:
        return {**data, path: text}
    changed = copy.deepcopy(data)
    metadata = changed.setdefault("metadata", complete("Meta", {}))
    metadata["labels"] = {**metadata.get("labels", {}), label: text}
    return changed


def without_server_set(data: Data) -> Data:
    """A copy without the metadata that a server sets by itself."""
    metadata = {k: v for k, v in data.get("metadata", {}).items() if k not in SERVER_SET}
    return {**copy.deepcopy(data), "metadata": complete("Meta", metadata)}


def named(items: Iterable[Data], names: Collection[str]) -> list[Data]:
    """Those of some resources that have one of these names, in their order."""
    return [item for item in items if item["name"] in names]
