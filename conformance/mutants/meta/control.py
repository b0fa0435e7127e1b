"""The mutation hook of the naive endpoint: the verbs of `gridproof.control.v1.MetaControl`.

Resources come as JSON; faults are handed to the streams that they concern, or wait for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from google.protobuf import json_format

from conformance.mutants.meta.book import Book, Fault, invalid, kind_of
from conformance.mutants.meta.wire import data_of, new
from conformance.oracles.meta.model import Data
from fixtures.contracts import load

if TYPE_CHECKING:
    from conformance.mutants.meta.service import Service

CONTRACT = load("control")
SERVICE = "gridproof.control.v1.MetaControl"
CAPABILITIES = (
    "mutate",
    "atomic",
    "barrier",
    "fault.soft",
    "fault.hard",
    "fault.drop",
    "fault.expire",
    "fault.size",
    "fault.split",
    "fault.pause",
)
FAULTS = frozenset(
    {"soft_reset", "hard_reset", "drop_stream", "expire_resume_tokens", "send_snapshot_size"}
    | {"split_changeset", "pause_emission", "resume_emission"}
)
BARRIER_S = 10.0
"""How long a barrier waits unless it is told."""
LOOK_S = 0.02
"""How often it looks whether streams have become unread."""


def verbs(service: Service) -> Mapping[str, Callable[[Any], Any]]:
    """The methods of MetaControl by name."""
    return {
        "GetCapabilities": lambda request: _answer(
            "MetaCapabilities", capabilities=CAPABILITIES, tag_key="x-gridproof-tag"
        ),
        "Upsert": lambda request: _committed(service.book.commit([_upsert(request.resource)])),
        "Delete": lambda request: _committed(service.book.commit([(request.name, None)])),
        "Apply": lambda request: _committed(
            service.book.commit([_change(change) for change in request.changes])
        ),
        "Reset": lambda request: _committed(service.fill(_fixture(service, request.fixture))),
        "Barrier": lambda request: barrier(service.book, request),
        "InjectFault": lambda request: inject(service, request),
    }


def barrier(book: Book, request: Any) -> Any:
    """Wait until everything so far has left on every stream that is read and not paused."""
    given_s = request.timeout.seconds + request.timeout.nanos / 1e9
    deadline = time.monotonic() + (given_s if request.HasField("timeout") else BARRIER_S)
    with book.news:
        revision = book.revision
        while True:
            behind = [stream for stream in book.streams if stream.position < revision]
            waited_for = [s for s in behind if not s.paused and not s.unread]
            if not waited_for or time.monotonic() > deadline:
                break
            book.news.wait(LOOK_S)
        return _answer("MetaBarrierResponse", revision=str(revision), stalled=len(behind))


def inject(service: Service, request: Any) -> Any:
    """Let a fault happen to the streams of a tag, or to the next one if there is none.

    Raises:
        Refuse: there is no such fault.
    """
    if request.fault not in FAULTS:
        raise invalid(f"no fault {request.fault!r}")
    book = service.book
    fault = Fault(
        kind=request.fault,
        tag=request.tag,
        after=request.after_chunks,
        code=request.code if request.HasField("code") else 14,
        value=request.value if request.HasField("value") else None,
        n=request.n,
        ms=request.ms,
    )
    with book.news:
        concerned = [s for s in book.streams if fault.tag in ("", s.tag)]
        if fault.kind == "expire_resume_tokens":
            service.policy.expire(book)
        elif concerned:
            for stream in concerned:
                stream.order(fault)
        elif fault.kind != "resume_emission":
            book.waiting.append(fault)
        book.news.notify_all()
        return _answer("MetaFaultResponse", revision=str(book.revision), watches=len(concerned))


def waiting_for(book: Book, tag: str) -> list[Fault]:
    """The faults that waited for a stream of this tag; they wait no longer."""
    found = [fault for fault in book.waiting if fault.tag in ("", tag)]
    book.waiting = [fault for fault in book.waiting if fault not in found]
    return found


def resource_of(content: Mapping[str, Any]) -> Data:
    """A resource that was given as JSON.

    Raises:
        Refuse: its name is none, or it does not fit its kind.
    """
    name = str(content.get("name", ""))
    kind = kind_of(name)
    if kind is None:
        raise invalid(f"resource: {name!r} is no name of a resource")
    try:
        message = json_format.ParseDict(dict(content), new(kind.message))
    except json_format.ParseError as error:
        raise invalid(f"resource: {error}") from None
    return data_of(message)


def _upsert(struct: Any) -> tuple[str, Data]:
    data = resource_of(json_format.MessageToDict(struct))
    return data["name"], data


def _change(change: Any) -> tuple[str, Data | None]:
    return _upsert(change.upsert) if change.HasField("upsert") else (change.delete, None)


def _fixture(service: Service, name: str) -> list[Data]:
    if name not in ("", "default", "empty"):
        raise invalid(f"no fixture {name!r}; there are default and empty")
    return [] if name == "empty" else service.policy.fixture()


def _committed(revision: int) -> Any:
    return _answer("MetaCommitted", revision=str(revision))


def _answer(name: str, **fields: Any) -> Any:
    message: Any = CONTRACT.message(f"gridproof.control.v1.{name}")()
    for field, value in fields.items():
        if isinstance(value, tuple):
            getattr(message, field).extend(value)
        else:
            setattr(message, field, value)
    return message
