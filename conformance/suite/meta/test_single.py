"""What a watch of one resource tells (seed 003, WatchRegion and its siblings)."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import grpc

from conformance.failures import Nonconformance
from conformance.judging import (
    GRACE_S,
    HIDDEN,
    Refused,
    by_depth,
    eventually,
    expect,
    observe,
    requirement,
)
from conformance.oracles.meta.model import Change, Data
from conformance.suite.meta.changing import HIDDEN as HIDDEN_LABEL
from conformance.suite.meta.changing import TEXTS, ground, text_of
from conformance.suite.meta.reading import absent_name, kinds, with_populations
from conformance.suite.meta.watching import patience
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population
from conformance.targets.meta_stream import SingleStream

FIRST = ("added", "current")
LATER = ("modified", "current")


def until(
    meta: MetaTarget, stream: SingleStream, fits: Callable[[Change], bool], what: str
) -> list[Change]:
    """The changes up to one that fits, which has to come."""
    limit_s = patience(meta)
    deadline = time.monotonic() + limit_s
    read: list[Change] = []
    while not (read and fits(read[-1])):
        change = stream.next(max(0.0, deadline - time.monotonic()))
        if change is None:
            status = stream.status
            seen = ", ".join(f"{c.kind} {c.object_name or c.name}" for c in read) or "nothing"
            if status not in (None, grpc.StatusCode.OK):
                raise Refused(stream.method, status, f"{stream.details} (after {seen})")
            end = f"within {limit_s:g} s" if status is None else "until the end of the stream"
            raise Nonconformance(f"stream of {stream.method}", got=f"{seen} {end}", wanted=what)
        read.append(change)
    return read


def rest(stream: SingleStream) -> list[Change]:
    """What still comes for a while."""
    read: list[Change] = []
    while (change := stream.next(GRACE_S)) is not None:
        read.append(change)
    return read


def begins_with(change: Change, wanted: Data, what: str) -> None:
    """Fail unless a first change shows this."""
    expect(change.kind in FIRST, f"{what}, kind", got=change.kind, wanted=" or ".join(FIRST))
    expect(change.data == wanted, what, got=change.data, wanted=wanted)


@requirement("META-WS1-001")
def test_begins_with_what_get_shows(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for name in population.names[:2]:
            with meta.watch_one(name) as stream:
                first = stream.first(patience(meta))
            begins_with(first, meta.get(name), "first change")
            observe("added" if first.kind == "added" else "current", trait="M17")

    with_populations(meta, body)


@requirement("META-WS1-002", needs=["mutate"])
def test_update_is_told(meta: MetaTarget) -> None:
    for kind in kinds():
        own = ground(meta, kind, 1)
        item = own.items[0]
        with meta.watch_one(item["name"]) as stream:
            stream.first(patience(meta))
            for text in ("one", "two"):
                own.alter(item, text)
                meta.hook.barrier()
                wanted = meta.get(item["name"])
                change = until(meta, stream, partial(_is, wanted=wanted), f"{wanted}")[-1]
                expect(
                    change.kind in LATER,
                    "kind of an update",
                    got=change.kind,
                    wanted=" or ".join(LATER),
                )


@requirement("META-WS1-003", needs=["mutate"])
def test_deletion_is_told(meta: MetaTarget) -> None:
    for number, kind in enumerate(kinds()):
        own = ground(meta, kind, 1)
        name = own.items[0]["name"]
        with meta.watch_one(name) as stream:
            stream.first(patience(meta))
            own.remove(name)
            change = until(meta, stream, lambda c: c.kind == "removed", f"removed {name}")[-1]
            expect(change.name == name, "name of what was removed", got=change.name, wanted=name)
            if number == 0:
                _end_after_removal(stream.ended(GRACE_S))


@requirement("META-WS1-004", needs=["mutate"])
def test_change_outside_the_mask_is_not_told(meta: MetaTarget) -> None:
    own = ground(meta, count=1)
    item, name = own.items[0], own.items[0]["name"]
    mask = ["name", own.text]
    before = meta.get(name, mask=mask)
    with meta.watch_one(name, mask=mask) as masked, meta.watch_one(name, view="NAME") as named:
        masked.first(patience(meta))
        named.first(patience(meta))
        hidden = own.alter(item, **{HIDDEN_LABEL: "changed"})
        meta.hook.barrier()
        is_hidden = meta.get(name, mask=mask) == before
        own.alter(hidden, "fence")
        told = until(meta, masked, lambda c: _shows(c, own.text, "fence"), "the new text")
        own.remove(name)
        until(meta, masked, lambda c: c.kind == "removed", f"removed {name}")
        last = until(meta, named, lambda c: c.kind == "removed", f"removed {name}")
    if is_hidden:
        expect(len(told) == 1, "changes under a mask", got=_kinds(told), wanted="one")
    else:
        observe("a mask without view hides nothing")
    expect(len(last) == 1, "changes under the NAME view", got=_kinds(last), wanted="removed alone")


@requirement("META-WS1-005")
def test_view_and_mask_are_those_of_get(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        name, text = population.names[0], TEXTS[population.kind]
        shown: tuple[dict[str, Any], ...] = (
            {"mask": ["name", text]},
            {"view": "NAME"},
            {"view": "NAME", "mask": ["metadata.labels"]},
            {"view": "FULL", "mask": ["name"]},
        )
        for given in shown:
            with meta.watch_one(name, **given) as stream:
                first = stream.first(patience(meta))
            begins_with(first, meta.get(name, **given), f"first change with {given}")

    with_populations(meta, body)


@requirement("META-WS1-006", needs=["mutate"])
def test_what_does_not_exist(meta: MetaTarget) -> None:
    name = absent_name(meta, "regions")
    with meta.watch_one(name) as stream:
        early = stream.next(meta.profile.quiet)
        expect(early is None, "change of what does not exist", got=early, wanted="none")
        if stream.status is None:
            meta.hook.upsert(meta.fresh("regions", name=name, title="late"))
            try:
                first = stream.first(patience(meta))
            except Refused as refusal:
                # The answer was on its way already.
                expect(refusal.code in HIDDEN, "watch of what does not exist", got=refusal)
            else:
                begins_with(first, meta.get(name), "first change of what was created")
                observe("silent", trait="M17a")
                return
        expect(
            stream.status in HIDDEN,
            "watch of what does not exist",
            got=stream.status,
            wanted="NOT_FOUND, or nothing until it is created",
        )
    observe("not found", trait="M17a")


@requirement("META-WS1-007", needs=["mutate"])
def test_others_are_never_told_of(meta: MetaTarget) -> None:
    for kind in kinds():
        own = ground(meta, kind, 2)
        item, sibling = own.items
        with meta.watch_one(item["name"]) as stream:
            stream.first(patience(meta))
            own.alter(sibling, "sibling")
            # Its name begins with the one that is watched.
            longer = own.make("longer", name=_longer(kind, item["name"]))
            own.remove(longer)
            own.remove(sibling)
            own.alter(item, "fence")
            told = until(meta, stream, partial(_shows, path=own.text, text="fence"), "a fence")
        others = [
            f"{c.kind} {c.name} {c.object_name}"
            for c in told
            if {c.name, c.object_name or c.name} != {item["name"]}
        ]
        expect(not others, f"changes told of {item['name']}", got=others, wanted="its own")


@requirement("META-WS1-008", needs=["mutate"])
def test_last_change_is_what_get_shows(meta: MetaTarget) -> None:
    own = ground(meta, count=1)
    item, name = own.items[0], own.items[0]["name"]
    with meta.watch_one(name) as stream:
        stream.first(patience(meta))
        for number in range(by_depth(full=50, staging=3)):
            own.alter(item, f"text {number}")
        meta.hook.barrier()
        wanted = meta.get(name)
        until(meta, stream, partial(_is, wanted=wanted), f"{wanted}")
        after = rest(stream)
    last = after[-1].data if after else wanted
    expect(last == wanted, "last change when all is quiet", got=last, wanted=wanted)


@requirement("META-WS1-009")
def test_cancelled_watches_hold_nothing(meta: MetaTarget) -> None:
    name = meta.population("regions", shared=True).names[0]
    for number in range(by_depth(full=200, staging=4)):
        with meta.watch_one(name, reading=number % 10 == 0) as stream:
            if number % 10 == 0:
                stream.next(GRACE_S)

    def shown() -> Change | None:
        with meta.watch_one(name) as stream:
            try:
                return stream.first(patience(meta))
            except Refused:
                return None  # a limit of rate may end by itself, one of streams does not

    first = eventually(shown, what="a watch after many that were cancelled", every_s=0.5)
    expect(first.kind in FIRST, "first change", got=first.kind, wanted=" or ".join(FIRST))


def _end_after_removal(status: grpc.StatusCode | None) -> None:
    expect(
        status in (None, grpc.StatusCode.OK, grpc.StatusCode.NOT_FOUND),
        "end of a watch after the removal",
        got=status,
        wanted="none, OK or NOT_FOUND",
    )
    ends = "not found" if status is grpc.StatusCode.NOT_FOUND else "ends"
    observe("stays open" if status is None else ends, trait="M17b")


def _shows(change: Change, path: str, text: str) -> bool:
    return change.data is not None and text_of(change.data, path) == text


def _is(change: Change, wanted: Data) -> bool:
    return change.data == wanted


def _longer(kind: str, name: str) -> str:
    """A legal name that begins with another one."""
    return name + ("x" if kind != "services" else ".x")


def _kinds(changes: list[Change]) -> list[str]:
    return [change.kind for change in changes]
