"""Our recurrence engine against python-dateutil: a far occurrence by number, and one by time.

Each answer is for a start of its own, so that neither side remembers anything of the one before.
dateutil is asked the shortest way: `rrule(count=4096)[-1]` for the 4096th occurrence, and
`rrule.after()` for the first in ten years. A benchmark is void unless both answers agree.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from dateutil import rrule as peer

from benchmarks.harness import Result, interleave
from simulator.microgrid.recurrence import Frequency, Rule, first_from, last

WANTED = 20.0
K = 4096
BEGIN = datetime(2030, 1, 1, 15, 30, 20, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=3653)
BATCH = 4
"""Answers per measurement, so that it is not the clock that is measured."""
PEER_FREQUENCY: dict[Frequency, Any] = {
    Frequency.MINUTELY: peer.MINUTELY,
    Frequency.HOURLY: peer.HOURLY,
    Frequency.DAILY: peer.DAILY,
    Frequency.WEEKLY: peer.WEEKLY,
    Frequency.MONTHLY: peer.MONTHLY,
    Frequency.YEARLY: peer.YEARLY,
}
Answer = Callable[[Rule, datetime], datetime]

BY_NUMBER = {
    "every minute": Rule(freq=Frequency.MINUTELY, count=K),
    "daily": Rule(freq=Frequency.DAILY, count=K),
    "monthly": Rule(freq=Frequency.MONTHLY, count=K),
    "yearly": Rule(freq=Frequency.YEARLY, count=K),
    "weekdays": Rule(freq=Frequency.WEEKLY, count=K, byweekdays=(1, 2, 3, 4, 5)),
    "weekends of every second week": Rule(
        freq=Frequency.WEEKLY, interval=2, count=K, byweekdays=(6, 7)
    ),
    "last day of the month": Rule(freq=Frequency.MONTHLY, count=K, bymonthdays=(-1,)),
    "Friday the 13th": Rule(freq=Frequency.MONTHLY, count=K, byweekdays=(5,), bymonthdays=(13,)),
    "four times a night": Rule(freq=Frequency.DAILY, count=K, byhours=(22, 23), byminutes=(0, 30)),
    "twice at eight": Rule(freq=Frequency.HOURLY, count=K, byhours=(8,), byminutes=(0, 30)),
    "every 7 minutes of two hours": Rule(
        freq=Frequency.MINUTELY, interval=7, count=K, byhours=(8, 9)
    ),
    "every 15 minutes of weekday mornings": Rule(
        freq=Frequency.MINUTELY,
        interval=15,
        count=K,
        byhours=(8, 9, 10),
        byweekdays=(1, 2, 3, 4, 5),
    ),
}
BY_TIME = {
    "every 15 minutes of weekday mornings": Rule(
        freq=Frequency.MINUTELY, interval=15, byhours=(8, 9, 10), byweekdays=(1, 2, 3, 4, 5)
    ),
    "every 10 minutes of summer nights": Rule(
        freq=Frequency.MINUTELY, interval=10, byhours=(0, 1, 2), bymonths=(6, 7, 8)
    ),
}


def run() -> list[Result]:
    """Measure all rules; each ratio is dateutil's median time over ours."""
    return [
        *(
            compare(f"occurrence {K}: {name}", rule, our_last, their_last, 5)
            for name, rule in BY_NUMBER.items()
        ),
        *(
            compare(f"ten years ahead: {name}", rule, our_first, their_first, 3)
            for name, rule in BY_TIME.items()
        ),
    ]


def compare(name: str, rule: Rule, ours: Answer, peers: Answer, rounds: int) -> Result:
    """Time both ways to the same answers, in turn, for starts that shift by a minute each time."""
    if ours(rule, BEGIN) != peers(rule, BEGIN):
        raise AssertionError(f"{name}: the two do not agree")

    def batch(answer: Answer) -> Callable[[], object]:
        starts = (BEGIN + timedelta(minutes=n) for n in count(1))
        return lambda: [answer(rule, next(starts)) for _ in range(BATCH)]

    ours_s, peers_s = (seconds / BATCH for seconds in interleave(batch(ours), batch(peers), rounds))
    return Result(
        name=name,
        value=ours_s * 1e6,
        unit="µs",
        against=f"python-dateutil {peers_s * 1e3:,.3g} ms",
        ratio=peers_s / ours_s,
        wanted=WANTED,
        holds=peers_s / ours_s >= WANTED,
    )


def our_last(rule: Rule, start: datetime) -> datetime:
    """Our answer by number."""
    found_us = last(rule, _to_us(start))
    assert found_us is not None
    return EPOCH + timedelta(microseconds=found_us)


def their_last(rule: Rule, start: datetime) -> datetime:
    """The peer's answer by number."""
    found: datetime = _peer_rule(rule, start)[-1]
    return found


def our_first(rule: Rule, start: datetime) -> datetime:
    """Our answer by time."""
    found_us = first_from(rule, _to_us(start), _to_us(start + AHEAD))
    assert found_us is not None
    return EPOCH + timedelta(microseconds=found_us)


def their_first(rule: Rule, start: datetime) -> datetime:
    """The peer's answer by time."""
    found: datetime = _peer_rule(rule, start).after(start + AHEAD, inc=True)
    return found


def _to_us(time: datetime) -> int:
    return (time - EPOCH) // timedelta(microseconds=1)


def _peer_rule(rule: Rule, start: datetime) -> Any:
    return peer.rrule(
        PEER_FREQUENCY[rule.freq],
        dtstart=start,
        interval=rule.interval,
        count=rule.count,
        byminute=rule.byminutes or None,
        byhour=rule.byhours or None,
        byweekday=[day - 1 for day in rule.byweekdays] or None,
        bymonthday=rule.bymonthdays or None,
        bymonth=rule.bymonths or None,
    )
