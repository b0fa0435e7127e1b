"""Answers the unary calls of the naive services endpoint, one at a time."""

from __future__ import annotations

from typing import Any

from conformance.mutants.services.book import EMPTY, Book, Code, Refuse
from conformance.mutants.services.life import Life
from conformance.mutants.services.policy import Policy
from conformance.mutants.services.pulls import Pulls
from conformance.mutants.services.wire import METHODS, TOTALS, fill, paths_of, reply, state_of


class Service:
    """One endpoint; requests and answers are messages."""

    def __init__(self, policy: Policy, book: Book) -> None:
        self.policy = policy
        self.book = book
        self.life = Life(policy, book)
        pulls = Pulls(policy, book)
        self.unary = {
            "GetService": self.get,
            "CreateService": self.create,
            "DeleteService": self.delete,
            "ListServices": self.list,
            "StartService": self.start,
            "ConfigureService": self.configure,
            "StopService": self.stop,
            "GetServiceMetadata": self.totals,
        }
        self.streams = {
            "PullService": pulls.one,
            "PullServices": pulls.all,
            "PullServiceMetadata": pulls.totals,
        }

    def call(self, method: str, request: Any) -> Any:
        """Answer a unary call.

        Raises:
            Refuse: the call is refused.
        """
        self.policy.admits(method, request)
        with self.book.news:
            return self.unary[method](request)

    def get(self, request: Any) -> Any:
        """GetService."""
        collection = self.policy.resolve(self.book, request.name)
        record = self.policy.find(collection, request.id)
        mask = self.policy.read_mask(paths_of(request), EMPTY)
        return reply("GetService", self.policy.masked(record.state, mask))

    def create(self, request: Any) -> Any:
        """CreateService."""
        collection = self.policy.resolve(self.book, request.name)
        if not request.HasField("service"):
            self.policy.missing_service()
        state = self.life.create(collection, state_of(request.service))
        return reply("CreateService", state)

    def delete(self, request: Any) -> Any:
        """DeleteService."""
        collection = self.policy.resolve(self.book, request.name)
        try:
            self.policy.find(collection, request.id)
        except Refuse as refusal:
            if refusal.code is Code.NOT_FOUND and request.allow_missing:
                return reply("DeleteService", {"id": request.id})
            raise
        state = self.life.delete(collection, request.id)
        return reply("DeleteService", self.policy.deleted(state))

    def list(self, request: Any) -> Any:
        """ListServices."""
        policy = self.policy
        collection = policy.resolve(self.book, request.name)
        mask = policy.read_mask(paths_of(request), EMPTY)
        size = policy.size(request.page_size)
        states = policy.order(record.state for record in collection.records.values())
        left = states
        if request.page_token:
            left = policy.after(states, policy.unseal(request.page_token))
        shown = policy.page(left, size)
        answer: Any = METHODS["ListServices"].response()
        for state in shown:
            fill(answer.services.add(), policy.masked(state, mask))
        answer.next_page_token = policy.next_token(left, shown, policy.seal)
        answer.total_size = policy.total(states)
        return answer

    def start(self, request: Any) -> Any:
        """StartService."""
        collection = self.policy.resolve(self.book, request.name)
        record = self.policy.find(collection, request.id)
        return reply("StartService", self.life.start(collection, record, request.allow_active))

    def configure(self, request: Any) -> Any:
        """ConfigureService."""
        collection = self.policy.resolve(self.book, request.name)
        record = self.policy.find(collection, request.id)
        return reply(
            "ConfigureService", self.life.configure(collection, record, request.config_raw)
        )

    def stop(self, request: Any) -> Any:
        """StopService."""
        collection = self.policy.resolve(self.book, request.name)
        record = self.policy.find(collection, request.id)
        return reply("StopService", self.life.stop(collection, record, request.allow_inactive))

    def totals(self, request: Any) -> Any:
        """GetServiceMetadata."""
        collection = self.policy.resolve(self.book, request.name)
        mask = self.policy.read_mask(paths_of(request), TOTALS)
        states = [record.state for record in collection.records.values()]
        totals = self.policy.totals(collection, states)
        return reply("GetServiceMetadata", self.policy.masked_totals(totals, mask))
