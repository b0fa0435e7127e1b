"""Several watches of the same: they come to the same view, soon, whoever else reads or does not."""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from typing import Any

from conformance.judging import (
    GRACE_S,
    by_depth,
    expect,
    not_applicable,
    observe,
    requirement,
    sampled,
)
from conformance.oracles.meta.history import difference
from conformance.oracles.meta.model import Data
from conformance.recorder import now_us
from conformance.suite.meta.changing import INSIDE, Ground, ground
from conformance.suite.meta.reading import kinds
from conformance.suite.meta.watching import (
    SMALL_WINDOW,
    TYPES,
    connection,
    quieten,
    watching,
    whole,
)
from conformance.targets.hooks.model import HookRefused
from conformance.targets.meta import MetaTarget

LARGE = 20_000
"""Characters of a text of which a few fill what a connection holds back for a slow reader."""


def much_happens(own: Ground) -> None:
    """Changes of every kind, none of which makes up for another; the first item is left alone."""
    _, first, second, third, fourth, *others = own.items
    own.several(
        own.altered(first, "first"),
        str(second["name"]),
        own.altered(third, **{INSIDE: "no"}),
        own.altered(fourth, **{INSIDE: "yes"}),
    )
    own.remove(own.make("short-lived"))
    own.several(*(own.altered(item, f"other {number}") for number, item in enumerate(others)))
    own.several(*(own.draft(f"new {number}") for number in range(8)))
    if "atomic" in own.target.capabilities:
        own.target.hook.apply([own.draft("batch", **{INSIDE: "yes"}) for _ in range(4)])


@requirement("META-CHK-023", needs=["mutate"])
def test_views_come_to_what_list_shows(meta: MetaTarget) -> None:
    for kind in kinds():
        own = ground(meta, kind)
        inside = own.labelled(INSIDE, "yes")
        queries: tuple[dict[str, Any], ...] = (
            {},
            {"chunk": 1},
            {"view": "NAME"},
            {"filter": own.population.both(inside)},
            {"mask": ["name", own.text], "filter": own.population.both(f"NOT {inside}")},
        )
        with ExitStack() as stack:
            watches = [
                (
                    type_,
                    query,
                    stack.enter_context(
                        watching(meta, own.kind, **{**own.scope, **whole(type_), **query})
                    ),
                )
                for type_ in TYPES
                for query in queries[: by_depth(full=None, staging=2)]
            ]
            for _, _, watch in watches:
                watch.snapshot()
            much_happens(own)
            shown: dict[str, list[Data]] = {}
            for type_, query, watch in watches:
                listed = {k: v for k, v in query.items() if k != "chunk"}
                if str(listed) not in shown:
                    shown[str(listed)] = own.listed(**listed)
                wanted = shown[str(listed)]
                watch.converges(wanted, f"view of a {type_} watch with {query}")


@requirement("META-CHK-024", needs=["mutate"])
def test_watches_of_the_same_come_to_the_same(meta: MetaTarget) -> None:
    own = ground(meta)
    for type_ in sampled(TYPES, 1):
        with ExitStack() as stack:
            watches = [
                stack.enter_context(watching(meta, own.kind, **own.scope, **whole(type_)))
                for _ in range(by_depth(full=10, staging=2))
            ]
            for watch in watches:
                watch.snapshot()
            made = own.make("made")
            own.alter(own.items[0], f"for {type_} watches")
            own.remove(made)
            own.fence(*watches)
            quieten(watches)
            first = watches[0]
            for number, watch in enumerate(watches[1:], start=2):
                wrong = difference(watch.items, first.items, ordered=type_ == "stateful")
                what = f"view of {type_} watch {number} of {len(watches)}"
                expect(not wrong, what, got=wrong, wanted="that of the first")


@requirement("META-CHK-025", needs=["mutate"])
def test_who_does_not_read_delays_nobody(meta: MetaTarget) -> None:
    own = ground(meta, count=1)
    item = own.items[0]
    filling = "x" * LARGE
    with ExitStack() as stack:
        watches = []
        for type_ in TYPES:
            arguments = {**own.scope, **whole(type_)}
            slow = stack.enter_context(connection(meta, SMALL_WINDOW))
            stack.enter_context(slow.watch(own.kind, **arguments, reading=False))
            watches.append(stack.enter_context(watching(meta, own.kind, **arguments)))
        for watch in watches:
            watch.snapshot()
        count = by_depth(full=40, staging=6)
        for number in range(count):
            if number == count - 3:
                time.sleep(GRACE_S)  # until the target feels that nobody reads
            text = f"{number} {filling}"
            try:
                own.alter(item, text)
            except HookRefused:
                not_applicable(f"the target takes no text of {len(text)} characters")
            for watch in watches:
                watch.until_holds(item["name"], {own.text: text})


@requirement("META-CHK-026", needs=["mutate"])
def test_changes_arrive_in_time(meta: MetaTarget) -> None:
    own = ground(meta, count=1)
    limit_s = meta.profile.latency
    for type_ in TYPES:
        took: list[float] = []
        with watching(meta, own.kind, **own.scope, **whole(type_)) as watch:
            watch.snapshot()
            for number in range(by_depth(full=9, staging=1)):
                began_us = now_us()
                made = own.make(f"text {number}")
                watch.until_holds(made["name"])
                took.append((watch.emitted[-1].at_us - began_us) / 1e6)
        middle_s = statistics.median(took)
        what = f"time from a change to a {type_} watch, median of {len(took)}"
        expect(middle_s <= limit_s, what, got=f"{middle_s:.3f} s", wanted=f"{limit_s:g} s")
        observe(f"{type_}: a change takes {middle_s * 1000:.0f} ms")
