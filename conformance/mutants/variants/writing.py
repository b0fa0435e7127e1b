"""Legal variants in creating dispatches and computing their end times."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import grpc

from conformance.mutants import straight
from conformance.mutants.book import Book, Refuse
from conformance.mutants.change import Changes, Variant
from conformance.oracles.end_time import end_answers
from conformance.oracles.model import (
    MAX_US,
    SECOND_US,
    DispatchData,
    Rule,
    Target,
)
from conformance.oracles.payload import compact_size, struct_size
from conformance.oracles.semantic import plain_rule, plain_target
from conformance.oracles.validation import Problem

MILLISECOND_US = 1000


def doubting(*, accepts: Sequence[str] = (), refuses: Sequence[str] = ()) -> Changes:
    """Take or refuse doubtful requests (by trait or requirement) other than is preferred."""

    def objection(
        found: Sequence[Problem], data: DispatchData, at_us: int, where: str
    ) -> Problem | None:
        for problem in found:
            names = {problem.trait, problem.requirement}
            if names & set(refuses):
                return problem
            if not names & set(accepts) and straight.objects(problem, data, at_us):
                return problem
        return None

    return {"objection": objection}


def also_refusing(objects: Callable[[DispatchData, int], bool], text: str) -> Changes:
    """Refuse something more that may be refused."""
    problem = Problem(requirement="", level="may", field="dispatch", text=text)

    def objection(
        found: Sequence[Problem], data: DispatchData, at_us: int, where: str
    ) -> Problem | None:
        if objects(data, at_us):
            return problem
        return straight.objection(found, data, at_us, where)

    return {"objection": objection}


def limiting(size: Callable[[Mapping[str, Any]], int], most: int) -> Changes:
    """Another measure of a payload's size, and another limit."""

    def objection(
        found: Sequence[Problem], data: DispatchData, at_us: int, where: str
    ) -> Problem | None:
        rest = [problem for problem in found if problem.trait != "A19"]
        if size(data.payload) > most:
            return Problem(requirement="", level="may", field="payload", text="too large")
        return straight.objection(rest, data, at_us, where)

    return {"objection": objection}


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


def rule_as_sent(data: DispatchData, kept: DispatchData) -> DispatchData:
    """Rule parts without a frequency are stored, though nothing recurs."""
    return replace(kept, rule=data.rule)


def tidied(data: DispatchData, kept: DispatchData) -> DispatchData:
    """Lists are sorted and stored once each."""
    return replace(kept, rule=plain_rule(kept.rule), target=plain_target(kept.target))


def saturating(data: DispatchData) -> int | None:
    """An end beyond the year 9999 is its last second."""
    answers = end_answers(start_us=data.start_us or 0, duration_s=data.duration_s, rule=data.rule)
    if any("year 9999" in answer.readings for answer in answers):
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


def finer_codes(refusal: Refuse) -> grpc.StatusCode:
    """Past starts, sizes and ranges have statuses of their own."""
    text = str(refusal)
    if refusal.kind == "invalid":
        if text.startswith("start_time") and "past" in text:
            return grpc.StatusCode.FAILED_PRECONDITION
        if text.startswith("payload"):
            return grpc.StatusCode.RESOURCE_EXHAUSTED
        if "out of range" in text or text.startswith("count"):
            return grpc.StatusCode.OUT_OF_RANGE
    return straight.status(refusal)


def looks_like_code(data: DispatchData, at_us: int) -> bool:
    """Whether a text of the payload looks like a script."""
    return any(mark in str(data.payload) for mark in ("<script", "DROP TABLE", "$(", "{{"))


def target_needed(data: DispatchData, at_us: int) -> bool:
    """Whether the target is an empty set."""
    return isinstance(data.target, Target) and not data.target.items


def _variant(id_: str, sentence: str, trait: str, changes: Changes) -> Variant:
    return Variant(id=id_, sentence=sentence, trait=trait, changes=changes)


VARIANTS = (
    _variant(
        "now-tolerant",
        "A start up to five seconds ago is accepted.",
        "A1",
        doubting(accepts=["A1"]),
    ),
    _variant(
        "now-strict",
        "A start has to be four seconds ahead.",
        "A1",
        also_refusing(
            lambda data, at_us: abs((data.start_us or 0) - at_us) < 4 * SECOND_US, "too soon"
        ),
    ),
    _variant(
        "start-exact",
        "A start keeps its fractions of a second.",
        "A2",
        keeping(lambda data, kept: replace(kept, start_us=data.start_us)),
    ),
    _variant(
        "start-truncated", "Fractions of a second are cut off a start.", "A2", keeping(truncated)
    ),
    _variant(
        "start-counts",
        "A start that does not match the rule is its first occurrence.",
        "A4",
        ending(A4="start counts"),
    ),
    _variant(
        "start-has-to-match",
        "A start that does not match the rule is refused.",
        "A4",
        doubting(refuses=["A4"]),
    ),
    _variant(
        "until-included",
        "An occurrence exactly at until takes place.",
        "A5",
        ending(A5="included"),
    ),
    _variant(
        "interval-zero-echoed",
        "An interval that was left out is answered as 0.",
        "A6",
        keeping(interval_as_sent),
    ),
    _variant(
        "interval-needed", "A rule without interval is refused.", "A6", doubting(refuses=["A6"])
    ),
    _variant(
        "no-occurrence-no-end",
        "A rule without any occurrence is accepted and has no end time.",
        "A7",
        {**doubting(accepts=["A7"]), **ending(A7="absent")},
    ),
    _variant(
        "no-occurrence-ends-at-start",
        "A rule without any occurrence is accepted and ends at its start.",
        "A7",
        {**doubting(accepts=["A7"]), **ending(A7="start")},
    ),
    _variant("intervals-unlimited", "Any interval is accepted.", "A8", doubting(accepts=["A8"])),
    _variant(
        "no-frequency-no-rule",
        "Rule parts without a frequency are accepted and dropped.",
        "A9",
        doubting(accepts=["A9"]),
    ),
    _variant(
        "no-frequency-kept",
        "Rule parts without a frequency are accepted and answered, but nothing recurs.",
        "A9",
        {
            **doubting(accepts=["A9"]),
            **keeping(
                lambda data, kept: (
                    rule_as_sent(data, kept)
                    if data.rule is not None
                    and data.rule.freq == 0
                    and data.rule != Rule(freq=0, interval=0)
                    else kept
                )
            ),
        },
    ),
    _variant(
        "empty-target-refused",
        "A target that lists nothing is refused.",
        "A14",
        also_refusing(target_needed, "no components"),
    ),
    _variant(
        "root-has-no-depth",
        "The root of a payload is no level of its own.",
        "A18",
        doubting(accepts=["A18"]),
    ),
    _variant(
        "payload-50000-bytes",
        "Payloads are limited to 50 000 bytes of JSON.",
        "A19",
        limiting(compact_size, 50_000),
    ),
    _variant(
        "payload-by-wire-size",
        "Payloads are measured as they are encoded.",
        "A19",
        limiting(struct_size, 51_200),
    ),
    _variant(
        "empty-type-accepted",
        "The empty type and microgrid 0 are accepted.",
        "A26",
        {
            **doubting(accepts=["A26"]),
            "refuses_microgrid": lambda book, microgrid, where: None,
        },
    ),
    _variant(
        "end-saturates",
        "An end beyond the year 9999 is its last second.",
        "DSP-REC-013",
        {"end_us": saturating},
    ),
    _variant(
        "beyond-9999-refused",
        "A rule that goes on beyond the year 9999 is refused.",
        "DSP-REC-013",
        doubting(refuses=["year 9999"]),
    ),
    _variant(
        "categories-unchecked",
        "Unknown component categories are accepted.",
        "DSP-VAL-005",
        doubting(accepts=["DSP-VAL-005"]),
    ),
    _variant(
        "scripts-refused",
        "Payloads with texts that look like scripts are refused.",
        "DSP-LIM-008",
        also_refusing(looks_like_code, "payload looks like code"),
    ),
    _variant(
        "lists-tidied",
        "Lists are sorted and each value is stored once.",
        "DSP-CRE-003",
        keeping(tidied),
    ),
    _variant(
        "clock-of-milliseconds",
        "The server's clock counts milliseconds.",
        "DSP-CRE-004",
        {
            "now_us": milliseconds,
            "update_us": lambda before, at_us: max(at_us, before.update_us + MILLISECOND_US),
        },
    ),
    _variant("ids-high", "Ids begin at 2^62 and leave gaps.", "DSP-CRE-002", {"next_id": high_ids}),
    _variant("ids-random", "Ids follow no order.", "DSP-CRE-002", {"next_id": random_ids}),
    _variant(
        "codes-finer",
        "Past starts, sizes and ranges are refused with statuses of their own.",
        "DSP-VAL-017",
        {"status": finer_codes},
    ),
)
