"""Locust users of the paging scenario: one walks over all pages again and again, one writes."""

from __future__ import annotations

import math
from typing import Any

import grpc
from locust import task

from conformance.oracles.model import Page
from conformance.oracles.paging import page_limit
from loadtests.apis.base import Step
from loadtests.apis.dispatch import wire as dispatch
from loadtests.apis.dispatch.api import DispatchApi
from loadtests.apis.dispatch.book import Book, judge_pages
from loadtests.calls import status_of
from loadtests.users import GridUser, Writer, guarded

CODE = "INT-PAGE"
SMALLEST, LARGEST = 10, 1000
"""Page sizes asked for, spread evenly over the orders of magnitude."""


class NotingWriter(Writer):
    """A writer that tells the book what it touches."""

    abstract = True

    def before_call(self, step: Step) -> None:
        """A write is being sent."""
        if step.method != dispatch.CREATE:
            book_of(self).begin(step.scope, step.key, self.run_part.clock.now_us())

    def after_call(self, step: Step, *, is_ok: bool, reply: Any = None) -> None:
        """A write has ended; one that failed leaves the dispatch unclear."""
        if not is_ok:
            return
        book, now_us = book_of(self), self.run_part.clock.now_us()
        if step.method == dispatch.CREATE:
            book.add(step.scope, [reply.dispatch.metadata.dispatch_id], now_us)
        elif step.method == dispatch.DELETE:
            book.remove(step.scope, step.key)
        else:
            book.end(step.scope, step.key, now_us)


class Lister(GridUser):
    """Walks over all pages of a microgrid, one walk after the other."""

    abstract = True

    def on_start(self) -> None:
        """Take a number, which decides where to begin and which sizes to ask for."""
        super().on_start()
        number = self.run_part.users[type(self).__name__]
        self.turn = number
        self.chance = self.run_part.chance(f"lister {number}")

    @task
    @guarded
    def walk(self) -> None:
        """One walk, judged at its end."""
        run = self.run_part
        run.begun.wait()
        if run.over.is_set() or run.is_past_end:
            run.over.wait()
            return
        with run.busy():
            self._walk()

    def _walk(self) -> None:
        run = self.run_part
        self.turn += 1
        api = api_of(self)
        microgrid = api.scopes[self.turn % len(api.scopes)]
        size = round(math.exp(self.chance.uniform(math.log(SMALLEST), math.log(LARGEST))))
        began_us = run.clock.now_us()
        pages = self._pages(microgrid, size)
        if pages is None:
            return
        untouched = api.book.untouched(microgrid, began_us)
        name = f"walk of {microgrid} by {size}"
        for violation in judge_pages(pages, untouched):
            run.violation(CODE, f"{violation.code}: {violation.text}", name, microgrid)
        if run.stats.is_measured(began_us):
            run.stats.record("walk.dispatch", run.clock.now_us() - began_us)
            run.stats.count("walks")

    def _pages(self, microgrid: int, size: int) -> list[Page] | None:
        """The pages of a walk, followed until one has no token; None if a call failed."""
        run = self.run_part
        pages: list[Page] = []
        wire = api_of(self).wire
        token: str | None = ""
        while token is not None and len(pages) <= page_limit(_total(pages), size):
            sent_us = run.clock.now_us()
            try:
                reply = run.call(dispatch.LIST, wire.page(microgrid, size=size, token=token))
            except grpc.RpcError as error:
                run.measured(dispatch.LIST, sent_us, sent_us, status_of(error))
                return None
            run.measured(dispatch.LIST, sent_us, sent_us)
            items, total, token = dispatch.pages(reply)
            keys = tuple(item.metadata.dispatch_id for item in items)
            pages.append(Page(keys=keys, next_token=token, total=total, asked=size))
            token = token or None
        return pages


def api_of(user: GridUser) -> DispatchApi:
    """The API of a user's run."""
    api = user.run_part.api
    assert isinstance(api, DispatchApi)
    return api


def book_of(user: GridUser) -> Book:
    """What a user's process knows of its dispatches."""
    return api_of(user).book


def _total(pages: list[Page]) -> int:
    return max((page.total or 0 for page in pages), default=0)
