import pytest

from simulator.server.clock import Mode, ServedClock

START_US = 1_800_000_000_000_000


def test_a_manual_clock_moves_by_hand_and_only_forwards():
    clock = ServedClock(START_US, 0.0)
    assert (clock.mode, clock.factor, clock.now_us()) == (Mode.MANUAL, 0.0, START_US)
    clock.set(START_US + 5)
    assert clock.now_us() == START_US + 5
    with pytest.raises(ValueError, match="does not go back"):
        clock.set(START_US)
    assert clock.wait_s(START_US) == 0.0
    assert clock.wait_s(START_US + 6) is None


@pytest.mark.parametrize(("factor", "mode"), [(1.0, Mode.REAL), (60.0, Mode.SCALED)])
def test_other_clocks_move_by_themselves(factor, mode):
    clock = ServedClock(START_US, factor)
    assert (clock.mode, clock.factor) == (mode, factor)
    first = clock.now_us()
    assert START_US <= first <= clock.now_us()
    assert clock.wait_s(first + 60_000_000) == pytest.approx(60 / factor, abs=1.0)
    with pytest.raises(ValueError, match="moved by hand"):
        clock.set(START_US + 10**12)


def test_modes_change_without_a_jump():
    clock = ServedClock(START_US, 1_000_000.0)
    before = clock.now_us()
    clock.run(0.0)
    stopped = clock.now_us()
    assert before <= stopped == clock.now_us()
    clock.run(2.0)
    assert 0 <= clock.now_us() - stopped < 60_000_000


def test_a_new_history_may_begin_earlier_in_the_same_mode():
    clock = ServedClock(START_US, 0.0)
    clock.restart(5)
    assert (clock.now_us(), clock.mode) == (5, Mode.MANUAL)
