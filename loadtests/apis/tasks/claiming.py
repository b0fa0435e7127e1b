"""Locust users of the life cycle: some create, many claim from one queue, one walks the list.

The claims are a closed loop: contention is the point, so all claimants choose among the same few
oldest tasks. Whoever comes too late is refused, which is a normal result with a name of its own.
"""

from __future__ import annotations

from typing import Any

import gevent
import grpc
from locust import task

from loadtests.apis.base import Step
from loadtests.apis.tasks.api import TasksApi
from loadtests.apis.tasks.wire import CLAIM, COMPLETE, LIST, STATES, Shown
from loadtests.book import Book
from loadtests.calls import status_of
from loadtests.users import GridUser, Writer, guarded
from loadtests.walking import Shown as PageShown
from loadtests.walking import Walker

PROTO = "INT-PROTO"
LOST = frozenset({"FAILED_PRECONDITION", "ABORTED"})
"""How a target refuses a task that somebody else has."""
LOOKED_AT = 3
"""Among so many of the oldest open tasks a claimant chooses one."""
SHORTEST_NAP_S, LONGEST_NAP_S = 0.1, 0.4
"""How long a claimant waits that found nothing open."""


class NotingAuthor(Writer):
    """Creates tasks and notes them."""

    abstract = True

    def after_call(self, step: Step, *, is_ok: bool, reply: Any = None) -> None:
        """A task has been created; one whose creation failed stays unclear."""
        if is_ok:
            run = self.run_part
            api_of(self).book.add(step.scope, [step.key], run.clock.now_us())


class Claimant(GridUser):
    """Claims the oldest open tasks, and completes those it gets."""

    abstract = True

    def on_start(self) -> None:
        """Take a name."""
        super().on_start()
        run = self.run_part
        number = run.users[type(self).__name__] - 1
        self.name = f"{run.index}.c{number}"
        self.scope = api_of(self).scopes[number % len(api_of(self).scopes)]
        self.chance = run.chance(f"claimant {number}")

    @task
    @guarded
    def work(self) -> None:
        """Look at the queue once, and try to get something that is open."""
        run = self.run_part
        run.begun.wait()
        if run.over.is_set() or run.is_past_end:
            run.over.wait()
            return
        with run.busy():
            found = self._open()
            if found and self._claims(shown := self.chance.choice(found)):
                self._complete(shown.name)
        if not found:
            gevent.sleep(self.chance.uniform(SHORTEST_NAP_S, LONGEST_NAP_S))

    def _open(self) -> list[Shown]:
        wire = api_of(self).wire
        request = wire.page(self.scope, size=LOOKED_AT, condition=f" AND state = {STATES[0]}")
        reply = self._call(LIST, request)
        return [wire.shown(item) for item in reply.tasks] if reply is not None else []

    def _claims(self, shown: Shown) -> bool:
        run, name = self.run_part, shown.name
        reply = self._call(CLAIM, api_of(self).wire.claim(name), about=name)
        if reply is None:
            return False
        run.tell(what="claimed", name=name, by=self.name)
        run.stats.count("claims", run.stats.is_measured(run.clock.now_us()))
        if shown.mark is not None and run.stats.is_measured(shown.mark.due_us):
            run.stats.record(f"wait.{run.api.stream}", run.clock.now_us() - shown.mark.due_us)
        self._judge(reply, name, STATES[1])
        return True

    def _complete(self, name: str) -> None:
        reply = self._call(COMPLETE, api_of(self).wire.complete(name, self.name), about=name)
        if reply is not None:
            self.run_part.tell(what="completed", name=name, by=self.name)
            self._judge(reply, name, STATES[2])

    def _judge(self, reply: Any, name: str, state: str) -> None:
        shown = api_of(self).wire.shown(reply)
        if (shown.name, shown.state) != (name, state):
            text = f"the answer for {name} shows {shown.name} as {shown.state}, expected {state}"
            self.run_part.violation(PROTO, text, f"claimant {self.name}", self.scope)

    def _call(self, method: str, request: Any, *, about: str = "") -> Any:
        """The reply; None if there is none, which is noted under what it means."""
        run = self.run_part
        sent_us = run.clock.now_us()
        expected = LOST if method == CLAIM else ()
        try:
            reply = run.call(method, request, expected=expected)
        except grpc.RpcError as error:
            status = status_of(error)
            if status in expected:
                run.measured(f"{method}.lost", sent_us, sent_us)
                run.stats.count("claims.lost", run.stats.is_measured(sent_us))
                return None
            run.measured(method, sent_us, sent_us, status)
            if about:
                run.tell(what="unclear", name=about, by=self.name)
            return None
        run.measured(method, sent_us, sent_us)
        return reply


class Lister(Walker):
    """Walks over all tasks of the run, one walk after the other."""

    abstract = True
    method = LIST

    @property
    def book(self) -> Book:
        """What this process knows of the tasks."""
        return api_of(self).book

    def request(self, scope: int, size: int, token: str) -> Any:
        """A request for a page."""
        return api_of(self).wire.page(scope, size=size, token=token)

    def page(self, reply: Any) -> PageShown:
        """Names, total and token of a page."""
        return tuple(item.name for item in reply.tasks), reply.total_size, reply.next_page_token


def api_of(user: GridUser) -> TasksApi:
    """The API of a user's run."""
    api = user.run_part.api
    assert isinstance(api, TasksApi)
    return api
