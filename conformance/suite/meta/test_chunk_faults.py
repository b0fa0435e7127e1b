"""Control messages of watches: what they carry, and that each is one thing at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping

from conformance.judging import requirement, sampled, untestable
from conformance.oracles.meta.assembly import is_size_check
from conformance.oracles.meta.model import Message
from conformance.suite.meta.changing import ground
from conformance.suite.meta.watching import Watch, patience, watching
from conformance.targets.hooks.model import FAULTS
from conformance.targets.meta import MetaTarget

CONTROLS: Mapping[str, str] = {
    "soft_reset": "a soft reset",
    "hard_reset": "a hard reset",
    "send_snapshot_size": "a size check",
}
"""Faults that show as messages of their own, by what they are called."""


def is_control(fault: str, message: Message) -> bool:
    """Whether a message is what such a fault orders."""
    if fault == "soft_reset":
        return message.soft_reset
    return message.hard_reset if fault == "hard_reset" else is_size_check(message)


def provoke(meta: MetaTarget) -> None:
    """Read stateless watches that are reset and asked to show sizes, as far as the hook can."""
    faults = [fault for fault in CONTROLS if FAULTS[fault] in meta.capabilities]
    if not faults:
        untestable("the hook can order neither resets nor size checks")
    own = ground(meta)
    for chunk in sampled((None, 2), 1):
        tag = f"{own.population.label}-{chunk}"
        with watching(meta, own.kind, **own.scope, type="stateless", chunk=chunk, tag=tag) as watch:
            watch.snapshot()
            for fault in sampled(faults, 2):
                meta.hook.fault(fault, tag=tag)
                if not _comes(watch, fault):
                    untestable(f"the hook orders {CONTROLS[fault]}, and none comes")
                own.fence(watch)


def _comes(watch: Watch, fault: str) -> bool:
    deadline = time.monotonic() + patience(watch.target)
    while (message := watch.next(max(0.0, deadline - time.monotonic()))) is not None:
        if is_control(fault, message):
            return True
    return False


@requirement("META-CHK-013")
def test_a_message_is_one_thing_at_a_time(meta: MetaTarget) -> None:
    provoke(meta)


@requirement("META-CHK-014")
def test_control_messages_carry_no_changes(meta: MetaTarget) -> None:
    provoke(meta)
