"""PullServiceMetadata: counts as they change (seed 004)."""

from __future__ import annotations

from itertools import pairwise

from conformance.judging import by_depth, expect, observe, passive, requirement, untestable
from conformance.oracles.services.metadata import same
from conformance.oracles.services.model import Metadata
from conformance.suite.services.gathering import filled, patiently, quiet_place
from conformance.suite.services.reading import TRIES
from conformance.targets.services import Pull, ServicesTarget, ValueChange


@requirement("SVC-MET-008")
@passive
def test_counts_come_first(services: ServicesTarget) -> None:
    place = filled(services, 2)

    def first() -> Metadata | None:
        with services.pull_metadata(name=place, ready=False) as pull:
            return pull.next_change(what="the counts").metadata

    def equal(both: tuple[Metadata | None, Metadata]) -> bool:
        return both[0] is not None and same(both[0], both[1])

    both, _ = patiently(
        services,
        lambda: (first(), services.metadata(name=place)),
        lambda both, _: equal(both),
        name=place,
    )
    expect(equal(both), "first counts of a pull", got=both[0], wanted=both[1])


@requirement("SVC-MET-008")
@passive
def test_updates_only_is_silent_at_first(services: ServicesTarget) -> None:
    place = filled(services, 1)
    for _ in range(TRIES):
        before, counts = services.list_all(name=place), services.metadata(name=place)
        with services.pull_metadata(updates_only=True, name=place) as pull:
            heard = pull.changes
        first = heard[0].metadata if heard else None
        if first is None or not same(first, counts):
            return  # Nothing was said, or it was said because somebody changed something.
        if services.list_all(name=place) == before:
            expect(False, "pull of updates of the counts", got=heard, wanted="silence")
    untestable(f"the collection {place} is never quiet")


@requirement("SVC-MET-008")
def test_updates_only_shows_a_change(services: ServicesTarget) -> None:
    place = quiet_place(services)
    with services.pull_metadata(updates_only=True, name=place) as pull:
        since = pull.mark()
        services.make(name=place)
        came = pull.holds(lambda changes: len(changes) > since)
    expect(came, "pull of updates after a create", got="silence", wanted="the counts")


@requirement("SVC-MET-009")
def test_two_messages_in_a_row_differ(services: ServicesTarget) -> None:
    place = quiet_place(services)
    made = services.make(name=place)
    config = services.recipe(policy=services.session.policy_of(place)).config
    for mask in by_depth(full=(None, ["total_count"]), staging=(["total_count"],)):
        with services.pull_metadata(mask=mask, name=place) as pull:
            for _ in range(by_depth(full=2, staging=1)):
                services.start(made.id, name=place)
                services.settle(made.id, name=place)
                services.configure(made.id, config, name=place)
                services.settle(made.id, name=place)
                services.stop(made.id, name=place)
            other = services.make(name=place)
            services.delete(other.id, name=place)
            pull.ended(services.profile.quiet)
            shown = [change.metadata for change in pull.changes]
        for before, after in pairwise(shown):
            expect(after != before, f"counts under {mask}", got=after, wanted="a change")


@requirement("SVC-MET-010")
def test_counts_of_a_pull_come_right(services: ServicesTarget) -> None:
    place = quiet_place(services)
    rounds = by_depth(full=10, staging=2)
    with services.pull_metadata(name=place) as pull:
        for _ in range(rounds):
            made = services.make(active=True, name=place, settled=False)
            services.settle(made.id, name=place)
            services.stop(made.id, name=place)
        agree = _comes_right(services, pull, place)
    observe("agree" if agree else "drift", trait="S26")


@requirement("SVC-MET-010", needs=["slow"])
def test_counts_of_slow_loads_come_right(services: ServicesTarget) -> None:
    place = quiet_place(services)
    with services.pull_metadata(name=place) as pull:
        made = services.make("slow", name=place)
        services.start(made.id, name=place)
        services.settle(made.id, name=place)
        first = _comes_right(services, pull, place)
        services.stop(made.id, name=place)
        second = _comes_right(services, pull, place)
        services.delete(made.id, name=place)
        third = _comes_right(services, pull, place)
        last = pull.changes[-1].metadata if pull.changes else None
    agree = first and second and third
    right = agree or services.quirky("metadata-drift")
    expect(right, "last counts of a pull", got=last, wanted=services.metadata(name=place))
    observe("agree" if agree else "drift", trait="S26")


def _comes_right(services: ServicesTarget, pull: Pull[ValueChange], place: str) -> bool:
    """Whether the last counts of a pull become those of Get while nobody changes anything."""
    for _ in range(TRIES):
        got = services.metadata(name=place)

        def agrees(changes: list[ValueChange], got: Metadata = got) -> bool:
            last = changes[-1].metadata if changes else None
            return last is not None and same(last, got)

        if pull.holds(agrees):
            return True
        if same(services.metadata(name=place), got):
            return False
    return False
