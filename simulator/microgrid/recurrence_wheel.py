"""The wheel of days: which times of the day an interval reaches, for rules that count up to weeks.

"Every 7 minutes" reaches other times each day, and after 7 days the same again; "every second
week" reaches all times of 7 days in 14. So an interval turns a wheel with a spoke for each day
that has any time, and a day number alone tells the times. Congruences make the wheel: no minute
is ever stepped over.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import gcd
from typing import Final

from .calendar import CYCLE_DAYS, FIRST_YEAR, YEAR_DAYS, january_first

DAY_MINUTES: Final = 1440
_FIRST_DAY: Final = january_first(FIRST_YEAR)
_CALENDAR_DAYS: Final = 25 * CYCLE_DAYS


class Wheel:
    """The times that each day offers, the same again every `turn` days.

    `spokes` holds the minutes of the day, ascending, by day number modulo `turn`; a day without a
    spoke offers nothing. Day numbers count from 1970. Masks of days have bit 0 for their first day.
    """

    def __init__(self, turn: int, spokes: Mapping[int, Sequence[int]]) -> None:
        if turn > _CALENDAR_DAYS:  # it turns less than once: a smaller wheel does as well
            days = ((_FIRST_DAY + (spoke - _FIRST_DAY) % turn, spoke) for spoke in spokes)
            last_day = _FIRST_DAY + _CALENDAR_DAYS - 1
            spokes = {day % _CALENDAR_DAYS: spokes[at] for day, at in days if day <= last_day}
            turn = _CALENDAR_DAYS
        self.turn = turn
        self._spokes = spokes
        self._is_full = len(spokes) == turn
        self._rim = _rim(turn, () if self._is_full else spokes)
        # Days differ in size by little: count the smallest size for all, then what some have more.
        sizes = {len(times) for times in spokes.values()}
        self._size = min(sizes, default=0)
        self._larger = [
            (size - self._size, _rim(turn, [at for at, of in spokes.items() if len(of) == size]))
            for size in sizes
            if size > self._size
        ]

    @classmethod
    def reaching(
        cls, *, per_day: int, interval: int, anchor: int, slots: Iterable[tuple[int, Sequence[int]]]
    ) -> "Wheel":
        """Make the wheel of every `interval`-th period, of which each day has `per_day`.

        Periods count from the epoch, and number `anchor` is reached. `slots` lists the wanted
        periods of a day, ascending, as place in the day and minutes of the day.
        """
        # Place p of day d is reached when per_day * d + p = anchor (mod interval). That has no
        # solution unless gcd(per_day, interval) divides anchor - p, else one d in each turn.
        shared = gcd(per_day, interval)
        turn = interval // shared
        inverse = pow(per_day // shared, -1, turn)
        spokes: dict[int, list[int]] = {}
        for place, minutes in slots:
            distance, rest = divmod(anchor - place, shared)
            if not rest:
                spokes.setdefault(distance * inverse % turn, []).extend(minutes)
        return cls(turn, spokes)

    def times(self, day: int) -> Sequence[int]:
        """Return the minutes that a day offers, ascending."""
        return self._spokes.get(day % self.turn, ())

    def days(self, day: int) -> int:
        """Return which of the 366 days from `day` on offer any time; higher bits mean nothing."""
        return -1 if self._is_full else _window(self._rim, day % self.turn)

    def count(self, day: int, days: int) -> int:
        """Return how many times the days of a mask that begins with `day` offer together.

        The mask has no days but those that offer any, as `days` returns them.
        """
        times = self._size * days.bit_count()
        for more, rim in self._larger:
            times += more * (_window(rim, day % self.turn) & days).bit_count()
        return times


def _rim(turn: int, spokes: Iterable[int]) -> bytes:
    """Return the spokes as bits, unrolled so that a whole year follows each place of a turn."""
    lap = bytearray(turn // 8 + 1)
    for spoke in spokes:
        lap[spoke >> 3] |= 1 << (spoke & 7)
    rim, length = int.from_bytes(lap, "little"), turn
    while length < turn + YEAR_DAYS:
        rim |= rim << length
        length *= 2
    return rim.to_bytes(length // 8 + 1, "little")


def _window(rim: bytes, place: int) -> int:
    """Return the bits from a place of the rim on, 366 and some more; the cost is that of a year."""
    byte = place >> 3
    return int.from_bytes(rim[byte : byte + YEAR_DAYS // 8 + 2], "little") >> (place & 7)
