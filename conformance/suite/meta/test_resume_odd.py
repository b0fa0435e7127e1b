"""Tokens that are dead, foreign or of another query, and starting times (seed 003, requests)."""

from __future__ import annotations

import time
from collections.abc import Sequence

from conformance.failures import Nonconformance, Refused
from conformance.judging import (
    advise,
    attempt,
    expect,
    observe,
    requirement,
    untestable,
)
from conformance.oracles.meta.model import Data, Message
from conformance.recorder import now_us
from conformance.suite.meta.changing import Ground, ground
from conformance.suite.meta.stateless import (
    answer,
    begins,
    crowd,
    following,
    judge_from,
    judge_illegal,
    tag_of,
)
from conformance.suite.meta.watching import patience, steadily, watching
from conformance.targets.meta import MetaTarget

GARBAGE = ("gridproof", "AAAA", "0", "%%% {}", "x" * 2000)
"""Texts that nobody issued as a token."""

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
LONG_AGO_US = 946_684_800_000_000
"""The year 2000: no history reaches back to it."""

COARSE_S = 3.0
"""How coarse a clock may be of whose times one has to be later than another."""

APART_S = 3
"""How far clocks may be apart where the target shows none of its times."""

LATER = "since then"
"""Text of what was changed after a starting time."""

TOKENS = 5
"""At least one in so many closing messages has a token."""


@requirement("META-RSM-007", needs=["mutate", "fault.expire"])
def test_a_dead_token_is_answered_with_a_hard_reset(meta: MetaTarget) -> None:
    held, tag = ground(meta, count=4), tag_of(meta)
    with following(held, chunk=2, tag=tag) as first:
        first.snapshot()
    view, count = first.items, len(first.messages)
    gone = held.remove(held.items[0])
    meta.hook.barrier()
    meta.hook.fault("expire_resume_tokens", tag=tag)
    with following(held, before=first, chunk=2, tag=tag, resume=first.token) as again:
        found = attempt(lambda: begins(again, patience(meta)))
        if isinstance(found, Refused):
            advise(False, "answer to a dead token", got=found.code, wanted="a hard reset")
            return
        if found is not None and not found.is_current and not found.hard_reset:
            again.snapshot()
        changes = again.messages[count:]
        if not any(message.hard_reset for message in changes):
            if any(change.name == gone for message in changes for change in message.changes):
                untestable("the hook was to expire a token, and it still works")
            expect(False, "answer to a dead token", got=_shown(changes), wanted="a hard reset")
        again.until(lambda: again.settled, "a new snapshot")
        held.fence(again)
        truth = held.listed()
        judge_from(view, again.messages[count:], truth, "view after a dead token")


@requirement("META-RSM-008")
def test_a_token_that_nobody_issued(meta: MetaTarget) -> None:
    population = meta.population("regions", shared=True, least=0)
    for text in GARBAGE:
        what = f"answer to the token {text[:20]!r}"
        found = answer(meta, "regions", type="stateless", resume=text, **population.scope)
        if isinstance(found, Refused):
            judge_illegal(found, what)
        else:
            reset = bool(found) and found[0].hard_reset
            wanted = "INVALID_ARGUMENT or a hard reset"
            expect(reset, what, got=_shown(found), wanted=wanted)


@requirement("META-RSM-009")
def test_a_token_of_another_query(meta: MetaTarget) -> None:
    population = crowd(meta)
    inside = population.names[::2]
    listed = ", ".join(f'"{name}"' for name in inside)
    narrowed = {"parent": population.parent, "filter": population.both(f"name IN ({listed})")}

    def judged(truth: list[Data]) -> None:
        with watching(meta, population.kind, type="stateless", **population.scope) as first:
            first.snapshot()
        found = answer(
            meta,
            population.kind,
            type="stateless",
            resume=first.token,
            within_s=meta.profile.latency,
            **narrowed,
        )
        if isinstance(found, Refused):
            observe("refused", trait="M44")
            return
        outside = sorted(
            {
                change.name
                for message in found
                for change in message.changes
                if change.kind != "removed" and change.name not in inside
            }
        )
        what = "items after resuming with the token of another query"
        expect(not outside, what, got=outside, wanted=f"only of {inside}")
        if found and found[0].hard_reset:
            judge_from(first.items, found, truth, "view after that hard reset")
            observe("hard reset", trait="M44")
        else:
            observe("new query", trait="M44")

    steadily(meta, population.kind, judged, **narrowed)


@requirement("META-RSM-010")
def test_a_token_and_a_starting_time(meta: MetaTarget) -> None:
    population = meta.population("regions", shared=True, least=0)
    with watching(meta, "regions", type="stateless", **population.scope) as first:
        message = first.snapshot()[-1]
    found = answer(
        meta,
        "regions",
        type="stateless",
        resume=first.token,
        starting_us=message.at_us,
        within_s=meta.profile.latency,
        **population.scope,
    )
    judge_illegal(found, "starting time beside a resume token")


@requirement("META-RSM-011", needs=["mutate"])
def test_a_starting_time_brings_the_changes_since_then(meta: MetaTarget) -> None:
    held = ground(meta, count=4)
    marker = held.make("marker")
    if _time_us(meta.get(marker["name"])):
        starting_us = _later(held, marker, max(map(_time_us, held.items)))
        # At exactly that time a change may be left out, so it has to be later than the marker.
        _later(held, held.items[1], starting_us)
        _judge_since(held, starting_us)
        return
    time.sleep(2 * APART_S)
    starting_us = now_us() - APART_S * SECOND_US
    held.alter(held.items[1], LATER)
    try:
        _judge_since(held, starting_us)
    except Nonconformance as found:
        untestable(f"the target shows no update times, and by our clock: {found}")


def _judge_since(held: Ground, starting_us: int) -> None:
    """Fail unless a watch brings what happens after a time: the second item has changed since."""
    first, changed, third, fourth = (item["name"] for item in held.items[:4])
    gone = held.remove(third)
    with following(held, starting_us=starting_us) as watch:
        made = held.make("later")
        watch.until_holds(made["name"])
        watch.until(lambda: watch.about(gone), "the removal since the starting time")
        for _ in range(TOKENS):
            if watch.token:
                break
            held.fence(watch)
        changes = [change for message in watch.messages for change in message.changes]
        old = [change.name for change in changes if change.name in (first, fourth)]
        expect(not old, "unchanged items after a starting time", got=old, wanted="none")
        seen = watch.view.get(changed, {}).get(held.text)
        expect(seen == LATER, "an item changed since the starting time", got=seen, wanted=LATER)
        expect(watch.token, "tokens of a watch with a starting time", got="none", wanted="some")


def _later(held: Ground, item: Data, than_us: int) -> int:
    """Change an item, until its time on the target is later than another; that time, in us."""
    deadline = time.monotonic() + COARSE_S
    while time.monotonic() < deadline:
        held.alter(item, LATER)
        at_us = _time_us(held.target.get(item["name"]))
        if at_us > than_us:
            return at_us
    untestable(f"no update time of the target becomes later within {COARSE_S:g} s")


def _time_us(item: Data) -> int:
    return int(item.get("metadata", {}).get("update_time", 0)) // 1000


@requirement("META-RSM-012")
def test_a_starting_time_out_of_reach(meta: MetaTarget) -> None:
    population = meta.population("regions", shared=True, least=0)
    with watching(meta, "regions", type="stateless", **population.scope) as watch:
        now_us = watch.snapshot()[-1].at_us
    for name, starting_us in (("long ago", LONG_AGO_US), ("tomorrow", now_us + DAY_US)):
        found = answer(
            meta,
            "regions",
            type="stateless",
            starting_us=starting_us,
            within_s=meta.profile.quiet,
            **population.scope,
        )
        if isinstance(found, Refused):
            reading = "refused"
        else:
            reading = "hard reset" if found and found[0].hard_reset else "accepted"
        if name == "tomorrow":
            observe(reading, trait="M24a")
        else:
            observe(f"a starting time {name}: {reading}")


def _shown(messages: Sequence[Message]) -> str:
    if not messages:
        return "accepted, and nothing is sent"
    kinds = sorted({change.kind for message in messages for change in message.changes})
    return f"{len(messages)} messages with {' and '.join(kinds) or 'no changes'}"
