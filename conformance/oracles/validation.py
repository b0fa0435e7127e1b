"""What is wrong with a dispatch somebody wants to create, each problem with its requirement.

A problem of level "must" has to be refused, "should" ought to be, "may" leaves the server free.
No problem at all means that the dispatch has to be accepted. Bounds are those of seed 000
(DispatchData, RecurrenceRule) and, where it refers to it, of RFC 5545 §3.3.10.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from conformance.oracles.end_time import MAX_INTERVAL, each_answer
from conformance.oracles.model import (
    SECOND_US,
    CategoryType,
    DispatchData,
    Frequency,
    Rule,
    Target,
)
from conformance.oracles.payload import (
    ACCEPTED_DEPTH,
    REFUSED_BYTES,
    REFUSED_DEPTH,
    compact_size,
    depth,
    judge_limits,
    struct_size,
)

NOW_GRACE_US = 5 * SECOND_US
"""Starts this close to now are accepted or refused as the server likes (A1: clocks differ)."""

WORK = 400_000
"""Candidates examined for a rule: enough to see that a daily one never matches before 9999."""

UNDECIDED = "undecided"
"""In place of a trait: whether the rule has the occurrences it asks for was not found out."""

MAX_COUNT = 4096
MONTH_DAYS = frozenset(range(-31, 32)) - {0}
CATEGORIES = range(1, 20)
"""Category numbers defined in any generation; the meaning of those above 6 differs."""
TYPE_CATEGORY = {"battery": 5, "inverter": 3, "ev_charger": 6}
"""The category to which each arm of the type oneof belongs."""

Level = Literal["must", "should", "may"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One reason to refuse: the requirement, how binding it is, the field and a sentence.

    `trait` names the ambiguity (A1, A8, …) that leaves the server free, if that is the reason.
    """

    requirement: str
    level: Level
    field: str
    text: str
    trait: str | None = None


def problems(
    data: DispatchData, *, now_us: int, start_immediately: bool = False
) -> tuple[Problem, ...]:
    """Everything that speaks against creating the dispatch at server time `now_us`."""
    found = list(rest_problems(data))
    if not start_immediately:
        found += start_problems(data.start_us, now_us=now_us)
    return tuple(found)


def start_problems(start_us: int | None, *, now_us: int) -> tuple[Problem, ...]:
    """What speaks against a start time given at server time `now_us`."""
    if start_us is None:
        return (_problem("DSP-VAL-002", "must", "start_time", "no start time"),)
    if start_us < now_us - NOW_GRACE_US:
        return (_problem("DSP-VAL-001", "must", "start_time", f"{start_us} is past"),)
    if start_us < now_us + NOW_GRACE_US:
        return (_problem("DSP-VAL-001", "may", "start_time", f"{start_us} is near now", "A1"),)
    return ()


def rest_problems(data: DispatchData) -> tuple[Problem, ...]:
    """What speaks against the dispatch apart from when it starts; for updates of other fields."""
    found = [*_type(data.type), *_target(data.target), *_payload(data)]
    if data.rule is not None:
        found += _rule(data.rule)
    if not found and data.start_us is not None:
        found += _occurs(data)
    return tuple(found)


def must_refuse(found: tuple[Problem, ...]) -> bool:
    """Whether one of the problems forces a refusal."""
    return any(problem.level == "must" for problem in found)


def _problem(
    requirement: str, level: Level, field: str, text: str, trait: str | None = None
) -> Problem:
    return Problem(requirement=requirement, level=level, field=field, text=text, trait=trait)


def _type(text: str) -> Iterator[Problem]:
    if not text:
        yield _problem("DSP-VAL-003", "may", "type", "the type is empty", "A26")


def _target(target: Target | None) -> Iterator[Problem]:
    if target is None:
        yield _problem("DSP-VAL-004", "should", "target", "no target")
        return
    if not target.items:
        yield _problem("DSP-VAL-004", "may", "target", "the target lists nothing", "A14")
    if target.kind == "ids":
        return
    for item in target.items:
        category = item.category if isinstance(item, CategoryType) else item
        if category not in CATEGORIES:
            yield _problem("DSP-VAL-005", "may", "target", f"no category {category}")
        if (
            isinstance(item, CategoryType)
            and item.type_field
            and TYPE_CATEGORY[item.type_field] != category
        ):
            text = f"a type of {item.type_field} does not fit category {category}"
            yield _problem("DSP-VAL-006", "must", "target", text)


def _payload(data: DispatchData) -> Iterator[Problem]:
    if judge_limits(data.payload) == "accept":
        return
    objects, levels = depth(data.payload, lists=False), depth(data.payload)
    size = min(compact_size(data.payload), struct_size(data.payload))
    if objects >= REFUSED_DEPTH:
        yield _problem("DSP-LIM-002", "must", "payload", f"{objects} levels of objects")
    elif levels >= REFUSED_DEPTH:
        yield _problem("DSP-LIM-003", "should", "payload", f"{levels} levels with lists")
    elif levels > ACCEPTED_DEPTH:
        yield _problem("DSP-LIM-002", "may", "payload", f"{levels} levels", "A18")
    if size >= REFUSED_BYTES:
        yield _problem("DSP-LIM-005", "must", "payload", f"{size} bytes")
    elif levels <= ACCEPTED_DEPTH:
        yield _problem("DSP-LIM-005", "may", "payload", f"{size} bytes", "A19")


def _rule(rule: Rule) -> Iterator[Problem]:
    if rule.freq == Frequency.UNSPECIFIED:
        yield _problem("DSP-VAL-013", "should", "freq", "rule parts without freq", "A9")
        return
    if rule.freq not in tuple(Frequency):
        yield _problem("DSP-VAL-011", "should", "freq", f"no frequency {rule.freq}")
    yield from _outside("DSP-VAL-007", "must", "bymonthdays", rule.bymonthdays, MONTH_DAYS)
    if rule.freq == Frequency.WEEKLY and rule.bymonthdays:
        yield _problem("DSP-VAL-008", "must", "bymonthdays", "month days in a weekly rule")
    if rule.count is not None and not 1 <= rule.count <= MAX_COUNT:
        yield _problem("DSP-VAL-009", "must", "count", f"count {rule.count}")
    for field, values, lowest, highest in (
        ("byminutes", rule.byminutes, 0, 59),
        ("byhours", rule.byhours, 0, 23),
        ("bymonths", rule.bymonths, 1, 12),
    ):
        yield from _outside("DSP-VAL-010", "should", field, values, range(lowest, highest + 1))
    yield from _outside("DSP-VAL-011", "should", "byweekdays", rule.byweekdays, range(1, 8))
    if rule.interval > MAX_INTERVAL:
        yield _problem("DSP-VAL-012", "may", "interval", f"interval {rule.interval}", "A8")


def _outside(
    requirement: str,
    level: Level,
    field: str,
    values: tuple[int, ...],
    valid: Collection[int],
) -> Iterator[Problem]:
    for value in values:
        if value not in valid:
            yield _problem(requirement, level, field, f"{value} is out of range")


def _occurs(data: DispatchData) -> Iterator[Problem]:
    """Rules that some readings refuse: unsynchronised, never matching, beyond year 9999."""
    assert data.start_us is not None
    for answer in each_answer(
        start_us=data.start_us, duration_s=data.duration_s, rule=data.rule, work=WORK
    ):
        if answer.kind == "unknown":
            text = "whether the rule ever matches is not known"
            yield _problem("DSP-VAL-015", "may", "recurrence", text, UNDECIDED)
            return
        if answer.kind == "refused":
            trait = next(name for name, choice in answer.readings.items() if choice == "refused")
            yield _problem("DSP-VAL-015", "may", "recurrence", f"{answer.readings}", trait)
            return
