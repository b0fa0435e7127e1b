"""Locust users of the paging scenario: one walks over all pages again and again, one writes."""

from __future__ import annotations

from typing import Any

from loadtests.apis.base import Step
from loadtests.apis.dispatch import wire as dispatch
from loadtests.apis.dispatch.api import DispatchApi
from loadtests.book import Book
from loadtests.users import GridUser, Writer
from loadtests.walking import Shown, Walker


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


class Lister(Walker):
    """Walks over all pages of a microgrid, one walk after the other."""

    abstract = True
    method = dispatch.LIST

    @property
    def book(self) -> Book:
        """What this process knows of its dispatches."""
        return book_of(self)

    def request(self, scope: int, size: int, token: str) -> Any:
        """A request for a page."""
        return api_of(self).wire.page(scope, size=size, token=token)

    def page(self, reply: Any) -> Shown:
        """Keys, total and token of a page."""
        items, total, token = dispatch.pages(reply)
        return tuple(item.metadata.dispatch_id for item in items), total, token


def api_of(user: GridUser) -> DispatchApi:
    """The API of a user's run."""
    api = user.run_part.api
    assert isinstance(api, DispatchApi)
    return api


def book_of(user: GridUser) -> Book:
    """What a user's process knows of its dispatches."""
    return api_of(user).book
