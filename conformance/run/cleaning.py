"""Removes what a run has made and asks whether it is gone; touches only what a journal names."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from conformance.targets import journal
from conformance.targets.api import Caretaker
from conformance.targets.budget import Budget

AT_ONCE = 8
"""Removals under way at the same time."""


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What cleaning found: things that still exist, and calls it took."""

    residue: int
    calls: int


def clean(
    folder: Path,
    caretakers: Mapping[str, Caretaker],
    budget: Budget,
    *,
    looks: int | None = None,
) -> Cleaned:
    """Remove what a run left, and count what is still there.

    Args:
        folder: of the run's journal.
        caretakers: by API; what was made on others counts as still there.
        budget: that they share.
        looks: None looks at everything once more. A number looks in so many places and believes
            what was confirmed about the others; if anything is found, it looks everywhere.
    """
    created, left = journal.read(folder)
    book = journal.Journal(folder)
    before = budget.used
    try:
        waiting = [made for made in sorted(left, reverse=True) if made.service in caretakers]
        # What others depend on may only go after them, so what was refused is asked once more.
        for _ in range(2):
            with ThreadPoolExecutor(AT_ONCE) as pool:
                gone = list(pool.map(lambda m: caretakers[m.service].remove(m), waiting))
            for made, is_gone in zip(waiting, gone, strict=True):
                if is_gone:
                    book.removed(made)
            waiting = [made for made, is_gone in zip(waiting, gone, strict=True) if not is_gone]
        _, unremoved = journal.read(folder)
        residue = sum(made.service not in caretakers for made in unremoved)
        for name, caretaker in caretakers.items():
            looked = caretaker.look([made for made in created if made.service == name], looks)
            residue += sum(made in unremoved if there is None else there for made, there in looked)
    finally:
        book.close()
    return Cleaned(residue=residue, calls=budget.used - before)
