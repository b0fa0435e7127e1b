"""Where scenarios that are played together wait for each other before there is load."""

from __future__ import annotations


class Meeting:
    """Where a number of conductors wait for each other."""

    def __init__(self, expected: int) -> None:
        self._missing = expected

    def arrive(self) -> None:
        """One of them is here."""
        self._missing -= 1

    @property
    def is_complete(self) -> bool:
        """Whether all of them are."""
        return self._missing <= 0
