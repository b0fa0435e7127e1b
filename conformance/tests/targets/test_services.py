"""The adapter of the services API against the naive endpoint."""

from pathlib import Path

import grpc
import pytest

from conformance.failures import NotApplicable, Refused, Untestable
from conformance.mutants.services.policy import Policy
from conformance.oracles.services.model import Metadata, Service, State
from conformance.recorder import Recorder
from conformance.run.cleaning import clean
from conformance.running import Runner
from conformance.targets import journal, services_calls
from conformance.targets.journal import Made
from conformance.targets.profile import ServicesProfile
from conformance.targets.services import ServicesTarget, together
from conformance.targets.services_api import Caretaker
from conformance.targets.services_session import ServicesSession
from conformance.tests.targets.services_runner import QUICK, check, passing, running_on
from fixtures.targets.services import ServiceNames


def session_of(runner: Runner) -> ServicesSession:
    session = runner.session_of("services")
    assert isinstance(session, ServicesSession)
    return session


def left(runner) -> set[Made]:
    return journal.read(runner.settings.journal)[1]


def test_every_unary_method_with_plain_values(tmp_path: Path) -> None:
    def body(services: ServicesTarget) -> None:
        made = services.make()
        assert (made.type, made.active, made.state) == ("mock", False, State.INACTIVE)
        assert made.last_inactive_time is not None
        assert made.last_active_time is None
        assert services.get(made.id) == made
        assert services.get(made.id, mask=["id"]) == Service(id=made.id)
        started = services.start(made.id)
        assert started.state == State.LOADING
        settled = services.settle(made.id)
        assert settled.state == State.ACTIVE
        assert services.start(made.id, allow_active=True) == settled
        text = '{"does": "ok",  "ä": 1}'
        assert services.configure(made.id, text).config_raw == text
        assert services.settle(made.id).config_raw == text
        assert services.stop(made.id).state == State.INACTIVE
        assert made.id in {item.id for item in services.list_all()}
        assert services.mine(services.list_all()) == (services.get(made.id),)
        counts = services.metadata()
        assert (counts.total_count, counts.type_counts["mock"]) == (1, 1)
        assert services.metadata(mask=["type_counts.mock"]) == Metadata(type_counts={"mock": 1})
        assert services.delete(made.id).id == made.id
        with pytest.raises(Refused, match="NOT_FOUND"):
            services.get(made.id)
        assert made in services.seen

    with running_on(tmp_path) as runner:
        passing(runner, body)
        assert left(runner) == set()


@pytest.mark.parametrize(
    ("kind", "state"),
    [("ok", State.ACTIVE), ("slow", State.ACTIVE), ("fail", State.ERROR), ("retry", State.ACTIVE)],
)
def test_kinds_end_as_the_profile_says(tmp_path: Path, kind: str, state: State) -> None:
    def body(services: ServicesTarget) -> None:
        assert services.make(kind, active=True).state == state

    with running_on(tmp_path) as runner:
        passing(runner, body)


def test_pages_follow_their_tokens(tmp_path: Path) -> None:
    def body(services: ServicesTarget) -> None:
        made = [services.make().id for _ in range(5)]
        pages = services.walk(size=lambda page: 1 + page % 2)
        assert [len(page.items) for page in pages] == [1, 2, 1, 1]
        assert [item.id for page in pages for item in page.items] == made
        assert {page.total for page in pages} == {5}
        value, listed = services.steadily(services.metadata)
        assert value.total_count == len(listed) == 5

    with running_on(tmp_path) as runner:
        passing(runner, body)


def test_pulls_show_what_happens(tmp_path: Path) -> None:
    def body(services: ServicesTarget) -> None:
        made = services.make()
        with (
            services.pull(made.id) as one,
            services.pull_all() as all_,
            services.pull_metadata() as counts,
        ):
            assert one.changes[0].service == made
            assert all_.changes[0].kind == "add"
            assert counts.changes[0].metadata == services.metadata()
            services.start(made.id)
            active = one.next_change(lambda c: c.service is not None and c.service.active)
            assert active.name == services.name
            assert all_.next_change(lambda c: c.kind == "update").id == made.id
            services.settle(made.id)
            services.delete(made.id)
            assert one.ended(1) is grpc.StatusCode.OK
            gone = all_.next_change(lambda c: c.kind == "remove")
            assert (gone.old and gone.old.id, gone.new) == (made.id, None)
            assert counts.holds(lambda changes: changes[-1].metadata == services.metadata())

    with running_on(tmp_path) as runner:
        passing(runner, body)


def test_a_quiet_pull_is_live_when_it_begins(tmp_path: Path) -> None:
    def body(services: ServicesTarget) -> None:
        made = services.make()
        with services.pull(made.id, updates_only=True) as pull:
            assert pull.changes == []
            services.start(made.id)
            assert pull.next_change().service is not None
        with services.pull(services.fresh_id(), ready=False) as absent:
            assert absent.ended(1) is grpc.StatusCode.NOT_FOUND

    with running_on(tmp_path) as runner:
        passing(runner, body)


def test_what_is_missing_ends_a_wait_with_a_finding(tmp_path: Path) -> None:
    def body(services: ServicesTarget) -> None:
        with services.pull_metadata() as pull:
            pull.next_change(lambda change: change.name == "other", what="the other name")

    with running_on(tmp_path) as runner:
        outcome = check(runner, body)
    assert outcome.state == "fail"
    assert "expected the other name" in outcome.message


def test_both_names_and_the_alias_reach_the_same(tmp_path: Path) -> None:
    def body(services: ServicesTarget) -> None:
        made = services.make()
        assert services.generation == "v1"
        assert services.as_generation("v0").get(made.id) == made
        assert services.get(made.id, name=services.alias) == made
        request = services.request("GetService", id=made.id).SerializeToString()
        v1, v0 = (services.as_generation(name).call_bytes for name in ("v1", "v0"))
        assert v1("GetService", request) == v0("GetService", request)

    with running_on(tmp_path) as runner:
        passing(runner, body)


@pytest.mark.parametrize("generation", ["v1", "v0"])
def test_the_name_that_answers_is_found(tmp_path: Path, generation: str) -> None:
    def body(services: ServicesTarget) -> None:
        assert services.generation == generation
        services.make()

    policy = Policy(serves=lambda name, method: name == generation)
    with running_on(tmp_path, policy=policy) as runner:
        passing(runner, body)


def test_generated_ids_and_kinds_are_removed_too(tmp_path: Path) -> None:
    def body(services: ServicesTarget) -> None:
        scratch, systems = services.collection("generated"), services.collection("kind")
        made = services.make(name=scratch, id="")
        assert made.id
        assert services.make(name=systems, id="").id == "spare"
        assert len(left(runner)) == 2

    with running_on(tmp_path) as runner:
        passing(runner, body)
        assert left(runner) == set()


def test_calls_at_one_moment(tmp_path: Path) -> None:
    def body(services: ServicesTarget) -> None:
        made = services.make()
        answers = together([lambda: services.start(made.id)] * 4)
        assert sum(isinstance(answer, Service) for answer in answers) == 1

    with running_on(tmp_path) as runner:
        passing(runner, body)


def test_only_own_services_are_touched(tmp_path: Path) -> None:
    wrong = [
        lambda services: services.delete("foreign"),
        lambda services: services.stop("foreign"),
        lambda services: services.create(id="foreign", type="mock"),
        lambda services: services.create(id=services.fresh_id(), type="other"),
        lambda services: services.call_bytes("DeleteService", b"\xff"),
    ]
    with running_on(tmp_path) as runner:
        for body in wrong:
            assert check(runner, body).state == "error"


def test_a_refused_create_is_cleaned_all_the_same(tmp_path: Path) -> None:
    """A server that keeps the record of a create which it refuses."""
    from conformance.mutants.services import straight
    from conformance.mutants.services.book import EMPTY, Record

    def keeps(collection, type_):
        if type_ not in collection.types:
            for id_ in ("kept",):
                collection.records[id_] = Record(state={**EMPTY, "id": id_})
        straight.check_type(collection, type_)

    def body(services: ServicesTarget) -> None:
        id_ = services.fresh_id()
        with pytest.raises(Refused):
            services.create(id=id_, type=services.fresh_id())
        assert Made(service="services", parent="drivers", id=id_) in left(runner)

    with running_on(tmp_path, policy=Policy(check_type=keeps)) as runner:
        passing(runner, body)
        assert left(runner) == set()


def test_an_id_that_is_used_again_is_left_until_it_goes_again(tmp_path: Path) -> None:
    def body(services: ServicesTarget) -> None:
        made = services.make()
        services.delete(made.id)
        assert left(runner) == set()
        services.make(id=made.id)
        assert {one.id for one in left(runner)} == {made.id}

    with running_on(tmp_path) as runner:
        passing(runner, body)
        assert left(runner) == set()


def prepared(services: ServicesTarget, count: int) -> list[str]:
    return [services.make().id for _ in range(count)]


def test_what_checks_share_is_made_once_and_only_read(tmp_path: Path) -> None:
    found = []

    def reads(services: ServicesTarget) -> None:
        found.append(services.shared(prepared, 3))
        assert {item.id for item in services.mine(services.list_all())} == set(found[-1])

    def deletes(services: ServicesTarget) -> None:
        services.delete(services.shared(prepared, 3)[0])

    with running_on(tmp_path) as runner:
        passing(runner, reads)
        passing(runner, reads)
        assert found[0] == found[1]
        outcome = check(runner, deletes)
        assert (outcome.state, "only read" in outcome.message) == ("error", True)
        assert len(left(runner)) == 3
        caretaker = Caretaker(runner.settings.target, runner.budget)
        cleaned = clean(runner.settings.journal, {"services": caretaker}, runner.budget, looks=2)
        caretaker.close()
        assert (cleaned.residue, left(runner)) == (0, set())


def test_what_a_crash_leaves_is_found_and_removed(tmp_path: Path) -> None:
    with running_on(tmp_path) as runner:
        session = session_of(runner)
        made = ServicesTarget(session, Recorder()).make()
        caretaker = Caretaker(runner.settings.target, runner.budget)
        (looked,) = caretaker.look([next(iter(left(runner)))], None)
        assert (looked[0].id, looked[1]) == (made.id, True)
        assert clean(runner.settings.journal, {"services": caretaker}, runner.budget).residue == 0
        caretaker.close()


@pytest.mark.parametrize(
    ("profile", "writes", "reason"),
    [
        (QUICK, False, "writes not allowed"),
        (QUICK.model_copy(update={"read_only": True}), True, "read_only"),
        (QUICK.model_copy(update={"types": {}}), True, "no type with ok_config"),
    ],
)
def test_nothing_is_made_where_that_is_not_allowed(
    tmp_path: Path, profile: ServicesProfile, writes: bool, reason: str
) -> None:
    def body(services: ServicesTarget) -> None:
        services.list_all()
        with pytest.raises(NotApplicable, match=reason):
            services.make()

    with running_on(tmp_path, profile=profile, writes=True) as runner:
        session_of(runner).allowed = writes
        passing(runner, body)
        assert left(runner) == set()


def test_conditions_tell_what_the_profile_lacks(tmp_path: Path) -> None:
    bare = ServicesProfile(names=ServiceNames(generated="scratch"))
    with running_on(tmp_path) as runner:
        full = session_of(runner)
        conditions = ("ok", "slow", "required", "kind", "generated", "alias", "destructive")
        assert [full.lacks(each) for each in conditions] == [None] * len(conditions)
    with running_on(tmp_path, profile=bare) as runner:
        session = session_of(runner)
        assert session.name == "scratch"
        assert session.lacks("slow") == "the profile names no type with slow_config"
        assert session.lacks("kind") == "the profile names no collection kind"
        assert session.lacks("destructive") == "the profile does not declare destructive"


def test_a_restless_collection_is_untestable(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(services_calls, "POLLS_S", (0.0,))

    def body(services: ServicesTarget) -> None:
        with pytest.raises(Untestable, match="never quiet"):
            services.steadily(services.make)

    with running_on(tmp_path) as runner:
        passing(runner, body)
