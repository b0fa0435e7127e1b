"""Which objects stood still during a walk over pages, as far as this process knows.

Every write is noted when it is sent and when it ends; an object is untouched in an interval if it
was confirmed before and no write of it overlaps. A write that failed leaves it unclear for
good. Pure; times are microseconds on the run's clock.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence, Set

from conformance.oracles.model import Page, Violation
from conformance.oracles.paging import judge_walk

NEVER_US = 1 << 62


class Book:
    """The writes of a process by scope and key: when the last one began and ended."""

    def __init__(self) -> None:
        self._last: dict[int, dict[Hashable, tuple[int, int]]] = {}

    def add(self, scope: int, keys: Iterable[Hashable], at_us: int) -> None:
        """Objects that were created by `at_us`."""
        self._last.setdefault(scope, {}).update((key, (at_us, at_us)) for key in keys)

    def begin(self, scope: int, key: Hashable, at_us: int) -> None:
        """A write of a known object is being sent."""
        self._last.setdefault(scope, {})[key] = (at_us, NEVER_US)

    def end(self, scope: int, key: Hashable, at_us: int) -> None:
        """The write was confirmed."""
        began, _ = self._last[scope][key]
        self._last[scope][key] = (began, at_us)

    def remove(self, scope: int, key: Hashable) -> None:
        """The object was deleted."""
        self._last.get(scope, {}).pop(key, None)

    def untouched(self, scope: int, since_us: int) -> Set[Hashable]:
        """Objects that nothing has touched from `since_us` until now."""
        known = self._last.get(scope, {})
        return {key for key, (_, ended) in known.items() if ended < since_us}


def judge_pages(pages: Sequence[Page], untouched: Set[Hashable]) -> list[Violation]:
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
