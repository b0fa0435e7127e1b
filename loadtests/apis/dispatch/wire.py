"""The dispatch API as load sees it: requests that carry marks, events that are read back.

Both published generations (seed 000 and 1.1) share the method paths; only the name of the target
field differs. Everything a run creates is inactive, a dry run, and starts years from now, so that
no site ever follows it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from google.protobuf.message import DecodeError

from conformance.oracles.events import Event
from conformance.oracles.events import Mark as Numbered
from fixtures.contracts import Contract, load
from loadtests import marks
from loadtests.marks import Mark

PACKAGE = "frequenz.api.dispatch.v1"
SERVICE = f"{PACKAGE}.MicrogridDispatchService"
CREATE = "CreateMicrogridDispatch"
UPDATE = "UpdateMicrogridDispatch"
DELETE = "DeleteMicrogridDispatch"
LIST = "ListMicrogridDispatches"
STREAM = "StreamMicrogridDispatches"

TYPE = "gridproof.load"
PADDING_KEY = "gp_pad"
FUTURE_S = 5 * 365 * 86_400
"""How far ahead the dispatches of a run start."""

DECODED = 128
"""Distinct messages remembered: subscribers of one microgrid get the same bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One stream message, understood as far as the verification level asks.

    `event` is None where nothing was decoded; `mark` None where the object is not of this run.
    `identity` tells the change that the message announces from all others.
    """

    size: int
    event: Event | None = None
    mark: Mark | None = None
    identity: int = 0
    fault: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A dispatch of this run as listed: its id, mark and the digest of its whole content."""

    id: int
    mark: Mark
    state: str


class Wire:
    """Builds requests and reads replies of one generation of the dispatch API."""

    def __init__(self, generation: str = "1.1", *, padding: int = 0) -> None:
        self.contract: Contract = load("dispatch", generation)
        self.methods = self.contract.methods(SERVICE)
        self._target_field = "target" if generation == "1.1" else "selector"
        self._start_s = int(time.time()) + FUTURE_S
        self._padding = "x" * padding

    # Messages come from private pools, so their attributes are unknown to the type checker: Any.
    def _request(self, method: str, **values: Any) -> Any:
        return self.methods[method].request(**values)

    def create(self, mark: Mark, *, duration_s: int) -> Any:
        """A request that creates a dispatch with this mark."""
        request = self._request(CREATE, microgrid_id=mark.scope)
        data = request.dispatch_data
        data.type = TYPE
        data.start_time.seconds = self._start_s
        data.duration = duration_s
        getattr(data, self._target_field).component_ids.ids.append(1)
        data.is_dry_run = True
        self._put(data.payload, mark)
        return request

    def update(self, mark: Mark, dispatch_id: int, *, duration_s: int | None = None) -> Any:
        """A request that writes a new mark, and a new duration if one is given."""
        request = self._request(UPDATE, microgrid_id=mark.scope, dispatch_id=dispatch_id)
        request.update_mask.paths.append("payload")
        self._put(request.update.payload, mark)
        if duration_s is not None:
            request.update_mask.paths.append("duration")
            request.update.duration = duration_s
        return request

    def _put(self, payload: Any, mark: Mark) -> None:
        payload.fields[marks.KEY].string_value = marks.encode(mark)
        if self._padding:
            payload.fields[PADDING_KEY].string_value = self._padding

    def delete(self, microgrid: int, dispatch_id: int) -> Any:
        """A request that deletes a dispatch."""
        return self._request(DELETE, microgrid_id=microgrid, dispatch_id=dispatch_id)

    def page(self, microgrid: int, *, size: int, token: str = "") -> Any:
        """A request for the first page, or for the one that a token leads to."""
        request = self._request(LIST, microgrid_id=microgrid)
        if token:
            request.pagination_params.page_token = token
        else:
            request.pagination_params.page_size = size
        return request

    def subscribe(self, microgrid: int) -> Any:
        """A request for the events of a microgrid."""
        return self._request(STREAM, microgrid_id=microgrid)

    def shown(self, dispatch: Any, run: str) -> Shown | None:
        """A listed dispatch of the run; None if somebody else made it."""
        mark = _mark_of(dispatch, run)
        if mark is None:
            return None
        return Shown(id=dispatch.metadata.dispatch_id, mark=mark, state=state_of(dispatch))


def state_of(dispatch: Any) -> str:
    """A digest of everything a dispatch shows; equal for equal content."""
    data = dispatch.SerializeToString(deterministic=True)
    return blake2b(data, digest_size=8).hexdigest()


def _mark_of(dispatch: Any, run: str) -> Mark | None:
    fields: Mapping[str, Any] = dispatch.data.payload.fields
    if marks.KEY not in fields:
        return None
    mark = marks.decode(fields[marks.KEY].string_value)
    return mark if mark is not None and mark.run == run else None


class Decoder:
    """Turns the bytes of a stream message into a `Delivery`; the response deserializer of streams.

    `verify` is `full` (the whole dispatch is digested), `marks` (only mark, kind and id are read)
    or `off` (messages are counted; only the sentinels of the barriers are read). Equal bytes are
    decoded once. Nothing is raised: what cannot be read is told in `Delivery.fault`.
    """

    def __init__(self, wire: Wire, run: str, *, verify: str = "full") -> None:
        self._message = wire.methods[STREAM].response
        self._run = run
        self._verify = verify
        # Sentinels are the only objects of their writer, so this text is in no other message.
        self._sentinel = f";{marks.SENTINEL_WRITER};0;".encode()
        self._read = lru_cache(maxsize=DECODED)(self._decode)

    def __call__(self, data: bytes) -> Delivery:
        """The delivery that these bytes are."""
        if self._verify == "off" and self._sentinel not in data:
            return Delivery(size=len(data))
        return self._read(data)

    def _decode(self, data: bytes) -> Delivery:
        message: Any = self._message()
        try:
            message.ParseFromString(data)
        except DecodeError:
            return Delivery(size=len(data), fault="a message that cannot be decoded")
        dispatch = message.dispatch
        if not dispatch.metadata.dispatch_id:
            return Delivery(
                size=len(data), fault=f"an event without dispatch (kind {message.event})"
            )
        mark = _mark_of(dispatch, self._run)
        event = Event(
            kind=message.event,
            key=dispatch.metadata.dispatch_id,
            mark=Numbered(scope=mark.scope, number=mark.number) if mark else None,
            state=state_of(dispatch) if self._verify == "full" else None,
        )
        return Delivery(size=len(data), event=event, mark=mark, identity=hash(data))


def pages(reply: Any) -> tuple[Iterator[Any], int, str | None]:
    """The dispatches of a list reply, the stated total, and the token if there is one."""
    info = reply.pagination_info
    token = info.next_page_token if info.HasField("next_page_token") else None
    return iter(reply.dispatches), info.total_items, token
