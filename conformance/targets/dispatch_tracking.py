"""What one check has made on a dispatch API: journal, ownership, microgrids, safety, removal.

All calls of a check pass through here, so that nothing is made that is not removed later, and
nothing at all where writes are not allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from conformance.failures import JudgeError, Nonconformance, NotApplicable, Refused, Untestable
from conformance.recorder import now_us
from conformance.targets.credentials import Headers
from conformance.targets.dispatch_codec import SERVICE, has, sub
from conformance.targets.dispatch_model import Dispatch, us
from conformance.targets.dispatch_session import DispatchSession, ShelvedDispatches
from conformance.targets.journal import Made
from conformance.targets.wire import Wire

CREATE, UPDATE, DELETE, LIST = (
    "CreateMicrogridDispatch",
    "UpdateMicrogridDispatch",
    "DeleteMicrogridDispatch",
    "ListMicrogridDispatches",
)
READS = frozenset({LIST, "GetMicrogridDispatch"})
HIDDEN = frozenset({grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED})

T = TypeVar("T")

AT_ONCE = 8
"""Removals under way at the same time, where there are many."""


@dataclass(kw_only=True)
class _State:
    """Shared by all connections and identities of one check."""

    made: dict[int, int] = field(default_factory=dict)  # dispatch id -> microgrid
    removed: set[int] = field(default_factory=set)
    sentinels: set[int] = field(default_factory=set)
    microgrids: list[int] = field(default_factory=list)
    inhabited: set[int] = field(default_factory=set)
    shared: set[int] = field(default_factory=set)  # dispatches that other checks read, too
    closed: set[int] = field(default_factory=set)  # microgrids that hold them


class Tracking:
    """Calls of one check, and what they have made."""

    def __init__(self, session: DispatchSession, wire: Wire, state: _State | None = None) -> None:
        self._session = session
        self._wire = wire
        self._state = state or _State()

    def over(self, wire: Wire) -> Tracking:
        """The same check over another connection or as another caller."""
        return Tracking(self._session, wire, self._state)

    @property
    def pooled(self) -> bool:
        """Whether microgrids come from the profile and may hold other people's dispatches."""
        return bool(self._session.pool)

    def microgrid(self, index: int) -> int:
        """The first, second … microgrid of the check.

        Raises:
            Untestable: the pool has too few.
        """
        if self.pooled:
            if index >= len(self._session.pool):
                raise Untestable(f"needs {index + 1} microgrids, the profile has too few ids")
            return self._session.pool[index]
        while len(self._state.microgrids) <= index:
            self._state.microgrids.append(self._session.fresh_id("microgrid"))
        return self._state.microgrids[index]

    def renew(self) -> int:
        """Empty the first microgrid of what is ours, or take another."""
        if self.pooled:
            self._clear_shelf()
            self.clean()
            return self.microgrid(0)
        self.microgrid(0)
        self._state.microgrids[0] = self._session.fresh_id("microgrid")
        return self._state.microgrids[0]

    def share(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` has made in the first microgrid, now or for an earlier check.

        In a microgrid of a pool it stays until a check wants that empty.
        """
        state, shelf = self._state, self._session.shelf
        if not self.pooled:
            self.renew()
        if key in shelf:
            state.made.update(shelf[key].made)
            state.microgrids[:1] = [shelf[key].microgrid]
            self._wire.recorder.recall(shelf[key].steps)
        else:
            before, began = set(state.made), self._wire.recorder.mark()
            value = make()
            new = state.made.keys() - before - state.sentinels
            shelf[key] = ShelvedDispatches(
                value=value,
                microgrid=self.microgrid(0),
                made={id: state.made[id] for id in new},
                steps=self._wire.recorder.since(began),
            )
        state.shared |= shelf[key].made.keys()
        state.closed.add(shelf[key].microgrid)
        found: T = shelf[key].value
        return found

    def _clear_shelf(self) -> None:
        """Take back what is shared in the first microgrid, so that it is removed with the rest."""
        where = self.microgrid(0)
        for key, item in list(self._session.shelf.items()):
            if item.microgrid == where:
                del self._session.shelf[key]
                self._state.made.update(item.made)
                self._state.shared -= item.made.keys()
        self._state.closed.discard(where)

    def unseen(self) -> int:
        """A microgrid that nothing is known of."""
        return self._session.fresh_id("unseen")

    def owns(self, id: int) -> bool:
        """Whether the check made this dispatch, and not as a sentinel."""
        return id in self._state.made and id not in self._state.sentinels

    def sentinel(self, id: int) -> None:
        """Take a dispatch out of the check's own."""
        self._state.sentinels.add(id)

    @cached_property
    def _methods(self) -> Any:
        return self._session.codec.contract.methods(SERVICE)

    def call(
        self,
        method: str,
        request: Message,
        *,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> Any:
        """One call with a message; see `DispatchTarget.call`."""
        self._allow(method, request)
        try:
            return self._send(method, request, metadata, deadline_s)
        except Refused as refusal:
            where = int(getattr(request, "microgrid_id", 0))
            if metadata is not None or not self._unknown_microgrid(method, where, refusal):
                raise
        self._inhabit(where, method)
        return self._send(method, request, metadata, deadline_s)

    def call_bytes(
        self,
        method: str,
        request: bytes,
        *,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> bytes:
        """One call with bytes; see `DispatchTarget.call_bytes`."""
        known = self._methods.get(method)
        message = _parsed(known.request, request) if known else None
        self._allow(method, message)
        sent_us = now_us()
        reply, _ = self._wire.unary(
            method,
            request,
            metadata=metadata,
            deadline_s=deadline_s,
            creates=method == CREATE,
        )
        decoded = _parsed(known.response, reply) if known else None
        if message is not None and decoded is not None:
            self._note(method, message, decoded, sent_us)
        return reply

    def shown(self, method: str, reply: Any) -> Dispatch:
        """The dispatch in an answer.

        Raises:
            Nonconformance: there is none.
        """
        if not reply.HasField("dispatch"):
            raise Nonconformance(f"answer of {method}", got="no dispatch", wanted="a dispatch")
        return self._session.codec.dispatch(reply.dispatch)

    def clean(self) -> None:
        """Remove what is left; what cannot be removed stays in the journal."""
        done = self._state.removed | self._state.shared
        left = [id for id in self._state.made if id not in done]
        if len(left) > 5 * AT_ONCE:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(self._remove, left))
        else:
            for id in left:
                self._remove(id)

    def _remove(self, id: int) -> None:
        request = self._session.codec.message("DeleteMicrogridDispatchRequest")()
        request.microgrid_id, request.dispatch_id = self._state.made[id], id
        try:
            self._wire.unary(DELETE, request.SerializeToString(), shown=request, cleaning=True)
        except Refused as refusal:
            if refusal.code is not grpc.StatusCode.NOT_FOUND:
                return
        except JudgeError:
            return
        self._gone(id)

    def _send(
        self, method: str, request: Message, metadata: Headers | None, deadline_s: float | None
    ) -> Any:
        known = self._methods.get(method)
        sent_us = now_us()
        data = request.SerializeToString()
        try:
            _, reply = self._wire.unary(
                method,
                data,
                shown=type(request).FromString(data),
                response=known.response if known else None,
                metadata=metadata,
                deadline_s=deadline_s,
                repeatable=method in READS,
                creates=method == CREATE,
            )
        except Refused as refusal:
            if method == DELETE and refusal.code is grpc.StatusCode.NOT_FOUND:
                self._deleted(request)
            raise
        if reply is not None:
            self._note(method, request, reply, sent_us)
        return reply

    def _note(self, method: str, request: Any, reply: Any, sent_us: int) -> None:
        if method == DELETE:
            self._deleted(request)
        if method != CREATE or not reply.HasField("dispatch"):
            return
        meta = reply.dispatch.metadata
        id, where = int(meta.dispatch_id), int(request.microgrid_id)
        self._state.made[id] = where
        self._state.inhabited.add(where)
        self._session.journal.created(_made(where, id))
        if meta.HasField("create_time"):
            self._session.clock.seen(
                sent_us=sent_us, received_us=now_us(), written_us=us(meta.create_time)
            )

    def _deleted(self, request: Any) -> None:
        id = int(request.dispatch_id)
        known = self._state.made.get(id) == int(request.microgrid_id)
        if known and id not in self._state.removed:
            self._wire.client.budget.release()
            self._gone(id)

    def _gone(self, id: int) -> None:
        self._state.removed.add(id)
        self._session.journal.removed(_made(self._state.made[id], id))

    def _allow(self, method: str, request: Any) -> None:
        if method not in (CREATE, UPDATE, DELETE):
            return
        if not self._session.writes:
            raise NotApplicable("writes not allowed (--allow-writes)")
        if request is not None and request.microgrid_id in self._state.closed:
            raise RuntimeError("what checks share is only read")
        if method == CREATE and request is not None and has(request, 2):
            data = sub(request, 2)
            soon = has(request, 3) and request.start_immediately
            start_us = us(sub(data, 2)) if has(data, 2) else None
            self._session.guard(
                active=data.is_active,
                dry_run=data.is_dry_run,
                start_us=self._session.clock.now_us() if soon else start_us,
            )
        if method == UPDATE and request is not None:
            update = request.update
            self._session.guard(
                active=update.is_active,
                dry_run=True,
                start_us=us(sub(update, 1)) if has(update, 1) else None,
            )

    def _unknown_microgrid(self, method: str, where: int, refusal: Refused) -> bool:
        """Whether the refusal is about a random microgrid in which nothing was made yet."""
        return (
            method in (CREATE, LIST)
            and refusal.code in HIDDEN
            and not self.pooled
            and where in self._state.microgrids
            and where not in self._state.inhabited
        )

    def _inhabit(self, where: int, method: str) -> None:
        """Make a microgrid known by creating something in it, if that is possible at all."""
        if method == CREATE or not self._session.writes:
            raise Untestable(
                "the target refuses microgrids that it does not know; declare microgrid_ids"
            )
        data = self._session.valid(start_us=self._session.default_start_us())
        request = self._session.codec.message("CreateMicrogridDispatchRequest")()
        request.microgrid_id = where
        sub(request, 2).CopyFrom(self._session.codec.data(data))
        reply = self.call(CREATE, request)
        self.sentinel(self.shown(CREATE, reply).id)


def _made(microgrid: int, id: int) -> Made:
    return Made(service="dispatch", parent=str(microgrid), id=str(id))


def _parsed(kind: type[Message], data: bytes) -> Any:
    try:
        return kind.FromString(data)
    except DecodeError:
        return None
