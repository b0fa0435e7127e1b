"""What may be asked of a collection: ids, flags, refusals; through the wire and in-process."""

import pytest

from simulator.services.errors import Code, ServiceError

from .api import FAILING, RETRYING, SLOW, Api, state, times


@pytest.fixture
def api() -> Api:
    return Api()


def refused(code, call, *args, match=None, **fields):
    with pytest.raises(ServiceError, match=match) as caught:
        call(*args, **fields)
    assert caught.value.code is code
    assert 0 < len(caught.value.text) <= 500


class TestIds:
    def test_where_they_are_required(self, api):
        refused(Code.INVALID_ARGUMENT, api.create, "", match=r"service\.id: is missing")
        assert api.list().total_size == 0

    def test_where_the_type_is_the_id(self, api):
        assert api.create("", "other", name="systems").id == "other"
        refused(Code.ALREADY_EXISTS, api.create, "", "other", name="systems")
        assert api.create("second", "other", name="systems").id == "second"
        assert api.list("systems").total_size == 2

    def test_where_they_are_generated(self, api):
        ids = [api.create("", name="scratch").id for _ in range(20)]
        assert len(set(ids)) == 20
        assert {(len(each), each[14]) for each in ids} == {(36, "4")}
        assert ids == [Api().create("", name="scratch").id, *ids[1:]]
        assert ids[0] != Api(seed=1).create("", name="scratch").id

    def test_generated_ones_avoid_those_that_exist(self, api):
        made = Api().create("", name="scratch").id
        api.create(made, name="scratch")
        assert api.create("", name="scratch").id != made

    @pytest.mark.parametrize("service_id", ["a/b c", "ünïcödé ☀ 😀", "x" * 200, "x" * 1000, "\n\0"])
    def test_any_text_will_do(self, api, service_id):
        assert api.create(service_id).id == service_id
        assert api.get(service_id).id == service_id
        assert [service.id for service in api.list().services] == [service_id]
        assert api.delete(service_id).id == service_id

    def test_but_not_of_any_length(self, api):
        refused(Code.INVALID_ARGUMENT, api.create, "x" * 1001, match="1001 bytes")
        refused(Code.INVALID_ARGUMENT, api.create, "☀" * 334, match="1002 bytes")


class TestCreate:
    def test_an_id_that_exists_is_refused_and_the_service_untouched(self, api):
        api.create(active=True, config="{}")
        before = api.get()
        refused(Code.ALREADY_EXISTS, api.create, "a", "other", match="'a' exists")
        assert api.get() == before

    @pytest.mark.parametrize("kind", ["", "nosuch", "x" * 2000])
    def test_a_type_that_does_not_exist_is_refused(self, api, kind):
        stream = api.follow("pull_all", updates_only=True)
        refused(Code.INVALID_ARGUMENT, api.create, "a", kind, match=r"service\.type: ")
        assert api.list().total_size == 0
        assert stream.changes() == []

    @pytest.mark.parametrize("active", [False, True])
    def test_an_unreadable_config_is_refused(self, api, active):
        refused(
            Code.INVALID_ARGUMENT,
            api.create,
            config="{",
            active=active,
            match=r"service\.config_raw: the config is no JSON",
        )
        assert api.list().total_size == 0
        assert api.calls == []

    def test_a_config_of_10_mb_is_refused_unread(self, api):
        config = '{"a": "' + "x" * 10_000_000 + '"}'
        refused(Code.INVALID_ARGUMENT, api.create, config=config, match="10000009 bytes")
        api.create()
        refused(Code.INVALID_ARGUMENT, api.configure, config, match="at most 1048576")

    def test_a_deeply_nested_config_is_refused(self, api):
        refused(Code.INVALID_ARGUMENT, api.create, config='{"a":' * 100_000, match="too deeply")

    def test_what_only_the_server_tells_is_ignored(self, api):
        created = api.create(
            error="e",
            loading=True,
            failed_attempts=7,
            last_error_time={"seconds": 1},
            next_attempt_time={"seconds": 1},
        )
        assert created == Api().create()

    def test_without_a_service_it_is_refused(self, api):
        refused(Code.INVALID_ARGUMENT, api.call, "create", match="service: is not set")


class TestMissing:
    @pytest.mark.parametrize("verb", ["get", "start", "stop", "configure", "delete", "pull"])
    def test_ids(self, api, verb):
        def call(service_id):
            if verb == "pull":
                return api.follow("pull", id=service_id)
            return api.call(verb, id=service_id)

        refused(Code.INVALID_ARGUMENT, call, "", match="id: is missing")
        refused(Code.NOT_FOUND, call, "nosuch", match="drivers has no service 'nosuch'")

    def test_deletion_may_be_told_not_to_mind(self, api):
        gone = api.delete("nosuch", allow_missing=True)
        assert (gone.id, gone.type, gone.ByteSize()) == ("nosuch", "", 8)
        refused(Code.INVALID_ARGUMENT, api.delete, "", allow_missing=True)


class TestFlags:
    @pytest.mark.parametrize("config", ["", "{}", SLOW, RETRYING])
    def test_a_second_start(self, api, config):
        api.create(active=True, config=config)
        before = api.get()
        stream = api.follow("pull", id="a", updates_only=True)
        api.wait(0.1)
        refused(Code.FAILED_PRECONDITION, api.start, match="is active")
        assert api.start(allow_active=True) == before == api.get()
        assert stream.changes() == []

    def test_a_stop_of_what_is_inactive(self, api):
        before = api.create()
        refused(Code.FAILED_PRECONDITION, api.stop, match="is inactive")
        assert api.stop(allow_inactive=True) == before == api.get()

    def test_a_stop_of_what_failed(self, api):
        api.create(active=True, config=FAILING)
        before = api.get()
        assert state(before) == "ERROR"
        refused(Code.FAILED_PRECONDITION, api.stop)
        assert api.stop(allow_inactive=True) == before == api.get()


class TestDelete:
    def test_the_last_state_is_returned(self, api):
        api.create(active=True, config="{}")
        api.wait(1)
        before = api.get()
        deleted = api.delete()
        assert (deleted.id, deleted.type, deleted.config_raw) == ("a", "plain", "{}")
        assert state(deleted) == "INACTIVE"
        assert times(deleted).inactive == 1
        assert times(deleted).active == times(before).active
        refused(Code.NOT_FOUND, api.get)
        refused(Code.NOT_FOUND, api.delete)

    def test_an_error_is_kept_in_it(self, api):
        api.create(active=True, config=FAILING)
        assert state(api.delete()) == "ERROR"

    def test_the_id_can_be_used_again(self, api):
        api.create(active=True, config=RETRYING)
        api.wait(3)
        api.delete()
        again = api.create()
        assert again == api.get()
        assert again.failed_attempts == 0
        assert {name for name, value in vars(times(again)).items() if value is not None} == {
            "inactive"
        }


def test_the_core_can_be_used_without_the_wire(api):
    told = []
    api.service.observers.append(lambda name, change: told.append((name, change.kind.value)))
    drivers = api.service.collections["drivers"]
    assert drivers.create("plain", service_id="a", config_raw="{}", active=True).state.loading
    assert drivers.get("a").state.active
    assert drivers.stop("a").state.active is False
    assert drivers.start("a").state.active
    assert drivers.configure("a", "{}").state.loading
    assert drivers.delete("a").state.id == "a"
    assert drivers.delete("a", allow_missing=True) is None
    assert [name for name, _ in told] == ["drivers"] * 9
    assert [kind for _, kind in told] == ["created", *["updated"] * 7, "deleted"]
