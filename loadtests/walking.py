"""Locust users of the paging scenario: one walks over all pages again and again, one writes."""

from __future__ import annotations

import math
from typing import Any

import grpc
from locust import task

from conformance.oracles.model import Page
from conformance.oracles.paging import page_limit
from loadtests import dispatch
from loadtests.book import judge_pages
from loadtests.calls import status_of
from loadtests.users import GridUser, Writer, guarded
from loadtests.writing import Step

CODE = "INT-PAGE"
SMALLEST, LARGEST = 10, 1000
"""Page sizes asked for, spread evenly over the orders of magnitude."""


class NotingWriter(Writer):
    """A writer that tells the book what it touches."""

    abstract = True

    def before_call(self, step: Step) -> None:
        """A write is being sent."""
        run = self.run_part
        if step.method != dispatch.CREATE:
            run.book.begin(step.microgrid, step.dispatch_id, run.clock.now_us())

    def after_call(self, step: Step, *, is_ok: bool, reply: Any = None) -> None:
        """A write has ended; one that failed leaves the dispatch unclear."""
        run = self.run_part
        if not is_ok:
            return
        if step.method == dispatch.CREATE:
            key = reply.dispatch.metadata.dispatch_id
            run.book.add(step.microgrid, [key], run.clock.now_us())
        elif step.method == dispatch.DELETE:
            run.book.remove(step.microgrid, step.dispatch_id)
        else:
            run.book.end(step.microgrid, step.dispatch_id, run.clock.now_us())


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
        microgrid = run.plan.microgrids[self.turn % len(run.plan.microgrids)]
        size = round(math.exp(self.chance.uniform(math.log(SMALLEST), math.log(LARGEST))))
        began_us = run.clock.now_us()
        pages = self._pages(microgrid, size)
        if pages is None:
            return
        untouched = run.book.untouched(microgrid, began_us)
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
        token: str | None = ""
        while token is not None and len(pages) <= page_limit(_total(pages), size):
            sent_us = run.clock.now_us()
            try:
                reply = run.call(dispatch.LIST, run.wire.page(microgrid, size=size, token=token))
            except grpc.RpcError as error:
                run.measured(dispatch.LIST, sent_us, sent_us, status_of(error))
                return None
            run.measured(dispatch.LIST, sent_us, sent_us)
            items, total, token = dispatch.pages(reply)
            keys = tuple(item.metadata.dispatch_id for item in items)
            pages.append(Page(keys=keys, next_token=token, total=total, asked=size))
            token = token or None
        return pages


def _total(pages: list[Page]) -> int:
    return max((page.total or 0 for page in pages), default=0)
