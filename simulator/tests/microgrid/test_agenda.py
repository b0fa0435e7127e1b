from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.agenda import Agenda, Class

ITEM = st.tuples(st.integers(0, 3), st.sampled_from(list(Class)), st.integers(0, 2**63))


def drain(agenda):
    while agenda.queue:
        agenda.step()


@settings(max_examples=100, deadline=None)
@given(st.lists(ITEM, unique=True, max_size=12), st.randoms(use_true_random=False))
def test_events_come_by_time_class_and_id_whatever_the_order_of_scheduling(items, random):
    shuffled = list(items)
    random.shuffle(shuffled)
    agenda, seen = Agenda(10), []
    for t_us, class_, id_ in shuffled:
        item = (t_us, class_, id_)
        agenda.at(10 + t_us, class_, id_, lambda _event, item=item: seen.append(item))
    drain(agenda)
    assert seen == sorted(items)


def test_a_cancelled_event_does_not_happen():
    agenda, seen = Agenda(0), []
    agenda.cancel(agenda.at(5, Class.START, 1, lambda _event: seen.append(1)))
    agenda.at(7, Class.START, 2, lambda _event: seen.append(2))
    assert agenda.next_us() == 7
    drain(agenda)
    assert seen == [2]
    assert agenda.next_us() is None


def test_cancelling_twice_or_too_late_is_harmless():
    agenda, seen = Agenda(0), []
    event = agenda.at(5, Class.START, 1, lambda _event: seen.append(1))
    drain(agenda)
    agenda.cancel(event)
    agenda.cancel(event)
    assert seen == [1]


def test_an_event_can_happen_again():
    agenda, seen = Agenda(0), []
    event = agenda.at(5, Class.PROFILE, 0, lambda _event: seen.append(agenda.now))
    drain(agenda)
    agenda.again(9, event)
    drain(agenda)
    assert seen == [5, 9]


def test_a_cancelled_event_can_be_scheduled_anew_and_happens_once():
    agenda, seen = Agenda(0), []
    event = agenda.at(5, Class.START, 1, lambda _event: seen.append(agenda.now))
    agenda.cancel(event)
    event = agenda.again(9, event)
    drain(agenda)
    event = agenda.again(12, event)
    agenda.cancel(event)
    drain(agenda)
    assert seen == [9]


def test_cancelled_events_do_not_pile_up():
    agenda = Agenda(0)
    agenda.at(10**9, Class.STOP, 0, lambda _event: None)
    for i in range(10_000):
        agenda.cancel(agenda.at(10**6 + i, Class.STOP, i, lambda _event: None))
        assert len(agenda.queue) < 200
