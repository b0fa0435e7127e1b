"""A small, correct registry of deployments and its watches, with faults to order. No network.

`View` renders what one watch is sent, as bytes. Faults, each applied to one change in N of a view:
`skip` loses it, `repeat` sends it again, `swap` sends an older state after a newer one, `misroute`
sends a deployment of another parent, `index` puts it one place too far.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.oracles.meta.fields import complete
from conformance.oracles.meta.filter import Filter, parse
from conformance.oracles.meta.model import KINDS, Data
from conformance.oracles.meta.names import fits, parent_of
from conformance.oracles.meta.order import arrange
from fixtures.contracts import load

KIND = KINDS["deployments"]
METHODS = load("meta").methods(KIND.service)
RESPONSE = METHODS["WatchDeploymentsResponse".removesuffix("Response")].response
LARGEST = 100


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong, and with one change in how many."""

    kind: str
    period: int


NO_FAULT = Fault(kind="", period=0)


@dataclass(kw_only=True)
class Registry:
    """Deployments as messages by name, and the log of their changes."""

    objects: dict[str, Any] = field(default_factory=dict)
    log: list[tuple[str, Any, Any]] = field(default_factory=list)

    def put(self, name: str, message: Any) -> None:
        """Create, replace or, with None, remove a deployment."""
        before = self.objects.pop(name, None)
        if message is not None:
            self.objects[name] = message
        self.log.append((name, before, message))

    def upsert(self, resource: Mapping[str, Any]) -> None:
        """Put a deployment given as JSON; what is no deployment only takes a place in the log."""
        name = str(resource["name"])
        if "deployments" not in name:
            self.log.append((name, None, None))
            return
        message: Any = load("meta").message("ntt.meta.v1alpha2.Deployment")(
            name=name, service=resource.get("service", "")
        )
        for part in ("labels", "annotations"):
            getattr(message.metadata, part).update(resource.get("metadata", {}).get(part, {}))
        self.put(name, message)

    def listed(self, request: Any) -> list[Any]:
        """What a List or watch request finds, in its order."""
        chosen, seen = parse(request.filter, KIND), {}
        for name, message in self.objects.items():
            if fits(request.parent, parent_of(name)) and chosen.matches(data_of(message)):
                seen[name] = message
        ordered = arrange(map(data_of, seen.values()), getattr(request, "order_by", ""), KIND)
        return [seen[data["name"]] for data in ordered]


def data_of(message: Any) -> Data:
    """As much of a deployment as filters and orders look at."""
    labels = dict(message.metadata.labels)
    found = {"name": message.name, "service": message.service, "metadata": {"labels": labels}}
    return complete(KIND.message, found)


class View:
    """What one watch is sent.

    Args:
        registry: what is watched.
        request: as the client sent it.
        fault: what goes wrong.
        since: revision from which a resumed watch goes on; None for a snapshot first.
    """

    def __init__(
        self, registry: Registry, request: Any, fault: Fault = NO_FAULT, since: int | None = None
    ) -> None:
        self.registry = registry
        self.request = request
        self.stateful = request.type == 0
        self.at = len(registry.log) if since is None else since
        self.tampered = 0
        self._fault = fault
        self._filter: Filter = parse(request.filter, KIND)
        self._changes = 0
        # As of `at`, for the registry may be ahead of what is being told.
        self._told = Registry(objects=dict(registry.objects))
        self._page = self._window() if self.stateful else []
        self._old: dict[str, Any] = {}

    def snapshot(self) -> Iterator[bytes]:
        """The first changeset."""
        found = self._page if self.stateful else self.registry.listed(self.request)
        kind = "added" if self.stateful else "current"
        changes = [
            _change(kind, message, index if self.stateful else 0)
            for index, message in enumerate(found)
        ]
        yield from self._messages(changes)

    def increments(self) -> Iterator[bytes]:
        """A changeset for each change of the log that was not sent yet and shows."""
        while self.at < len(self.registry.log):
            name, before, after = self.registry.log[self.at]
            self.at += 1
            self._told.objects.pop(name, None)
            if after is not None:
                self._told.objects[name] = after
            changes = self._paged() if self.stateful else self._decide(name, before, after)
            if changes := self._tamper(name, changes):
                yield from self._messages(changes)

    def _covers(self, message: Any) -> bool:
        if message is None or not fits(self.request.parent, parent_of(message.name)):
            return False
        return self._filter.matches(data_of(message))

    def _decide(self, name: str, before: Any, after: Any) -> list[Any]:
        if self._covers(after):
            return [_change("current", after)]
        return [_change("removed", before)] if self._covers(before) else []

    def _window(self) -> list[Any]:
        listed = self._told.listed(self.request)
        return listed[: self.request.page_size] if self.request.page_size else listed

    def _paged(self) -> list[Any]:
        """The changes between two windows, between which one deployment changed."""
        old, new = self._page, self._window()
        self._page = new
        running, wanted = [m.name for m in old], [m.name for m in new]
        was = {message.name: message for message in old}
        changes = []
        for name in [name for name in running if name not in wanted]:
            changes.append(_change("removed", was[name], running.index(name)))
            running.remove(name)
        for message in new:
            name = message.name
            if name in was and was[name] is not message:
                at = running.index(name)
                running.remove(name)
                to = sum(1 for other in running if wanted.index(other) < wanted.index(name))
                running.insert(to, name)
                changes.append(_change("modified", message, to, at))
        changes += [
            _change("added", message, index)
            for index, message in enumerate(new)
            if message.name not in was
        ]
        return changes

    def _tamper(self, name: str, changes: Sequence[Any]) -> list[Any]:
        kept = list(changes)
        if not self._fault.kind or not changes or "/p" in name:
            return kept
        self._changes += 1
        is_due = self._changes >= self._fault.period
        kind, last = self._fault.kind, kept[-1]
        arm = last.WhichOneof("change_type")
        if kind == "swap" and arm == "current" and (old := self._old.pop(name, None)):
            self._changes = 0 if is_due else self._changes
            self.tampered += is_due
            return [*kept, old] if is_due else kept
        if arm == "current":
            self._old[name] = last
        if kind == "swap" or not is_due:
            return kept
        if kind == "skip" or (kind in ("repeat", "misroute") and arm == "current"):
            self._changes, self.tampered = 0, self.tampered + 1
            if kind == "skip":
                return []
            return [*kept, last] if kind == "repeat" else [*kept, self._stranger(last)]
        if kind == "index" and arm == "modified":
            self._changes, self.tampered = 0, self.tampered + 1
            last.modified.view_index += 1 + len(self._page)
        return kept

    def _stranger(self, change: Any) -> Any:
        other: Any = type(change)()
        other.CopyFrom(change)
        deployment = other.current.deployment
        parent, _, rest = deployment.name.partition("/deployments/")
        deployment.name = f"{parent}9/deployments/{rest}"
        mark = deployment.metadata.annotations["gp"].split(";")
        deployment.metadata.annotations["gp"] = ";".join([mark[0], "9", *mark[2:]])
        return other

    def _messages(self, changes: Sequence[Any]) -> Iterator[bytes]:
        size = self.request.max_chunk_size or (len(changes) or 1 if self.stateful else LARGEST)
        chunks = [changes[at : at + size] for at in range(0, len(changes), size)] or [()]
        for number, chunk in enumerate(chunks, 1):
            message: Any = RESPONSE(snapshot_size=-1, is_current=number == len(chunks))
            message.deployment_changes.extend(chunk)
            if message.is_current and not self.stateful:
                message.resume_token = str(self.at)
            yield message.SerializeToString(deterministic=True)


def _change(kind: str, message: Any, index: int = 0, before: int = 0) -> Any:
    change: Any = load("meta").message("ntt.meta.v1alpha2.DeploymentChange")()
    body = getattr(change, kind)
    if kind == "removed":
        body.name = message.name
    else:
        body.deployment.CopyFrom(message)
    if kind == "modified":
        body.name, body.previous_view_index = message.name, before
    if kind != "current":
        body.view_index = index
    return change
