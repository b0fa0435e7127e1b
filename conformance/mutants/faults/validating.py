"""Faults in what is accepted and refused, and in what a refusal leaves behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

import grpc

from conformance.mutants import straight
from conformance.mutants.book import CREATED, Book, Event, Refuse
from conformance.mutants.change import Changes, Mutant
from conformance.mutants.wire import us_of
from conformance.oracles.end_time import each_answer
from conformance.oracles.model import MAX_US, SECOND_US, DispatchData, DispatchView, Frequency
from conformance.oracles.payload import compact_size, depth
from conformance.oracles.validation import Problem

MIN_US = -62_135_596_800 * SECOND_US
"""Begin of the year 1."""
NO_DATE = "year is out of range"


def forgiving(requirement: str, *, field: str = "", where: str = "") -> Changes:
    """Accept what a requirement wants refused; in one field or one of create and update only."""

    def objection(
        found: Sequence[Problem], data: DispatchData, at_us: int, called: str
    ) -> Problem | None:
        rest = [
            problem
            for problem in found
            if problem.requirement != requirement
            or (field and problem.field != field)
            or (where and called != where)
        ]
        return straight.objection(rest, data, at_us, called)

    return {"objection": objection}


def stricter(objects: Callable[[DispatchData], bool], text: str) -> Changes:
    """Refuse more than is allowed."""
    problem = Problem(requirement="", level="must", field="dispatch", text=text)

    def objection(
        found: Sequence[Problem], data: DispatchData, at_us: int, where: str
    ) -> Problem | None:
        return problem if objects(data) else straight.objection(found, data, at_us, where)

    return {"objection": objection}


def count_of(data: DispatchData) -> int:
    """The count of the rule, 0 without one."""
    return (data.rule.count or 0) if data.rule else 0


def slow_when_unmatchable(
    found: Sequence[Problem], data: DispatchData, at_us: int, where: str
) -> Problem | None:
    """Rules that never match are searched for occurrences for a long time."""
    if any(problem.trait == "A7" for problem in found):
        time.sleep(6)
    return straight.objection(found, data, at_us, where)


def never_is_late(data: DispatchData) -> int | None:
    """A rule that never matches ends with the year 9999."""
    answers = each_answer(
        start_us=data.start_us or 0,
        duration_s=data.duration_s,
        rule=data.rule,
        work=straight.WORK,
    )
    return MAX_US if any("A7" in answer.readings for answer in answers) else straight.end_us(data)


def unmatchable_taken(
    found: Sequence[Problem], data: DispatchData, at_us: int, where: str
) -> Problem | None:
    """A rule that never matches is no reason to refuse."""
    rest = [problem for problem in found if problem.trait not in ("A4", "A7")]
    return straight.objection(rest, data, at_us, where)


def no_empty_rule(book: Book, request: Any) -> None:
    """A recurrence message that is present but empty is refused."""
    data = getattr(request, "dispatch_data", None)
    if data is not None and data.HasField("recurrence") and not data.recurrence.ByteSize():
        raise Refuse("invalid", "recurrence without freq")


def daily_by_default(data: DispatchData) -> DispatchData:
    """A rule without frequency is daily."""
    kept = straight.keep(data)
    if data.rule is None or data.rule.freq:
        return kept
    rule = replace(data.rule, freq=Frequency.DAILY, interval=data.rule.interval or 1)
    return replace(kept, rule=rule)


def half_created(book: Book, microgrid: int, data: DispatchData) -> Sequence[Event]:
    """A refused dispatch, as it would have been."""
    kept = {f.name: getattr(data, f.name) for f in fields(DispatchData)}
    kept["start_us"] = data.start_us or 0
    at_us = straight.now_us(book)
    view = DispatchView(id=straight.next_id(book), create_us=at_us, update_us=at_us, **kept)
    return ((CREATED, view),)


def stored_all_the_same(book: Book, microgrid: int, data: DispatchData) -> Sequence[Event]:
    """A refused dispatch is stored silently."""
    for _, view in half_created(book, microgrid, data):
        book.put(microgrid, view)
    return ()


def unknown_when_invalid(refusal: Refuse) -> grpc.StatusCode:
    """Invalid requests are answered with UNKNOWN."""
    return grpc.StatusCode.UNKNOWN if refusal.kind == "invalid" else straight.status(refusal)


def no_such_date(book: Book, request: Any) -> None:
    """A lower bound outside the years 1 to 9999 has no date."""
    where = getattr(request, "filter", None)
    low = us_of(where.start_time_interval, "start_time") if where is not None else None
    if low is not None and not MIN_US <= low <= MAX_US:
        raise Refuse("invalid", NO_DATE)


def unknown_without_date(refusal: Refuse) -> grpc.StatusCode:
    """What has no date is answered with UNKNOWN."""
    return grpc.StatusCode.UNKNOWN if str(refusal) == NO_DATE else straight.status(refusal)


def _accepting(id_: str, sentence: str, kills: str, changes: Changes) -> Mutant:
    return Mutant(id=id_, sentence=sentence, changes=changes, kills=(kills,))


MUTANTS = (
    _accepting(
        "past-start-accepted",
        "A start in the past is accepted on create.",
        "DSP-VAL-001",
        forgiving("DSP-VAL-001", where="create"),
    ),
    _accepting(
        "missing-start-accepted",
        "A dispatch without start is accepted and starts in 1970.",
        "DSP-VAL-002",
        forgiving("DSP-VAL-002"),
    ),
    _accepting(
        "missing-target-accepted",
        "A dispatch without target is accepted.",
        "DSP-VAL-004",
        forgiving("DSP-VAL-004"),
    ),
    _accepting(
        "foreign-type-accepted",
        "A component type of another category is accepted.",
        "DSP-VAL-006",
        forgiving("DSP-VAL-006"),
    ),
    _accepting(
        "month-day-32-accepted",
        "Month days outside the month are accepted.",
        "DSP-VAL-007",
        forgiving("DSP-VAL-007"),
    ),
    _accepting(
        "weekly-month-days-accepted",
        "Month days in a weekly rule are accepted on create.",
        "DSP-VAL-008",
        forgiving("DSP-VAL-008", where="create"),
    ),
    _accepting(
        "weekly-month-days-by-update",
        "A rule with month days can be made weekly by an update.",
        "DSP-UPD-016",
        forgiving("DSP-VAL-008", where="update"),
    ),
    _accepting(
        "count-4097-accepted",
        "Counts are not limited.",
        "DSP-VAL-009",
        forgiving("DSP-VAL-009"),
    ),
    _accepting(
        "count-4096-refused",
        "The largest count is refused.",
        "DSP-VAL-009",
        stricter(lambda data: count_of(data) >= 4096, "too many occurrences"),
    ),
    _accepting(
        "hour-24-accepted",
        "Hours, minutes and months out of range are accepted.",
        "DSP-VAL-010",
        forgiving("DSP-VAL-010"),
    ),
    _accepting(
        "weekday-0-accepted",
        "The unspecified weekday is accepted.",
        "DSP-VAL-011",
        forgiving("DSP-VAL-011", field="byweekdays"),
    ),
    _accepting(
        "interval-10000-refused",
        "Intervals above 5 000 are refused.",
        "DSP-VAL-012",
        stricter(lambda data: data.rule is not None and data.rule.interval > 5_000, "interval"),
    ),
    _accepting(
        "daily-by-default",
        "Rule parts without a frequency make a daily rule.",
        "DSP-VAL-013",
        {**forgiving("DSP-VAL-013"), "keep": daily_by_default},
    ),
    _accepting(
        "empty-rule-refused",
        "A recurrence message that is present but empty is refused.",
        "DSP-VAL-014",
        {"admits": no_empty_rule},
    ),
    _accepting(
        "unmatchable-rule-hangs",
        "A rule that never matches keeps the server busy for longer than a caller waits.",
        "DSP-VAL-015",
        {"objection": slow_when_unmatchable},
    ),
    _accepting(
        "unmatchable-rule-ends-late",
        "A finite rule that never matches is accepted and ends with the year 9999.",
        "DSP-VAL-015",
        {"objection": unmatchable_taken, "end_us": never_is_late},
    ),
    _accepting(
        "refused-create-is-stored",
        "A create that is refused stores the dispatch all the same.",
        "DSP-VAL-016",
        {"after_refusal": stored_all_the_same},
    ),
    Mutant(
        id="refused-create-is-announced",
        sentence="A create that is refused emits an event.",
        changes={"after_refusal": half_created},
        kills=("DSP-VAL-016", "DSP-STR-007"),
    ),
    Mutant(
        id="invalid-is-unknown",
        sentence="Invalid requests are answered with UNKNOWN.",
        changes={"status": unknown_when_invalid},
        kills=("DSP-VAL-017", "DSP-VAL-001", "DSP-PAG-013"),
    ),
    _accepting(
        "impossible-bound-is-unknown",
        "A filter bound that is no date is answered with UNKNOWN.",
        "DSP-VAL-017",
        {"admits": no_such_date, "status": unknown_without_date},
    ),
    _accepting(
        "start-in-a-minute-refused",
        "A start less than five minutes ahead is refused.",
        "DSP-VAL-018",
        stricter(
            lambda data: 0 < (data.start_us or 0) - time.time_ns() // 1000 < 300_000_000, "soon"
        ),
    ),
    _accepting(
        "depth-5-refused",
        "Payloads of five levels are refused.",
        "DSP-LIM-001",
        stricter(lambda data: depth(data.payload) > 4, "payload too deep"),
    ),
    _accepting(
        "depth-7-accepted",
        "Payloads of any depth are accepted.",
        "DSP-LIM-002",
        forgiving("DSP-LIM-002"),
    ),
    _accepting(
        "lists-have-no-depth",
        "Lists do not count towards the depth of a payload.",
        "DSP-LIM-003",
        forgiving("DSP-LIM-003"),
    ),
    _accepting(
        "45000-bytes-refused",
        "Payloads are limited to 40 000 bytes.",
        "DSP-LIM-004",
        stricter(lambda data: compact_size(data.payload) > 40_000, "payload too large"),
    ),
    _accepting(
        "60000-bytes-accepted",
        "Payloads of any size are accepted.",
        "DSP-LIM-005",
        forgiving("DSP-LIM-005"),
    ),
    _accepting(
        "limits-forgotten-on-update",
        "The limits of a payload are not checked on update.",
        "DSP-LIM-006",
        forgiving("DSP-LIM-005", where="update"),
    ),
)
