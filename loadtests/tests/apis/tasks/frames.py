"""Runs of the tasks API without a network: a ledger, authors, and feeds that are fed."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from loadtests.apis.base import Context, Step
from loadtests.apis.tasks.api import TasksApi
from loadtests.apis.tasks.desk import TasksDesk
from loadtests.apis.tasks.writing import TasksAuthor
from loadtests.catalogue import find
from loadtests.marks import CLOSE, OPEN
from loadtests.options import Options
from loadtests.stats import Stats
from loadtests.target import Target, Tasks
from loadtests.tests.apis.tasks.ledger import Ledger, View
from loadtests.watching import STUCK_US, Fleet, Watcher

RUN = "lt-0123456789ab-2"
SAID = Tasks(tenants=("t1", "t2"), tokens={"t1": "Bearer one"}, has_feed=True)


def api(scenario: str = "L-TSK-2", *, said: Tasks = SAID, **options: Any) -> TasksApi:
    return TasksApi(
        Context(
            run=RUN,
            entry=find(scenario),
            options=Options(**{"subscribers": 20, "microgrids": 2, **options}),
            target=Target(endpoint="127.0.0.1:1", tasks=said),
        )
    )


def author(made: TasksApi, number: int = 0) -> TasksAuthor:
    return made.author(f"0.{number}", number, random.Random(number))


def carry_out(step: Step, ledger: Ledger) -> Any:
    return ledger.take(step.method, step.request)


class Stand:
    """A ledger, the desk of a run, and watchers that are sent what the ledger renders."""

    def __init__(self, made: TasksApi, count: int, fault: str = "", period: int = 0) -> None:
        self.api = made
        self.ledger = Ledger()
        self.desk: TasksDesk = made.desk(self.ledger.take)  # type: ignore[arg-type]
        for scope in made.scopes:
            self.ledger.take("CreateType", made.wire.create_type(scope))
        made.begin({"tasks": {}, "starts": {"0": 1, "1": 1}})
        stats = Stats()
        stats.measure(0, 1 << 60)
        self.fleet = Fleet(stats, made, is_alone=True, judges=made.context.options.verify != "off")
        self.now_us = 0
        self.authors: list[TasksAuthor] = []
        self.views: dict[Watcher, View] = {}
        for number in range(count):
            watcher = self.fleet.join(number)
            self.open(watcher, fault, period)
        self.desk.sentinel(OPEN)
        self.emit()

    def open(self, watcher: Watcher, fault: str = "", period: int = 0) -> None:
        watcher.opening(self.now_us)
        self.views[watcher] = View(self.ledger, watcher.request(), fault, period)

    def emit(self) -> None:
        """Send what is pending."""
        for watcher, view in self.views.items():
            for message in view.pending():
                self.hand(watcher, message)

    def hand(self, watcher: Watcher, message: bytes) -> None:
        self.now_us += 1
        watcher.take(watcher.route.decode(message), self.now_us)

    def write(self, steps: int, *, writers: int = 4) -> None:
        """Carry out so many steps, each sent at once."""
        own = self.authors
        own += [author(self.api, number) for number in range(len(own), writers)]
        for number in range(steps):
            step = own[number % writers].next(number)
            own[number % writers].succeeded(step, carry_out(step, self.ledger))
            self.emit()

    def close(self) -> None:
        """The closing barrier, and the settlement after it."""
        for view in self.views.values():
            view.fault = ""
        self.desk.sentinel(CLOSE)
        self.emit()
        self.fleet.settle(self.api.listing(self.desk.listing()), {}, self.now_us + 2 * STUCK_US)

    @property
    def tampered(self) -> int:
        return sum(view.tampered for view in self.views.values())

    def codes(self) -> Counter[str]:
        counts = self.fleet.stats.flush()["counts"]
        return Counter(
            {name.removeprefix("integrity."): n for name, n in counts.items() if "INT-" in name}
        )
