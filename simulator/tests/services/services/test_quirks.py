"""Each quirk: what it bends, and that nothing else changes without it."""

from dataclasses import fields

import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.quirks import UnknownQuirk
from simulator.services.services import PROFILES, QUIRKS, Policy, dialects, policy_with
from simulator.services.services.wire import ADD, REMOVE, UPDATE

from .api import FAILING, RETRYING, SLOW, TWICE, Api, fault, mask, state, times


def refusal(call, *args, **fields):
    """The code of a refused call."""
    with pytest.raises(ServiceError) as caught:
        call(*args, **fields)
    return caught.value.code


def ids(api, name="drivers"):
    return [service.id for service in api.list(name).services]


def test_without_quirks_the_documented_readings_hold():
    assert policy_with(()) == policy_with(["documented"]) == Policy()


@pytest.mark.parametrize("quirk", QUIRKS.values(), ids=QUIRKS)
def test_each_quirk_bends_one_field(quirk):
    bent = policy_with([quirk.name])
    changed = [
        field.name
        for field in fields(Policy)
        if getattr(bent, field.name) != getattr(Policy(), field.name)
    ]
    assert changed == [quirk.field]
    assert quirk.sentence.endswith(".")


def test_each_field_can_be_bent():
    assert {quirk.field for quirk in QUIRKS.values()} == {field.name for field in fields(Policy)}


def test_the_profile_of_the_published_server_never_breaks_connections():
    assert set(QUIRKS) - set(PROFILES["sc-bos"]) == {"fragile", "only-v1", "only-v0"}


def test_a_mistyped_name_finds_its_neighbour():
    with pytest.raises(UnknownQuirk, match="services has no quirk 'retry-residues'; did you mean"):
        policy_with(["retry-residues"])


def test_retry_residue():
    api = Api("retry-residue")
    api.create(active=True, config=TWICE)
    api.wait(5)
    assert state(api.get()) == "ACTIVE"
    assert api.get().error == "fault: attempt 2 fails on request"
    assert api.get().failed_attempts == 2
    api.create("b", active=True, config="{}")
    assert api.get("b").error == ""


def test_retry_no_error_time():
    api = Api("retry-no-error-time")
    api.create(active=True, config=fault(failAlways=True, retry={"maxAttempts": 2}))
    assert times(api.get()).error is None
    api.wait(1)
    assert state(api.get()) == "ERROR"
    assert times(api.get()).error == 0.5


def test_attempts_sticky():
    api = Api("attempts-sticky")
    api.create(active=True, config=RETRYING)
    api.wait(2)
    assert api.stop().failed_attempts == 3
    assert api.configure("{}").failed_attempts == 3
    api.start()
    assert api.get().failed_attempts == 0
    api.stop()
    api.configure(TWICE)
    api.start()
    assert api.get().failed_attempts == 1


def test_stop_in_backoff_sticky():
    api = Api("stop-in-backoff-sticky")
    api.create(active=True, config=RETRYING)
    stopped = api.stop()
    assert state(stopped) == "STOPPING"
    assert stopped.error
    assert times(stopped).next_attempt == 0.5
    assert refusal(api.configure, "{}") is Code.FAILED_PRECONDITION
    api.wait(100)
    assert api.get() == stopped
    assert state(api.start()) == "LOADING"
    api.delete()
    assert ids(api) == []


def test_stream_reorder():
    api = Api("stream-reorder")
    everything = api.follow("pull_all")
    streams = {}
    for number in range(60):
        api.create(f"n{number}", config="{}")
        streams[f"n{number}"] = api.follow("pull", id=f"n{number}")
        api.start(f"n{number}")
    last = {change.new_value.id: change.new_value for change in everything.changes()}
    stale = {service_id for service_id, service in last.items() if service.loading}
    assert 5 < len(stale) < 30
    assert stale == {
        service_id for service_id, stream in streams.items() if stream.changes()[-1].service.loading
    }
    assert not any(service.loading for service in api.list(page_size=99).services)


def test_metadata_drift():
    plain, bent = Api(), Api("metadata-drift")
    for api in (plain, bent):
        stream = api.follow("pull_metadata")
        for number in range(40):
            api.create(f"n{number}", config=FAILING)
            api.start(f"n{number}")
        assert api.totals().total_active_count == 0
        last = stream.changes()[-1].metadata
        assert (last == api.totals()) is (api is plain)
        assert last.total_count == 40
        assert last.total_active_count + last.total_error_count == 40


def test_pull_ignores_mask():
    api = Api("pull-ignores-mask")
    api.create()
    (one,) = api.follow("pull", id="a", read_mask=mask("nosuch")).changes()
    (another,) = api.follow("pull_all", read_mask=mask("id")).changes()
    assert one.service == another.new_value == api.get()
    assert api.get(read_mask=mask("id")).type == ""
    (totals,) = api.follow("pull_metadata", read_mask=mask("total_count")).changes()
    assert totals.metadata.ByteSize() == 2


def test_foreign_type_counts():
    api = Api("foreign-type-counts", "refused-create-keeps-record")
    for service_id, kind in (("a", "nosuch"), ("b", ""), ("c", "nosuch")):
        assert refusal(api.create, service_id, kind) is Code.INVALID_ARGUMENT
    assert api.totals().type_counts == {"plain": 0, "other": 0, "needy": 0, "nosuch": 2, "": 1}
    assert api.totals().total_error_count == api.totals().total_count == 3
    api.delete("a")
    api.delete("b")
    assert api.totals().type_counts == {"plain": 0, "other": 0, "needy": 0, "nosuch": 1}


def test_first_update_without_old():
    api = Api("first-update-without-old")
    api.create()
    fresh = api.follow("pull_all", updates_only=True)
    full = api.follow("pull_all")
    api.start()
    api.stop()
    api.create("b")
    api.start("b")
    api.delete("a")
    api.create("a")
    api.start("a")
    shown = [change.HasField("old_value") for change in fresh.changes() if change.type == UPDATE]
    assert shown == [False, True, True, True]
    assert all(change.HasField("old_value") for change in full.changes() if change.type == UPDATE)


class TestCreateReplaces:
    def test_the_old_service_is_neither_stopped_nor_told_of(self):
        api = Api("create-replaces")
        api.create(active=True, config="{}")
        stream = api.follow("pull_all")
        assert len(stream.changes()) == 1
        api.wait(1)
        replaced = api.create("a", "other")
        assert api.get() == replaced
        assert times(replaced).inactive == 1
        (change,) = stream.changes()
        assert (change.type, change.HasField("old_value")) == (ADD, False)
        assert "stop" not in [call[1] for call in api.calls]
        assert ids(api) == ["a"]
        assert api.totals().type_counts == {"plain": 0, "other": 1, "needy": 0}

    def test_streams_stay_with_the_old_service(self):
        api = Api("create-replaces")
        api.create(active=True, config=SLOW)
        early = api.follow("pull", id="a")
        late = api.follow("pull", id="a")
        early.changes()
        api.create("a", "other")
        reached = early.feed.newest
        assert early.changes() == []
        assert early.feed.position >= reached
        api.start()
        api.wait(2)
        api.delete()
        (change,) = early.changes()
        assert state(change.service) == "ACTIVE"
        assert change.service.type == "plain"
        assert [state(change.service) for change in late.changes()] == ["LOADING", "ACTIVE"]
        for stream in (early, late):
            assert not stream.ended
            assert stream.feed.position == stream.feed.newest

    def test_ids_that_were_not_asked_for_are_not_taken(self):
        api = Api("create-replaces")
        api.create("", name="systems")
        assert refusal(api.create, "", name="systems") is Code.ALREADY_EXISTS

    def test_old_services_are_kept_only_as_long_as_they_load(self):
        api = Api("create-replaces")
        collection = api.service.collections["drivers"]
        for _ in range(5):
            api.create(active=True, config="{}")
        assert collection._abandoned == []
        for _ in range(5):
            api.create(active=True, config=SLOW)
        assert len(collection._abandoned) == 4
        api.wait(2)
        api.create(active=True, config="{}")
        assert collection._abandoned == []

    def test_nothing_stirs_after_a_reset(self):
        api = Api("create-replaces")
        api.create(active=True, config=RETRYING)
        api.create(active=True, config=RETRYING)
        api.service.clear(api.signer, Policy(), api.specs())
        assert len(api.timers) == 0


def test_ghost_add():
    api = Api("ghost-add")
    stream = api.follow("pull_all")
    totals = api.follow("pull_metadata")
    totals.changes()
    assert refusal(api.create, "a", config="{") is Code.INVALID_ARGUMENT
    assert refusal(api.create, "b", "nosuch") is Code.INVALID_ARGUMENT
    assert refusal(api.get, "a") is refusal(api.get, "b") is Code.NOT_FOUND
    assert [(change.type, change.new_value.id) for change in stream.changes()] == [
        (ADD, "a"),
        (ADD, "b"),
    ]
    assert totals.changes() == []
    api.create("a")
    api.delete("a")
    assert [change.type for change in stream.changes()] == [ADD, REMOVE]


def test_late_load_end():
    api = Api("late-load-end")
    api.create(active=True, config=SLOW)
    api.wait(1)
    assert state(api.stop()) == "STOPPING"
    assert refusal(api.configure, "{}") is Code.FAILED_PRECONDITION
    assert state(api.start()) == "LOADING"
    api.wait(1)
    early = api.get()
    assert state(early) == "ACTIVE"
    assert times(early).loading_end == 2
    api.wait(1)
    assert times(api.get()).loading_end == 3
    assert [call[1] for call in api.calls] == ["stop", "apply"]
    api.configure(SLOW)
    api.stop()
    api.wait(2)
    assert state(api.get()) == "INACTIVE"
    api.configure(RETRYING)
    api.start()
    assert state(api.stop()) == "INACTIVE"
    assert len(api.timers) == 0


def test_bare_errors():
    plain, bent = Api(), Api("bare-errors")
    for api, exists, mistake, state_error in (
        (plain, Code.ALREADY_EXISTS, Code.INVALID_ARGUMENT, Code.FAILED_PRECONDITION),
        (bent, Code.UNKNOWN, Code.UNKNOWN, Code.UNKNOWN),
    ):
        assert refusal(api.create, "") is mistake
        assert refusal(api.create, "a", "nosuch") is mistake
        assert refusal(api.create, "a", config="{") is mistake
        api.create("a", active=True, config=SLOW)
        assert refusal(api.create, "a") is exists
        assert refusal(api.configure, "{}") is state_error
        api.wait(2)
        assert refusal(api.configure, "{") is mistake
        assert refusal(api.start) is Code.FAILED_PRECONDITION
        assert refusal(api.get, "") is Code.INVALID_ARGUMENT
        assert refusal(api.get, "nosuch") is Code.NOT_FOUND


def test_refused_create_keeps_record():
    api = Api("refused-create-keeps-record")
    api.wait(1)
    assert refusal(api.create, "a", "nosuch", active=True) is Code.INVALID_ARGUMENT
    kept = api.get()
    assert state(kept) == "ERROR"
    assert "has no type 'nosuch'" in kept.error
    assert vars(times(kept)) | {"error": None} == dict.fromkeys(vars(times(kept)))
    assert times(kept).error == 1
    assert refusal(api.start) is Code.FAILED_PRECONDITION
    assert refusal(api.configure, "{}") is Code.FAILED_PRECONDITION
    assert refusal(api.stop) is Code.FAILED_PRECONDITION
    assert api.totals().type_counts == {"plain": 0, "other": 0, "needy": 0}
    assert state(api.delete()) == "ERROR"
    assert refusal(api.create, "", "", name="systems") is Code.INVALID_ARGUMENT


class TestAbsorbParseError:
    @pytest.mark.parametrize("active", [False, True])
    def test_at_creation(self, active):
        api = Api("absorb-parse-error")
        api.wait(1)
        created = api.create(active=active, config="{")
        assert state(created) == "ERROR"
        assert created.config_raw == ""
        found = times(created)
        assert (found.config, found.error, found.inactive) == (None, 1, 1)
        assert found.active == (1 if active else None)
        assert refusal(api.start) is Code.FAILED_PRECONDITION
        assert api.get() == created
        assert state(api.configure("{}")) == "INACTIVE"
        api.start()
        assert state(api.get()) == "ACTIVE"

    def test_of_a_service_never_configured(self):
        api = Api("absorb-parse-error")
        api.create()
        configured = api.configure("")
        assert state(configured) == "ERROR"
        assert times(configured).error == 0
        assert refusal(api.start) is Code.FAILED_PRECONDITION

    def test_of_a_service_that_runs_without_a_config(self):
        api = Api("absorb-parse-error")
        api.create(active=True)
        api.wait(1)
        configured = api.configure("{")
        assert state(configured) == "ERROR"
        assert times(configured).inactive == times(configured).error == 1
        assert api.calls[-1] == ("a", "stop")

    @pytest.mark.parametrize("active", [False, True])
    def test_over_a_config_that_works_it_is_refused(self, active):
        api = Api("absorb-parse-error")
        api.create(active=active, config="{}")
        before = api.get()
        assert refusal(api.configure, "{") is Code.INVALID_ARGUMENT
        assert api.get() == before


def test_delete_without_type():
    api = Api("delete-without-type")
    api.create(active=True, config="{}")
    stream = api.follow("pull_all", updates_only=True)
    deleted = api.delete()
    assert (deleted.id, deleted.type, deleted.config_raw) == ("a", "", "{}")
    assert stream.changes()[-1].old_value.type == "plain"


def test_configure_keeps_error():
    api = Api("configure-keeps-error")
    api.create(active=True, config=FAILING)
    assert state(api.configure("{}")) == "ERROR"
    assert api.start().error == ""


def test_fragile():
    api = Api("fragile")
    assert refusal(api.call, "create") is Code.UNAVAILABLE
    assert refusal(api.list, page_size=-1) is Code.UNAVAILABLE
    api.create()
    assert ids(api) == ["a"]


@pytest.mark.parametrize(
    ("quirks", "names"),
    [
        ((), ["smartcore.bos.services.v1.ServicesApi", "smartcore.bos.ServicesApi"]),
        (("only-v1",), ["smartcore.bos.services.v1.ServicesApi"]),
        (("only-v0",), ["smartcore.bos.ServicesApi"]),
    ],
)
def test_generations(quirks, names):
    assert [dialect.service for dialect in dialects(Api(*quirks).service)] == names


def test_the_profile_as_a_whole():
    """The published server's own account of a service's life, as probed."""
    api = Api("sc-bos")
    assert refusal(api.create, "z", "nosuch") is Code.UNKNOWN
    assert ids(api) == ["z"]
    api.create("a", active=True, config=TWICE)
    api.wait(2)
    assert state(api.get()) == "ACTIVE"
    assert api.get().error
    assert api.get().failed_attempts == 2
    assert times(api.get()).error is None
    assert api.list(page_size=1).next_page_token == "EgFh"
    assert api.get(read_mask={}).ByteSize() == 0
