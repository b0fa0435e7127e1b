"""Opens watches, and knows those that are open: what they share, and what was ordered for them.

Seed 003, the watch methods. What a request may not hold is refused before anything is sent:
INVALID_ARGUMENT.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet, WeakValueDictionary

from simulator.services import instants
from simulator.services.errors import invalid
from simulator.services.meta import chunks
from simulator.services.meta.changesets import Message, message
from simulator.services.meta.faults import Fault, Verb
from simulator.services.meta.feed import WatchFeed
from simulator.services.meta.kinds import Kind, WatchType
from simulator.services.meta.lens import Lens
from simulator.services.meta.listing import MAX_SIZE, read_selection, read_size
from simulator.services.meta.names import check_name
from simulator.services.meta.ordered import Table, Window
from simulator.services.meta.resume import ResumeTokens
from simulator.services.meta.single import Single
from simulator.services.meta.stateful import Stateful
from simulator.services.meta.stateless import Stateless
from simulator.services.meta.views import read_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.services.meta.listing import Selection
    from simulator.services.meta.order import Order
    from simulator.services.meta.policy import Policy
    from simulator.services.meta.registry import Stored
    from simulator.services.meta.service import MetaService
    from simulator.services.meta.source import Source
    from simulator.services.meta.views import View
    from simulator.services.rpc import Metadata
    from simulator.store import Collection

TAG_KEY: Final = "x-gridproof-tag"
"""Name of the request metadata by which a watch is tagged."""
AHEAD_US: Final = 10_000_000
"""How far a client's clock may run ahead of ours (our choice)."""

MOST_UNASKED: Final = MAX_SIZE
"""How many resources a window shows where neither its size nor that of chunks is given: seed 003
lets a server cap it then."""

_KEPT_TABLES: Final = 4
"""How many sorted selections outlive their watches."""

_STATEFUL: Final = WatchType.values_by_name["STATEFUL"].number
_STATELESS: Final = WatchType.values_by_name["STATELESS"].number
_ILLEGAL: Final = {
    _STATEFUL: ("resume_token", "starting_time"),
    _STATELESS: ("page_size", "page_token", "order_by"),
}
"""What a request may not hold, by the type that it asks for."""


class Watches:
    """The open watches of a service."""

    def __init__(self, service: MetaService) -> None:
        self._service = service
        self._open: WeakSet[WatchFeed] = WeakSet()
        self._awaited: list[Fault] = []
        self._tokens = ResumeTokens()
        self._lenses: WeakValueDictionary[str, Lens] = WeakValueDictionary()
        self._tables: WeakValueDictionary[tuple[str, str], Table] = WeakValueDictionary()
        self._windows: WeakValueDictionary[tuple[Any, ...], Window] = WeakValueDictionary()
        # A client that reconnects soon is spared the sorting.
        self._recent: deque[Table] = deque(maxlen=_KEPT_TABLES)

    def __len__(self) -> int:
        return sum(not watch.stopped for watch in self._open)

    def order(self, fault: Fault) -> int:
        """Let a fault happen; returns how many open watches it concerns.

        If there are none, it waits for the next watch that it would concern. Tokens expire at once
        in any case, since they live between two watches.
        """
        concerned = [watch for watch in self._open if not watch.stopped and _concerns(fault, watch)]
        if fault.verb is Verb.EXPIRE:
            self._tokens.expire(fault.tag)
            return len(concerned)
        for watch in concerned:
            watch.order(fault)
        if fault.verb is Verb.RESUME:
            self._awaited = [
                each
                for each in self._awaited
                if each.verb is not Verb.PAUSE or fault.tag not in ("", each.tag)
            ]
        elif not concerned:
            self._awaited.append(fault)
        return len(concerned)

    def stateless(self, selection: Selection, view: View, request: Any, tag: str) -> Stateless:
        """Return what a stateless watch sends; INVALID_ARGUMENT for where it is to begin."""
        service = self._service
        digest = f"{selection.digest}.{view.digest}"
        lens = self._lenses.get(digest)
        if lens is None:
            collection = service.registry.collection(selection.kind)
            lens = self._lenses[digest] = Lens(collection, selection.holds, view, digest)
        signer = service.signer
        after = None
        if request.resume_token and request.HasField("starting_time"):
            raise invalid("starting_time: cannot be combined with a resume_token")
        continues = bool(request.resume_token) or request.HasField("starting_time")
        if request.resume_token:
            after = self._tokens.read(signer, request.resume_token, lens, tag)
        elif continues:
            after = _since(request.starting_time, lens, service.clock.now_us())
        return Stateless(
            lens,
            self._compose(),
            partial(self._tokens.mint, signer, lens),
            chunk=_read_chunk(request, service.policy),
            after=after,
            restarts=continues and after is None,
        )

    def stateful(self, selection: Selection, view: View, request: Any) -> Stateful:
        """Return what a stateful watch sends; INVALID_ARGUMENT for its page."""
        pager = self._service.pager(selection.kind, request, selection)
        place = pager.read(request.page_token)
        chunk = _read_chunk(request, self._service.policy)
        size = read_size(request) if request.page_size else None
        if size is None and not chunk:
            size = MOST_UNASKED
        table = self._table(selection, pager.order)
        key = (table, view, pager.signer, request.page_token, size)
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = Window(table, view, pager, place, size)
        return Stateful(window, self._compose(), chunk=chunk)

    def admit(self, source: Source, collection: Collection[Stored], tag: str) -> WatchFeed:
        """Return an open watch, subject to what was ordered before it came."""
        watch = WatchFeed(source, collection, tag)
        self._open.add(watch)
        for fault in [each for each in self._awaited if _concerns(each, watch)]:
            self._awaited.remove(fault)
            watch.order(fault)
        return watch

    def _table(self, selection: Selection, order: Order) -> Table:
        key = (selection.digest, order.text)
        table = self._tables.get(key)
        if table is None:
            collection = self._service.registry.collection(selection.kind)
            table = self._tables[key] = Table(collection, selection, order)
            self._recent.append(table)
        return table

    def _compose(self) -> Callable[..., Message]:
        return partial(message, snapshot_size=self._service.policy.unset_snapshot_size)


def open_collection(
    service: MetaService, kind: Kind, request: Any, metadata: Metadata
) -> WatchFeed:
    """Watch what a list would show.

    Raises:
        ServiceError: INVALID_ARGUMENT.
    """
    if request.type not in _ILLEGAL:
        raise invalid(f"type: {request.type} is not within 0 to {max(_ILLEGAL)}")
    for field in _ILLEGAL[request.type]:
        if _is_set(request, field):
            name = WatchType.values_by_number[request.type].name
            raise invalid(f"{field}: cannot be used in a watch of type {name}")
    selection = read_selection(kind, request, service.registry, service.policy)
    view = read_view(kind, request, service.policy)
    tag = metadata.get(TAG_KEY, "")
    source: Source
    if request.type == _STATELESS:
        source = service.watches.stateless(selection, view, request, tag)
    else:
        source = service.watches.stateful(selection, view, request)
    return service.watches.admit(source, service.registry.collection(kind), tag)


def open_single(service: MetaService, kind: Kind, request: Any, metadata: Metadata) -> WatchFeed:
    """Watch one resource.

    Raises:
        ServiceError: INVALID_ARGUMENT, NOT_FOUND.
    """
    view = read_view(kind, request, service.policy)
    check_name(kind, request.name, "name", service.policy.ids, code=service.policy.bad_name)
    collection = service.registry.collection(kind)
    source = Single(collection, request.name, view)
    return service.watches.admit(source, collection, metadata.get(TAG_KEY, ""))


def _concerns(fault: Fault, watch: WatchFeed) -> bool:
    return fault.tag in ("", watch.tag)


def _is_set(request: Any, field: str) -> bool:
    if request.DESCRIPTOR.fields_by_name[field].has_presence:
        return bool(request.HasField(field))
    return bool(getattr(request, field))


def _read_chunk(request: Any, policy: Policy) -> int:
    size = int(request.max_chunk_size)
    if policy.clamps_chunks:
        return min(max(size, 0), chunks.DEFAULT)
    if not 0 <= size <= chunks.DEFAULT:
        raise invalid(f"max_chunk_size: {size} is not within 0 to {chunks.DEFAULT}")
    return size


def _since(starting_time: Any, lens: Lens, now_us: int) -> int | None:
    """Return the revision after which all changes were made at that time or later.

    None: the log does not tell.
    """
    start_us = instants.bound_us(instants.checked(starting_time, "starting_time"))
    if start_us > now_us + AHEAD_US:
        raise invalid("starting_time: lies in the future")
    return lens.collection.before(lambda change: change.after.commit_us >= start_us)
