import gc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.dispatch import Dispatch, Ids
from simulator.services.dispatch import DispatchService
from simulator.services.errors import Code, ServiceError
from simulator.services.structs import read_struct, write_struct
from simulator.store import TokenSigner

from .api import GRID, HOUR_S, NOW_S, NOW_US, Api, at

CREATED, UPDATED, DELETED = 1, 2, 3


def number(dispatch):
    return dispatch.metadata.dispatch_id


def not_found(api, call, *arguments, **fields):
    with pytest.raises(ServiceError) as caught:
        call(*arguments, **fields)
    assert caught.value.code is Code.NOT_FOUND


class TestCreate:
    def test_answers_with_metadata_and_data(self, either):
        created = either.create(duration=60)
        assert created.HasField("metadata")
        assert created.data == either.data(duration=60)
        metadata = created.metadata
        assert metadata.create_time.ToMicroseconds() == NOW_US
        changed = metadata.DESCRIPTOR.fields_by_number[3].name
        assert getattr(metadata, changed) == metadata.create_time

    def test_ids_are_unique_over_all_microgrids(self, api):
        numbers = [number(api.create(microgrid_id=grid)) for grid in (5, 6, 5)]
        assert len(set(numbers)) == 3
        assert 0 not in numbers

    def test_equal_creates_give_two_dispatches(self, api):
        assert number(api.create()) != number(api.create())
        assert len(api.ids()) == 2

    def test_ids_are_not_used_again(self, api):
        first = number(api.create())
        api.delete(first)
        assert number(api.create()) > first

    @pytest.mark.parametrize("active", [True, False])
    @pytest.mark.parametrize("dry_run", [True, False])
    def test_flags_are_independent(self, either, active, dry_run):
        data = either.create(is_active=active, is_dry_run=dry_run).data
        assert (data.is_active, data.is_dry_run) == (active, dry_run)

    @pytest.mark.parametrize(
        ("nanos", "seconds"), [(499_999_999, 0), (500_000_000, 0), (500_001_000, 1), (0, 0)]
    )
    def test_starts_are_rounded_to_whole_seconds(self, api, nanos, seconds):
        created = api.create(start_time=at(HOUR_S, nanos))
        assert created.data.start_time.seconds == NOW_S + HOUR_S + seconds
        assert created.data.start_time.nanos == 0

    @pytest.mark.parametrize("given", [None, at(-HOUR_S), at(HOUR_S), {"nanos": -5}])
    def test_start_immediately_takes_the_servers_time_and_never_lies_ahead(self, api, given):
        api.clock.advance(600_000)
        data = api.data()
        data.ClearField("start_time")
        if given is not None:
            data.start_time.MergeFrom(type(data.start_time)(**given))
        request = api.request(
            "create", microgrid_id=GRID, dispatch_data=data, start_immediately=True
        )
        started = api.call("create", request).dispatch.data.start_time
        assert (started.seconds, started.nanos) == (NOW_S, 0)

    def test_start_immediately_false_is_as_absent(self, api):
        request = api.request(
            "create", microgrid_id=GRID, dispatch_data=api.data(), start_immediately=False
        )
        assert api.call("create", request).dispatch.data == api.data()

    def test_unknown_fields_are_ignored(self, api):
        extra = b"\xa2\x06\x03abc"  # field 100, a string
        data = api.data().SerializeToString() + extra
        request = api.request("create", microgrid_id=GRID)
        raw = request.SerializeToString() + extra + b"\x12" + bytes([len(data)]) + data
        created = api.call("create", type(request).FromString(raw)).dispatch
        assert created.data == api.data()
        assert extra not in created.SerializeToString()

    def test_the_request_is_left_as_it_was(self, api):
        request = api.request("create", microgrid_id=GRID, dispatch_data=api.data())
        request.dispatch_data.start_time.nanos = 700_000_000
        before = request.SerializeToString()
        api.service.create(request)
        assert request.SerializeToString() == before

    @settings(max_examples=50)
    @given(
        st.dictionaries(
            st.text(max_size=6),
            st.none()
            | st.booleans()
            | st.floats(-1e9, 1e9)
            | st.text(max_size=9)
            | st.lists(st.integers(-9, 9), max_size=3),
            max_size=4,
        )
    )
    def test_payloads_survive(self, payload):
        api = Api()
        data = api.data()
        write_struct(payload, data.payload)
        created = api.create(payload=data.payload)
        assert read_struct(api.get(number(created)).data.payload, "payload") == payload


class TestGet:
    def test_returns_what_was_answered(self, either):
        created = either.create(duration=5, recurrence={"freq": 3})
        assert either.get(number(created)) == created
        request = either.request("get", microgrid_id=GRID, dispatch_id=number(created))
        assert either.call("get", request).microgrid_id == GRID

    def test_what_does_not_exist_here_is_not_found(self, api):
        created = api.create()
        for wrong in (0, 2, 2**64 - 1):
            not_found(api, api.get, wrong)
        not_found(api, api.get, number(created), microgrid_id=6)
        api.create(microgrid_id=6)
        not_found(api, api.get, number(created), microgrid_id=6)


class TestDelete:
    def test_returns_the_ids_and_removes(self, either):
        kept, gone = (number(either.create()) for _ in range(2))
        reply = either.delete(gone)
        assert (reply.microgrid_id, reply.dispatch_id) == (GRID, gone)
        assert either.ids() == [kept]
        not_found(either, either.get, gone)
        not_found(either, either.delete, gone)

    def test_a_wrong_microgrid_removes_nothing(self, api):
        created = api.create()
        not_found(api, api.delete, number(created), microgrid_id=6)
        assert api.get(number(created)) == created

    def test_running_finished_and_inactive_ones_can_go(self, api):
        running = api.create(start_time=at(0))
        finished = api.create(start_time=at(0), duration=0)
        inactive = api.create(is_active=False)
        api.clock.advance(5_000_000)
        for each in (running, finished, inactive):
            api.delete(number(each))
        assert api.ids() == []


class TestStream:
    def test_each_change_is_told_once_with_the_reply(self, either):
        watcher = either.stream()
        created = either.create()
        updated = either.update(number(created), ["is_active"])
        either.delete(number(created))
        events = watcher.events()
        assert [event.event for event in events] == [CREATED, UPDATED, DELETED]
        assert [events[0].dispatch, events[1].dispatch] == [created, updated]
        assert events[2].dispatch.data == updated.data
        assert watcher.events() == []

    def test_a_deletion_is_newer_than_the_last_update(self, api):
        created = api.create()
        watcher = api.stream()
        api.delete(number(created))
        (event,) = watcher.events()
        last = created.metadata.update_time.ToMicroseconds()
        assert event.dispatch.metadata.update_time.ToMicroseconds() == last + 1

    def test_nothing_is_replayed(self, api):
        api.create()
        assert api.stream().events() == []

    def test_only_the_own_microgrid_is_told_to_everyone_watching(self, api):
        watchers = [api.stream() for _ in range(3)]
        other = api.stream(6)
        created = api.create()
        api.create(microgrid_id=6)
        for watcher in watchers:
            assert [event.dispatch for event in watcher.events()] == [created]
        assert len(other.events()) == 1

    def test_changes_come_in_the_order_of_their_commits(self, api):
        numbers = [number(api.create()) for _ in range(5)]
        watcher = api.stream()
        sequence = [numbers[(7 * step) % 5] for step in range(200)]
        for each in sequence:
            api.update(each, ["is_active"])
        events = watcher.events()
        assert [number(event.dispatch) for event in events] == sequence
        times = [event.dispatch.metadata.update_time.ToMicroseconds() for event in events]
        assert all(
            [t for n, t in zip(sequence, times, strict=True) if n == each]
            == sorted({t for n, t in zip(sequence, times, strict=True) if n == each})
            for each in numbers
        )

    def test_watching_before_the_first_create_loses_nothing(self, api):
        watcher = api.stream(77)
        assert number(api.create(microgrid_id=77)) == number(watcher.events()[0].dispatch)

    def test_watching_an_empty_microgrid_leaves_nothing_behind(self, api):
        watcher = api.stream(77)
        assert len(api.service._watched) == 1
        del watcher
        gc.collect()
        assert len(api.service._watched) == 0
        assert api.list(microgrid_id=77).pagination_info.total_items == 0
        assert not api.service._grids

    def test_a_reader_that_fell_behind_is_refused(self, api):
        signer = TokenSigner(b"secret of the tests")
        api.service = DispatchService(api.clock, signer, log_size=3)
        watcher = api.stream()
        for _ in range(4):
            api.create()
        with pytest.raises(ServiceError, match="too slow: 4 changes behind") as caught:
            watcher.events()
        assert caught.value.code is Code.RESOURCE_EXHAUSTED


class TestLoad:
    def test_dispatches_of_a_scenario_keep_ids_and_past_starts(self, api):
        told = []
        api.service.observers.append(lambda grid, change: told.append((grid, change.kind.name)))
        dispatch = Dispatch(
            id=40, type="old", start_us=0, duration_s=60, target=Ids(ids=(1,)), payload={"a": 1}
        )
        api.service.load(GRID, [dispatch])
        assert api.get(40).data.start_time.seconds == 0
        assert api.get(40).metadata.end_time.seconds == 60
        assert told == [(GRID, "CREATED")]
        assert number(api.create()) == 41
        assert next(stored.dispatch for stored in api.service.snapshot(GRID)) == dispatch
        assert api.service.snapshot(99) == ()
        assert api.service.committed == 2

    def test_clearing_begins_anew(self, api):
        api.create()
        api.service.clear(api.signer, api.service.policy)
        assert api.ids() == []
        assert api.service.committed == 0
        assert number(api.create()) == 1
