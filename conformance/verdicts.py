"""From the outcomes of checks to one verdict for each requirement.

`pass`; `fail` a MUST is broken; `warn` a SHOULD is; `observed` which of several legal readings
the target takes; `not_applicable` never declared; `untestable` declared but not exercised (red);
`error` a fault of ours; `known` a listed finding; `stale` listed, but it passes (red).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from conformance.outcome import Outcome, State
from conformance.requirements import LEVELS, Requirement
from conformance.run.known import Known

Verdict = Literal[
    "pass",
    "fail",
    "warn",
    "observed",
    "not_applicable",
    "untestable",
    "error",
    "known",
    "stale",
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

RED: frozenset[Verdict] = frozenset({"fail", "untestable", "error", "stale"})
"""Verdicts that keep a run from being good."""

EXERCISED: frozenset[Verdict] = frozenset({"pass", "fail", "warn", "observed", "known", "stale"})
"""Verdicts that mean that the target was really asked."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One requirement and what came of it.

    Attributes:
        reason: a sentence for every verdict but a plain pass.
        checks: node ids of what judged it.
        observed: readings taken, with their trait if any.
        failure: what, got, wanted, example and steps of the finding.
    """

    requirement: Requirement
    verdict: Verdict
    reason: str = ""
    checks: tuple[str, ...] = ()
    observed: tuple[Mapping[str, Any], ...] = ()
    failure: Mapping[str, Any] | None = None
    node: str | None = None


@dataclass
class _Seen:
    """Outcomes that speak about one requirement, by state."""

    by_state: dict[str, list[Outcome]] = field(default_factory=dict)

    def add(self, state: str, outcome: Outcome) -> None:
        self.by_state.setdefault(state, []).append(outcome)

    def first(self, state: str) -> Outcome | None:
        found = self.by_state.get(state)
        return found[0] if found else None


def rows(
    selected: Iterable[Requirement],
    outcomes: Sequence[Outcome],
    *,
    known: Mapping[str, Known],
    today: date,
    missing: str = "no check ran",
) -> tuple[Row, ...]:
    """A row for every selected requirement, in ledger order.

    Args:
        selected: what the run was about.
        outcomes: of all checks that ran.
        known: the known-failing list.
        today: decides which of its entries have expired.
        missing: why nothing may be known of a requirement.
    """
    result = []
    for requirement in selected:
        row = _row(requirement, [o for o in outcomes if requirement.id in o.ids], missing)
        result.append(_with_known(row, known.get(requirement.id), today))
    return tuple(result)


def summary(rows: Iterable[Row]) -> dict[str, dict[str, int]]:
    """Numbers of verdicts by level."""
    counts: dict[str, dict[str, int]] = {level: {v: 0 for v in VERDICTS} for level in LEVELS}
    for row in rows:
        counts[row.requirement.level][row.verdict] += 1
    return counts


def classified(runs: Sequence[State]) -> str:
    """How a failure behaves when it is repeated.

    The runs are the first one, one right after it, and one later by itself.
    """
    failed = runs.count("fail")
    if len(runs) < 2:
        return ""
    if failed == len(runs):
        return f"deterministic, {failed} of {len(runs)} runs"
    kind = "timing" if runs[1] != "fail" else "order"
    return f"{kind}, {failed} of {len(runs)} runs"


def _row(requirement: Requirement, outcomes: Sequence[Outcome], missing: str) -> Row:
    seen = _Seen()
    for outcome in outcomes:
        seen.add(_state(requirement.id, outcome), outcome)
    checks = tuple(o.node for o in outcomes)
    observed = tuple(
        x
        for state in ("pass", "fail")
        for o in seen.by_state.get(state, [])
        for x in o.observations
    )

    def row(verdict: Verdict, reason: str, outcome: Outcome | None = None) -> Row:
        return Row(
            requirement=requirement,
            verdict=verdict,
            reason=reason,
            checks=checks,
            observed=observed,
            failure=outcome.failure if outcome else None,
            node=outcome.node if outcome else None,
        )

    if broken := seen.first("error"):
        return row("error", broken.message, broken)
    if failed := seen.first("fail"):
        kind = classified(failed.runs)
        reason = failed.message + (f" [{kind}]" if kind else "")
        return row("fail" if requirement.level == "must" else "warn", reason, failed)
    if stuck := seen.first("untestable"):
        return row("untestable", stuck.message)
    passed = seen.by_state.get("pass", [])
    if passed:
        warnings = [w for outcome in passed for w in outcome.warnings]
        if warnings:
            return row("warn", "; ".join(warnings))
        return _passed(row, requirement, observed)
    if stopped := seen.first("stopped"):
        return row("untestable", f"the check stopped at {stopped.breaks}")
    if short := seen.first("out_of_calls"):
        return row("untestable", short.message)
    if gated := seen.first("not_applicable"):
        return row("not_applicable", gated.gated.get(requirement.id) or gated.message)
    if requirement.untestable:
        return row("not_applicable", requirement.untestable)
    return row("untestable", missing)


def _passed(row: Any, requirement: Requirement, observed: Sequence[Mapping[str, Any]]) -> Row:
    taken = "; ".join(
        dict.fromkeys(
            f"{o['trait']}: {o['reading']}" if o["trait"] else o["reading"] for o in observed
        )
    )
    open_question = any(not o["preferred"] for o in observed)
    if observed and (requirement.level == "may" or open_question):
        result: Row = row("observed", taken)
        return result
    result = row("pass", "")
    return result


def _state(id_: str, outcome: Outcome) -> str:
    if id_ in outcome.gated:
        return "not_applicable"
    if outcome.state == "fail" and outcome.breaks not in (None, id_):
        return "stopped" if outcome.breaks in outcome.ids else "fail"
    return "out_of_calls" if outcome.out_of_calls else outcome.state


def _with_known(row: Row, entry: Known | None, today: date) -> Row:
    if entry is None:
        return row
    if row.verdict in ("fail", "warn"):
        if not entry.holds(today):
            return _changed(row, row.verdict, f"{row.reason} (known until {entry.expires})")
        return _changed(row, "known", f"{entry.reason} (until {entry.expires}): {row.reason}")
    if row.verdict in ("pass", "observed"):
        return _changed(row, "stale", f"listed as known failing ({entry.reason}), but it passes")
    return row


def _changed(row: Row, verdict: Verdict, reason: str) -> Row:
    return Row(
        **{
            **{n: getattr(row, n) for n in row.__dataclass_fields__},
            "verdict": verdict,
            "reason": reason,
        }
    )
