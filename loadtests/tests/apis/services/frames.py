"""Runs of the services API without a network: a shelf, operators, and pulls that are fed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from loadtests.apis.base import Context, Step
from loadtests.apis.services.api import ServicesApi
from loadtests.apis.services.desk import ServicesDesk
from loadtests.apis.services.writing import ServicesAuthor
from loadtests.catalogue import find
from loadtests.marks import CLOSE, OPEN
from loadtests.options import Options
from loadtests.stats import Stats
from loadtests.target import Services, Target
from loadtests.tests.apis.services.shelf import NO_FAULT, Fault, Shelf, View
from loadtests.watching import STUCK_US, Fleet, Watcher

RUN = "ls-0123456789ab-2"
NAMES = ("drivers", "scratch")


def api(
    scenario: str = "L-SVC-1", *, target: Services | None = None, **options: Any
) -> ServicesApi:
    said = target or Services(
        names=NAMES, generated=NAMES[1:], kind="mock", configs={"ok": '{"a": 1}'}
    )
    return ServicesApi(
        Context(
            run=RUN,
            entry=find(scenario),
            options=Options(**{"subscribers": 20, **options}),
            target=Target(endpoint="127.0.0.1:1", services=said),
        )
    )


def fleet_of(made: ServicesApi) -> Fleet:
    stats = Stats()
    stats.measure(0, 1 << 60)
    judges = made.context.options.verify != "off"
    return Fleet(stats, made, is_alone=True, judges=judges)


def authors(made: ServicesApi, count: int) -> list[ServicesAuthor]:
    return [made.author(f"0.{n}", n, random.Random(n)) for n in range(count)]


def write(shelf: Shelf, writers: list[ServicesAuthor], steps: int) -> Iterator[Step]:
    """Carry out so many steps, the authors taking turns."""
    for number in range(steps):
        author = writers[number % len(writers)]
        step = author.next(number)
        author.succeeded(step, shelf.take(step.method, step.request))
        yield step


class Stand:
    """A shelf, the desk of a run, and watchers that are sent what the shelf renders."""

    def __init__(self, made: ServicesApi, count: int, fault: Fault = NO_FAULT) -> None:
        self.api = made
        self.shelf = Shelf(names=NAMES)
        for name in NAMES:
            self.shelf.services[name] = {}
        self.desk: ServicesDesk = made.desk(self.shelf.take)  # type: ignore[arg-type]
        made.begin(self.desk.populate(made.context.options.population))
        self.fleet = fleet_of(made)
        self.now_us = 0
        self.views: list[tuple[View, Watcher]] = []
        for number in range(count):
            watcher = self.fleet.join(number)
            watcher.opening(0)
            request = watcher.request()
            for message in View(self.shelf, request).snapshot():
                self.hand(watcher, message)
            self.views.append((View(self.shelf, request, fault), watcher))
        if made.has_sentinels:
            self.desk.sentinel(OPEN)
        self.emit()

    def hand(self, watcher: Watcher, message: bytes) -> None:
        self.now_us += 1
        watcher.take(watcher.route.decode(message), self.now_us)

    def emit(self) -> None:
        """Send what is pending."""
        for view, watcher in self.views:
            for message in view.increments():
                self.hand(watcher, message)

    def play(self, steps: int, *, writers: int = 4, at_once: int = 1) -> None:
        """Carry out so many steps, sent a few at once, to the closing barrier."""
        own = authors(self.api, writers)
        for number, _ in enumerate(write(self.shelf, own, steps), 1):
            if not number % at_once:
                self.emit()
        self.close()

    def close(self) -> None:
        """The closing barrier, and the settlement after it."""
        self.emit()
        self.desk.sentinel(CLOSE)
        for view, _ in self.views:
            view._fault = NO_FAULT
        self.emit()
        listing = self.api.listing(self.desk.listing())
        self.fleet.settle(listing, {}, self.now_us + 2 * STUCK_US)

    @property
    def tampered(self) -> int:
        return sum(view.tampered for view, _ in self.views)

    def codes(self) -> Counter[str]:
        counts = self.fleet.stats.flush()["counts"]
        return Counter(
            {name.removeprefix("integrity."): n for name, n in counts.items() if "INT-" in name}
        )
