"""Makes one outcome of the outcomes of scenarios that were played together."""

from __future__ import annotations

from collections.abc import Sequence

from loadtests.histogram import Histogram
from loadtests.outcome import Outcome
from loadtests.plan import Plan
from loadtests.timeline import merged

ENDED_WITH_ANOTHER = "another part ended early"
"""Why a part stopped that had no reason of its own."""


def mixed(plan: Plan, outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome of parts that were played together, for the plan of the whole."""
    made = Outcome(plan=plan, started=min(part.started for part in outcomes), parts=(*outcomes,))
    made.measured_s = min(part.measured_s for part in outcomes)
    made.window_s = (
        max(part.window_s[0] for part in outcomes),
        min(part.window_s[1] for part in outcomes),
    )
    for part in outcomes:
        id_, totals = part.plan.scenario, made.totals
        totals.counts.update(part.totals.counts)
        for name, histogram in part.totals.distributions.items():
            totals.distributions.setdefault(name, Histogram()).merge(histogram)
        made.lateness |= {f"{id_} {name}": late for name, late in part.lateness.items()}
        made.violations += [{**found, "scenario": id_} for found in part.violations]
        made.lagging += part.lagging
        made.faults += [f"{id_}: {fault}" for fault in part.faults]
        made.notes += tuple(f"{id_}: {note}" for note in part.notes)
        made.residue += part.residue
        made.watched += part.watched
        made.streams.update(part.streams)
        made.clock_is_uncertain |= part.clock_is_uncertain
    made.timeline = merged([part.timeline for part in outcomes])
    made.nodes = outcomes[0].nodes
    made.stopped = _stopped(outcomes)
    return made


def _stopped(outcomes: Sequence[Outcome]) -> str:
    """Why the whole ended early: the reasons of its own that a part had, if one had."""
    reasons = dict.fromkeys(part.stopped for part in outcomes if part.stopped)
    if len(reasons) <= 1:
        return next(iter(reasons), "")
    return "; ".join(
        f"{part.plan.scenario}: {part.stopped}"
        for part in outcomes
        if part.stopped not in ("", ENDED_WITH_ANOTHER)
    )
