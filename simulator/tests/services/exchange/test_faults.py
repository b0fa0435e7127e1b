"""Faults happen to what they concern, as often as they were ordered."""

from simulator.services.exchange.faults import Fault, FaultKind, Faults


def test_a_fault_happens_until_it_is_cleared():
    faults = Faults()
    number = faults.add(Fault(kind=FaultKind.DELAY))
    assert faults.due(FaultKind.DELAY, "a") == faults.due(FaultKind.DELAY) == faults.all()[number]
    assert faults.due(FaultKind.TRUNCATE) is None
    assert faults.remove(number)
    assert faults.due(FaultKind.DELAY) is None
    assert not faults.remove(number)


def test_or_some_times():
    faults = Faults()
    faults.add(Fault(kind=FaultKind.DELAY, times=2, operation="a"))
    assert faults.due(FaultKind.DELAY, "b") is None
    assert [faults.due(FaultKind.DELAY, "a") is None for _ in range(3)] == [False, False, True]
    assert faults.all() == {}


def test_the_oldest_comes_first_and_numbers_are_never_used_again():
    faults = Faults()
    first = faults.add(Fault(kind=FaultKind.DELAY, times=1, seconds=1))
    faults.add(Fault(kind=FaultKind.DELAY, times=1, seconds=2))
    assert [faults.due(FaultKind.DELAY).seconds for _ in range(2)] == [1, 2]
    faults.clear()
    assert faults.add(Fault(kind=FaultKind.DELAY)) > first + 1
