"""The three streams: what they begin with, and what they tell of each change."""

import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.services.wire import ADD, REMOVE, UPDATE

from .api import FAILING, SLOW, TWICE, Api, at, mask, state


@pytest.fixture
def api() -> Api:
    return Api()


def told(changes):
    """Type, id and states of changes of a collection."""
    return [
        (
            change.type,
            (change.new_value if change.HasField("new_value") else change.old_value).id,
            state(change.old_value) if change.HasField("old_value") else None,
            state(change.new_value) if change.HasField("new_value") else None,
        )
        for change in changes
    ]


def held(changes, start=()):
    """Services by id, as a client that goes by the presence of values has them."""
    found = {service.id: service for service in start}
    for change in changes:
        if change.HasField("new_value"):
            found[change.new_value.id] = change.new_value
        else:
            del found[change.old_value.id]
    return found


class TestOneService:
    def test_begins_with_the_state(self, api):
        api.create()
        (change,) = api.follow("pull", id="a").changes()
        assert change.service == api.get()
        assert change.name == "drivers"
        assert at(change, "change_time") == 0

    def test_unless_only_updates_are_asked_for(self, api):
        api.create()
        stream = api.follow("pull", id="a", updates_only=True)
        assert stream.changes() == []
        api.start()
        assert [state(change.service) for change in stream.changes()] == ["ACTIVE"]

    def test_tells_every_state(self, api):
        api.create(config=TWICE)
        stream = api.follow("pull", id="a")
        api.wait(1)
        api.start()
        api.wait(9)
        api.stop()
        changes = stream.changes()
        states = ["INACTIVE", "LOADING", "RETRYING", "RETRYING", "ACTIVE", "INACTIVE"]
        assert [state(change.service) for change in changes] == states
        assert [at(change, "change_time") for change in changes] == [0, 1, 1, 1.5, 2.25, 10]

    def test_of_no_other_service(self, api):
        api.create("a")
        stream = api.follow("pull", id="a", updates_only=True)
        api.create("b", active=True)
        api.delete("b")
        assert stream.changes() == []
        assert stream.feed.position == stream.feed.newest

    @pytest.mark.parametrize("active", [False, True])
    def test_ends_well_with_the_last_state_when_it_is_deleted(self, api, active):
        api.create(active=active)
        stream = api.follow("pull", id="a")
        stream.changes()
        assert not stream.ended
        api.delete()
        api.create()
        assert [state(change.service) for change in stream.changes()] == ["INACTIVE"] * active
        assert stream.ended

    def test_shows_what_the_mask_names_when_that_changes(self, api):
        api.create(config=SLOW)
        stream = api.follow("pull", id="a", read_mask=mask("active"))
        api.start()
        api.wait(2)
        api.stop()
        changes = stream.changes()
        assert [change.service.active for change in changes] == [False, True, False]
        assert {change.service.id for change in changes} == {""}


class TestAllServices:
    def test_begins_with_each_service(self, api):
        for service_id in "cab":
            api.create(service_id)
        stream = api.follow("pull_all")
        changes = stream.changes()
        assert {change.type for change in changes} == {ADD}
        assert held(changes) == {service_id: api.get(service_id) for service_id in "abc"}
        assert not any(change.HasField("old_value") for change in changes)
        assert stream.changes() == []

    def test_of_nothing_with_nothing_and_stays_open(self, api):
        stream = api.follow("pull_all")
        assert stream.changes() == []
        api.create()
        api.delete()
        assert [kind for kind, *_ in told(stream.changes())] == [ADD, REMOVE]
        api.create()
        assert [kind for kind, *_ in told(stream.changes())] == [ADD]

    def test_only_updates_say_nothing_of_what_there_is(self, api):
        api.create()
        stream = api.follow("pull_all", updates_only=True)
        assert stream.changes() == []
        api.start()
        assert told(stream.changes()) == [(UPDATE, "a", "INACTIVE", "ACTIVE")]
        api.create("b")
        api.delete("a")
        assert told(stream.changes()) == [
            (ADD, "b", None, "INACTIVE"),
            (UPDATE, "a", "ACTIVE", "INACTIVE"),
            (REMOVE, "a", "INACTIVE", None),
        ]

    def test_old_values_follow_from_each_other(self, api):
        stream = api.follow("pull_all")
        api.create("a", config=FAILING)
        api.start("a")
        api.delete("a")
        assert told(stream.changes()) == [
            (ADD, "a", None, "INACTIVE"),
            (UPDATE, "a", "INACTIVE", "LOADING"),
            (UPDATE, "a", "LOADING", "ERROR"),
            (REMOVE, "a", "ERROR", None),
        ]

    def test_snapshot_and_changes_meet_without_a_gap_whenever_they_are_read(self, api):
        for number in range(250):
            api.create(f"n{number:03}")
        stream = api.follow("pull_all")
        found = [c for message in stream.messages(1) for c in message.changes]
        api.delete("n000")
        api.delete("n249")
        api.start("n100")
        api.create("new")
        found += stream.changes()
        assert len(found) == 250 + 4
        assert held(found) == {service.id: service for service in api.list(page_size=999).services}

    def test_two_streams_are_told_the_same(self, api):
        streams = [api.follow("pull_all") for _ in range(2)]
        api.create(active=True, config=TWICE)
        api.wait(5)
        first, second = (stream.messages() for stream in streams)
        assert first == second != []

    def test_masked_updates_that_cannot_be_seen_are_left_out(self, api):
        stream = api.follow("pull_all", read_mask=mask("id", "active"))
        api.create(config=SLOW)
        api.start()
        api.wait(2)
        api.delete()
        changes = stream.changes()
        assert [change.type for change in changes] == [ADD, UPDATE, UPDATE, REMOVE]
        assert [change.new_value.active for change in changes] == [False, True, False, False]
        assert [change.old_value.active for change in changes] == [False, False, True, False]
        assert {change.new_value.config_raw for change in changes} == {""}


class TestTotals:
    def test_begin_with_what_they_are(self, api):
        api.create()
        (change,) = api.follow("pull_metadata").changes()
        assert change.metadata == api.totals()
        assert change.name == "drivers"
        assert at(change, "change_time") == 0

    def test_unless_only_updates_are_asked_for(self, api):
        api.create()
        stream = api.follow("pull_metadata", updates_only=True)
        assert stream.changes() == []
        api.configure("{}")
        assert stream.changes() == []
        api.wait(1)
        api.start()
        (change,) = stream.changes()
        assert change.metadata == api.totals()
        assert at(change, "change_time") == 1

    def test_tell_of_every_difference_and_of_nothing_else(self, api):
        stream = api.follow("pull_metadata")
        api.create("a", config=FAILING)
        api.start("a")
        api.create("b", active=True, config=TWICE)
        api.wait(10)
        api.delete("b")
        figures = [
            (total.total_count, total.total_active_count, total.total_error_count)
            for total in (change.metadata for change in stream.changes())
        ]
        assert figures == [
            (0, 0, 0),
            (1, 0, 0),
            (1, 1, 0),
            (1, 0, 1),
            (2, 1, 1),
            (2, 0, 1),
            (1, 0, 1),
        ]

    def test_consecutive_ones_differ_under_the_mask(self, api):
        stream = api.follow("pull_metadata", read_mask=mask("total_count"))
        api.create("a", active=True)
        api.stop("a")
        api.create("b")
        api.delete("a")
        api.delete("b")
        totals = [change.metadata for change in stream.changes()]
        assert [total.total_count for total in totals] == [0, 1, 2, 1, 0]
        assert totals[-1].ByteSize() == 0


@pytest.mark.parametrize("name", ["drivers", "node/drivers"])
def test_changes_repeat_the_name_that_was_asked_for(api, name):
    api.create()
    streams = [
        api.follow("pull", name, id="a"),
        api.follow("pull_all", name),
        api.follow("pull_metadata", name),
    ]
    api.start()
    for stream in streams:
        assert {change.name for change in stream.changes()} == {name}


@pytest.mark.parametrize("verb", ["pull", "pull_all", "pull_metadata"])
@pytest.mark.parametrize(
    ("name", "code"),
    [("nosuch", Code.NOT_FOUND), ("", Code.UNIMPLEMENTED), ("node", Code.UNIMPLEMENTED)],
)
def test_names_that_have_no_services(api, verb, name, code):
    with pytest.raises(ServiceError, match="name: ") as caught:
        api.follow(verb, name)
    assert caught.value.code is code


def test_every_message_holds_a_change(api):
    streams = [api.follow("pull_all", updates_only=True), api.follow("pull_metadata")]
    for number in range(250):
        api.create(f"n{number}", active=True)
    for stream in streams:
        messages = stream.messages()
        assert all(message.changes for message in messages)
        assert len(messages) < 10
