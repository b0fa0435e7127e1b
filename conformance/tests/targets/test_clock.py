from conformance.oracles.model import SECOND_US
from conformance.targets.clock import Clock

AT = 1_900_000_000 * SECOND_US + 123_457


def seen(clock: Clock, *, ahead_us: int, cut_us: int = 1, took_us: int = 2000) -> None:
    written = AT + took_us // 2 + ahead_us
    clock.seen(sent_us=AT, received_us=AT + took_us, written_us=written - written % cut_us)


def test_equal_clocks_are_believed_equal() -> None:
    for cut in (1, 1000, SECOND_US):
        clock = Clock()
        seen(clock, ahead_us=0, cut_us=cut)
        assert clock.offset_us == 0


def test_difference_is_found_to_the_length_of_a_call() -> None:
    clock = Clock()
    seen(clock, ahead_us=3600 * SECOND_US)
    assert abs(clock.offset_us - 3600 * SECOND_US) <= 2000


def test_seconds_only_narrow_it_to_a_second() -> None:
    clock = Clock()
    seen(clock, ahead_us=-90 * SECOND_US, cut_us=SECOND_US)
    assert abs(clock.offset_us + 90 * SECOND_US) <= SECOND_US


def test_clock_that_was_set_is_believed_anew() -> None:
    clock = Clock()
    seen(clock, ahead_us=0)
    seen(clock, ahead_us=600 * SECOND_US)
    assert abs(clock.offset_us - 600 * SECOND_US) <= 2000


def test_bounds_of_the_difference_hold_it() -> None:
    clock = Clock()
    assert clock.offsets_us is None
    seen(clock, ahead_us=3600 * SECOND_US)
    low, high = clock.offsets_us or (0, 0)
    assert low <= 3600 * SECOND_US <= high
    assert high - low <= 2001
