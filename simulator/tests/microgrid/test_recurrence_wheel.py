"""The wheel of days against the plain meaning of "every so many periods"."""

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.calendar import YEAR_DAYS
from simulator.microgrid.recurrence_wheel import DAY_MINUTES, Wheel

MASK = (1 << YEAR_DAYS) - 1


def minutely(interval: int, anchor: int, wanted: list[int]) -> Wheel:
    return Wheel.reaching(
        per_day=DAY_MINUTES,
        interval=interval,
        anchor=anchor,
        slots=[(minute, (minute,)) for minute in wanted],
    )


def test_seven_minutes_reach_the_same_times_every_seventh_day() -> None:
    wheel = minutely(7, 0, list(range(DAY_MINUTES)))
    assert wheel.turn == 7
    assert list(wheel.times(0))[:3] == [0, 7, 14]
    assert list(wheel.times(1))[:3] == [2, 9, 16]  # 1440 = 5 mod 7, two minutes short
    assert list(wheel.times(8)) == list(wheel.times(1))


def test_a_quarter_of_an_hour_divides_the_day_and_reaches_the_same_times_daily() -> None:
    wheel = minutely(15, 7, list(range(60)))
    assert wheel.turn == 1
    assert list(wheel.times(12_345)) == [7, 22, 37, 52]


def test_hours_that_an_interval_never_reaches_make_no_spoke() -> None:
    wheel = Wheel.reaching(per_day=24, interval=8, anchor=15, slots=[(8, (480,)), (9, (540,))])
    assert wheel.days(0) & MASK == 0
    assert list(wheel.times(0)) == []


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    per_day=st.sampled_from([24, 1440]),
    interval=st.one_of(st.integers(1, 60), st.integers(1, 5000)),
    anchor=st.integers(-(10**9), 10**9),
    wanted=st.sets(st.integers(0, 23), min_size=1),
    day=st.integers(-500_000, 2_000_000),
)
def test_times_are_those_whose_period_number_is_congruent(
    per_day: int, interval: int, anchor: int, wanted: set[int], day: int
) -> None:
    length = DAY_MINUTES // per_day
    slots = [(place, (place * length, place * length + length // 2)) for place in sorted(wanted)]
    wheel = Wheel.reaching(per_day=per_day, interval=interval, anchor=anchor, slots=slots)

    def reached(day: int) -> list[int]:
        return [
            minute
            for place, minutes in slots
            if (day * per_day + place - anchor) % interval == 0
            for minute in minutes
        ]

    of_year = [reached(day + place) for place in range(YEAR_DAYS)]
    assert [list(wheel.times(day + place)) for place in range(YEAR_DAYS)] == of_year
    mask = sum(1 << place for place, times in enumerate(of_year) if times)
    assert wheel.days(day) & MASK == mask
    assert wheel.count(day, mask) == sum(map(len, of_year))
    odd = mask & MASK // 3
    assert wheel.count(day, odd) == sum(map(len, of_year[::2]))


def test_days_of_several_sizes_are_counted_apart() -> None:
    wheel = Wheel(3, {0: (1,), 1: (1, 2, 3), 2: (1, 2)})
    assert wheel.count(0, 0b111) == 6
    assert wheel.count(1, 0b011) == 5
    assert wheel.count(-2, 0b001) == 3
