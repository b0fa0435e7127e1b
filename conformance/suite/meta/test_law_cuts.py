"""A connection may break anywhere: what is put together afterwards is what List shows."""

from __future__ import annotations

from conformance.judging import by_depth, expect, requirement, sampled
from conformance.oracles.meta import history
from conformance.oracles.meta.model import Data
from conformance.suite.laws.watch_machine import WIDE
from conformance.suite.meta.changing import ground
from conformance.suite.meta.stateless import (
    against,
    begins,
    crowd,
    following,
    judge_from,
    settled,
)
from conformance.suite.meta.watching import patience, watching
from conformance.targets.meta import MetaTarget

CUTS = 2
"""So many cuts are tried where calls are few."""


@requirement("META-RSM-002", "META-CHK-003")
def test_a_snapshot_cut_at_every_message(meta: MetaTarget) -> None:
    count, chunk = by_depth(full=(250, 7), staging=(12, 2))
    population = crowd(meta, count)
    if not population.owned:
        chunk = 2
    messages = -(-len(population.items) // chunk)
    arguments = {"type": "stateless", "chunk": chunk, **population.scope}
    for cut in sampled(range(messages + 1), CUTS):

        def judged(steady: list[Data], cut: int = cut) -> None:
            with watching(meta, population.kind, **arguments) as first:
                for _ in range(cut):
                    if begins(first, patience(meta)) is None:
                        break
            with watching(
                meta, population.kind, before=first, resume=first.token, **arguments
            ) as again:
                if first.token:
                    truth = settled(population, again) or steady
                else:
                    again.snapshot()
                    truth = steady or list(population.items)
            judge_from(again.items, (), truth, f"view after a cut behind {cut} messages")

        against(meta, population, judged)


@requirement("META-FLT-001", "META-FLT-004", "META-CHK-023", needs=["mutate"])
def test_views_of_filters_add_up(meta: MetaTarget) -> None:
    held = ground(meta, count=6)
    held.several(
        *(
            held.altered(item, "ab"[number % 2], inside=("in", "out")[number // 3])
            for number, item in enumerate(held.items)
        )
    )
    one, other = f'{held.text} = "a"', held.labelled("inside", "in")
    either, neither = f"({one}) OR ({other})", f"NOT ({one})"
    with (
        following(held) as whole,
        following(held, filter=one, chunk=1) as first,
        following(held, filter=other, chunk=2) as second,
        following(held, filter=either) as union,
        following(held, filter=neither, chunk=1) as rest,
    ):
        for watch in (whole, first, second, union, rest):
            watch.snapshot()
        held.several(
            held.altered(held.items[0], "b", inside="out"),
            held.altered(held.items[1], "a", inside="in"),
            held.altered(held.items[4], "a", inside="out"),
            str(held.items[5]["name"]),
            held.draft("b", inside="out"),
        )
        held.fence(whole, first, second, union, text="a", inside="in")
        held.fence(whole, second, union, rest, text="b", inside="in")
        found = [
            *history.judge_union(union.view, first.view, second.view),
            *history.judge_partition(whole.view, first.view, rest.view),
        ]
        for violation in found:
            expect(
                False,
                "views of watches under related filters",
                got=violation.text,
                wanted="what the filters say",
                breaks=history.RULES[violation.code],
            )


@requirement("META-CHK-022", needs=["mutate"])
def test_nothing_comes_while_nothing_happens(meta: MetaTarget) -> None:
    held = ground(meta, count=3)
    with (
        following(held, chunk=2) as sets,
        watching(meta, held.kind, type="stateful", size=WIDE, chunk=2, **held.scope) as window,
    ):
        for watch in (sets, window):
            watch.snapshot()
        held.alter(held.items[0], "changed")
        held.fence(sets, window)
        for watch in (sets, window):
            for violation in history.judge_silence(watch.rest()):
                what = "watch while nothing happens"
                expect(False, what, got=violation.text, wanted="silence")
