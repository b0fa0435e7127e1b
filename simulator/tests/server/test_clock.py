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


class TestShowing:
    """What was due a moment ago happens at the moment at which it was due."""

    def test_an_instant_that_has_passed(self):
        clock = ServedClock(START_US, 0.0)
        clock.set(START_US + 100)
        with clock.showing(START_US + 40):
            assert clock.now_us() == START_US + 40
            with clock.showing(START_US + 60):
                assert clock.now_us() == START_US + 60
            assert clock.now_us() == START_US + 40
        assert clock.now_us() == START_US + 100

    def test_never_before_what_was_shown_already(self):
        clock = ServedClock(START_US, 0.0)
        clock.set(START_US + 100)
        assert clock.now_us() == START_US + 100
        with clock.showing(START_US + 40):
            assert clock.now_us() == START_US + 100
        with clock.showing(START_US + 200):
            assert clock.now_us() == START_US + 200
        with clock.showing(START_US + 150):
            assert clock.now_us() == START_US + 200

    def test_a_peek_does_not_count(self):
        clock = ServedClock(START_US, 0.0)
        clock.set(START_US + 100)
        assert clock.peek_us() == START_US + 100
        with clock.showing(START_US + 40):
            assert clock.now_us() == START_US + 40

    def test_another_factor_takes_effect_from_now_not_from_then(self):
        clock = ServedClock(START_US, 0.0)
        clock.set(START_US + 100)
        with clock.showing(START_US + 40):
            clock.run(0.0)
        assert clock.now_us() == START_US + 100

    def test_a_new_history_forgets_what_was_shown(self):
        clock = ServedClock(START_US, 0.0)
        assert clock.now_us() == START_US
        clock.restart(5)
        with clock.showing(7):
            assert clock.now_us() == 7

    def test_it_ends_with_what_fails(self):
        clock = ServedClock(START_US, 0.0)
        clock.set(START_US + 100)
        with pytest.raises(RuntimeError), clock.showing(START_US + 40):
            raise RuntimeError
        assert clock.now_us() == START_US + 100
