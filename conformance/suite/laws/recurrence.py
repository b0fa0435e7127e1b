"""The law of recurrence: what a rule, a start and a duration add up to, as far as it can be seen.

No API here lists occurrences, but an end time computed from a rule shows its last one, and with a
duration of 0 it is that occurrence. So a count of k, or an until, makes every occurrence visible
(RFC 5545 §3.3.10). The oracle is asked for all accepted answers; a target has to give one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from conformance.failures import iso
from conformance.judging import Refused, attempt, by_depth, expect
from conformance.oracles.end_time import Answer, end_answers, judge_end, judge_refusal
from conformance.oracles.model import Rule

CYCLE_US = 146_097 * 86_400 * 1_000_000
"""400 Gregorian years: whole weeks, so that moving a calendar by it changes no weekday or date."""


class Ends(Protocol):
    """What shows the end of a schedule: start and end in microseconds since the epoch."""

    def __call__(self, rule: Rule, start_us: int, duration_s: int | None) -> tuple[int, int | None]:
        """Make something that recurs, and return its start and its end (None: absent)."""


def judge_rule(
    ends: Ends, rule: Rule, start_us: int, duration_s: int | None = 0
) -> tuple[Answer, ...]:
    """Fail unless the target's end for a rule is an accepted one; return what it agrees with."""
    shown = attempt(lambda: ends(rule, start_us, duration_s))
    if isinstance(shown, Refused):
        readings = judge_refusal(start_us=start_us, duration_s=duration_s, rule=rule)
        expect(
            readings,
            f"a legal rule, {_describe(rule, start_us)}",
            got=f"{shown.code.name}: {shown.details}",
            wanted="accepted",
        )
        return readings
    start_us, end_us = shown
    answers = judge_end(end_us, start_us=start_us, duration_s=duration_s, rule=rule)
    expect(
        answers,
        f"end time of {_describe(rule, start_us)}",
        got=iso(end_us),
        wanted=_wanted(end_answers(start_us=start_us, duration_s=duration_s, rule=rule)),
    )
    return answers


def judge_times(ends: Ends, rule: Rule, times: Sequence[int]) -> None:
    """Fail unless the k-th occurrence of a rule is `times[k - 1]`, for each k or for the last one.

    The first of `times` is the start; the rule has no end of its own.
    """
    first = by_depth(full=1, staging=len(times))
    for count, wanted in enumerate(times[first - 1 :], start=first):
        _, end_us = ends(replace(rule, count=count), times[0], 0)
        expect(
            end_us == wanted,
            f"occurrence {count} of {_describe(rule, times[0])}",
            got=end_us,
            wanted=wanted,
            times=True,
        )


def from_now(now_us: int, *times: int) -> tuple[int, ...]:
    """Move calendar times past `now_us` by whole 400-year cycles, where they lie before it."""
    cycles = max(0, -(-(now_us - times[0]) // CYCLE_US))
    return tuple(time + cycles * CYCLE_US for time in times)


def _describe(rule: Rule, start_us: int) -> str:
    parts = [f"{f}={getattr(rule, f)}" for f in Rule.__dataclass_fields__ if getattr(rule, f)]
    return f"{', '.join(parts)} from {iso(start_us)}"


def _wanted(answers: Sequence[Answer]) -> str:
    said = [iso(a.end_us) if a.kind == "time" else a.kind for a in answers]
    return " or ".join(dict.fromkeys(said))
