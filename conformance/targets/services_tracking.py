"""What one check has made on a services API: journal, ownership, safety, removal.

All calls of a check pass through here, so that nothing is made that is not removed later, and
nothing is touched that the run has not made.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from conformance.failures import JudgeError, NotApplicable, Refused
from conformance.oracles.services.model import Service
from conformance.targets.credentials import Headers
from conformance.targets.journal import Made
from conformance.targets.services_codec import READS, WRITES, to_service
from conformance.targets.services_session import ServicesSession, ShelvedServices
from conformance.targets.wire import Wire

CREATE, DELETE = "CreateService", "DeleteService"
SHOWING = frozenset({"GetService", "StartService", "ConfigureService", "StopService", CREATE})

NOTHING_MADE = frozenset(
    {
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)
"""Refusals of a create that no record can be behind; some servers keep one for all others."""

AT_ONCE = 8
"""Removals under way at the same time, where there are many."""

Key = tuple[str, str]
"""A service by the collection it was made in, and its id."""

T = TypeVar("T")


@dataclass(kw_only=True)
class _State:
    """Shared by all views of one check.

    `made` tells what may exist, `sure` what was answered as made.
    """

    made: dict[Key, bool] = field(default_factory=dict)
    gone: set[Key] = field(default_factory=set)
    seen: list[Service] = field(default_factory=list)


class Tracking:
    """Calls of one check, and what they have made."""

    def __init__(self, session: ServicesSession, wire: Wire, state: _State | None = None) -> None:
        self._session = session
        self._wire = wire
        self._state = state or _State()

    def over(self, wire: Wire) -> Tracking:
        """The same check over another connection, as another caller or under another name."""
        return Tracking(self._session, wire, self._state)

    @property
    def seen(self) -> list[Service]:
        """Every service that an answer or a pull has shown to this check, in order."""
        return self._state.seen

    def owns(self, id: str) -> bool:
        """Whether this check made a service of this id, or reads one that was made to share."""
        return any(id == own for _, own in list(self._state.made))

    def standing(self, name: str) -> set[str]:
        """Ids of this check's services that are there for sure, in one collection."""
        state = self._state
        return {
            key[1]
            for key, sure in list(state.made.items())
            if sure and key[0] == name and key not in state.gone
        }

    def call(
        self,
        method: str,
        request: Message,
        *,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> Any:
        """One call with a message; see `ServicesTarget.call`."""
        return self._send(method, request, request.SerializeToString(), metadata, deadline_s)[1]

    def call_bytes(
        self,
        method: str,
        data: bytes,
        *,
        metadata: Headers | None = None,
        deadline_s: float | None = None,
    ) -> bytes:
        """One call with bytes; see `ServicesTarget.call_bytes`."""
        known = self._session.codec.methods.get(method)
        request = _parsed(known.request, data) if known else None
        return self._send(method, request, data, metadata, deadline_s)[0]

    def share(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` has made, now or for an earlier check of this process; only read."""
        state, shelf = self._state, self._session.shelf
        if key in shelf:
            self._wire.recorder.recall(shelf[key].steps)
        else:
            before, began = set(state.made), self._wire.recorder.mark()
            value = make()
            shelf[key] = ShelvedServices(
                value=value,
                made=frozenset(state.made.keys() - before - state.gone),
                steps=self._wire.recorder.since(began),
            )
        state.made.update(dict.fromkeys(shelf[key].made, True))
        found: T = shelf[key].value
        return found

    def clean(self) -> None:
        """Remove what is left; what cannot be removed stays in the journal."""
        shared = self._shared()
        left = [key for key in self._state.made if key not in self._state.gone | shared]
        if len(left) > 2 * AT_ONCE:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(self._remove, left))
        else:
            for key in left:
                self._remove(key)

    def _shared(self) -> set[Key]:
        return {key for item in self._session.shelf.values() for key in item.made}

    def _remove(self, key: Key) -> None:
        request = self._session.codec.request(DELETE, name=key[0], id=key[1], allow_missing=True)
        try:
            self._wire.unary(DELETE, request.SerializeToString(), shown=request, cleaning=True)
        except Refused as refusal:
            if refusal.code is not grpc.StatusCode.NOT_FOUND:
                return
        except JudgeError:
            return
        self._forget(key)

    def _send(
        self,
        method: str,
        request: Any,
        data: bytes,
        metadata: Headers | None,
        deadline_s: float | None,
    ) -> tuple[bytes, Any]:
        self._allow(method, request)
        known = self._session.codec.methods.get(method)
        planned = self._plan(method, request)
        try:
            raw, reply = self._wire.unary(
                method,
                data,
                shown=type(request).FromString(data) if request is not None else None,
                response=known.response if known else None,
                metadata=metadata,
                deadline_s=deadline_s,
                repeatable=method in READS,
                creates=method == CREATE,
            )
        except Refused as refusal:
            if planned is not None and refusal.code in NOTHING_MADE:
                self._forget(planned)
            if method == DELETE and refusal.code is grpc.StatusCode.NOT_FOUND:
                self._deleted(request)
            raise
        self._note(method, request, reply)
        return raw, reply

    def _plan(self, method: str, request: Any) -> Key | None:
        """Write down what a create may make, before it is sent; None if that is known or open."""
        if method != CREATE or request is None:
            return None
        key = (str(request.name), str(request.service.id))
        if not key[1] or (key in self._state.made and key not in self._state.gone):
            return None
        self._made(key, sure=False)
        return key

    def _note(self, method: str, request: Any, reply: Any) -> None:
        if reply is None or request is None:
            return
        if method == CREATE:
            self._made((str(request.name), str(reply.id)), sure=True)
        elif method == DELETE:
            self._deleted(request)
        if method in SHOWING and not _masked(request):
            self._state.seen.append(to_service(reply))
        elif method == "ListServices" and not _masked(request):
            self._state.seen += [to_service(item) for item in reply.services]

    def _made(self, key: Key, *, sure: bool) -> None:
        known = key in self._state.made and key not in self._state.gone
        self._state.gone.discard(key)
        self._state.made[key] = sure
        if not known:
            self._session.journal.created(_named(key))

    def _deleted(self, request: Any) -> None:
        key = (str(request.name), str(request.id)) if request is not None else ("", "")
        if key in self._state.made and key not in self._state.gone:
            if self._state.made[key]:
                self._wire.client.budget.release()
            self._forget(key)

    def _forget(self, key: Key) -> None:
        self._state.gone.add(key)
        self._session.journal.removed(_named(key))

    def _allow(self, method: str, request: Any) -> None:
        """Keep the safety rule.

        Raises:
            NotApplicable: writes are not allowed.
        """
        if method not in WRITES:
            return
        if not self._session.allowed:
            raise NotApplicable("writes not allowed (--allow-writes)")
        if self._session.profile.read_only:
            raise NotApplicable("the profile declares read_only")
        if request is None:
            raise RuntimeError(f"{method} with bytes that are no request may touch anything")
        if method == CREATE:
            self._allow_create(request)
        elif request.id and not self._may_touch((str(request.name), str(request.id))):
            raise RuntimeError(f"{method}: {request.id!r} was not made by this check")

    def _allow_create(self, request: Any) -> None:
        ids, type_ = self._session.ids, str(request.service.type)
        if type_ and type_ not in self._session.profile.types and not ids.owns(type_):
            raise RuntimeError(f"the profile does not allow services of type {type_!r}")
        id_ = str(request.service.id)
        if id_ and not ids.owns(id_):
            raise RuntimeError(f"{id_!r} is no id of this run; take fresh_id()")
        if (str(request.name), id_) in self._shared():
            raise RuntimeError("what checks share is only read")

    def _may_touch(self, key: Key) -> bool:
        if key in self._shared():
            raise RuntimeError("what checks share is only read")
        return key in self._state.made or self._session.ids.owns(key[1])


def _named(key: Key) -> Made:
    return Made(service="services", parent=key[0], id=key[1])


def _masked(request: Any) -> bool:
    return "read_mask" in request.DESCRIPTOR.fields_by_name and request.HasField("read_mask")


def _parsed(kind: type[Message], data: bytes) -> Any:
    try:
        return kind.FromString(data)
    except DecodeError:
        return None
