"""Resuming a stateless watch by its token: nothing is lost, nothing undone (seed 003)."""

from __future__ import annotations

from conformance.judging import by_depth, expect, requirement, sampled
from conformance.oracles.meta.model import Data
from conformance.suite.meta.changing import ground
from conformance.suite.meta.stateless import (
    against,
    begins,
    crowd,
    following,
    judge_from,
    settled,
    tag_of,
)
from conformance.suite.meta.watching import patience, watching
from conformance.targets.meta import MetaTarget

DROPS = {"OK": 0, "UNAVAILABLE": 14}
"""How a server may end a stream that can be resumed, and the number of the status."""


@requirement("META-RSM-001")
def test_the_snapshot_ends_with_a_token(meta: MetaTarget) -> None:
    population = meta.population("regions", shared=True, least=0)
    nothing = population.both('name = "regions/gridproof-nobody"')
    asked = ((None, population.filter), (2, population.filter), (None, nothing))
    for chunk, filter in sampled(asked, 2):
        with watching(
            meta,
            "regions",
            type="stateless",
            chunk=chunk,
            parent=population.parent,
            filter=filter,
        ) as watch:
            watch.snapshot()


@requirement("META-RSM-002")
def test_resuming_without_changes_changes_nothing(meta: MetaTarget) -> None:
    population = crowd(meta)

    def judged(steady: list[Data]) -> None:
        arguments = {"type": "stateless", "chunk": 2, **population.scope}
        with watching(meta, population.kind, **arguments) as first:
            first.snapshot()
            names = set(first.names)
        with watching(
            meta, population.kind, before=first, resume=first.token, **arguments
        ) as again:
            count = len(again.messages)
            truth = settled(population, again) or steady
            changes = [c for message in again.messages[count:] for c in message.changes]
            removed = [c.name for c in changes if c.kind == "removed" and c.name in names]
        expect(not removed, "removals after resuming without changes", got=removed, wanted="none")
        judge_from(again.items, (), truth, "view after resuming without changes")

    against(meta, population, judged)


@requirement("META-RSM-005")
def test_a_token_serves_several_times(meta: MetaTarget) -> None:
    population = crowd(meta)

    def judged(steady: list[Data]) -> None:
        arguments = {"type": "stateless", **population.scope}
        with watching(meta, population.kind, **arguments) as first:
            first.snapshot()
            view = first.items
        arguments["resume"] = first.token
        with (
            watching(meta, population.kind, **arguments) as one,
            watching(meta, population.kind, **arguments) as other,
        ):
            truth = settled(population, one, other) or steady
        for watch in (one, other):
            judge_from(view, watch.messages, truth, "view of two watches with the same token")
        if by_depth(full=True, staging=False):
            with watching(meta, population.kind, **arguments) as third:
                truth = settled(population, third) or steady
            judge_from(view, third.messages, truth, "view of a third watch with the same token")

    against(meta, population, judged)


@requirement("META-RSM-003", needs=["mutate"])
def test_what_was_missed_comes_after_resuming(meta: MetaTarget) -> None:
    for chunk in by_depth(full=(1, 2, None), staging=(2,)):
        held = ground(meta, count=6)
        inside = held.labelled("inside", "in")
        entering, leaving = held.items[3], held.items[4]
        held.alter(leaving, inside="in")
        with (
            following(held, chunk=chunk) as whole,
            following(held, chunk=chunk, filter=inside) as part,
        ):
            whole.snapshot()
            part.until_holds(leaving["name"])
        held.several(
            held.altered(held.items[0], "missed"),
            str(held.items[1]["name"]),
            held.draft("missed", inside="in"),
        )
        held.remove(held.make("came and went"))
        held.several(held.altered(entering, inside="in"), held.altered(leaving, inside="out"))
        with (
            following(held, before=whole, chunk=chunk, resume=whole.token) as whole,
            following(held, before=part, chunk=chunk, resume=part.token, filter=inside) as part,
        ):
            held.fence(whole, part, inside="in")
            whole.converges(held.listed(), "view after resuming")
            narrowed = held.listed(**held.narrowed(inside))
            part.converges(narrowed, "view under a filter after resuming")


@requirement("META-RSM-003", needs=["mutate"])
def test_one_missed_deletion_comes_after_resuming(meta: MetaTarget) -> None:
    held = ground(meta, count=3)
    with following(held) as watch:
        watch.snapshot()
    gone = held.remove(held.items[1])
    with following(held, before=watch, resume=watch.token) as again:
        again.until_gone(gone)
        again.converges(held.listed(), "view after a deletion was missed")


@requirement("META-RSM-003", needs=["mutate"])
def test_what_came_back_and_went_again_is_gone_after_resuming(meta: MetaTarget) -> None:
    held = ground(meta, count=4)
    inside = held.labelled("inside", "in")
    _, revived, wavering, _ = held.items
    wavering = held.alter(wavering, inside="in")
    with following(held) as whole, following(held, filter=inside) as part:
        whole.snapshot()
        part.until_holds(wavering["name"])
    held.remove(revived)
    held.remove(held.make("again", name=revived["name"]))
    for side in ("out", "in", "out"):
        held.alter(wavering, inside=side)
    with (
        following(held, before=whole, resume=whole.token) as whole,
        following(held, before=part, resume=part.token, filter=inside) as part,
    ):
        whole.until_gone(revived["name"])
        part.until_gone(wavering["name"])
        whole.converges(held.listed(), "view after resuming")


@requirement("META-RSM-004", needs=["mutate", "atomic"])
def test_an_increment_cut_between_its_chunks_comes_again(meta: MetaTarget) -> None:
    held = ground(meta, count=6)
    messages = 3
    for cut in by_depth(full=range(messages + 1), staging=(1,)):
        with following(held, chunk=2) as watch:
            watch.snapshot()
            token = watch.token
            meta.hook.apply([held.altered(item, f"cut after {cut}") for item in held.items])
            for _ in range(cut):
                if begins(watch, patience(meta)) is None or watch.settled:
                    break
        if watch.token != token:
            # It was closed earlier, so nothing of it needs to come again.
            token = watch.token
        with following(held, before=watch, chunk=2, resume=token) as again:
            held.fence(again)
            again.converges(held.listed(), f"view after a cut behind {cut} messages")


@requirement("META-RSM-006", needs=["mutate"])
def test_an_older_token_leads_to_the_right_view(meta: MetaTarget) -> None:
    held = ground(meta, count=5)
    with following(held, chunk=2) as watch:
        watch.snapshot()
        tokens, views = [watch.token], [watch.items]
        made = held.make("made")
        watch.until_holds(made["name"])
        tokens.append(watch.token)
        views.append(watch.items)
        held.remove(held.items[0])
        held.alter(held.items[1], "changed")
        watch.until_gone(held.items[0]["name"])
        held.remove(made)
        watch.until_gone(made["name"])
        newest = watch.items
    for token, view in sampled([*zip(tokens, views, strict=True)], 1):
        with following(held, chunk=2, resume=token) as again:
            held.fence(again)
            truth = held.listed()
            again_messages = again.messages
            judge_from(view, again_messages, truth, "view of that time, resumed with its token")
            judge_from(newest, again_messages, truth, "newer view, resumed with an older token")


@requirement("META-RSM-013", needs=["mutate", "fault.drop"])
def test_resuming_after_the_server_ended_the_stream(meta: MetaTarget) -> None:
    for name, code in sampled([*DROPS.items()], 1):
        for after in by_depth(full=(0, 1), staging=(1,)):
            held = ground(meta, count=4)
            tag = tag_of(meta)
            with following(held, chunk=1, tag=tag) as watch:
                watch.snapshot()
                meta.hook.fault("drop_stream", tag=tag, code=code, after_chunks=after)
                if after:
                    changes = [held.altered(item, "dropped") for item in held.items[:2]]
                    meta.hook.change(changes)
                while watch.next(patience(meta)) is not None:
                    pass
                status = watch.stream.ended(patience(meta))
            if status is None:
                expect(False, f"stream dropped with {name}", got="open", wanted="its end")
            held.several(held.altered(held.items[2], "missed"), str(held.items[3]["name"]))
            with following(held, before=watch, chunk=1, resume=watch.token) as again:
                held.fence(again)
                again.converges(held.listed(), f"view resumed after an end with {name}")
