"""What the writers of a process have published, and what of it was confirmed by when. Pure.

Numbers of an asset ascend without gaps; a call that failed leaves its numbers unclear, so they may
appear and need not. Times are microseconds on the run's clock.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Set

Confirmed = tuple[int, int, int]
"""First number, number after the last one, and when they were confirmed."""


class Ledger:
    """The records of one process by asset."""

    def __init__(self) -> None:
        self._sent: dict[str, int] = {}
        self._confirmed: defaultdict[str, list[Confirmed]] = defaultdict(list)

    def sends(self, asset: str, count: int) -> range:
        """The numbers of the next records of an asset, which are being sent."""
        first = self._sent.get(asset, 0)
        self._sent[asset] = first + count
        return range(first, first + count)

    def confirm(self, asset: str, numbers: range, at_us: int) -> None:
        """The target has taken these records."""
        self._confirmed[asset].append((numbers.start, numbers.stop, at_us))

    def sent(self, asset: str) -> range:
        """All numbers that may be there."""
        return range(self._sent.get(asset, 0))

    def assets(self, by_us: int) -> list[str]:
        """Assets with records that were confirmed by then."""
        return [asset for asset, parts in self._confirmed.items() if parts[0][2] <= by_us]

    def expected(self, asset: str, span: range, by_us: int) -> Set[int]:
        """Of these numbers those that were confirmed by then."""
        found: set[int] = set()
        for first, after, at_us in reversed(self._confirmed.get(asset, ())):
            if after <= span.start:
                break
            if at_us <= by_us:
                found.update(range(max(first, span.start), min(after, span.stop)))
        return found

    def newest(self, asset: str, by_us: int) -> int:
        """The last number that was confirmed by then; -1 if there is none."""
        parts = reversed(self._confirmed.get(asset, ()))
        return next((after - 1 for _, after, at_us in parts if at_us <= by_us), -1)

    def span(self, asset: str, width: int, by_us: int, chance: random.Random) -> range:
        """So many numbers of an asset: one time those just published, the other time any."""
        last = self.newest(asset, by_us)
        if chance.random() < 0.5:
            last = chance.randint(0, last)
        return range(max(0, last - width + 1), last + 1)

    def missing(self, asset: str, shown: Iterable[range], since: int) -> list[int]:
        """Confirmed numbers from `since` on that are not among those shown."""
        there = {number for part in shown for number in part}
        parts = self._confirmed.get(asset, ())
        confirmed = (number for first, after, _ in parts for number in range(first, after))
        return [number for number in confirmed if number >= since and number not in there]
