"""Soft and hard resets of a stateless watch (seed 003, is_soft_reset and is_hard_reset)."""

from __future__ import annotations

from conformance.judging import by_depth, expect, observe, requirement, sampled, untestable
from conformance.suite.laws.watch_machine import WIDE
from conformance.suite.meta.changing import Ground, ground
from conformance.suite.meta.stateless import (
    count_of,
    following,
    judge_from,
    tag_of,
    until_shown,
)
from conformance.suite.meta.watching import watching
from conformance.targets.meta import MetaTarget

SIX = 6


def change_most(held: Ground, text: str) -> None:
    """An increment of several chunks: all items but the last change, which goes."""
    *kept, last = held.items
    held.target.hook.change([*(held.altered(item, text) for item in kept), last["name"]])


@requirement("META-RST-001", needs=["mutate", "fault.soft"])
def test_a_soft_reset_takes_back_an_increment(meta: MetaTarget) -> None:
    for after in by_depth(full=(1, 2, 0), staging=(1,)):
        held, tag = ground(meta, count=SIX), tag_of(meta)
        with following(held, chunk=2, tag=tag) as watch:
            watch.snapshot()
            meta.hook.fault("soft_reset", tag=tag, after_chunks=after)
            change_most(held, f"reset after {after}")
            held.fence(watch)
            held.fence(watch)
            if not count_of(watch, "soft_reset"):
                untestable("the hook ordered a soft reset, and none came")
            watch.converges(held.listed(), f"view after a soft reset behind {after} chunks")


@requirement("META-RST-002", needs=["mutate", "fault.soft"])
def test_a_soft_reset_leaves_the_token_valid(meta: MetaTarget) -> None:
    held, tag = ground(meta, count=SIX), tag_of(meta)
    with following(held, chunk=2, tag=tag) as watch:
        watch.snapshot()
        meta.hook.fault("soft_reset", tag=tag, after_chunks=1)
        change_most(held, "reset")
        until_shown(watch, "soft_reset")
    held.alter(held.items[0], "missed")
    with following(held, before=watch, chunk=2, resume=watch.token) as again:
        held.fence(again)
        again.converges(held.listed(), "view resumed with the token from before a soft reset")


@requirement("META-RST-003", needs=["mutate", "fault.soft"])
def test_a_soft_reset_in_the_snapshot_begins_it_anew(meta: MetaTarget) -> None:
    held = ground(meta, count=SIX)
    for after in sampled((1, 2), 1):
        tag = tag_of(meta)
        meta.hook.fault("soft_reset", tag=tag, after_chunks=after)
        with following(held, chunk=2, tag=tag) as watch:
            watch.snapshot()
            if not count_of(watch, "soft_reset"):
                untestable("the hook ordered a soft reset in a snapshot, and none came")
            what = f"snapshot that was reset behind {after} chunks"
            judge_from((), watch.messages, held.listed(), what)


@requirement("META-RST-004", needs=["mutate", "fault.hard"])
def test_a_hard_reset_brings_a_new_snapshot(meta: MetaTarget) -> None:
    for after in sampled((0, 1), 1):
        held, tag = ground(meta, count=SIX), tag_of(meta)
        with following(held, chunk=2, tag=tag) as watch:
            watch.snapshot()
            meta.hook.fault("hard_reset", tag=tag, after_chunks=after)
            if after:
                change_most(held, "reset")
            until_shown(watch, "hard_reset")
            begun = len(watch.messages)
            watch.until(lambda: watch.settled, "the end of the snapshot after a hard reset")
            sent = [c for m in watch.messages[begun:] for c in m.changes]
            names = sorted(change.name for change in sent)
            wanted = sorted(item["name"] for item in held.listed())
            expect(names == wanted, "snapshot after a hard reset", got=names, wanted=wanted)
            token = watch.messages[-1].resume_token
            expect(token, "token of the snapshot after a hard reset", got="none")


@requirement("META-RST-005", needs=["mutate", "fault.hard"])
def test_what_goes_around_a_hard_reset_is_gone(meta: MetaTarget) -> None:
    held, tag = ground(meta, count=SIX), tag_of(meta)
    pauses = "fault.pause" in meta.capabilities
    with following(held, chunk=2, tag=tag) as watch:
        watch.snapshot()
        if pauses:
            meta.hook.fault("pause_emission", tag=tag)
        held.several(str(held.items[0]["name"]), held.altered(held.items[1], "before the reset"))
        meta.hook.fault("hard_reset", tag=tag)
        held.several(str(held.items[2]["name"]), held.draft("after the reset"))
        if pauses:
            meta.hook.fault("resume_emission", tag=tag)
        until_shown(watch, "hard_reset")
        held.fence(watch)
        watch.converges(held.listed(), "view after a hard reset")


@requirement("META-RST-006", needs=["mutate", "fault.hard"])
def test_a_token_from_before_a_hard_reset(meta: MetaTarget) -> None:
    held, tag = ground(meta, count=SIX), tag_of(meta)
    with following(held, chunk=2, tag=tag) as watch:
        watch.snapshot()
        token, view = watch.token, watch.items
        held.several(str(held.items[0]["name"]), held.altered(held.items[1], "before the reset"))
        held.fence(watch)
        meta.hook.fault("hard_reset", tag=tag)
        until_shown(watch, "hard_reset")
        watch.until(lambda: watch.settled, "the end of the snapshot after a hard reset")
        held.remove(held.items[2])
        held.fence(watch)
    with following(held, chunk=2, tag=tag, resume=token) as again:
        held.fence(again)
        what = "view resumed with a token from before a hard reset"
        judge_from(view, again.messages, held.listed(), what)
        observe("hard reset" if count_of(again, "hard_reset") else "works", trait="M46")


@requirement("META-RST-007", needs=["mutate", "fault"])
def test_stateful_watches_are_not_reset(meta: MetaTarget) -> None:
    held = ground(meta, count=4)
    faults = {"soft_reset": "fault.soft", "hard_reset": "fault.hard"}
    able = [fault for fault, needed in faults.items() if needed in meta.capabilities]
    for fault in sampled(able, 1):
        for after in by_depth(full=(0, 1), staging=(1,)):
            tag = tag_of(meta)
            with watching(
                meta, held.kind, type="stateful", size=WIDE, chunk=1, tag=tag, **held.scope
            ) as watch:
                watch.snapshot()
                meta.hook.fault(fault, tag=tag, after_chunks=after)
                held.alter(held.items[0], f"{fault} {after}")
                held.fence(watch)
                watch.converges(held.listed(), f"stateful view after a {fault} was ordered")
