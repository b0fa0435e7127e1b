"""When changes on pulls say that they happened, against the times that services show (seed 004).

All these times are the server's own. Whether a change has the time of the event or that of its
sending is left to the server, so that each only has to lie between what was before and after it.
"""

from __future__ import annotations

from conformance.judging import expect, requirement
from conformance.oracles.services.model import SECOND_NS, TIMES, Ns, Service
from conformance.suite.services.pulling import all_about, becomes, running, shows
from conformance.targets.services import ServicesTarget

COARSE_NS = SECOND_NS
"""By how much two times may disagree: one of them may be known to the second only."""

PAST = tuple(name for name in TIMES if name != "next_attempt_time")
"""Times of what has happened."""


@requirement("SVC-PUL-008")
def test_changes_have_the_time_when_they_happened(services: ServicesTarget) -> None:
    made = services.make()
    with (
        services.pull(made.id) as one,
        services.pull_all() as all_,
        services.pull_metadata() as sums,
    ):
        since = max(sums.mark(), 1)  # The first counts may be as old as they are true.
        running(services, made.id)
        one.next_change(shows(lambda s: s.active), what="an active service after a start")
        all_.next_change(becomes(made.id, lambda s: s.active), what="an active service there, too")
        sums.holds(lambda changes: len(changes) > since)
        # What was told by now came before the stop.
        told = [(change.change_time, change.service) for change in one.changes]
        told += [(c.change_time, c.new or c.old) for c in all_about(all_, made.id)]
        told += [(change.change_time, made) for change in sums.changes[since:]]
        stopped = services.stop(made.id)
    for at, shown in told:
        _lies_between(shown or made, at, stopped)


def _lies_between(before: Service, at: Ns, after: Service) -> None:
    """Fail unless a time is no earlier than what a service shows and no later than its stop."""
    earliest = max((getattr(before, name) or 0 for name in PAST), default=0)
    latest = after.last_inactive_time or 0
    right = at is not None and earliest - COARSE_NS <= at <= latest + COARSE_NS
    expect(right, "time of a change", got=at, wanted=f"{earliest} to {latest} ns")
