"""Watches as checks see them: read message by message, and judged while they are read.

A watch feeds the strict assembler, the tolerant one and the emulation of the published client. A
breach of the wire fails the check only if it breaks a requirement that the check judges; whatever
else is wrong with the target, the tolerant view goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import grpc

from conformance.context import current
from conformance.failures import Nonconformance, Refused
from conformance.judging import EVENT_S, expect, untestable
from conformance.oracles.meta import history
from conformance.oracles.meta.assembly import RULES, Asked, Snapshot
from conformance.oracles.meta.go_client import GoClient
from conformance.oracles.meta.model import KINDS, Change, Data, Message
from conformance.oracles.meta.stateful import Stateful
from conformance.oracles.meta.stateless import Stateless
from conformance.oracles.meta.tolerant import Tolerant
from conformance.oracles.model import Violation
from conformance.strategies.meta import directed_chunks
from conformance.suite.meta.reading import TRIES
from conformance.targets.client import Client, Options
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_stream import WatchStream

PAGES = 500
"""So many pages of a list are followed."""

SMALL_WINDOW: Options = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 16_384))
"""So that a reader who stops reading is felt by the server after some 100 kB."""

TYPES = ("stateful", "stateless")

WHOLE = 100
"""A page that holds every population; a stateful watch without one may be capped."""

CONSEQUENCES: Mapping[str, str] = {
    "restart": "starts over at once",
    "silent divergence": "shows a wrong view for ever",
    "stall": "repeats a refused token until its recovery deadline",
    "decode error": "cannot decode it, and retries for ever",
    "reconnect storm": "reconnects without pause",
    "panic": "crashes",
}
"""What the published Go client does, by what is predicted of it."""


class Watch:
    """One watch of a collection, over its reconnections.

    Attributes:
        stream: the one that is open.
        messages: all that were read, of earlier streams too.
        strict: the assembler that finds every breach.
        tolerant: the assembler that never gives up.
        client: what the published client makes of the stream.
        left: what that client does after the messages of this stream; `go on` while it stays.
    """

    def __init__(
        self, target: MetaTarget, kind: str, asked: Asked, stream: WatchStream, before: Watch | None
    ) -> None:
        self.target = target
        self.kind = kind
        self.asked = asked
        self.stream = stream
        self.messages: list[Message] = [] if before is None else before.messages
        self.left = "go on"
        if before is None:
            self.strict: Stateful | Stateless = (Stateful if asked.stateful else Stateless)(asked)
            self.tolerant = Tolerant(asked)
            self.client = GoClient(KINDS[kind])
        else:
            self.strict, self.tolerant, self.client = before.strict, before.tolerant, before.client
            self.strict.open(asked)
            self.tolerant.open(asked)
            if before.left == "go on":
                self.client.ended()

    @property
    def items(self) -> list[Data]:
        """What a client holds after the last closed changeset, in order where there is one."""
        return list(self.tolerant.committed)

    @property
    def view(self) -> dict[str, Data]:
        """The same by name."""
        return {item["name"]: item for item in self.items}

    @property
    def names(self) -> list[str]:
        """The names of `items`, in their order."""
        return [item["name"] for item in self.items]

    @property
    def sequence(self) -> list[str]:
        """The names as the strict assembler orders them, which takes indices at their word."""
        held = self.strict.committed
        return [str(item["name"]) for item in (held.values() if isinstance(held, dict) else held)]

    @property
    def token(self) -> str:
        """The latest resume token."""
        return self.tolerant.token

    @property
    def emitted(self) -> Sequence[Snapshot]:
        """The view after each closed changeset."""
        return self.tolerant.emitted

    @property
    def settled(self) -> bool:
        """Whether a changeset was closed on this stream, and nothing came since."""
        return self.tolerant.phase == "live" and not self.tolerant.pending

    def about(self, name: str, since: int = 0) -> list[Change]:
        """Every change of a resource in the messages from number `since` on."""
        return [c for m in self.messages[since:] for c in m.changes if c.name == name]

    def next(self, timeout_s: float) -> Message | None:
        """The next message, judged; None if none came in time, or the stream ended."""
        message = self.stream.next(timeout_s)
        if message is not None:
            self._take(message)
        return message

    def snapshot(self, within_s: float | None = None) -> list[Message]:
        """The messages up to the first closing one of this stream, which has to come.

        Raises:
            Refused, Nonconformance: the stream ends before, or it is not closed in time.
        """
        return self.until(
            lambda: bool(self.messages) and self.messages[-1].is_current,
            "a closed changeset",
            within_s=within_s,
            ready=False,
        )

    changeset = snapshot
    """The messages of the next changeset; the same for the first one."""

    def until(
        self,
        condition: Callable[[], Any],
        what: str,
        *,
        within_s: float | None = None,
        ready: bool = True,
    ) -> list[Message]:
        """Read until a condition on this watch holds, which has to happen; what was read.

        Args:
            condition: looked at after each message, and before the first one if `ready`.
            what: what is waited for, a noun phrase.
            within_s: None is what the profile's latency and busy machines ask for.
            ready: whether the condition may hold already.

        Raises:
            Refused, Nonconformance: the stream ends before, or time is over.
        """
        limit_s = patience(self.target) if within_s is None else within_s
        deadline = time.monotonic() + limit_s
        read: list[Message] = []
        if ready and condition():
            return read
        while True:
            message = self.next(max(0.0, deadline - time.monotonic()))
            if message is None:
                self._missing(what, limit_s)
            else:
                read.append(message)
                if condition():
                    return read

    def until_holds(self, name: str, showing: Mapping[str, Any] | None = None) -> list[Message]:
        """Read until the closed view holds a resource, with these top level fields if given."""

        def holds() -> bool:
            held = self.view.get(name)
            return held is not None and all(held.get(k) == v for k, v in (showing or {}).items())

        shown = f" with {dict(showing)}" if showing else ""
        return self.until(lambda: self.settled and holds(), f"{name}{shown} in the view")

    def until_gone(self, name: str) -> list[Message]:
        """Read until the closed view does not hold a resource."""
        return self.until(lambda: self.settled and name not in self.view, f"the end of {name}")

    def until_settled(self) -> list[Message]:
        """Read until the changeset that has begun is closed."""
        return self.until(lambda: self.settled, "the end of a changeset")

    def rest(self, quiet_s: float | None = None, within_s: float = EVENT_S) -> list[Message]:
        """What still comes until the stream is silent, for as long as the profile says."""
        silence_s = self.target.profile.quiet if quiet_s is None else quiet_s
        deadline = time.monotonic() + within_s
        read: list[Message] = []
        while time.monotonic() < deadline:
            message = self.next(silence_s)
            if message is None:
                break
            read.append(message)
        return read

    def converges(
        self, truth: Iterable[Data], what: str, *, ordered: bool = False, breaks: str | None = None
    ) -> None:
        """Fail unless the closed view becomes this, in this order if `ordered`, while it is read.

        Only for what nobody changes any more.
        """
        wanted = list(truth)

        def difference() -> str:
            return history.difference(self.items, wanted, ordered=ordered)

        deadline = time.monotonic() + patience(self.target)
        while not self.settled or difference():
            if self.next(max(0.0, deadline - time.monotonic())) is None:
                self._fails(what, difference() or "a changeset without end", wanted, breaks)

    def consequence(self, truth: Iterable[Data] | None = None) -> str:
        """What the published client makes of it, to be put behind a finding; "" if it copes."""
        known = None if truth is None else {item["name"]: item for item in truth}
        found = CONSEQUENCES.get(self.client.predict(known))
        return f" (the published Go client {found})" if found else ""

    def _take(self, message: Message) -> None:
        self.messages.append(message)
        self.tolerant.feed(message)
        if self.left == "go on":
            self.left = self.client.feed(message)
        judge(self.strict.feed(message), self.consequence())

    def _missing(self, what: str, limit_s: float) -> None:
        status = self.stream.status
        if status not in (None, grpc.StatusCode.OK):
            raise Refused(self.stream.method, status, self.stream.details)
        got = f"nothing within {limit_s:g} s" if status is None else "the end"
        raise Nonconformance(
            f"stream of {self.stream.method}", got=got + self.consequence(), wanted=what
        )

    def _fails(self, what: str, got: str, wanted: list[Data], breaks: str | None) -> None:
        status = self.stream.status
        if status not in (None, grpc.StatusCode.OK):
            raise Refused(self.stream.method, status, self.stream.details)
        shown = [item["name"] for item in wanted]
        raise Nonconformance(
            what, got=got + self.consequence(wanted), wanted=f"{shown} as listed", breaks=breaks
        )


def quieten(watches: Sequence[Watch]) -> None:
    """Read what still comes on several watches, which all have the same time to become silent."""
    for number, watch in enumerate(watches):
        watch.rest(None if number == 0 else 0.0)


def patience(target: MetaTarget) -> float:
    """How long what has to come may take, in seconds."""
    return EVENT_S + target.profile.latency


def judge(found: Iterable[Violation], consequence: str = "") -> None:
    """Fail for the first breach that the running check is about; others are for other checks."""
    for violation in found:
        broken = RULES.get(violation.code) or history.RULES[violation.code]
        if broken in current().ids:
            what = f"watch, {violation.code.replace('_', ' ')}"
            expect(False, what, got=violation.text + consequence, breaks=broken)


def asked(
    target: MetaTarget,
    *,
    type: str | int | None = None,
    size: int | None = None,
    chunk: int | None = None,
    resume: str = "",
    starting_us: int | None = None,
    **others: Any,
) -> Asked:
    """What these arguments of `MetaTarget.watch` make of the messages."""
    return Asked(
        stateful=type in (None, 0, "stateful"),
        chunk=max(0, chunk or 0),
        page=max(0, size or 0),
        resumed=bool(resume) or starting_us is not None,
        empty_size=target.profile.profile == "sdk",
    )


@contextmanager
def watching(
    target: MetaTarget, kind: str, *, before: Watch | None = None, **arguments: Any
) -> Iterator[Watch]:
    """A watch, cancelled at the end; nothing of it was read yet.

    Args:
        target: of the check.
        kind: plural.
        before: the watch that it continues: its view and its finds go on with the new stream.
        arguments: of `MetaTarget.watch`.
    """
    with target.watch(kind, **arguments) as stream:
        yield Watch(target, kind, asked(target, **arguments), stream, before)


def whole(type: str) -> dict[str, Any]:
    """Arguments of a watch that shows everything, by its type."""
    return {"type": type, **({"size": WHOLE} if type == "stateful" else {})}


def chunk_sizes(count: int, *, most: int = 3) -> list[int]:
    """Chunk sizes where chunking breaks for so many items; the most telling `most` in staging."""
    sizes = directed_chunks(count)
    if current().profile == "full":
        return list(sizes)
    telling = dict.fromkeys(s for s in (2, count - 1, 1, count) if s in sizes)
    return list(telling)[:most]


def listed(target: MetaTarget, kind: str, **query: Any) -> list[Data]:
    """All pages of a list, in its order.

    Args:
        target: of the check.
        kind: plural.
        query: arguments of `MetaTarget.list` but size and token.

    Raises:
        Nonconformance: it has no end.
    """
    items: list[Data] = []
    token = ""
    for _ in range(PAGES):
        page = target.list(kind, token=token, **query)
        items += page.items
        token = page.next
        if not token:
            return items
    raise Nonconformance(f"pages of {kind}", got=f"more than {PAGES}", wanted="an end")


def steadily(
    target: MetaTarget, kind: str, judged: Callable[[list[Data]], None], **query: Any
) -> None:
    """Judge what depends on a list; again if other people have changed it meanwhile.

    Args:
        target: of the check.
        kind: plural.
        judged: gets the items that List shows now, and judges.
        query: as for `listed`.

    Raises:
        Untestable: the list never stands still.
    """
    for _ in range(TRIES):
        before = listed(target, kind, **query)
        try:
            return judged(before)
        except Nonconformance:
            if listed(target, kind, **query) == before:
                raise
    untestable(f"the {kind} listed change all the time")


@contextmanager
def connection(target: MetaTarget, options: Options = ()) -> Iterator[MetaTarget]:
    """The same check over a gRPC connection of its own, for streams only; closed at the end."""
    old = target.session.client
    client = Client(
        old.endpoint,
        tls=old.tls,
        credentials=old.credentials,
        budget=old.budget,
        deadline_s=old.deadline_s,
        options=options,
    )
    try:
        yield MetaTarget(replace(target.session, client=client), target.recorder)
    finally:
        client.close()
