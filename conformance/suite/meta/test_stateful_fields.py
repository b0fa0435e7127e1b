"""What does not belong to a stateful watch: resume tokens, starting times, Current and resets."""

from __future__ import annotations

from typing import Any

import grpc

from conformance.judging import BAD_ARGUMENT, Refused, advise, expect, observe, requirement, sampled
from conformance.oracles.meta.history import difference
from conformance.recorder import now_us
from conformance.suite.meta.changing import ground
from conformance.suite.meta.reading import CALLERS_FAULT, everything, with_populations
from conformance.suite.meta.watching import WHOLE, watching
from conformance.targets.hooks.model import FAULTS, HookRefused
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population

REFUSALS = CALLERS_FAULT | {grpc.StatusCode.UNIMPLEMENTED}
ORDERED = ("soft_reset", "hard_reset", "expire_resume_tokens", "send_snapshot_size")
"""Faults that are none of a stateful watch's business."""


@requirement("META-WST-010")
def test_resume_token_is_refused(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        with watching(meta, population.kind, **population.scope, type="stateless") as watch:
            watch.snapshot()
        _illegal(meta, population, "resume token", resume=watch.token or "token")

    with_populations(meta, body)


@requirement("META-WST-011")
def test_starting_time_is_refused(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        _illegal(meta, population, "starting time", starting_us=now_us() - 1_000_000)

    with_populations(meta, body)


def _illegal(meta: MetaTarget, population: Population, what: str, **given: Any) -> None:
    """Fail unless a stateful watch with this is refused, or does as if it were not there."""
    what = f"stateful watch with a {what}"
    wanted = everything(meta, population)
    with watching(meta, population.kind, **population.scope, size=WHOLE, **given) as watch:
        try:
            watch.snapshot()
        except Refused as refusal:
            expect(refusal.code in REFUSALS, what, got=refusal, wanted=BAD_ARGUMENT)
            if refusal.code not in BAD_ARGUMENT:
                observe(f"{what}: {refusal.code.name}")
            return
    wrong = difference(watch.items, wanted)
    expect(not wrong, what, got=wrong, wanted="INVALID_ARGUMENT, or the whole snapshot")
    advise(False, what, got="ignored", wanted=BAD_ARGUMENT)


@requirement("META-WST-012")
def test_snapshot_has_no_resume_token(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for size, chunk in ((None, None), (3, None), (WHOLE, 2)):
            with watching(
                meta, population.kind, **population.scope, size=size, chunk=chunk
            ) as watch:
                watch.snapshot()

    with_populations(meta, body)


@requirement("META-WST-012", needs=["mutate"])
def test_changes_have_no_resume_token(meta: MetaTarget) -> None:
    own = ground(meta)
    with watching(meta, own.kind, **own.scope, size=WHOLE) as watch:
        watch.snapshot()
        own.bring(own.altered(own.items[0], "changed"), str(own.items[1]["name"]), watches=[watch])


@requirement("META-WST-013")
def test_faults_are_not_shown(meta: MetaTarget) -> None:
    own = ground(meta)
    faults = [fault for fault in ORDERED if FAULTS[fault] in meta.capabilities]
    for chunk in sampled((None, 2), 1):
        tag = f"{own.population.label}-{chunk}"
        arguments = {**own.scope, "size": WHOLE, "chunk": chunk, "tag": tag}
        with watching(meta, own.kind, **arguments) as watch:
            watch.snapshot()
            for fault in sampled(faults, 2):
                try:
                    meta.hook.fault(fault, tag=tag)
                except HookRefused:
                    continue  # what cannot be ordered for such a watch, it will not do
                own.bring(own.altered(own.items[0], fault), watches=[watch])
        for number, message in enumerate(watch.messages, start=1):
            reset = message.soft_reset or message.hard_reset
            expect(not reset, f"message {number} of a stateful watch", got="a reset", wanted="none")
