"""PullServices: what there is, what each change says, and what becomes of it (seed 004)."""

from __future__ import annotations

from conformance.judging import (
    Refused,
    attempt,
    by_depth,
    expect,
    observe,
    passive,
    requirement,
    untestable,
)
from conformance.oracles.services.changes import Replay
from conformance.oracles.services.model import Change, Service
from conformance.strategies.services import config_text
from conformance.suite.services.gathering import filled, quiet_place, unchanged
from conformance.suite.services.loading import slow_load_s
from conformance.suite.services.pulling import (
    FIRST,
    MASK,
    about,
    all_about,
    becomes,
    masked_reading,
    running,
)
from conformance.suite.services.reading import TRIES, some
from conformance.targets.services import ServicesTarget, together

BIG = 8000
NARROW = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 2 * BIG))
"""Letters in a configuration, and a connection whose buffers a few of them fill."""


@requirement("SVC-PLS-001")
@passive
def test_every_service_is_reported_once(services: ServicesTarget) -> None:
    place = filled(services, by_depth(full=12, staging=3))
    for _ in range(TRIES):
        before = services.list_all(name=place)
        with services.pull_all(name=place, ready=False) as pull:
            wanted = {item.id for item in before}
            pull.holds(lambda changes: wanted <= {change.id for change in changes})  # noqa: B023
            pull.ended(services.profile.quiet)
            rested = unchanged(before, services.list_all(name=place))
            replay = Replay()
            for batch in pull.messages:
                replay.take_message(batch.changes)
            firsts = {change.id: change.kind for change in reversed(pull.changes)}
        for id_ in rested:
            times, what = replay.reports.get(id_, 0), f"reports of {id_}, which was there"
            expect(times == 1, what, got=times, wanted=1)
            kind, shown = firsts[id_], replay.services.get(id_)
            expect(kind in FIRST, f"kind of the report of {id_}", got=kind, wanted=FIRST)
            expect(shown == rested[id_], f"value of {id_}", got=shown, wanted=rested[id_])
        if rested or not before:
            return
    untestable(f"no service of {place} rests while a pull begins")


@requirement("SVC-PLS-002")
def test_new_services_are_added(services: ServicesTarget) -> None:
    for updates_only in (False, True):
        with services.pull_all(updates_only=updates_only) as pull:
            made = services.make()
            change = pull.next_change(about(made.id), what=f"an addition of {made.id}")
            right = change.kind == "add" and change.new is not None and change.new.id == made.id
            expect(right, "first change of a new service", got=change, wanted="add, new_value")
            expect(change.old is None, "addition", got=change.old, wanted="no old_value")


@requirement("SVC-PLS-003")
def test_updates_have_both_values(services: ServicesTarget) -> None:
    made = services.make()
    with services.pull_all() as pull:
        services.start(made.id)
        change = pull.next_change(about(made.id, "update"), what="an update after a start")
        settled = services.settle(made.id)
        pull.holds(lambda changes: any(map(becomes(made.id, lambda s: not s.loading), changes)))
        services.stop(made.id)
        pull.next_change(becomes(made.id, lambda s: not s.active), what="an update after a stop")
        changes = all_about(pull, made.id)[1:]
    expect(change.new, "update", got=change, wanted="a new_value")
    expect(settled.active, "service after its start", got=settled, wanted="active")
    for change in changes:
        both = change.kind == "update" and change.new is not None and change.old is not None
        expect(both, "change of a service that was shown", got=change, wanted="update, both values")


@requirement("SVC-PLS-003")
def test_updates_alone_have_the_new_value(services: ServicesTarget) -> None:
    made = services.make()
    with services.pull_all(updates_only=True) as pull:
        services.start(made.id)
        first = pull.next_change(about(made.id), what="an update after a start")
        services.settle(made.id)
        services.stop(made.id)
        pull.next_change(becomes(made.id, lambda s: not s.active), what="an update after a stop")
        later = all_about(pull, made.id)[1:]
    right = first.kind == "update" and first.new is not None
    expect(right, "first change under updates_only", got=first, wanted="update, new_value")
    observe("the first update has its old value" if first.old else "it has none")
    for change in later:
        both = change.kind == "update" and change.new is not None and change.old is not None
        expect(both, "later change", got=change, wanted="update, both values")


@requirement("SVC-PLS-004")
def test_removals_have_the_old_value(services: ServicesTarget) -> None:
    for updates_only in (False, True):
        made = services.make()
        with services.pull_all(updates_only=updates_only) as pull:
            services.delete(made.id)
            change = pull.next_change(about(made.id, "remove"), what=f"a removal of {made.id}")
        right = change.old is not None and change.old.id == made.id and change.new is None
        expect(right, "removal", got=change, wanted="old_value and no new_value")


@requirement("SVC-PLS-008")
def test_deletion_of_an_active_service(services: ServicesTarget) -> None:
    made = services.make(active=True)
    with services.pull_all() as pull:
        services.delete(made.id)
        pull.next_change(about(made.id, "remove"), what=f"a removal of {made.id}")
        told = all_about(pull, made.id)[1:]
    kinds = [change.kind for change in told]
    right = kinds[-1:] == ["remove"] and set(kinds[:-1]) <= {"update"}
    expect(right, "changes by a deletion", got=kinds, wanted="updates, if any, and a removal")
    observe("update and removal" if len(kinds) > 1 else "removal", trait="S19")


@requirement("SVC-PLS-009")
def test_every_subscriber_gets_every_change(services: ServicesTarget) -> None:
    services.make()
    with services.pull_all() as one, services.pull_all(updates_only=True) as other:
        made = services.make()
        pulls = (one, other)
        for pull in pulls:
            pull.next_change(about(made.id, "add"), what=f"{made.id} on each of two pulls")
        running(services, made.id)
        for pull in pulls:
            pull.next_change(becomes(made.id, lambda s: s.active), what="its start on each")
        services.stop(made.id)
        for pull in pulls:
            pull.next_change(becomes(made.id, lambda s: not s.active), what="its stop on each")
        services.delete(made.id)
        for pull in pulls:
            pull.next_change(about(made.id, "remove"), what="its removal on each")


@requirement("SVC-PLS-010")
def test_creates_while_a_pull_opens(services: ServicesTarget) -> None:
    count = by_depth(full=15, staging=4)
    with services.pull_all(ready=False) as pull:
        answers = together([lambda: services.make(settled=False)] * count)
        ids = {answer.id for answer in answers if isinstance(answer, Service)}
        pull.holds(lambda changes: ids <= {change.id for change in changes})
        missing = ids - {change.id for change in pull.changes}
        replay = Replay(ids=ids)
        replay.take_all(pull.changes)
    expect(ids, "creates at once", got=answers, wanted="at least one that succeeds")
    what = "services created while a pull opened"
    expect(not missing, what, got=f"without {sorted(missing)}", wanted=f"all {count}")
    observe("some were told twice" if replay.repeated else "each was told once")


@requirement("SVC-PLS-011")
@passive
def test_mask_on_a_pull_of_a_collection(services: ServicesTarget) -> None:
    own = some(services)
    if services.owns(own.id):
        running(services, own.id)
    for _ in range(TRIES):
        before = services.get(own.id)
        with services.pull_all(mask=MASK, ready=False) as pull:
            first = pull.next_change(about(own.id), what=f"a report of {own.id}")
        if services.get(own.id) == before and first.new is not None:
            observe(masked_reading([(first.new, before)]), trait="S18")
            return
    untestable(f"service {own.id} never rests")


@requirement("SVC-PLS-012")
def test_unread_pull_does_not_hold_up_changes(services: ServicesTarget) -> None:
    text = services.recipe().config
    made = services.make(configured=False)
    big = config_text(text, "x" * BIG, "")
    if not isinstance(attempt(lambda: services.configure(made.id, big)), Refused):
        text = big
    count = by_depth(full=200, staging=10)
    with services.connection(NARROW) as apart, apart.pull_all(reading=False, ready=False):
        for number in range(count):
            # A change that is held up does not end within the deadline of its call.
            services.configure(made.id, text + " " * (number % 2))
    after = services.get(made.id).config_raw
    expect(after.strip() == text.strip(), "configuration kept", got=len(after), wanted=len(text))


@requirement("SVC-PLS-013")
def test_pull_goes_on_when_the_collection_is_empty(services: ServicesTarget) -> None:
    place = quiet_place(services)
    made = services.make(name=place)
    with services.pull_all(name=place) as pull:
        services.delete(made.id, name=place)
        pull.next_change(about(made.id, "remove"), what=f"a removal of {made.id}")
        left = len(services.list(size=1, name=place).items)
        status = pull.ended(services.profile.quiet)
        expect(status is None, "pull of a collection", got=status, wanted="open")
        again = services.make(name=place)
        pull.next_change(about(again.id, "add"), what=f"an addition of {again.id}")
    observe("others remained in the collection" if left else "the collection was empty")


@requirement("SVC-PLS-014")
@passive
def test_updates_only_says_nothing_of_what_is_there(services: ServicesTarget) -> None:
    place = filled(services, 2)
    for _ in range(TRIES):
        before = services.list_all(name=place)
        with services.pull_all(updates_only=True, name=place) as pull:
            heard = {change.id: change for change in pull.changes}
            rested = unchanged(before, services.list_all(name=place))
        for id_ in rested:
            change, what = heard.get(id_), f"updates_only and {id_}, which was there"
            expect(change is None, what, got=change, wanted="nothing until it changes")
        if rested or not before:
            return
    untestable(f"no service of {place} rests while a pull begins")


@requirement("SVC-PLS-014")
def test_first_word_under_updates_only(services: ServicesTarget) -> None:
    changed, deleted = services.make(), services.make()
    with services.pull_all(updates_only=True) as pull:
        services.start(changed.id)
        services.delete(deleted.id)
        for id_, kinds in ((changed.id, ("update",)), (deleted.id, ("update", "remove"))):
            pull.holds(lambda changes: any(map(about(id_), changes)))  # noqa: B023
            told = all_about(pull, id_)
            first: Change | None = told[0] if told else None
            right = first is not None and first.kind in kinds
            expect(right, "first change of a service that was there", got=first, wanted=kinds)


@requirement("SVC-PLS-007", needs=["slow"])
def test_nothing_follows_a_removal(services: ServicesTarget) -> None:
    made, lasts_s = services.make("slow"), slow_load_s(services)
    with services.pull_all() as pull:
        services.start(made.id)
        services.delete(made.id)
        pull.next_change(about(made.id, "remove"), what=f"the removal of {made.id}")
        pull.heard_for(lasts_s)
        told = [change.kind for change in all_about(pull, made.id)]
    late = told[told.index("remove") + 1 :]
    expect(not late, "changes after a removal during a load", got=late, wanted="none")
