"""The law of pull streams: whatever happens on the way, a client ends up with what a list shows.

A `Client` follows one view over all its connections with three assemblers beside each other: the
strict one judges every message, the lenient one goes on after breaches, the published one tells
what a breach means for its users. Anything that fills `Subject` can be judged; what happens to it
is up to the checks and to `watch_machine`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

import grpc

from conformance.context import current
from conformance.judging import expect
from conformance.oracles.meta import assembly, history
from conformance.oracles.meta.assembly import Asked, Snapshot
from conformance.oracles.meta.go_client import GoClient
from conformance.oracles.meta.model import Data, Message
from conformance.oracles.meta.stateful import Stateful
from conformance.oracles.meta.stateless import Stateless
from conformance.oracles.meta.tolerant import Tolerant
from conformance.oracles.model import Violation
from conformance.strategies.meta_histories import Plan

BROKEN = frozenset(
    {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNIMPLEMENTED}
)
"""Statuses with which no stream may end, whatever happened."""

RULES: Mapping[str, str] = {**history.RULES, **assembly.RULES}
"""Which requirement each code breaks; `window` is the same in both."""


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """What one client wants to see of a subject.

    Attributes:
        stateful: as an ordered window instead of a set that can be resumed.
        chunk: most changes of a message.
        page: size of the window, 0 for a set; a window that nothing exceeds is a set in order.
        inside: only what passes the filter of the plan.
        narrow: only the name and the visible and the sorting field of the plan.
    """

    stateful: bool = False
    chunk: int = 0
    page: int = 0
    inside: bool = False
    narrow: bool = False


class Stream(Protocol):
    """One open stream, received in the background once `read` was called."""

    @property
    def status(self) -> grpc.StatusCode | None:
        """How it ended, None while it is open."""

    def read(self) -> None:
        """Begin to receive; calling it again changes nothing."""

    def next(self, timeout_s: float) -> Message | None:
        """The next message; None if none comes in time, or the stream has ended."""


class Subject(Protocol):
    """Something that can be listed and watched, and changed by nobody else.

    Attributes:
        plan: what its entries are and how writes act on them.
        capabilities: what can be done to it, by the names of the mutation hook.
        patience_s: how long a change may take until every watch has it.
        tag: the beginning of tags, used by nobody else.
    """

    plan: Plan
    capabilities: frozenset[str]
    patience_s: float
    tag: str

    def open(
        self, view: View, *, resume: str = "", tag: str = "", reading: bool = True
    ) -> AbstractContextManager[Stream]:
        """A new stream; `resume` is a token, `tag` what faults know it by."""

    def listed(self, view: View) -> list[Data]:
        """What a list shows of a view, a window in its order."""

    def fresh(self, slot: int) -> Data:
        """An entry that may be written: the same name for the same slot each time."""

    def write(self, changes: Sequence[Data | str]) -> None:
        """Make changes as one: entries to write, names to delete."""

    def arrived(self) -> None:
        """Return when every change is listed."""

    def fault(self, kind: str, *, tag: str, after_chunks: int = 0, code: int | None = None) -> None:
        """Order one of the faults of the mutation hook."""

    def demands(self, requirement: str) -> bool:
        """Whether a breach of this requirement is one here: a MUST of the declared profile."""


class Client:
    """Follows a view; to be used in a `with`, which closes what is open.

    Attributes:
        view: that it follows.
        tag: by which faults find its streams.
        strict, lenient, published: the assemblers.
        stream: that is open, None without one.
        resumable: views that were closed with a token of their own, oldest first.
        blame: the requirement at stake if it does not come right, after what has happened to it.
        is_dead: whether its tokens were declared dead, and none came since.
        exact: whether what it holds was the truth at one time; a breach of that is judged.
    """

    def __init__(self, subject: Subject, view: View, tag: str = "") -> None:
        self.subject = subject
        self.view = view
        self.tag = tag
        asked = self._asked(resumed=False)
        self.strict: Stateful | Stateless = Stateful(asked) if view.stateful else Stateless(asked)
        self.lenient = Tolerant(asked)
        self.published = GoClient(subject.plan.kind)
        self.stream: Stream | None = None
        self.resumable: list[Snapshot] = []
        self.exact = True
        self.blame = RULES["convergence"]
        self.is_dead = False
        self.received = 0
        self._open = ExitStack()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def held(self) -> list[Data]:
        """What the client holds, a window in its order."""
        held = self.strict.committed
        return list(held.values()) if isinstance(held, dict) else list(held)

    @property
    def is_waiting(self) -> bool:
        """Whether it is owed something: a snapshot, or the rest of a changeset."""
        return self.strict.phase == "snapshot" or bool(self.strict.pending)

    @property
    def ended(self) -> grpc.StatusCode | None:
        """How the open stream ended and was read to its end, None if it goes on."""
        return self.stream.status if self.stream is not None else None

    def open(self, *, resume: str = "", reading: bool = True) -> None:
        """Connect, in place of an open stream: with a token, or from the beginning."""
        self.close()
        asked = self._asked(resumed=bool(resume))
        self.strict.open(asked)
        self.lenient.open(asked)
        self.published.ended()
        self.received = 0
        if resume:
            self.blame = "META-RSM-007" if self.is_dead else "META-RSM-003"
        self.stream = self._open.enter_context(
            self.subject.open(self.view, resume=resume, tag=self.tag, reading=reading)
        )

    def resume(self, *, reading: bool = True) -> None:
        """Connect with the latest token; without one from the beginning."""
        if self.strict.token and not self._is_latest:
            # The token is older than the view: some of what it holds comes again, in steps.
            self.exact = False
        self.open(resume=self.strict.token, reading=reading)

    def go_back(self, to: Snapshot, *, forget: bool) -> None:
        """Connect with an older token; `forget` also gives up what came after it."""
        self.exact = False
        if forget and isinstance(self.strict, Stateless):
            self.strict.committed = to.by_name
            self.lenient.committed = list(to.items)
        self.open(resume=to.token)
        self.blame = "META-RSM-006"

    def close(self) -> None:
        """Cut the connection; what was not closed by the server is lost."""
        self._open.close()
        self.stream = None

    def take(self, timeout_s: float = 0.0) -> Message | None:
        """The next message, which every assembler gets; None if there is none in time.

        Raises:
            Nonconformance: it breaks a rule.
        """
        if self.stream is None:
            return None
        message = self.stream.next(timeout_s)
        if message is None:
            return None
        self.received += 1
        emitted = len(self.strict.emitted)
        found = self.strict.feed(message)
        self.lenient.feed(message)
        self.published.feed(message)
        if message.soft_reset or message.hard_reset:
            self.blame = "META-RST-001" if message.soft_reset else "META-RST-005"
        if message.resume_token and len(self.strict.emitted) > emitted:
            self.resumable.append(self.strict.emitted[-1])
            self.is_dead = False
        self._judge(found)
        return message

    def take_until(self, done: Callable[[], bool], timeout_s: float) -> bool:
        """Take messages until something is so; whether it is, in time and before the end."""
        deadline = time.monotonic() + timeout_s
        while not done():
            left_s = deadline - time.monotonic()
            if left_s < 0 or self.take(left_s) is None:
                return done()
        return True

    def breach(self, requirement: str, text: str, truth: Sequence[Data] | None = None) -> None:
        """Fail a requirement, and say what follows for whoever uses the published client."""
        row = current().ledger[requirement]
        if row.hook == "fault" and not any(
            c.startswith("fault.") for c in self.subject.capabilities
        ):
            # Nobody ordered it, so that row is not judged here; the view is wrong all the same.
            row = current().ledger[RULES["convergence"]]
        known = {item["name"]: item for item in truth} if truth is not None else None
        consequence = self.published.predict(known)
        if consequence != "fine":
            text += f"; the published client: {consequence}"
        expect(
            False,
            f"{'stateful' if self.view.stateful else 'stateless'} watch, by {row.id}",
            got=text,
            wanted=row.text,
            breaks=row.id,
        )

    def judge_truth(self, truth: Sequence[Data]) -> None:
        """Fail unless the client holds just this, when all is quiet."""
        text = history.difference(self.held, truth)
        if text:
            kept = history.difference(self.lenient.committed, truth)
            is_full = len(truth) == self.view.page > 0
            text += ", for a lenient client too" if kept else ""
            self.breach("META-WST-008" if is_full else self.blame, text, truth)
        if self.view.stateful:
            text = history.difference(self.held, truth, ordered=True)
            if text:
                self.breach("META-WST-003", text)

    @property
    def _is_latest(self) -> bool:
        return bool(
            self.resumable and self.strict.emitted and self.resumable[-1] is self.strict.emitted[-1]
        )

    def _judge(self, found: Sequence[Violation]) -> None:
        for violation in found:
            if violation.code == "size_wrong" and not self.exact:
                continue  # it may count on what the client is about to get
            if self.subject.demands(RULES[violation.code]):
                self.breach(RULES[violation.code], violation.text)

    def _asked(self, *, resumed: bool) -> Asked:
        return Asked(
            stateful=self.view.stateful,
            chunk=self.view.chunk,
            page=self.view.page,
            resumed=resumed,
            empty_size=self.subject.demands("META-CHK-011"),
        )
