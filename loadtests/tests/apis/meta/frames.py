"""Runs of the meta API without a network: authors, and what their steps do to a registry."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from google.protobuf.json_format import MessageToDict

from loadtests.apis.base import Context, Step
from loadtests.apis.meta.api import MetaApi
from loadtests.apis.meta.writing import MetaAuthor
from loadtests.catalogue import find
from loadtests.options import Options
from loadtests.target import Hook, Meta, Target
from loadtests.tests.apis.meta.registry import NO_FAULT, Fault, Registry, View
from loadtests.watching import Fleet, Watcher

RUN = "lm-0123456789ab-2"
TOKEN = "0123456789ab"


def api(scenario: str = "L-META-2", *, is_hooked: bool = True, **options: Any) -> MetaApi:
    meta = Meta(profile="sdk", hook=Hook(endpoint="127.0.0.1:2") if is_hooked else None)
    return MetaApi(
        Context(
            run=RUN,
            entry=find(scenario),
            options=Options(**{"subscribers": 20, **options}),
            target=Target(endpoint="127.0.0.1:1", meta=meta),
        )
    )


def authors(made: MetaApi, count: int) -> list[MetaAuthor]:
    return [made.author(f"0.{n}", n, random.Random(n)) for n in range(count)]


def carry_out(step: Step, registry: Registry) -> None:
    if step.method == "Delete":
        registry.put(step.key, None)
    else:
        registry.upsert(MessageToDict(step.request.resource))


def write(registry: Registry, writers: list[MetaAuthor], steps: int) -> Iterator[Step]:
    """Carry out so many steps, the authors taking turns."""
    for number in range(steps):
        author = writers[number % len(writers)]
        step = author.next(number)
        carry_out(step, registry)
        author.succeeded(step, None)
        yield step


class Stand:
    """A registry, and watchers that are sent what it renders.

    Watchers with the same request share one view, as equal requests get equal bytes.
    """

    def __init__(
        self, fleet: Fleet, registry: Registry, count: int, fault: Fault = NO_FAULT
    ) -> None:
        self.fleet = fleet
        self.registry = registry
        self.fault = fault
        self.views: dict[bytes, tuple[View, list[Watcher]]] = {}
        self.now_us = 0
        self.written: Counter[int] = Counter()
        for number in range(count):
            self.open(fleet.join(number))

    def open(self, watcher: Watcher) -> None:
        request = watcher.request()
        watcher.opening(self.now_us)
        key = request.SerializeToString(deterministic=True)
        if key not in self.views:
            self.views[key] = (View(self.registry, request, self.fault), [])
        self.views[key][1].append(watcher)
        for message in View(self.registry, request).snapshot():
            self.hand(watcher, message)

    def hand(self, watcher: Watcher, message: bytes) -> None:
        self.now_us += 1
        watcher.take(watcher.route.decode(message), self.now_us)

    def emit(self) -> None:
        """Send what is pending."""
        for view, watchers in self.views.values():
            for message in view.increments():
                for watcher in watchers:
                    self.hand(watcher, message)

    @property
    def tampered(self) -> int:
        return sum(view.tampered for view, _ in self.views.values())
