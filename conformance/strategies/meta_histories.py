"""What may happen to a registry and to its watchers, as data for a state machine.

Writes name their target by a slot (a position among the check's own resources, counted round), so
that sequences shrink well and mean something whatever was drawn before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st

from conformance.oracles.meta.fields import complete
from conformance.oracles.meta.model import Data, Kind

WriteKind = Literal[
    "create",
    "update_visible",
    "update_hidden",
    "update_key",
    "enter",
    "leave",
    "delete",
    "recreate",
]
"""`update_key` changes what is sorted by; `enter` and `leave` flip the filter; `recreate` deletes
and creates the same name again."""

ActionKind = Literal[
    "open",
    "cancel",
    "stall",
    "read",
    "resume",
    "resume_old",
    "soft_reset",
    "hard_reset",
    "size",
    "drop",
    "expire",
    "barrier",
]

SLOTS = 6
VALUES = ("a", "b", "c")
"""Few, so that keys tie and updates sometimes change nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Write:
    """One change of the registry: what, to which slot, with which value."""

    what: WriteKind
    slot: int = 0
    value: str = "a"


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Writes that are applied as one; each slot at most once."""

    writes: tuple[Write, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """Something done to watcher number `watcher`, or by the hook to its stream.

    `number` is how many messages to read, how many tokens to go back, after how many chunks a
    fault strikes, or milliseconds of a stall, as `what` says.
    """

    what: ActionKind
    watcher: int = 0
    number: int = 0


Step = Write | Batch | Action

FAULTS: Mapping[str, str] = {
    "soft_reset": "fault.soft",
    "hard_reset": "fault.hard",
    "size": "fault.size",
    "drop": "fault.drop",
    "expire": "fault.expire",
}
"""Actions that only a hook can do, with the capability they need."""


def writes() -> st.SearchStrategy[Write]:
    """One write."""
    kinds: tuple[WriteKind, ...] = (
        *("create", "update_visible", "update_hidden", "update_key"),
        *("enter", "leave", "delete", "recreate"),
    )
    return st.builds(
        Write,
        what=st.sampled_from(kinds),
        slot=st.integers(0, SLOTS - 1),
        value=st.sampled_from(VALUES),
    )


def batches() -> st.SearchStrategy[Batch]:
    """Two to four writes of different slots at once."""
    return st.lists(writes(), min_size=2, max_size=4, unique_by=lambda write: write.slot).map(
        lambda listed: Batch(writes=tuple(listed))
    )


def actions(
    *, watchers: int = 2, capabilities: frozenset[str] = frozenset()
) -> st.SearchStrategy[Action]:
    """One action on one of so many watchers; faults only as far as the hook has them."""
    always: tuple[ActionKind, ...] = ("open", "cancel", "stall", "read", "resume", "resume_old")
    kinds = [*always]
    if "barrier" in capabilities:
        kinds.append("barrier")
    faults: tuple[ActionKind, ...] = ("soft_reset", "hard_reset", "size", "drop", "expire")
    kinds += [kind for kind in faults if FAULTS[kind] in capabilities]
    return st.builds(
        Action,
        what=st.sampled_from(kinds),
        watcher=st.integers(0, watchers - 1),
        number=st.integers(0, 3),
    )


def histories(
    *,
    watchers: int = 2,
    capabilities: frozenset[str] = frozenset(),
    max_steps: int = 20,
) -> st.SearchStrategy[list[Step]]:
    """Sequences of writes, batches (where the hook is atomic) and actions."""
    steps: list[st.SearchStrategy[Step]] = [
        writes(),
        actions(watchers=watchers, capabilities=capabilities),
    ]
    if "atomic" in capabilities:
        steps.append(batches())
    return st.lists(st.one_of(steps), max_size=max_steps)


def cuts(messages: int) -> st.SearchStrategy[list[int]]:
    """Where a stream of so many messages is cut: before the first, between any two, at the end."""
    return st.lists(st.integers(0, messages), min_size=1, max_size=3, unique=True).map(sorted)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How writes act on a kind: which fields are visible, hidden, a sort key, and the filter.

    Each is a text of the resource itself or a label. Whoever watches by a mask takes `visible` and
    `key` into it and leaves `hidden` and `filter_field` out.
    """

    kind: Kind
    visible: str
    hidden: str
    key: str
    filter_field: str
    inside: str = "in"
    outside: str = "out"

    @property
    def filter(self) -> str:
        """The filter that `enter` and `leave` flip."""
        return f'{self.filter_field} = "{self.inside}"'


def plan_for(kind: Kind) -> Plan:
    """A plan for a kind: two texts of its own, or labels where it has none, and labels else."""
    own = [f.name for f in kind.fields.values() if f.type == "string" and f.shape == "one"]
    label = "metadata.labels.{}".format
    visible, key = [*own, label("visible"), label("key")][:2]
    return Plan(
        kind=kind,
        visible=visible,
        hidden=label("hidden"),
        key=key,
        filter_field=label("inside"),
    )


def written(write: Write, plan: Plan, held: Data | None, fresh: Data) -> Sequence[Data | None]:
    """The states through which a write takes a resource, None for "does not exist".

    Args:
        write: the write.
        plan: which field is which.
        held: the resource of the slot as it is, None if there is none.
        fresh: what it is made as.
    """
    if write.what == "delete":
        return [None] if held is not None else []
    if write.what == "recreate":
        again = _with(fresh, plan.visible, write.value)
        return [again] if held is None else [None, again]
    base = fresh if held is None else held
    if write.what == "enter":
        return [_with(base, plan.filter_field, plan.inside)]
    if write.what == "leave":
        return [_with(base, plan.filter_field, plan.outside)]
    path = {"update_hidden": plan.hidden, "update_key": plan.key}.get(write.what, plan.visible)
    return [_with(base, path, write.value)]


def _with(data: Data, path: str, value: str) -> Data:
    """A copy with one text set: a field of the resource or one of its labels."""
    label = path.removeprefix("metadata.labels.")
    if label == path:
        return {**data, path: value}
    metadata = data.get("metadata") or {}
    labels = {**metadata.get("labels", {}), label: value}
    return {**data, "metadata": complete("Meta", {**metadata, "labels": labels})}
