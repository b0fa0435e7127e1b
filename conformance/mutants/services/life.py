"""Runs the life of services: applies what the policy says, and starts the timers of loads."""

from __future__ import annotations

from functools import partial
from typing import Any

from conformance.mutants.services.book import (
    EMPTY,
    Book,
    Collection,
    Config,
    Record,
    Refuse,
    State,
)
from conformance.mutants.services.policy import Policy
from conformance.mutants.services.wire import SECOND_NS

ERROR = "the device does not answer"


class Life:
    """The services of one endpoint; whoever calls holds the lock of the book."""

    def __init__(self, policy: Policy, book: Book) -> None:
        self.policy = policy
        self.book = book

    def create(self, collection: Collection, given: State) -> State:
        """Make a service, and start it if asked for."""
        policy, now_ns = self.policy, self.book.now_ns()
        id_ = policy.new_id(collection, given)
        policy.check_type(collection, given["type"])
        policy.check_new(collection, id_)
        record = Record(state={**EMPTY, **policy.created(given, id_, now_ns)})
        changed: dict[str, Any] = {}
        parsed = True
        if given["active"]:
            changed |= policy.started(record.state, self.book.now_ns())
        if given["config_raw"]:
            try:
                record.config = policy.parse(given["config_raw"])
                changed |= policy.configured(
                    {**record.state, **changed}, given["config_raw"], self.book.now_ns()
                )
            except Refuse as refusal:
                changed = policy.bad_config(None, refusal, self.book.now_ns())
                parsed = False
        begins = parsed and given["active"] and policy.loads(record.config)
        if begins:
            changed |= policy.loading({**record.state, **changed}, self.book.now_ns())
        record.state = {**record.state, **changed}
        collection.records[id_] = record
        self._tell(collection, None, record.state)
        if begins:
            self._attempt_later(collection, record)
        return record.state

    def start(self, collection: Collection, record: Record, allow: bool) -> State:
        """Make it active, and load what there is to load."""
        if self.policy.check_start(record.state, allow):
            changed = self.policy.started(record.state, self.book.now_ns())
            self._apply(collection, record, changed, loads=True)
        return record.state

    def stop(self, collection: Collection, record: Record, allow: bool) -> State:
        """Make it inactive."""
        if self.policy.check_stop(record.state, allow):
            if self.policy.gives_up(record):
                record.load += 1
            self._apply(collection, record, self.policy.stopped(record.state, self.book.now_ns()))
        return record.state

    def configure(self, collection: Collection, record: Record, text: str) -> State:
        """Take a configuration, and load it if the service is active."""
        policy = self.policy
        policy.check_configure(record.state)
        try:
            config = policy.parse(text)
        except Refuse as refusal:
            changed = policy.bad_config(record, refusal, self.book.now_ns())
            self._apply(collection, record, changed)
            return record.state
        record.config = config
        changed = policy.configured(record.state, text, self.book.now_ns())
        self._apply(collection, record, changed, loads=record.state["active"])
        return record.state

    def delete(self, collection: Collection, id_: str) -> State:
        """Stop and remove it; gives its last state."""
        record = collection.records[id_]
        record.load += 1
        self._apply(collection, record, self.policy.removed(record, self.book.now_ns()))
        self.policy.take_out(collection, id_)
        self._tell(collection, record.state, None)
        return record.state

    def _apply(
        self,
        collection: Collection,
        record: Record,
        changed: dict[str, Any],
        *,
        loads: bool = False,
    ) -> None:
        begins = loads and self.policy.loads(record.config)
        if begins:
            state = {**record.state, **changed}
            changed = changed | self.policy.loading(state, self.book.now_ns())
        before, record.state = record.state, {**record.state, **changed}
        if before != record.state:
            self._tell(collection, before, record.state)
        if begins:
            self._attempt_later(collection, record)

    def _attempt_later(self, collection: Collection, record: Record, attempt: int = 1) -> None:
        if attempt == 1:
            record.load += 1
        config = record.config
        if config is not None:
            call = partial(self._attempt, collection, record, config, record.load, attempt)
            self.book.later(self.policy.load_s(config), call)

    def _attempt(
        self, collection: Collection, record: Record, config: Config, load: int, attempt: int
    ) -> None:
        if not self.policy.is_current(record, load):
            return
        policy, now_ns = self.policy, self.book.now_ns()
        if not policy.fails(config, attempt):
            self._apply(collection, record, policy.succeeded(record.state, now_ns))
        elif policy.retries(config, attempt):
            delay_s = policy.delay_s(attempt)
            next_ns = now_ns + int(delay_s * SECOND_NS)
            self._apply(collection, record, policy.retrying(record.state, ERROR, next_ns, now_ns))
            again = partial(self._again, collection, record, load, attempt + 1)
            self.book.later(delay_s, again)
        else:
            self._apply(collection, record, policy.failed(record.state, ERROR, now_ns))

    def _again(self, collection: Collection, record: Record, load: int, attempt: int) -> None:
        if record.load == load:
            self._attempt_later(collection, record, attempt)

    def _tell(self, collection: Collection, before: State | None, after: State | None) -> None:
        states = [record.state for record in collection.records.values()]
        if self.policy.waits_for_readers():
            self.book.wait_for_readers(collection)
        self.book.commit(collection, before, after, self.policy.totals(collection, states))
