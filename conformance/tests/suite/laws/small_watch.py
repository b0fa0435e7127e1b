"""A subject of the law of pull streams without any wire: a store whose watches can be bent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import grpc

from conformance.oracles.meta.model import KINDS, Change, Data, Message
from conformance.strategies.meta_histories import Plan, plan_for
from conformance.suite.laws.watch import View
from conformance.suite.laws.watch_machine import text_at

States = list[dict[str, Data]]


@dataclass
class Fault:
    kind: str
    tag: str
    after: int
    code: int | None


@dataclass
class Store:
    """Fills `Subject`; `bug` names what it does wrong."""

    bug: str = ""
    plan: Plan = field(default_factory=lambda: plan_for(KINDS["regions"]))
    capabilities: frozenset[str] = frozenset(
        {"mutate", "atomic", "barrier", "fault.soft", "fault.hard", "fault.drop", "fault.size"}
    )
    patience_s: float = 1.0
    tag: str = "small"
    states: States = field(default_factory=lambda: [{}])
    faults: list[Fault] = field(default_factory=list)

    @contextmanager
    def open(
        self, view: View, *, resume: str = "", tag: str = "", reading: bool = True
    ) -> Iterator[Streaming]:
        after = int(resume) if resume else None
        if after is not None and self.bug == "loses":
            after = min(after + 1, len(self.states) - 1)
        yield Streaming(self, view, tag, after)

    def listed(self, view: View) -> list[Data]:
        return self.shown(view, len(self.states) - 1)

    def fresh(self, slot: int) -> Data:
        return {"name": f"regions/n{slot + 1}", "title": "", "domain": ""}

    def write(self, changes: Sequence[Data | str]) -> None:
        state = dict(self.states[-1])
        for change in changes:
            if isinstance(change, str):
                del state[change]
            else:
                state[change["name"]] = change
        self.states.append(state)

    def arrived(self) -> None:
        pass

    def fault(self, kind: str, *, tag: str, after_chunks: int = 0, code: int | None = None) -> None:
        self.faults.append(Fault(kind, tag, after_chunks, code))

    def demands(self, requirement: str) -> bool:
        return True

    def shown(self, view: View, revision: int) -> list[Data]:
        plan = self.plan
        found = [
            {key: data[key] for key in ("name", plan.visible, plan.key)} if view.narrow else data
            for data in self.states[revision].values()
            if not view.inside or text_at(data, plan.filter_field) == plan.inside
        ]
        if view.stateful:
            found.sort(key=lambda data: (data[plan.key], data["name"]))
        return found[: view.page or None]


class Streaming:
    """One stream: everything is worked out when the next message is asked for."""

    def __init__(self, store: Store, view: View, tag: str, after: int | None) -> None:
        self.store, self.view, self.tag = store, view, tag
        self.cursor = after
        self.outbox: deque[Message] = deque()
        self.sent: list[Message] = []
        self.status: grpc.StatusCode | None = None

    def read(self) -> None:
        pass

    def next(self, timeout_s: float) -> Message | None:
        if self.status is None:
            self._suffer()
        if self.status is not None:
            return None
        if not self.outbox:
            self._produce()
        if not self.outbox:
            return None
        message = self.outbox.popleft()
        self.sent = [] if message.is_current else [*self.sent, message]
        for fault in self.store.faults:
            if fault.tag == self.tag and message.changes:
                fault.after -= 1
        return message

    def _suffer(self) -> None:
        due = [f for f in self.store.faults if f.tag == self.tag and f.after <= 0]
        for fault in due:
            is_size = fault.kind == "send_snapshot_size"
            if is_size and (self.outbox or self.cursor is None or self.sent):
                continue
            self.store.faults.remove(fault)
            if fault.kind == "drop_stream":
                self.status = grpc.StatusCode.UNAVAILABLE if fault.code else grpc.StatusCode.OK
                return
            if self.view.stateful:
                continue
            if fault.kind == "soft_reset":
                again = [] if self.store.bug == "gives up" else [*self.sent, *self.outbox]
                self.outbox = deque([Message(soft_reset=True), *again])
                self.sent = []
            elif fault.kind == "hard_reset":
                self.outbox, self.sent = deque([Message(hard_reset=True)]), []
                self._snapshot()

    def _snapshot(self) -> None:
        self.cursor = len(self.store.states) - 1
        kind = "added" if self.view.stateful else "current"
        items = self.store.shown(self.view, self.cursor)
        self._put(
            [
                Change(
                    kind=kind,  # type: ignore[arg-type]
                    name=item["name"],
                    object_name=item["name"],
                    data=item,
                    view_index=at if self.view.stateful else 0,
                )
                for at, item in enumerate(items)
            ]
        )

    def _produce(self) -> None:
        if self.cursor is None:
            self._snapshot()
            return
        while not self.outbox and self.cursor < len(self.store.states) - 1:
            old = self.store.shown(self.view, self.cursor)
            self.cursor += 1
            changes = self._changes(old, self.store.shown(self.view, self.cursor))
            if changes:
                self._put(changes)

    def _changes(self, old: list[Data], new: list[Data]) -> list[Change]:
        stateful, bug = self.view.stateful, self.store.bug
        left = [item for item in old if item in new]
        gone = [item for item in old if item not in left]
        if not stateful:
            names = {item["name"] for item in new}
            gone = [item for item in gone if item["name"] not in names and bug != "keeps"]
        running, changes = list(old), []
        for item in gone:
            at = running.index(item) if stateful else 0
            if stateful:
                running.pop(at)
            changes.append(Change(kind="removed", name=item["name"], data=None, view_index=at))
        for at, item in enumerate(new):
            if item in old and bug != "repeats":
                continue
            changes.append(
                Change(
                    kind="added" if stateful else "current",
                    name=item["name"],
                    object_name=item["name"],
                    data=item,
                    view_index=at + (bug == "off by one") if stateful else 0,
                )
            )
        return changes

    def _put(self, changes: list[Change]) -> None:
        step = self.view.chunk or 100
        chunks = [changes[at : at + step] for at in range(0, len(changes), step)] or [[]]
        messages = [Message(changes=tuple(chunk)) for chunk in chunks]
        token = "" if self.view.stateful else str(self.cursor)
        messages[-1] = replace(messages[-1], is_current=True, resume_token=token)
        self.outbox.extend(messages)
