"""Legal variants in what is stored of a dispatch and when it ends."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import replace

from conformance.mutants import straight
from conformance.mutants.book import Book
from conformance.mutants.change import Changes, Variant
from conformance.mutants.variants.validating import doubting
from conformance.oracles.end_time import end_answers
from conformance.oracles.model import (
    MAX_US,
    SECOND_US,
    DispatchData,
)
from conformance.oracles.semantic import plain_rule, plain_target

MILLISECOND_US = 1000


def ending(**readings: str) -> Changes:
    """End times by other readings of the traits named."""

    def end_us(data: DispatchData) -> int | None:
        answers = end_answers(
            start_us=data.start_us or 0, duration_s=data.duration_s, rule=data.rule
        )
        shown = [answer for answer in answers if answer.kind in ("time", "absent")]
        for answer in shown:
            fits = (
                answer.readings.get(name, choice) == choice for name, choice in readings.items()
            )
            if all(fits):
                return answer.end_us
        return shown[0].end_us

    return {"end_us": end_us}


def keeping(change: Callable[[DispatchData, DispatchData], DispatchData]) -> Changes:
    """Store another spelling; `change` is given what was sent and what would be kept."""
    return {"keep": lambda data: change(data, straight.keep(data))}


def truncated(data: DispatchData, kept: DispatchData) -> DispatchData:
    """Fractions of a second are cut off."""
    start_us = data.start_us
    return replace(kept, start_us=None if start_us is None else start_us - start_us % SECOND_US)


def interval_as_sent(data: DispatchData, kept: DispatchData) -> DispatchData:
    """An interval that was left out stays out."""
    if kept.rule is None or data.rule is None:
        return kept
    return replace(kept, rule=replace(kept.rule, interval=data.rule.interval))


def tidied(data: DispatchData, kept: DispatchData) -> DispatchData:
    """Lists are sorted and stored once each."""
    return replace(kept, rule=plain_rule(kept.rule), target=plain_target(kept.target))


def saturating(data: DispatchData) -> int | None:
    """An end beyond the year 9999 is its last second."""
    answers = end_answers(start_us=data.start_us or 0, duration_s=data.duration_s, rule=data.rule)
    beyond = any("year 9999" in answer.readings for answer in answers)
    if beyond and data.duration_s is not None:
        return MAX_US - MAX_US % SECOND_US
    return straight.end_us(data)


def milliseconds(book: Book) -> int:
    """A clock that counts milliseconds."""
    at_us = straight.now_us(book)
    return at_us - at_us % MILLISECOND_US


def high_ids(book: Book) -> int:
    """Ids begin far up and leave gaps."""
    counter = book.scratch.setdefault("ids", itertools.count(2**62, 7))
    return int(next(counter))


def random_ids(book: Book) -> int:
    """Ids follow no order."""
    chance: random.Random = book.scratch.setdefault("chance", random.Random(7))
    return chance.getrandbits(63) or 1


def _variant(id_: str, sentence: str, trait: str, changes: Changes, *near: str) -> Variant:
    return Variant(id=id_, sentence=sentence, trait=trait, changes=changes, near=near)


VARIANTS = (
    _variant(
        "start-exact",
        "A start keeps its fractions of a second.",
        "A2",
        keeping(lambda data, kept: replace(kept, start_us=data.start_us)),
        "DSP-CRE-003",
        "DSP-GET-001",
        "DSP-STR-002",
    ),
    _variant(
        "start-truncated",
        "Fractions of a second are cut off a start.",
        "A2",
        keeping(truncated),
        "DSP-CRE-003",
        "DSP-GET-001",
        "DSP-STR-002",
    ),
    _variant(
        "start-counts",
        "A start that does not match the rule is its first occurrence.",
        "A4",
        ending(A4="start counts"),
        "DSP-REC-012",
        "DSP-CRE-003",
    ),
    _variant(
        "until-included",
        "An occurrence exactly at until takes place.",
        "A5",
        ending(A5="included"),
        "DSP-END-006",
        "DSP-END-007",
        "DSP-REC-009",
    ),
    _variant(
        "interval-zero-echoed",
        "An interval that was left out is answered as 0.",
        "A6",
        keeping(interval_as_sent),
        "DSP-REC-010",
        "DSP-CRE-003",
    ),
    _variant(
        "no-occurrence-no-end",
        "A rule without any occurrence is accepted and has no end time.",
        "A7",
        {**doubting(accepts=["A7"]), **ending(A7="absent")},
        "DSP-VAL-015",
        "DSP-END-007",
    ),
    _variant(
        "no-occurrence-ends-at-start",
        "A rule without any occurrence is accepted and ends at its start.",
        "A7",
        {**doubting(accepts=["A7"]), **ending(A7="start")},
        "DSP-VAL-015",
        "DSP-END-007",
    ),
    _variant(
        "end-saturates",
        "An end beyond the year 9999 is its last second.",
        "DSP-REC-013",
        {"end_us": saturating},
        "DSP-REC-013",
    ),
    _variant(
        "lists-tidied",
        "Lists are sorted and each value is stored once.",
        "DSP-CRE-003",
        keeping(tidied),
        "DSP-CRE-003",
        "DSP-REC-011",
        "DSP-GEN-003",
        "DSP-UPD-004",
    ),
    _variant(
        "clock-of-milliseconds",
        "The server's clock counts milliseconds.",
        "DSP-CRE-004",
        {
            "now_us": milliseconds,
            "update_us": lambda before, at_us: max(at_us, before.update_us + MILLISECOND_US),
        },
        "DSP-CRE-004",
        "DSP-UPD-014",
        "DSP-SRT-002",
        "DSP-FLT-013",
    ),
    _variant(
        "ids-high",
        "Ids begin at 2^62 and leave gaps.",
        "DSP-CRE-002",
        {"next_id": high_ids},
        "DSP-CRE-002",
        "DSP-FLT-018",
        "DSP-GET-003",
    ),
    _variant(
        "ids-random",
        "Ids follow no order.",
        "DSP-CRE-002",
        {"next_id": random_ids},
        "DSP-CRE-002",
        "DSP-SRT-001",
        "DSP-FLT-018",
    ),
)
