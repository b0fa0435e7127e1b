"""The methods of the naive meta endpoint, for all four kinds: short, and asking the policy.

Requests and answers are messages of the contract; every method may raise `Refuse`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.mutants.meta.book import Book, Code, Refuse, absent
from conformance.mutants.meta.control import waiting_for
from conformance.mutants.meta.policy import Policy
from conformance.mutants.meta.query import Mask, Query, digest_of
from conformance.mutants.meta.stream import Open, Single, Stream
from conformance.mutants.meta.wire import SECOND_NS, new, resource
from conformance.oracles.meta.model import Data, Kind

TAG_KEY = "x-gridproof-tag"
"""Request metadata by which a watch can be addressed."""


class Service:
    """A meta endpoint without its transport."""

    def __init__(self, policy: Policy, book: Book) -> None:
        self.policy = policy
        self.book = book
        self.fill(policy.fixture())

    def fill(self, wanted: list[Data]) -> int:
        """Let the registry hold exactly these resources; gives the revision."""
        gone = [(name, None) for name in self.book.objects]
        kept = {data["name"]: data for data in wanted}
        changes = [change for change in gone if change[0] not in kept]
        return self.book.commit([*changes, *kept.items()])

    def get(self, kind: Kind, request: Any) -> Any:
        """GetX."""
        mask, view = self._shape(kind, request)
        self.policy.check_name(kind, request.name)
        found = self.policy.find(self.book, kind, request.name)
        if found is None:
            raise absent(request.name)
        return resource(kind, self.policy.shown(kind, found, mask, view, "get"))

    def batch_get(self, kind: Kind, request: Any) -> Any:
        """BatchGetXs."""
        mask, view = self._shape(kind, request)
        found, missing = self.policy.batch(self.book, kind, list(request.names))
        answer = new(f"BatchGet{kind.message}sResponse")
        getattr(answer, kind.plural).extend(
            resource(kind, self.policy.shown(kind, data, mask, view, "batch")) for data in found
        )
        answer.missing.extend(missing)
        return answer

    def list(self, kind: Kind, request: Any) -> Any:
        """ListXs."""
        query = self._query(kind, request, self.policy.size(request.page_size))
        everything = self.policy.children(self.book, kind, query.parent)
        kept = [data for data in everything if self.policy.lists(query, data)]
        items = self.policy.arrange(kept, query.keys)
        begin, end = self.policy.cut(items, query)
        answer = new(f"List{kind.message}sResponse")
        getattr(answer, kind.plural).extend(
            resource(kind, self.policy.shown(kind, data, query.mask, query.view, "list"))
            for data in self.policy.page(items, query, begin, end)
        )
        before, after = (
            self.policy.seal(self.book, kind, cursor, query.keys) if cursor else ""
            for cursor in self.policy.cursors(items, query, begin, end)
        )
        answer.prev_page_token, answer.next_page_token = before, after
        answer.current_offset, answer.total_results_count = self.policy.counters(
            request.include_paging_info, items, everything, begin, end
        )
        return answer

    def watch_one(
        self, kind: Kind, request: Any, metadata: Mapping[str, str], alive: Callable[[], bool]
    ) -> Open:
        """WatchX, opened."""
        self.policy.check_view(request.view)
        self.policy.check_name(kind, request.name)
        stream = Single(self, request, kind, metadata.get(TAG_KEY, ""), alive)
        found = self.policy.find(self.book, kind, request.name)
        if found is None:
            self.policy.single_absent(stream)
        else:
            stream.outbox.extend(self.policy.single_first(stream, found))
        return self._opened(stream)

    def watch(
        self, kind: Kind, request: Any, metadata: Mapping[str, str], alive: Callable[[], bool]
    ) -> Open:
        """WatchXs, opened."""
        stateful = self.policy.stateful(request)
        self.policy.reject(kind, request, stateful=stateful)
        most = self.policy.chunk(request.max_chunk_size, stateful=stateful)
        query = self._query(kind, request, self.policy.window_size(request.page_size))
        self.policy.children(self.book, kind, query.parent)  # Refuses parents that are none.
        stream = Stream(self, query, most, metadata.get(TAG_KEY, ""), alive)
        after, asked = None, False
        if request.resume_token and not stateful:
            after, asked = self.policy.resumed(self.book, query, request.resume_token), True
        elif request.HasField("starting_time") and not stateful:
            stamp = request.starting_time
            at_ns = stamp.seconds * SECOND_NS + stamp.nanos
            after, asked = self.policy.since(self.book, at_ns), True
        stream.put(self.policy.opening(stream, after, dead=asked and after is None))
        return self._opened(stream)

    def _opened(self, stream: Open) -> Open:
        self.policy.admits_stream(self.book)
        self.book.streams.append(stream)
        for fault in waiting_for(self.book, stream.tag):
            stream.order(fault)
        return stream

    def _shape(self, kind: Kind, request: Any) -> tuple[Mask, int]:
        self.policy.check_view(request.view)
        return self.policy.read_mask(kind, list(request.field_mask.paths)), request.view

    def _query(self, kind: Kind, request: Any, size: int) -> Query:
        mask, view = self._shape(kind, request)
        cursor = None
        if request.page_token:
            cursor = self.policy.open_token(self.book, kind, request.page_token)
        query = Query(
            kind=kind,
            parent=request.parent if kind.parent else "",
            test=self.policy.read_filter(kind, request.filter),
            keys=self.policy.read_order(kind, request.order_by),
            mask=mask,
            view=view,
            size=size,
            cursor=cursor,
            digest=digest_of(request) if hasattr(request, "resume_token") else "",
            request=request,
        )
        return self.policy.continues(self.book, query, request.page_token)


def refused(kind: Kind, method: str) -> Refuse:
    """The refusal of a method that is not there."""
    return Refuse(Code.UNIMPLEMENTED, f"{kind.service} has no {method}")
