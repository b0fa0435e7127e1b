"""The law of pull streams as a machine: a drawn sequence of writes, reads, cuts and faults.

Steps are data (`strategies.meta_histories`), so that a failing sequence can be made smaller. After
every settling each client has to hold what a list shows; on the way every view that it was given
has to be the truth at one time, and times never go back.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import grpc

from conformance.judging import observe
from conformance.oracles.meta import history
from conformance.oracles.meta.assembly import Snapshot
from conformance.oracles.meta.model import Data, Message
from conformance.strategies.meta_histories import Action, Batch, Plan, Step, Write, written
from conformance.suite.laws.watch import BROKEN, RULES, Client, Subject, View

FENCE = -1
"""Slot of the entry whose latest write tells a client that it has everything before it."""

VERBS = {
    "soft_reset": "soft_reset",
    "hard_reset": "hard_reset",
    "size": "send_snapshot_size",
    "drop": "drop_stream",
    "expire": "expire_resume_tokens",
}
"""Faults of the hook, by the actions that order them."""

WIDE = 50
"""A window that holds everything that a machine can make."""

REFUSALS = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.DATA_LOSS,
    }
)
"""What a resume token may be refused with."""

OWED_S = 1.0
"""How long a read waits for the rest of a changeset; the end of a run waits longer."""

UNAVAILABLE = 14
RECONNECTIONS = 4
"""So often a client may lose its connection until it has everything."""


def text_at(data: Data, path: str) -> str:
    """A text of an entry, or one of its labels; "" where there is none."""
    value: Any = data
    for part in path.split("."):
        value = value.get(part, "") if isinstance(value, dict) else ""
    return str(value)


def inside(data: Data, plan: Plan) -> Data:
    """The same entry, so that it passes the filter of the plan."""
    (state,) = written(Write(what="enter"), plan, data, data)
    assert state is not None
    return state


def essence(data: Data, plan: Plan) -> Data:
    """What every view shows of an entry: the visible text has the number of the write in it."""
    return {
        "name": data["name"],
        "visible": text_at(data, plan.visible),
        "key": text_at(data, plan.key),
    }


@dataclass
class Past:
    """Everything that was ever true: the entries after each revision, as they were written."""

    plan: Plan
    states: list[dict[str, Data]] = field(default_factory=lambda: [{}])
    batches: list[int] = field(default_factory=list)

    @property
    def revision(self) -> int:
        """Number of the latest state."""
        return len(self.states) - 1

    def add(self, changes: Sequence[Data | str]) -> None:
        """One more revision."""
        state = dict(self.states[-1])
        for change in changes:
            if isinstance(change, str):
                state.pop(change, None)
            else:
                state[change["name"]] = change
        self.states.append(state)
        if len(changes) > 1:
            self.batches.append(self.revision)

    def truth(self, revision: int, view: View) -> dict[str, Data]:
        """The essence of what a view held at a revision."""
        plan = self.plan
        return {
            name: essence(data, plan)
            for name, data in self.states[revision].items()
            if not view.inside or text_at(data, plan.filter_field) == plan.inside
        }

    def ever(self, name: str) -> list[Data]:
        """The essence of each state of an entry."""
        return [essence(state[name], self.plan) for state in self.states if name in state]


class Follower(Client):
    """A client of the machine: it also remembers what it was shown since all was quiet.

    Attributes:
        shown: essence of each view since the last settling.
        since: revision of that.
        opened_at: revision at which the stream was opened, or a new snapshot was ordered.
        is_steady: whether only increments can have come since.
    """

    def __init__(self, subject: Subject, view: View, tag: str, past: Past) -> None:
        super().__init__(subject, view, tag)
        self.past = past
        self.shown: list[Snapshot] = []
        self.since = 0
        self.opened_at = 0
        self.is_steady = False

    def open(self, *, resume: str = "", reading: bool = True) -> None:
        """Connect; the snapshot begins at or after what is true now."""
        self.opened_at = self.past.revision
        self.is_steady = False
        super().open(resume=resume, reading=reading)

    def take(self, timeout_s: float = 0.0) -> Message | None:
        """The next message; judges the view that it closes."""
        phase, held = self.strict.phase, {item["name"]: item for item in self.held}
        emitted = len(self.strict.emitted)
        message = super().take(timeout_s)
        if message is None:
            return None
        if message.hard_reset or message.soft_reset:
            self.is_steady = False
            self.opened_at = self.since
        if self.is_steady:
            self._judge_need(message, held)
        if len(self.strict.emitted) > emitted:
            if phase == "snapshot" and self.opened_at != self.past.revision:
                # What changes while a snapshot is sent may be in it, or come after it.
                self.exact = False
            plan = self.past.plan
            items = tuple(essence(item, plan) for item in self.strict.emitted[-1].items)
            self.shown.append(Snapshot(items=items))
        return message

    def settled(self) -> None:
        """Judge what was shown since the last settling, and begin anew."""
        for view in self.shown:
            for item in view.items:
                if item not in self.past.ever(item["name"]):
                    text = f"{item['name']} was shown as {item}, and never was so"
                    self.breach(RULES["foreign_state"], text)
        if self.exact and self.view.page in (0, WIDE):
            self._judge_prefixes()
        self.shown = []
        self.since = self.past.revision
        self.exact = True
        self.is_steady = True
        self.blame = RULES["convergence"]

    def _judge_need(self, message: Message, held: dict[str, Data]) -> None:
        """Every write has its number in what is shown, so nothing may come that changes nothing."""
        for change in message.changes:
            moves = change.view_index != change.previous_view_index
            if change.kind not in ("current", "modified") or moves or change.data is None:
                continue
            if held.get(change.name) == change.data:
                text = f"{change.kind} {change.name}, in which nothing shown has changed"
                self.breach("META-CHK-018", text)

    def _judge_prefixes(self) -> None:
        past = self.past
        states = {
            revision: past.truth(revision, self.view)
            for revision in range(self.since, past.revision + 1)
        }
        for violation in history.judge_prefixes(self.shown, states, since=self.since):
            halves = [(states[r - 1], states[r]) for r in past.batches if r - 1 in states]
            if history.judge_batches(self.shown, halves):
                observe("a watch may show half of a batch")
                return
            is_foreign = violation.code == "foreign_state"
            self.breach(self.blame if is_foreign else RULES[violation.code], violation.text)


class Machine:
    """Runs one sequence.

    Args:
        subject: empty at first.
        views: one for each client.
    """

    def __init__(self, subject: Subject, views: Sequence[View]) -> None:
        self.subject = subject
        self.past = Past(plan=subject.plan)
        self.objects: dict[int, Data | None] = {}
        self.serial = 0
        self.expired = False
        self.clients = [
            Follower(subject, view, f"{subject.tag}-{number}", self.past)
            for number, view in enumerate(views)
        ]

    def run(self, steps: Sequence[Step]) -> None:
        """Take every step, then let everything settle.

        Raises:
            Nonconformance: the law is broken; it names the requirement.
        """
        with ExitStack() as stack:
            for client in self.clients:
                stack.enter_context(client)
            self._write([Write(what="create", slot=FENCE)])
            for client in self.clients:
                client.open()
            for step in steps:
                self._step(step)
            self.settle()

    def settle(self) -> None:
        """Bring every open client to the end of what was written, and compare with a list."""
        self._write([Write(what="update_visible", slot=FENCE, value="fence")])
        following = [client for client in self.clients if client.stream is not None]
        for client in following:
            self._bring_up(client)
        self.subject.arrived()
        for client in following:
            client.judge_truth(self.subject.listed(client.view))
            client.settled()

    def _bring_up(self, client: Follower) -> None:
        fence = essence(self.objects[FENCE] or {}, self.past.plan)

        def is_there() -> bool:
            held = [item for item in client.held if item["name"] == fence["name"]]
            is_new = bool(held) and essence(held[0], self.past.plan) == fence
            return is_new and not client.is_waiting

        for _ in range(RECONNECTIONS):
            if client.stream is not None:
                client.stream.read()
            if client.take_until(is_there, self.subject.patience_s):
                return
            if client.ended is None:
                break
            self._reconnect(client)
        if client.is_waiting and client.blame == RULES["convergence"]:
            pending = len(client.strict.pending)
            client.breach("META-CHK-002", f"{pending} changes, and no message that closes them")
        text = f"the last write, {fence['visible']!r}, did not come; it holds {len(client.held)}"
        client.breach(client.blame, text)

    def _reconnect(self, client: Follower) -> None:
        """Connect again after the server ended a stream: with the token, unless that is dead."""
        status, token = client.ended, client.strict.token
        if status in BROKEN:
            client.breach(RULES["convergence"], f"the stream ended with {status.name}")
        refused = client.strict.phase == "delta" and not client.received
        if refused and status in REFUSALS:
            client.published.refused()
            if not self.expired:
                client.breach("META-RSM-003", f"its resume token is refused with {status.name}")
            client.strict.token = token = ""
        client.exact = client.exact and not refused
        client.resume() if token else client.open()

    def _step(self, step: Step) -> None:
        if isinstance(step, Write):
            self._write([step])
        elif isinstance(step, Batch):
            self._write(step.writes)
        else:
            self._act(step)

    def _write(self, writes: Sequence[Write]) -> None:
        """Writes as one revision; states that one of them passes through have their own before."""
        together: list[Data | str] = []
        for write in writes:
            held = self.objects.get(write.slot)
            fresh = inside(self.subject.fresh(write.slot), self.past.plan)
            taken = written(write, self.past.plan, held, fresh)
            states = [self._stamped(write, state, held) for state in taken]
            for state in states[:-1]:
                self._commit([state or fresh["name"]])
            if states:
                together.append(states[-1] or fresh["name"])
                self.objects[write.slot] = states[-1]
        if together:
            self._commit(together)

    def _stamped(self, write: Write, state: Data | None, held: Data | None) -> Data | None:
        """The state with the number of this write where every view shows it."""
        if state is None or (write.what == "update_hidden" and held is not None):
            return state
        self.serial += 1
        return {**state, self.past.plan.visible: f"{write.value} {self.serial}"}

    def _commit(self, changes: Sequence[Data | str]) -> None:
        self.subject.write(changes)
        self.past.add(changes)

    def _act(self, action: Action) -> None:
        client = self.clients[action.watcher % len(self.clients)]
        number = action.number
        if action.what == "barrier":
            self.settle()
        elif action.what == "open":
            client.strict.token = ""
            client.open()
        elif action.what == "cancel":
            client.close()
        elif action.what == "read":
            self._read(client, number)
        elif action.what in ("resume", "stall"):
            client.resume(reading=action.what == "resume")
        elif action.what == "resume_old":
            if client.resumable:
                at = max(0, len(client.resumable) - 1 - number)
                client.go_back(client.resumable[at], forget=bool(number % 2))
            else:
                client.open()
        else:
            self._fault(client, action)

    def _read(self, client: Follower, number: int) -> None:
        if client.stream is not None:
            client.stream.read()
        for _ in range(number):
            # Only what is owed is waited for; the rest comes when it comes.
            if client.take(OWED_S if client.is_waiting else 0.0) is None:
                return

    def _fault(self, client: Follower, action: Action) -> None:
        if action.what == "expire":
            self.expired = True
            for each in self.clients:
                each.is_dead = True
        code = (UNAVAILABLE, 0)[action.number % 2] if action.what == "drop" else None
        self.subject.fault(
            VERBS[action.what], tag=client.tag, after_chunks=action.number, code=code
        )
