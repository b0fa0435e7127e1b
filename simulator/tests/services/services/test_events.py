from itertools import pairwise

from simulator.services.services.events import AT_ONCE_US, Garbler, events
from simulator.services.services.wire import ADD, REMOVE, UPDATE

from .api import SLOW, Api


def changes_of(api):
    return api.service.collections["drivers"].store.subscribe(after=0).pending()


def pairs(api, count):
    """Starts of services with an instant apply: two states of one instant each."""
    for number in range(count):
        api.create(f"n{number}", config="{}")
        api.start(f"n{number}")
    return events(changes_of(api))


def test_changes_become_events():
    api = Api()
    api.create()
    api.start()
    api.delete()
    found = events(changes_of(api))
    assert [event.kind for event in found] == [ADD, UPDATE, UPDATE, REMOVE]
    assert found[0].old is None
    assert found[3].new is None
    assert all(later.old is earlier.new for earlier, later in pairwise(found[:3]))
    assert [event.revision for event in found] == [1, 2, 3, 4]
    assert {event.id for event in found} == {"a"}


def test_some_states_of_one_instant_are_swapped_and_the_last_one_told_is_stale():
    told = pairs(Api(), 60)
    garbled = Garbler().garbled(told)
    last = {event.id: event.new.state for event in garbled}
    stale = [service_id for service_id, state in last.items() if state.loading]
    assert 5 < len(stale) < 30
    assert sorted(event.new.item for event in garbled) == sorted(event.new.item for event in told)
    assert garbled == Garbler().garbled(told)


def test_old_values_are_those_told_last():
    told = {}
    api = Api()
    pairs(api, 40)
    for number in range(40):
        api.stop(f"n{number}")
    for event in Garbler().garbled(events(changes_of(api))):
        assert event.old is told.get(event.id)
        told[event.id] = event.new


def test_a_stream_that_begins_late_follows_from_what_there_was():
    told = [event for event in pairs(Api(), 40) if event.kind == UPDATE]
    before = {event.id: event.old for event in reversed(told)}
    for event in Garbler().garbled(told):
        assert event.old is before[event.id]
        before[event.id] = event.new


def test_what_is_gone_is_forgotten():
    api = Api()
    pairs(api, 10)
    for number in range(10):
        api.delete(f"n{number}")
    garbler = Garbler()
    garbler.garbled(events(changes_of(api)))
    assert not garbler._told


def test_states_that_are_apart_in_time_keep_their_order():
    api = Api()
    for number in range(40):
        api.create(f"n{number}", config=SLOW)
        api.start(f"n{number}")
        api.wait(AT_ONCE_US / 1e6)
        api.stop(f"n{number}")
    told = events(changes_of(api))
    assert Garbler().garbled(told) == told
