"""How payloads of dispatches are checked: keys with their kinds and bounds, and what is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

from .effect import Effect

__all__ = ["Invalid", "Key", "Payload", "Type", "invalid"]

Payload = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Invalid:
    """Why a type or payload has no effect."""

    event: str
    """`UNKNOWN_TYPE` or `PAYLOAD_INVALID`."""
    reason: str
    pointer: str | None = None
    """JSON pointer into the payload."""

    def details(self) -> dict[str, Any]:
        """Return what belongs into the event log."""
        if self.pointer is None:
            return {"reason": self.reason}
        return {"pointer": self.pointer, "reason": self.reason}


def invalid(pointer: str, reason: str) -> Invalid:
    """Return what is wrong with a payload."""
    return Invalid(event="PAYLOAD_INVALID", pointer=pointer, reason=reason)


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """A key of a payload."""

    kind: str
    """`number`, `integer`, `flag`, `text`, `list` or `choice`."""
    low: float = -inf
    high: float = inf
    choices: tuple[str, ...] = ()
    required: bool = False

    def mistake(self, value: Any) -> str | None:
        """Return what is expected, None for a right value. Whole floats count as integers."""
        if self.kind == "flag":
            return None if isinstance(value, bool) else "expected true or false"
        if self.kind == "text":
            return None if isinstance(value, str) else "expected a string"
        if self.kind == "list":
            return None if isinstance(value, list | tuple) else "expected a list"
        if self.kind == "choice":
            names = " or ".join(self.choices)
            is_known = isinstance(value, str) and value in self.choices
            return None if is_known else f"expected {names}"
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            return "expected a number"
        if self.kind == "integer" and value != int(value):
            return "expected a whole number"
        if not self.low <= value <= self.high:
            return f"expected {self.low:g} to {self.high:g}"
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Type:
    """A row of the vocabulary."""

    keys: Mapping[str, Key]
    effect: Callable[[Payload], Effect | Invalid]
    """What a payload with right keys means."""
