"""What the recurrence tests share: readable times and generated rules."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from simulator.microgrid.recurrence import Frequency, Rule

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = "2030-01-01 15:30:20"
"""A Tuesday."""


def us(text: str) -> int:
    """Microseconds of an ISO 8601 time in UTC."""
    return to_us(datetime.fromisoformat(text).replace(tzinfo=UTC))


def to_us(time: datetime) -> int:
    return (time - EPOCH) // timedelta(microseconds=1)


def to_time(time_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=time_us)


def iso(time_us: int | None) -> str | None:
    """The inverse of `us`."""
    return None if time_us is None else str(to_time(time_us).replace(tzinfo=None))


def period(freq: Frequency, time: datetime) -> int:
    """Number of the minute, hour, day, week, month or year that a time lies in."""
    day = time.toordinal()
    return {
        Frequency.MINUTELY: (day * 24 + time.hour) * 60 + time.minute,
        Frequency.HOURLY: day * 24 + time.hour,
        Frequency.DAILY: day,
        Frequency.WEEKLY: (day - 1) // 7,
        Frequency.MONTHLY: time.year * 12 + time.month,
        Frequency.YEARLY: time.year,
    }[freq]


STEP = {
    Frequency.MINUTELY: timedelta(minutes=1),
    Frequency.HOURLY: timedelta(hours=1),
    Frequency.DAILY: timedelta(days=1),
    Frequency.WEEKLY: timedelta(weeks=1),
}


def some(values: range, *, most: int = 6) -> st.SearchStrategy[list[int]]:
    """A list, in half of the cases none."""
    return st.one_of(st.just([]), st.lists(st.sampled_from(values), min_size=1, max_size=most))


def times() -> st.SearchStrategy[datetime]:
    """Times in UTC, leap days and turns of months and years more often than by chance."""
    days = st.one_of(
        st.dates(min_value=datetime(1890, 1, 1).date(), max_value=datetime(2120, 1, 1).date()),
        st.sampled_from(["2028-02-29", "2027-12-31", "2096-02-29", "2030-01-31"]).map(
            lambda text: datetime.fromisoformat(text).date()
        ),
    )
    return st.builds(
        lambda day, time: datetime.combine(day, time, tzinfo=UTC),
        days,
        st.times(),
    )


@st.composite
def satisfiable(draw: st.DrawFn) -> tuple[Rule, datetime]:
    """A rule and a start, with a match not many periods later.

    A target a few intervals after the start is chosen first, and each list then holds its part.
    """
    freq = draw(st.sampled_from(Frequency))
    interval = draw(st.one_of(st.integers(1, 4), st.integers(1, 100)))
    start = draw(times())
    target = start
    if freq in STEP:
        target += draw(st.integers(0, 4)) * interval * STEP[freq]
    lists: dict[str, Any] = {
        "byminutes": (draw(some(range(60))), target.minute),
        "byhours": (draw(some(range(24))), target.hour),
        "byweekdays": (draw(some(range(1, 8))), target.isoweekday()),
        "bymonthdays": (
            draw(some(range(1, 32))) + [-day for day in draw(some(range(1, 32)))],
            target.day,
        ),
        "bymonths": (draw(some(range(1, 13))), target.month),
    }
    if freq == Frequency.WEEKLY:
        del lists["bymonthdays"]
    parts: dict[str, Any] = {
        name: tuple(draw(st.permutations([*values, part]))) if values else ()
        for name, (values, part) in lists.items()
    }
    return Rule(freq=freq, interval=interval, **parts), start


@st.composite
def any_rule(draw: st.DrawFn) -> tuple[Rule, datetime]:
    """A rule and a start, whether or not they ever meet."""
    freq = draw(st.sampled_from(Frequency))
    monthdays = draw(some(range(-31, 0))) + draw(some(range(1, 32)))
    rule = Rule(
        freq=freq,
        interval=draw(st.one_of(st.integers(1, 4), st.integers(1, 20_000))),
        byminutes=tuple(draw(some(range(60)))),
        byhours=tuple(draw(some(range(24)))),
        byweekdays=tuple(draw(some(range(1, 8)))),
        bymonthdays=() if freq == Frequency.WEEKLY else tuple(monthdays),
        bymonths=tuple(draw(some(range(1, 13)))),
    )
    return rule, draw(times())
