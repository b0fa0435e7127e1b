"""Faults in end times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.mutants import straight
from conformance.mutants.change import Changes, Mutant
from conformance.mutants.faults.writing import showing
from conformance.oracles.model import SECOND_US, DispatchData, DispatchView


def ends(compute: Callable[[DispatchData], int | None]) -> Changes:
    """Another end time."""
    return {"end_us": compute}


def first_only(data: DispatchData) -> int | None:
    """The end of the first occurrence."""
    if data.start_us is None or data.duration_s is None:
        return None
    return data.start_us + data.duration_s * SECOND_US


def never_absent(data: DispatchData) -> int | None:
    """The start, where there is no end."""
    end_us = straight.end_us(data)
    if end_us is None and data.duration_s is None:
        return data.start_us
    return end_us


def endless_ends_first(data: DispatchData) -> int | None:
    """An endless rule ends with its first occurrence."""
    if data.rule is not None and not data.rule.finite:
        return first_only(data)
    return straight.end_us(data)


def cut_at_until(data: DispatchData) -> int | None:
    """The last occurrence is cut short where the rule ends."""
    end_us = straight.end_us(data)
    until_us = data.rule.until_us if data.rule else None
    return end_us if end_us is None or until_us is None else min(end_us, until_us)


def only_of_active(data: DispatchData) -> int | None:
    """Inactive dispatches have no end."""
    return straight.end_us(data) if data.active else None


def short_durations(data: DispatchData) -> int | None:
    """Durations are cut to 31 bits."""
    return straight.end_us(replace(data, duration_s=data.duration_s and data.duration_s % 2**31))


def not_anew(before: DispatchView, after: DispatchView, computed: int | None) -> int | None:
    """The old end."""
    return before.end_us


def not_by_lists(before: DispatchView, after: DispatchView, computed: int | None) -> int | None:
    """The old end, where the weekdays of the rule are all that changed."""
    if before.rule is None or after.rule is None:
        return computed
    same = replace(before.rule, byweekdays=after.rule.byweekdays) == after.rule
    return before.end_us if same and before.start_us == after.start_us else computed


def _mutant(id_: str, sentence: str, changes: Changes, *kills: str) -> Mutant:
    return Mutant(id=id_, sentence=sentence, changes=changes, kills=kills)


MUTANTS = (
    _mutant(
        "end-is-start",
        "A one-shot ends when it starts.",
        ends(lambda data: straight.end_us(data) if data.rule else data.start_us),
        "DSP-END-001",
    ),
    _mutant(
        "end-of-instant-absent",
        "A dispatch of duration 0 has no end time.",
        ends(lambda data: straight.end_us(data) if data.duration_s else None),
        "DSP-END-002",
    ),
    _mutant(
        "end-of-infinite",
        "A dispatch of infinite duration ends.",
        ends(never_absent),
        "DSP-END-003",
    ),
    _mutant(
        "end-of-endless-rule",
        "An endless rule has an end time.",
        ends(endless_ends_first),
        "DSP-END-004",
    ),
    _mutant(
        "end-after-first",
        "A recurring dispatch ends with its first occurrence.",
        ends(first_only),
        "DSP-END-005",
        "DSP-FLT-010",
    ),
    _mutant(
        "end-cut-at-until",
        "The last occurrence is cut short at until.",
        ends(cut_at_until),
        "DSP-END-006",
    ),
    _mutant(
        "end-not-recomputed",
        "The end time stays when start, duration or rule are updated.",
        {"end_after_update": not_anew},
        "DSP-END-008",
    ),
    _mutant(
        "end-ignores-weekdays",
        "The end time stays when the weekdays of a rule are updated.",
        {"end_after_update": not_by_lists},
        "DSP-END-008",
    ),
    _mutant(
        "end-only-of-active",
        "Deactivating a dispatch removes its end time.",
        ends(only_of_active),
        "DSP-END-009",
    ),
    _mutant(
        "end-not-listed",
        "Lists show no end times.",
        showing(lambda view: replace(view, end_us=None), "list"),
        "DSP-END-010",
    ),
    _mutant(
        "end-of-31-bits",
        "Durations above 68 years are cut.",
        ends(short_durations),
        "DSP-LIM-007",
    ),
)
