"""What an author does: it publishes batches of 1 to 100 records to an asset of its own.

Most calls carry the records in variables. One in twenty, a small one, has them written into the
document as the published SDK does; it has a name of its own, because it costs a server far more.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from loadtests.apis.base import Step
from loadtests.apis.exchange.ledger import Ledger
from loadtests.apis.exchange.wire import INLINED, PUBLISH, Wire

MOST_RECORDS = 100
INLINED_ONE_IN = 20
MOST_INLINED = 10
"""Records of an inlined call: a hundred of them would hold up everybody else."""

Listing = Mapping[str, tuple[int, tuple[range, ...]]]
"""Of each asset from which number on it was read, and which numbers are there."""


class ExchangeAuthor:
    """One writer, which makes one call at a time.

    Args:
        name: unique in the run.
        asset: to which it publishes.
        wire: gives what builds the requests; asked once the run has begun.
        ledger: of its process.
        chance: decides the sizes of batches.
        most: records in a batch.
    """

    def __init__(
        self,
        name: str,
        asset: str,
        wire: Callable[[], Wire],
        ledger: Ledger,
        chance: random.Random,
        *,
        most: int,
    ) -> None:
        self.name = name
        self.asset = asset
        self._wire = wire
        self._ledger = ledger
        self._chance = chance
        self._most = min(most, MOST_RECORDS)
        self._calls = 0

    def next(self, due_us: int) -> Step:
        """The next batch; its key are the numbers of the records."""
        self._calls += 1
        is_inlined = self._calls % INLINED_ONE_IN == 0
        most = min(self._most, MOST_INLINED) if is_inlined else self._most
        numbers = self._ledger.sends(self.asset, self._chance.randint(1, most))
        request = self._wire().publish(self.asset, numbers, is_inlined=is_inlined)
        method = INLINED if is_inlined else PUBLISH
        return Step(method=method, request=request, scope=0, mark=None, key=numbers)

    def succeeded(self, step: Step, reply: Any) -> None:
        """The batch was taken; when, is noted by whoever has a clock."""

    def failed(self, step: Step, status: str) -> None:
        """The batch may be there or not; its numbers are not used again."""

    def leftovers(self) -> Iterator[Step]:
        """Nothing: no record can be deleted but with its database."""
        return iter(())

    def differences(self, listing: Listing) -> Iterator[tuple[int, str]]:
        """What was confirmed and is not there in the end."""
        since, shown = listing.get(self.asset, (0, ()))
        if lost := self._ledger.missing(self.asset, shown, since):
            yield 0, f"{self.asset}: {len(lost)} confirmed records are absent, the first {lost[0]}"
