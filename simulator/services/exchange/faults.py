"""What can be ordered to go wrong with the exchange, as data: how clients get over it is theirs.

Each fault waits for what it concerns and happens there, some times or until it is cleared; the
service and its transports ask for what is due at one point each. Durations are real seconds, except
for a confirmation's, which is late in the world's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from itertools import count


@unique
class FaultKind(StrEnum):
    """What goes wrong."""

    DELAY = "delay"
    """A GraphQL request is answered `seconds` later."""
    HTTP_ERROR = "http_error"
    """A GraphQL request is not carried out, and answered with an HTTP status."""
    TRUNCATE = "truncate"
    """The answer to a GraphQL request, which is carried out, breaks off in the middle."""
    REFUSE_UPLOAD = "refuse_upload"
    """A PUT to a presigned URL is refused with an HTTP status."""
    LATE_CONFIRMATION = "late_confirmation"
    """An upload is confirmed `seconds` later."""
    LOSE_EVENT = "lose_event"
    """An event reaches no subscriber."""
    DELAY_EVENT = "delay_event"
    """An event reaches a subscriber `seconds` later."""
    EMPTY_PAGES = "empty_pages"
    """A first page of SQL rows is preceded by `pages` empty ones that carry a token."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One order."""

    kind: FaultKind
    operation: str = ""
    """Name of the operation or subscription that it concerns; empty: all."""
    times: int | None = None
    """How often it happens; None: until it is cleared."""
    seconds: float = 1.0
    """DELAY, LATE_CONFIRMATION, DELAY_EVENT."""
    status: int = 503
    """HTTP_ERROR, REFUSE_UPLOAD."""
    pages: int = 1
    """EMPTY_PAGES."""


class Faults:
    """The faults that wait to happen."""

    def __init__(self) -> None:
        self._waiting: dict[int, Fault] = {}
        self._left: dict[int, int] = {}
        self._numbers = count(1)

    def add(self, fault: Fault) -> int:
        """Let a fault happen from now on; returns its number."""
        number = next(self._numbers)
        self._waiting[number] = fault
        if fault.times is not None:
            self._left[number] = fault.times
        return number

    def remove(self, number: int) -> bool:
        """Take a fault back; False if there is none of that number."""
        self._left.pop(number, None)
        return self._waiting.pop(number, None) is not None

    def clear(self) -> None:
        """Take all faults back."""
        self._waiting.clear()
        self._left.clear()

    def all(self) -> dict[int, Fault]:
        """Return the faults that may still happen, by number."""
        return dict(self._waiting)

    def due(self, kind: FaultKind, operation: str = "") -> Fault | None:
        """Return the oldest fault of a kind that happens now; it has happened then."""
        for number, fault in self._waiting.items():
            if fault.kind is kind and fault.operation in ("", operation):
                if number in self._left:
                    self._left[number] -= 1
                    if not self._left[number]:
                        self.remove(number)
                return fault
        return None
