import pytest

from simulator.microgrid.clock import ManualClock, WallClock


class Wall:
    """A wall that moves when told; nanoseconds."""

    def __init__(self):
        self.ns = 5_000_000_000

    def __call__(self):
        return self.ns


def wall_clock(wall, **more):
    return WallClock(monotonic_ns=wall, wall_ns=lambda: 1_700_000_000_000_000_123, **more)


def test_a_wall_clock_starts_at_the_wall_and_runs_with_it():
    wall = Wall()
    clock = wall_clock(wall)
    assert clock.now_us() == 1_700_000_000_000_000
    wall.ns += 1_500_000_000
    assert clock.now_us() == 1_700_000_000_000_000 + 1_500_000


def test_a_factor_makes_it_faster_and_waiting_shorter():
    wall = Wall()
    clock = wall_clock(wall, start_us=1_000_000, factor=60.0)
    wall.ns += 1_000_000_000
    assert clock.now_us() == 61_000_000
    assert clock.wait_s(121_000_000) == pytest.approx(1.0)
    assert clock.wait_s(0) == 0.0


def test_changing_the_factor_or_jumping_never_goes_back():
    wall = Wall()
    clock = wall_clock(wall, start_us=0, factor=10.0)
    wall.ns += 1_000_000_000
    clock.set_factor(1.0)
    wall.ns += 1_000_000_000
    assert (clock.now_us(), clock.factor) == (11_000_000, 1.0)
    clock.advance(5)
    assert clock.now_us() == 11_000_005
    with pytest.raises(ValueError, match="go back"):
        clock.advance(-1)


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan")])
def test_a_factor_is_above_zero(factor):
    with pytest.raises(ValueError, match="above 0"):
        WallClock(factor=factor)
    with pytest.raises(ValueError, match="above 0"):
        WallClock().set_factor(factor)


def test_a_manual_clock_moves_only_when_told_and_only_ahead():
    clock = ManualClock(100)
    clock.set(150)
    clock.advance(10)
    assert clock.now_us() == 160
    assert (clock.wait_s(160), clock.wait_s(161)) == (0.0, None)
    with pytest.raises(ValueError, match="go back"):
        clock.set(159)
