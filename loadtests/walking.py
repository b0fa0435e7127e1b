"""A Locust user that walks over all pages of a list, again and again, while others write.

Whatever stood still during a walk has to appear in it exactly once. What a page is, and what stood
still, is told by the users of each API.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Hashable
from typing import Any, ClassVar

import grpc
from locust import task

from conformance.oracles.model import Page
from conformance.oracles.paging import page_limit
from loadtests.book import Book, judge_pages
from loadtests.calls import status_of
from loadtests.users import GridUser, guarded

CODE = "INT-PAGE"
SMALLEST, LARGEST = 10, 1000
"""Page sizes asked for, spread evenly over the orders of magnitude."""

Shown = tuple[tuple[Hashable, ...], int, str | None]
"""Keys, stated total and token of a page; None where there is no token."""


class Walker(GridUser):
    """Walks over all pages of a scope, one walk after the other.

    Attributes:
        method: that lists.
    """

    abstract = True
    method: ClassVar[str]

    @property
    @abstractmethod
    def book(self) -> Book:
        """What this process knows of its objects."""

    @abstractmethod
    def request(self, scope: int, size: int, token: str) -> Any:
        """A request for a page."""

    @abstractmethod
    def page(self, reply: Any) -> Shown:
        """What a reply shows."""

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
        began_us = run.clock.now_us()
        with run.busy():
            self._walk()
        run.rest(began_us)

    def _walk(self) -> None:
        run = self.run_part
        self.turn += 1
        scope = run.api.scopes[self.turn % len(run.api.scopes)]
        size = round(math.exp(self.chance.uniform(math.log(SMALLEST), math.log(LARGEST))))
        began_us = run.clock.now_us()
        pages = self._pages(scope, size)
        if pages is None:
            return
        untouched = self.book.untouched(scope, began_us)
        name = f"walk of {scope} by {size}"
        for violation in judge_pages(pages, untouched):
            run.violation(CODE, f"{violation.code}: {violation.text}", name, scope)
        if run.stats.is_measured(began_us):
            run.stats.record(f"walk.{run.api.stream}", run.clock.now_us() - began_us)
            run.stats.count("walks")

    def _pages(self, scope: int, size: int) -> list[Page] | None:
        """The pages of a walk, followed until one has no token; None if a call failed."""
        run = self.run_part
        pages: list[Page] = []
        token: str | None = ""
        while token is not None and len(pages) <= page_limit(_total(pages), size):
            sent_us = run.clock.now_us()
            try:
                reply = run.call(self.method, self.request(scope, size, token))
            except grpc.RpcError as error:
                run.measured(self.method, sent_us, sent_us, status_of(error))
                return None
            run.measured(self.method, sent_us, sent_us)
            keys, total, token = self.page(reply)
            pages.append(Page(keys=keys, next_token=token, total=total, asked=size))
            token = token or None
        return pages


def _total(pages: list[Page]) -> int:
    return max((page.total or 0 for page in pages), default=0)
