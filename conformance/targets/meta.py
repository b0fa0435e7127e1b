"""The meta API of a target as checks use it: plain values, recorded, cleaned up.

One `MetaTarget` belongs to one check. It only reads; change comes through its `hook`, and whatever
that makes carries the run's label, is written to the journal and deleted when the check ends.
"""

from __future__ import annotations

import builtins
import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

import grpc

from conformance.context import ProfileName
from conformance.failures import NotApplicable, Refused
from conformance.oracles.meta.model import KINDS, Change, Data, Kind, Page
from conformance.recorder import Recorder
from conformance.targets import meta_population as populations
from conformance.targets.credentials import NOBODY, Credentials, Headers
from conformance.targets.http_client import Answer
from conformance.targets.meta_codec import (
    kind_of,
    kind_of_name,
    to_change,
    to_data,
    to_watch_message,
)
from conformance.targets.meta_grpc import GrpcTransport
from conformance.targets.meta_hook import Hook
from conformance.targets.meta_population import Population
from conformance.targets.meta_requests import Mask, Operation, View
from conformance.targets.meta_rest import RestTransport
from conformance.targets.meta_session import LABEL, MetaSession
from conformance.targets.meta_stream import SingleStream, WatchStream
from conformance.targets.profile import MetaProfile
from conformance.targets.reaching import Shelved

T = TypeVar("T")

STREAM_S = 120.0
"""A watch that nobody ends is ended by gRPC after this."""


class MetaTarget:
    """What a check can do to a meta API; resources are dictionaries, times microseconds.

    Every call raises `Refused` for any status but OK.

    Attributes:
        session: what all checks of the process share.
        recorder: what this check says and hears.
    """

    def __init__(self, session: MetaSession, recorder: Recorder) -> None:
        self.session = session
        self.recorder = recorder
        self._transport: GrpcTransport | RestTransport = GrpcTransport(session.client, recorder)
        self._streams: builtins.list[WatchStream | SingleStream] = []

    @property
    def profile(self) -> MetaProfile:
        """What the target says of its meta API."""
        return self.session.profile

    @property
    def depth(self) -> ProfileName:
        """`smoke`, `staging` or `full`."""
        return self.session.depth

    @cached_property
    def hook(self) -> Hook:
        """How change is brought about; without one every use raises NotApplicable."""
        return Hook(self.session, self.recorder, self._listed)

    @property
    def capabilities(self) -> frozenset[str]:
        """What the hook can do; empty without one."""
        return self.hook.capabilities

    @property
    def transport(self) -> str:
        """`grpc` or `rest`."""
        return self._transport.name

    def get(self, name: str, *, mask: Mask = None, view: View = None, kind: str = "") -> Data:
        """Get the resource of this name.

        Args:
            name: decides the kind, unless that is given; then it may be anything.
            mask: paths of the field mask; None sends none.
            view: name or number; None sends none.
            kind: plural of the kind that is asked.
        """
        which = kind_of(kind) if kind else kind_of_name(name)
        operation, request = self.session.requests.get(which, name, mask=mask, view=view)
        return to_data(self._unary(operation, request))

    def batch(
        self, kind: str, names: Sequence[str], *, mask: Mask = None, view: View = None
    ) -> tuple[builtins.list[Data], builtins.list[str]]:
        """BatchGet: what was found, and names of what was not."""
        which = kind_of(kind)
        operation, request = self.session.requests.batch(which, names, mask=mask, view=view)
        reply = self._unary(operation, request)
        return [to_data(item) for item in getattr(reply, which.plural)], list(reply.missing)

    def list(
        self,
        kind: str,
        *,
        parent: str | None = None,
        size: int | None = None,
        token: str = "",
        order: str = "",
        filter: str = "",
        mask: Mask = None,
        view: View = None,
        info: bool = False,
    ) -> Page:
        """One page; what is left out is not sent."""
        which = kind_of(kind)
        operation, request = self.session.requests.list(
            which,
            parent=parent,
            size=size,
            token=token,
            order=order,
            filter=filter,
            mask=mask,
            view=view,
            info=info,
        )
        reply = self._unary(operation, request)
        return Page(
            items=tuple(to_data(item) for item in getattr(reply, which.plural)),
            prev=str(reply.prev_page_token),
            next=str(reply.next_page_token),
            offset=int(reply.current_offset),
            total=int(reply.total_results_count),
        )

    @contextmanager
    def watch(
        self,
        kind: str,
        *,
        parent: str | None = None,
        type: str | int | None = None,
        size: int | None = None,
        token: str = "",
        order: str = "",
        filter: str = "",
        mask: Mask = None,
        view: View = None,
        chunk: int | None = None,
        resume: str = "",
        starting_us: int | None = None,
        tag: str = "",
        reading: bool = True,
        deadline_s: float | None = STREAM_S,
    ) -> Iterator[WatchStream]:
        """An open watch of a collection, cancelled at the end.

        Those arguments that `list` has mean what they mean there. `type` is `stateful`, `stateless`
        or a number, `chunk` the largest number of changes in a message, `resume` a token of an
        earlier watch, `tag` that by which faults find this one. With `reading=False` everything
        stays unread until `read()`; gRPC ends the stream after `deadline_s`.
        """
        which = kind_of(kind)
        operation, request = self.session.requests.watch(
            which,
            parent=parent,
            type=type,
            size=size,
            token=token,
            order=order,
            filter=filter,
            mask=mask,
            view=view,
            chunk=chunk,
            resume=resume,
            starting_us=starting_us,
        )
        number = self.session.next_stream()
        stream = WatchStream(
            self._open(operation, request, number, tag, deadline_s),
            lambda message, at_us: to_watch_message(which, message, at_us=at_us),
            method=operation.name,
            recorder=self.recorder,
            number=number,
        )
        with self._held(stream, reading):
            yield stream

    @contextmanager
    def watch_one(
        self,
        name: str,
        *,
        mask: Mask = None,
        view: View = None,
        tag: str = "",
        kind: str = "",
        reading: bool = True,
        deadline_s: float | None = STREAM_S,
    ) -> Iterator[SingleStream]:
        """An open watch of one resource, cancelled at the end; arguments as for `watch`."""
        which = kind_of(kind) if kind else kind_of_name(name)
        operation, request = self.session.requests.watch_one(which, name, mask=mask, view=view)
        number = self.session.next_stream()
        stream = SingleStream(
            self._open(operation, request, number, tag, deadline_s),
            _single,
            method=operation.name,
            recorder=self.recorder,
            number=number,
        )
        with self._held(stream, reading):
            yield stream

    def call_raw(self, kind: str, method: str, data: bytes) -> bytes:
        """Any method of the kind's service, existing or not, with any bytes; over gRPC."""
        return self._transport.raw(kind_of(kind).service, method, data)

    def request(self, kind: str, verb: str, **arguments: Any) -> tuple[Operation, Any]:
        """The request that `get`, `batch`, `list`, `watch` or `watch_one` would send, as a message.

        For checks that change what no argument can say. Takes all arguments of that method, without
        defaults, with `verb` as its name.
        """
        make = getattr(self.session.requests, verb)
        operation, request = make(kind_of(kind), **arguments)
        return operation, request

    def http(
        self,
        verb: str,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        *,
        headers: Headers | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Any HTTP request below the address of the profile, and its answer whatever the status.

        Raises:
            NotApplicable: the profile names no http address.
        """
        return self._rest().http(verb, path, [*query], headers=headers, body=body)

    def over_rest(self) -> MetaTarget:
        """The same check over REST: the same methods, with the same values.

        Raises:
            NotApplicable: the profile names no http address.
        """
        return self._with(self._rest())

    def over_grpc(self) -> MetaTarget:
        """The same check over gRPC, which is what it begins with."""
        return self._with(GrpcTransport(self.session.client, self.recorder))

    def as_identity(self, role: str) -> MetaTarget:
        """The same check as another caller of the profile.

        Raises:
            NotApplicable: the profile names no such caller.
        """
        identity = self.session.identities.get(role)
        if identity is None:
            raise NotApplicable(f"the profile names no identity {role}")
        return self._with(self._transport.over(Credentials(metadata=identity.metadata, role=role)))

    def without_credentials(self) -> MetaTarget:
        """The same check as nobody."""
        return self._with(self._transport.over(Credentials(role=NOBODY)))

    def fresh(self, kind: str, *, parent: str | None = None, **fields: Any) -> Data:
        """A resource with an unused legal name and the label of the run; nothing is written.

        Args:
            kind: plural.
            parent: of the name; kinds that have parents get a fresh one if it is left out.
            fields: of the resource; `metadata` is merged with the label.
        """
        above = KINDS[kind].parent
        if above and parent is None:
            parent = self.session.names.fresh(above)
        metadata = {**fields.pop("metadata", {})}
        metadata["labels"] = {LABEL: self.session.run_id, **metadata.get("labels", {})}
        name = fields.pop("name", None) or self.session.names.fresh(kind, parent or "")
        return {"name": name, **fields, "metadata": metadata}

    def population(
        self,
        kind: str,
        count: int = 7,
        *,
        shared: bool = False,
        least: int = 1,
        shape: populations.Shape | None = None,
    ) -> Population:
        """Resources to look at: made through the hook, or what is there without one.

        Args:
            kind: plural.
            count: how many are made.
            shared: checks that only read may share one; it is deleted when the run ends.
            least: fewer existing ones are of no use.
            shape: what becomes of the n-th before it is made; not for a shared one.

        Raises:
            NotApplicable: no hook is declared, and the target shows fewer than `least`.
            Untestable: the hook does not work.
        """
        if not self.session.declared or "mutate" not in self.hook.capabilities:
            return self.shared(("found", kind, least), lambda: populations.found(self, kind, least))
        if not shared:
            return populations.made(self, kind, count, shape)
        return self.shared(("made", kind, count), lambda: populations.made(self, kind, count))

    def shared(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """What `make` gives, made once for all checks of the process that ask for this key.

        Nobody may change it; what it made through the hook is deleted when the run ends.
        """
        shelf = self.session.shelf
        if key in shelf:
            self.recorder.recall(shelf[key].steps)
        else:
            began, before = self.recorder.mark(), set(self.hook.made)
            shelf[key] = Shelved(value=make(), steps=self.recorder.since(began))
            self.hook.shelve([name for name in self.hook.made if name not in before])
        value: T = shelf[key].value
        return value

    def close(self) -> None:
        """Cancel what is open and delete what this check made."""
        for stream in self._streams:
            stream.cancel()
        self.hook.clean()

    def _unary(self, operation: Operation, request: Any) -> Any:
        return self._transport.unary(operation, request)

    def _open(
        self, operation: Operation, request: Any, number: int, tag: str, deadline_s: float | None
    ) -> Any:
        extra = [(self.hook.tag_key, tag)] if tag else []
        return self._transport.stream(
            operation, request, number=number, extra=extra, deadline_s=deadline_s
        )

    @contextmanager
    def _held(self, stream: WatchStream | SingleStream, reading: bool) -> Iterator[None]:
        self._streams.append(stream)
        try:
            if reading:
                stream.read()
            yield
        finally:
            stream.cancel()
            self._streams.remove(stream)

    def _with(self, transport: GrpcTransport | RestTransport) -> MetaTarget:
        # Hook and streams belong to the check, so they are shared.
        self.hook  # noqa: B018 - made before the copy
        other = copy.copy(self)
        other._transport = transport
        return other

    def _rest(self) -> RestTransport:
        if isinstance(self._transport, RestTransport):
            return self._transport
        if self.session.rest is None:
            raise NotApplicable("the profile names no http address")
        client = self.session.rest.with_credentials(self._transport.client.credentials)
        return RestTransport(client, self.recorder)

    def _listed(self, names: Sequence[str]) -> builtins.list[Data]:
        """Those of these resources that List shows, through the profile's own credentials."""
        own = self.over_grpc()
        groups: dict[tuple[Kind, str | None], builtins.list[str]] = {}
        for name in names:
            kind = kind_of_name(name)
            parent = name.rsplit("/", 2)[0] if kind.parent else None
            groups.setdefault((kind, parent), []).append(name)
        found: builtins.list[Data] = []
        for (kind, parent), wanted in groups.items():
            try:
                items = populations.existing(own, kind.plural, parent, until=wanted)
            except Refused as refusal:
                if refusal.code is not grpc.StatusCode.NOT_FOUND:
                    raise
                continue  # a parent that is not there has no children
            found += [item for item in items if item["name"] in wanted]
        return found


def _single(message: Any, at_us: int) -> Change:
    return to_change(message.change)
