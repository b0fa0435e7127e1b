"""Which dispatches stood still during a walk over pages, as far as this process knows.

Every write is noted when it is sent and when it ends; a dispatch is untouched in an interval if
it was confirmed before and no write of it overlaps. A write that failed leaves it unclear for
good. Pure; times are microseconds on the run's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.oracles.model import Page, Violation
from conformance.oracles.paging import judge_walk

NEVER_US = 1 << 62


class Book:
    """The writes of a process by microgrid and dispatch id: when the last one began and ended."""

    def __init__(self) -> None:
        self._last: dict[int, dict[int, tuple[int, int]]] = {}

    def add(self, microgrid: int, ids: Iterable[int], at_us: int) -> None:
        """Dispatches that were created by `at_us`."""
        self._last.setdefault(microgrid, {}).update((key, (at_us, at_us)) for key in ids)

    def begin(self, microgrid: int, key: int, at_us: int) -> None:
        """A write of a known dispatch is being sent."""
        self._last.setdefault(microgrid, {})[key] = (at_us, NEVER_US)

    def end(self, microgrid: int, key: int, at_us: int) -> None:
        """The write was confirmed."""
        began, _ = self._last[microgrid][key]
        self._last[microgrid][key] = (began, at_us)

    def remove(self, microgrid: int, key: int) -> None:
        """The dispatch was deleted."""
        self._last.get(microgrid, {}).pop(key, None)

    def untouched(self, microgrid: int, since_us: int) -> set[int]:
        """Dispatches that nothing has touched from `since_us` until now."""
        known = self._last.get(microgrid, {})
        return {key for key, (_, ended) in known.items() if ended < since_us}


def judge_pages(pages: Sequence[Page], untouched: set[int]) -> list[Violation]:
    """What is wrong with a walk made during writes: untouched items have to appear exactly once.

    Items that were written meanwhile may appear, or not, as the order they moved in has it.
    """
    whole = judge_walk(pages, static=False)
    found = [violation for violation in whole if violation.code in ("too_large", "endless")]
    still = [
        Page(keys=tuple(key for key in page.keys if key in untouched), next_token=page.next_token)
        for page in pages
    ]
    if any(violation.code == "endless" for violation in found):
        return found
    judged = judge_walk(still, throughout=untouched, static=False)
    return found + [v for v in judged if v.code in ("duplicate", "missing")]
