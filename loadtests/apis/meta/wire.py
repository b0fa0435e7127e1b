"""The meta API as load sees it: requests, watch messages read for their marks, writes as JSON.

A resource is read no further than judging needs: name, class, mark, and a digest of everything.
The assemblers of `conformance.oracles.meta` take such a resource like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from google.protobuf.message import DecodeError

from conformance.oracles.meta.model import KINDS, Change, ChangeKind, Data, Message
from fixtures.contracts import load
from loadtests import marks
from loadtests.apis.meta.queries import CLASS_LABEL, RANK_LABEL, RUN_LABEL, Query
from loadtests.marks import Mark

HOOK = "gridproof.control.v1.MetaControl"
PADDING_KEY = "gp_pad"
STATELESS = 1
NOTHING = Message()
DECODED = 128
"""Distinct messages remembered: watches with the same query get the same bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One watch message, understood as far as the verification level asks.

    `marks` stands beside the changes, None where an object is not of this run; `count` is the
    number of changes, also where they were not read.
    """

    size: int
    message: Message = NOTHING
    marks: tuple[Mark | None, ...] = ()
    count: int = 0
    fault: str = ""


class Wire:
    """Builds requests and reads replies.

    Args:
        run: the id of the run, in a label of everything it writes.
        verify: `full` digests whole resources, `marks` reads only names, classes and marks, `off`
            only the envelope of watch messages.
        padding: bytes that every written resource carries besides.
    """

    def __init__(self, run: str, *, verify: str = "full", padding: int = 0) -> None:
        self._run = run
        self._verify = verify
        self._padding = "x" * padding
        contract = load("meta")
        self.hook = load("control").methods(HOOK)
        self.methods = {plural: contract.methods(kind.service) for plural, kind in KINDS.items()}

    def resource(self, mark: Mark, name: str, *, kind: str, rank: str, service: str) -> Data:
        """A deployment of the run, as JSON; `kind` is its class."""
        annotations = {marks.KEY: marks.encode(mark)}
        if self._padding:
            annotations[PADDING_KEY] = self._padding
        labels = {RUN_LABEL: self._run, CLASS_LABEL: kind, RANK_LABEL: rank}
        metadata = {"labels": labels, "annotations": annotations}
        return {"name": name, "service": service, "metadata": metadata}

    # Messages come from private pools, so their attributes are unknown to the type checker: Any.
    def upsert(self, resource: Mapping[str, Any]) -> Any:
        """A request that creates or replaces a resource."""
        request: Any = self.hook["Upsert"].request()
        request.resource.update(resource)
        return request

    def delete(self, name: str) -> Any:
        """A request that removes a resource."""
        return self.hook["Delete"].request(name=name)

    def apply(self, *, upserts: list[Data] | None = None, deletes: list[str] | None = None) -> Any:
        """A request for all these changes at once."""
        request: Any = self.hook["Apply"].request()
        for resource in upserts or ():
            request.changes.add().upsert.update(resource)
        for name in deletes or ():
            request.changes.add(delete=name)
        return request

    def page(self, query: Query, *, size: int, token: str = "") -> Any:
        """A request for a page of what a watch shows."""
        method = self.methods[query.kind][f"List{KINDS[query.kind].message}s"]
        request: Any = method.request(
            page_size=size, page_token=token, filter=query.filter, order_by=query.order
        )
        if query.parent:
            request.parent = query.parent
        return request

    def watch(self, query: Query, *, resume: str = "") -> Any:
        """A request that opens a watch."""
        request: Any = self.methods[query.kind][f"Watch{KINDS[query.kind].message}s"].request(
            filter=query.filter, max_chunk_size=query.chunk
        )
        if query.parent:
            request.parent = query.parent
        if query.stateful:
            request.order_by, request.page_size = query.order, query.page
        else:
            request.type, request.resume_token = STATELESS, resume
        return request

    def item(self, resource: Any) -> tuple[Data, Mark | None]:
        """A resource as it is judged, and its mark if this run wrote it."""
        metadata = resource.metadata
        text = metadata.annotations.get(marks.KEY, "")
        mark = marks.decode(text) if text else None
        if mark is not None and mark.run != self._run:
            mark = None
        data = {
            "name": resource.name,
            "number": mark.number if mark else -1,
            "class": metadata.labels[CLASS_LABEL] if mark else "",
            "state": state_of(resource) if self._verify == "full" else "",
        }
        return data, mark

    def items(self, query: Query, reply: Any) -> Iterator[Data]:
        """The resources of a list reply."""
        for resource in getattr(reply, query.kind):
            yield self.item(resource)[0]


def state_of(resource: Any) -> str:
    """A digest of everything a resource shows; equal for equal content."""
    data = resource.SerializeToString(deterministic=True)
    return blake2b(data, digest_size=8).hexdigest()


class Decoder:
    """Turns the bytes of a watch message of one kind into a `Delivery`; equal bytes once.

    Nothing is raised: what cannot be read is told in `Delivery.fault`.
    """

    def __init__(self, wire: Wire, plural: str, *, verify: str = "full") -> None:
        kind = KINDS[plural]
        self._wire = wire
        self._response = wire.methods[plural][f"Watch{kind.message}s"].response
        self._singular = kind.singular
        self._reads = verify != "off"
        self._read = lru_cache(maxsize=DECODED)(self._decode)

    def __call__(self, data: bytes) -> Delivery:
        """The delivery that these bytes are."""
        return self._read(data)

    def _decode(self, data: bytes) -> Delivery:
        response: Any = self._response()
        try:
            response.ParseFromString(data)
        except DecodeError:
            return Delivery(size=len(data), fault="a message that cannot be decoded")
        sent = getattr(response, f"{self._singular}_changes")
        read = [self._change(change) for change in sent] if self._reads else []
        pages = response.page_token_change
        message = Message(
            changes=tuple(change for change, _ in read),
            is_current=response.is_current,
            page_tokens=(pages.prev_page_token, pages.next_page_token)
            if response.HasField("page_token_change")
            else None,
            resume_token=response.resume_token,
            snapshot_size=response.snapshot_size,
            soft_reset=response.is_soft_reset,
            hard_reset=response.is_hard_reset,
        )
        return Delivery(
            size=len(data),
            message=message,
            marks=tuple(mark for _, mark in read),
            count=len(sent),
        )

    def _change(self, change: Any) -> tuple[Change, Mark | None]:
        kind: ChangeKind = change.WhichOneof("change_type") or "none"
        if kind == "none":
            return Change(kind=kind, name="", data=None), None
        body = getattr(change, kind)
        index = 0 if kind == "current" else body.view_index
        if kind == "removed":
            return Change(kind=kind, name=body.name, data=None, view_index=index), None
        data, mark = self._wire.item(getattr(body, self._singular))
        name, before = data["name"], 0
        if kind == "modified":
            name, before = body.name, body.previous_view_index
        made = Change(
            kind=kind,
            name=name,
            data=data,
            view_index=index,
            previous_view_index=before,
            object_name=data["name"],
        )
        return made, mark
