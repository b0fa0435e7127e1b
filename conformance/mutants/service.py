"""The six methods of the naive endpoint: short, slow, and asking its policy about everything.

Lists are filtered and sorted anew on each call, tokens carry their query, events go into one queue
per stream. Requests and answers are messages of the contract (seed 000, generation 1.1).
"""

from __future__ import annotations

import base64
import queue
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import wraps
from typing import Any, TypeVar

from conformance.mutants.book import CREATED, DELETED, UPDATED, Book, Event, Refuse, Subscriber
from conformance.mutants.policy import Policy
from conformance.mutants.wire import data_of, dispatch_from, filter_of, new, update_of
from conformance.oracles.masks import ALIASES
from conformance.oracles.model import DispatchData, DispatchView, SortOrder
from conformance.oracles.order import resolve, sort_value
from conformance.oracles.validation import Problem, rest_problems, start_problems

A = TypeVar("A")


def _locked(method: Callable[[Service, Any], A]) -> Callable[[Service, Any], A]:
    """Let the method run by itself; only creates judge what they are sent beside others."""

    @wraps(method)
    def alone(self: Service, request: Any) -> A:
        with self.book.lock:
            return method(self, request)

    return alone


class Service:
    """A dispatch endpoint without its transport; every method may raise `Refuse`."""

    def __init__(self, policy: Policy, book: Book) -> None:
        self.policy = policy
        self.book = book

    def create(self, request: Any) -> Any:
        """CreateMicrogridDispatch."""
        microgrid, asked = request.microgrid_id, data_of(request.dispatch_data)
        at_us = self.policy.now_us(self.book)
        immediately = self.policy.at_once(request)
        try:
            self.policy.refuses_microgrid(self.book, microgrid, "create")
            if not immediately:
                found = start_problems(asked.start_us, now_us=at_us)
                self._refuse(found, asked, at_us, "create")
            data = self.policy.keep(self.policy.starts_now(asked, at_us) if immediately else asked)
            # The rule is judged as it was sent: keeping it may have dropped what is wrong with it.
            found = rest_problems(replace(data, rule=asked.rule))
            self._refuse(found, data, at_us, "create")
        except Refuse:
            with self.book.lock:
                self._publish(microgrid, self.policy.after_refusal(self.book, microgrid, asked))
            raise
        with self.book.lock:
            view = self._created(microgrid, data, at_us)
        answer = new("CreateMicrogridDispatchResponse")
        answer.dispatch.CopyFrom(self._message(view, "create"))
        return answer

    def _created(self, microgrid: int, data: DispatchData, at_us: int) -> DispatchView:
        view = self.policy.same_as_before(self.book, microgrid, data)
        if view is None:
            view = DispatchView(
                id=self.policy.next_id(self.book),
                create_us=at_us,
                update_us=at_us,
                end_us=self.policy.end_us(data),
                **{f.name: getattr(data, f.name) for f in fields(DispatchData)},
            )
            self.book.put(microgrid, view)
            self._publish(microgrid, self.policy.announce(self.book, CREATED, None, view))
        return view

    @_locked
    def update(self, request: Any) -> Any:
        """UpdateMicrogridDispatch."""
        microgrid, update = request.microgrid_id, update_of(request.update)
        paths = [ALIASES.get(path, path) for path in request.update_mask.paths]
        at_us = self.policy.now_us(self.book)
        before = self._find(self.policy.find_to_change, microgrid, request.dispatch_id)
        after = self.policy.masked(self.book, microgrid, before, update, paths)
        if "start_time" in paths:
            asked = replace(after.data, start_us=update.start_us)
            found = start_problems(update.start_us, now_us=at_us)
            self._refuse(found, asked, at_us, "update")
        self._refuse(rest_problems(after.data), after.data, at_us, "update")
        kept = self.policy.keep(after.data)
        after = replace(
            after,
            start_us=kept.start_us or 0,
            rule=kept.rule,
            update_us=self.policy.update_us(before, at_us),
        )
        end_us = self.policy.end_after_update(before, after, self.policy.end_us(after.data))
        after = replace(after, end_us=end_us)
        self.book.put(microgrid, after)
        self._publish(microgrid, self.policy.announce(self.book, UPDATED, before, after))
        answer = new("UpdateMicrogridDispatchResponse")
        answer.dispatch.CopyFrom(self._message(after, "update"))
        return answer

    @_locked
    def get(self, request: Any) -> Any:
        """GetMicrogridDispatch."""
        view = self._find(self.policy.find, request.microgrid_id, request.dispatch_id)
        answer = new("GetMicrogridDispatchResponse")
        answer.microgrid_id, _ = self.policy.answered("get", request.microgrid_id, view.id)
        answer.dispatch.CopyFrom(self._message(view, "get"))
        return answer

    @_locked
    def delete(self, request: Any) -> Any:
        """DeleteMicrogridDispatch."""
        microgrid, dispatch_id = request.microgrid_id, request.dispatch_id
        before = self._find(self.policy.find_to_delete, microgrid, dispatch_id)
        self.policy.remove(self.book, microgrid, dispatch_id)
        last = self.policy.deleted(before, self.policy.now_us(self.book))
        self._publish(microgrid, self.policy.announce(self.book, DELETED, before, last))
        answer = new("DeleteMicrogridDispatchResponse")
        answer.microgrid_id, answer.dispatch_id = self.policy.answered(
            "delete", microgrid, dispatch_id
        )
        return answer

    @_locked
    def list(self, request: Any) -> Any:
        """ListMicrogridDispatches."""
        self.policy.refuses_microgrid(self.book, request.microgrid_id, "list")
        query, cursor, most = self._query(request)
        where, sort = new("DispatchFilter"), new("SortOptions")
        where.ParseFromString(base64.b64decode(query["filter"]))
        sort.ParseFromString(base64.b64decode(query["sort"]))
        stored = self.policy.listed(self.book, query["microgrid"])
        plain = filter_of(where)
        found = [view for view in stored if self.policy.finds(plain, view)]
        arranged = self.policy.arrange(found, sort.sort_field, sort.sort_order, cursor)
        field, order = resolve(sort.sort_field, sort.sort_order)
        keys = [(sort_value(view, field), view.id) for view in arranged]
        begin, end, more = self.policy.cut(keys, order is SortOrder.DESCENDING, cursor, most)
        answer = new("ListMicrogridDispatchesResponse")
        room = self.policy.answer_bytes(self.book)
        for at, view in enumerate(arranged[begin:end], begin):
            message = self._message(view, "list")
            room -= message.ByteSize()
            if room < 0 and at > begin:
                end, more = at, True
                break
            answer.dispatches.append(message)
        info = answer.pagination_info
        info.total_items = self.policy.total(found, arranged[begin:end], len(stored))
        last = keys[end - 1] if end > begin else cursor
        content = {**query, "after": last, "size": most, "shown": end}
        token = self.policy.next_token(self.book, content, more)
        if token is not None:
            info.next_page_token = token
        return answer

    @_locked
    def subscribe(self, request: Any) -> Subscriber:
        """StreamMicrogridDispatches: from now on every event is kept for the subscriber."""
        self.policy.refuses_microgrid(self.book, request.microgrid_id, "stream")
        subscriber = Subscriber(microgrid=request.microgrid_id)
        for event in self.policy.greeting(self.book, request.microgrid_id):
            subscriber.events.put(event)
        self.book.subscribers.append(subscriber)
        return subscriber

    def events(self, subscriber: Subscriber) -> Iterator[Any]:
        """The messages of a stream, until a None among its events ends it."""
        try:
            while (event := self._next(subscriber)) is not None:
                kind, view = event
                answer = new("StreamMicrogridDispatchesResponse")
                answer.event = kind
                answer.dispatch.CopyFrom(self._message(view, "stream"))
                yield answer
        finally:
            with self.book.lock:
                self.book.subscribers.remove(subscriber)

    def _next(self, subscriber: Subscriber) -> Event | None:
        try:
            return subscriber.events.get(timeout=self.policy.patience_s(self.book))
        except queue.Empty:
            return None

    def _query(self, request: Any) -> tuple[dict[str, Any], Sequence[int] | None, int]:
        """What is listed, from where on, and how many at most."""
        asked = {
            "microgrid": request.microgrid_id,
            "filter": _coded(request.filter),
            "sort": _coded(request.sort_options),
        }
        params = request.pagination_params
        if params.page_token:
            content = self.policy.open_token(self.book, params.page_token)
            content = self.policy.continues(content, asked)
            return {name: content[name] for name in asked}, content["after"], content["size"]
        given = params.page_size if params.HasField("page_size") else None
        return asked, None, self.policy.size(given)

    def _find(
        self,
        look: Callable[[Book, int, int], DispatchView | None],
        microgrid: int,
        dispatch_id: int,
    ) -> DispatchView:
        view = look(self.book, microgrid, dispatch_id)
        if view is None:
            raise Refuse("not_found", f"no dispatch {dispatch_id} in microgrid {microgrid}")
        return view

    def _refuse(self, found: Sequence[Problem], data: DispatchData, at_us: int, where: str) -> None:
        problem = self.policy.objection(found, data, at_us, where)
        if problem is not None:
            raise Refuse("invalid", f"{problem.field}: {problem.text}")

    def _publish(self, microgrid: int, events: Sequence[Event]) -> None:
        for subscriber in self.book.subscribers:
            if self.policy.hears(self.book, subscriber, microgrid):
                for event in events:
                    subscriber.events.put(event)

    def _message(self, view: DispatchView, where: str) -> Any:
        message = dispatch_from(self.policy.shown(self.book, view, where))
        return self.policy.dressed(message, where)


def _coded(message: Any) -> str:
    return base64.b64encode(message.SerializeToString(deterministic=True)).decode()
