"""When a dispatch ends for good: every answer the documents allow, with the reading it stands for.

Seed 000 (DispatchMetadata.end_time, RecurrenceRule) leaves several points open; they carry the
names A4 to A10 of the ambiguity table, and a target that answers by any accepted reading of them
is right. What is wrong fits none of the answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from conformance.oracles.model import MAX_US, SECOND_US, Frequency, Rule
from conformance.oracles.recurrence import WORK, last_occurrence, synchronised

MAX_INTERVAL = 10_000
"""The largest interval every server has to take (seed 000, RecurrenceRule.interval; A8)."""

Kind = Literal["time", "absent", "refused", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One accepted answer: an end time, none, a refusal, or "unknown" if the oracle gave up.

    `readings` names the choice taken for each ambiguity that mattered, for instance
    `{"A5": "included"}`.
    """

    kind: Kind
    end_us: int | None = None
    readings: Mapping[str, str] = field(default_factory=dict)


def end_answers(
    *, start_us: int, duration_s: int | None, rule: Rule | None, work: int = WORK
) -> tuple[Answer, ...]:
    """All accepted answers for a dispatch that is otherwise valid, the preferred one first.

    Args:
        start_us: the start as the server keeps it (after any rounding).
        duration_s: None is infinite.
        rule: None for a one-shot; validated lists, as for the oracle of recurrence.
        work: candidates to examine for each reading before it is "unknown".
    """
    return tuple(each_answer(start_us=start_us, duration_s=duration_s, rule=rule, work=work))


def each_answer(
    *, start_us: int, duration_s: int | None, rule: Rule | None, work: int = WORK
) -> Iterator[Answer]:
    """The answers of `end_answers` one by one, each computed only when it is asked for."""
    seen: set[tuple[Kind, int | None]] = set()
    for answer in _answers(start_us, duration_s, rule, work):
        if (answer.kind, answer.end_us) not in seen:
            seen.add((answer.kind, answer.end_us))
            yield answer


def judge_end(
    end_us: int | None, *, start_us: int, duration_s: int | None, rule: Rule | None
) -> tuple[Answer, ...]:
    """The accepted answers that agree with a shown end time (None: absent); empty if it is wrong.

    A returned answer of kind "unknown" means that nothing can be said.
    """
    answers = end_answers(start_us=start_us, duration_s=duration_s, rule=rule)
    kind: Kind = "absent" if end_us is None else "time"
    fitting = tuple(a for a in answers if a.kind == kind and a.end_us == end_us)
    return fitting or tuple(a for a in answers if a.kind == "unknown")


def judge_refusal(
    *, start_us: int, duration_s: int | None, rule: Rule | None
) -> tuple[Answer, ...]:
    """The accepted readings under which this rule is refused; empty if it has to be accepted."""
    answers = end_answers(start_us=start_us, duration_s=duration_s, rule=rule)
    return tuple(a for a in answers if a.kind == "refused")


def _answers(
    start_us: int, duration_s: int | None, rule: Rule | None, work: int
) -> Iterator[Answer]:
    if rule is not None and rule.freq == Frequency.UNSPECIFIED and rule != Rule(freq=0, interval=0):
        yield Answer(kind="refused", readings={"A9": "refused"})
        yield _one_shot(start_us, duration_s, {"A9": "not recurring"})
        return
    if rule is None or rule.freq == Frequency.UNSPECIFIED:
        yield _one_shot(start_us, duration_s, {})
        return
    if rule.interval > MAX_INTERVAL:
        yield Answer(kind="refused", readings={"A8": "refused"})
    yield from _recurring(start_us, duration_s, rule, work)
    if rule.interval == 0:
        yield Answer(kind="refused", readings={"A6": "refused"})


def _one_shot(start_us: int, duration_s: int | None, readings: Mapping[str, str]) -> Answer:
    if duration_s is None:
        return Answer(kind="absent", readings=readings)
    return Answer(
        kind="time", end_us=min(MAX_US, start_us + duration_s * SECOND_US), readings=readings
    )


def _recurring(start_us: int, duration_s: int | None, rule: Rule, work: int) -> Iterator[Answer]:
    in_step = synchronised(rule, start_us)
    starts = ("match",) if in_step else ("match", "start counts")
    untils = ("excluded",) if rule.until_us is None else ("excluded", "included")
    for start_reading, until_reading in product(starts, untils):
        readings = {} if in_step else {"A4": start_reading}
        if rule.until_us is not None:
            readings["A5"] = until_reading
        yield from _finite(start_us, duration_s, rule, work, readings)
    if not in_step:
        yield Answer(kind="refused", readings={"A4": "refused"})


def _finite(
    start_us: int, duration_s: int | None, rule: Rule, work: int, readings: Mapping[str, str]
) -> Iterator[Answer]:
    if not rule.finite:
        yield Answer(kind="absent", readings=readings)
        return
    last = last_occurrence(
        rule,
        start_us,
        until_inclusive=readings.get("A5") == "included",
        start_counts=readings.get("A4") == "start counts",
        work=work,
    )
    if last.ended == "work":
        yield Answer(kind="unknown", readings=readings)
    elif last.time_us is None:
        yield Answer(kind="refused", readings={**readings, "A7": "refused"})
        yield Answer(kind="absent", readings={**readings, "A7": "absent"})
        if duration_s is not None:
            yield Answer(kind="time", end_us=start_us, readings={**readings, "A7": "start"})
    elif last.ended == "calendar":
        yield Answer(kind="absent", readings={**readings, "year 9999": "absent"})
        yield Answer(kind="refused", readings={**readings, "year 9999": "refused"})
        if duration_s is not None:
            yield from (
                Answer(kind="time", end_us=end, readings={**readings, "year 9999": "saturated"})
                for end in _saturated(last.time_us, duration_s)
            )
    elif duration_s is None:
        yield Answer(kind="absent", readings=readings)
    else:
        yield _one_shot(last.time_us, duration_s, readings)


def _saturated(last_us: int, duration_s: int) -> Iterator[int]:
    """Where an end beyond the year 9999 may be put: its last microsecond, second or occurrence."""
    yield MAX_US
    yield MAX_US - MAX_US % SECOND_US
    yield min(MAX_US, last_us + duration_s * SECOND_US)
