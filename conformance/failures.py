"""Why a check ends early: the error tree of the judge.

    JudgeError
    ├── Nonconformance        the target broke a requirement
    │   └── Refused           a call that had to succeed ended with a status
    ├── Untestable            declared or required, but it could not be exercised
    │   ├── TargetLost        the target stopped answering
    │   └── BudgetSpent       the calls granted for the run are used up
    ├── NotApplicable         needs something that the target never declared
    ├── Unreachable           nobody answers at the address
    └── UsageError            a profile, list or option is wrong

Anything else that leaves a check is a fault of ours and judged `error`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class JudgeError(Exception):
    """Everything that the judge raises on purpose."""


class Nonconformance(JudgeError):
    """The target broke a requirement.

    Attributes:
        what: what was looked at, a noun phrase.
        got, wanted: what was seen and what was expected, as text.
        breaks: the requirement broken; None means those of the check.
        example: the drawn arguments of the property that failed, if any.
        steps: the exchange that shows it, filled in by whoever catches it.
    """

    def __init__(
        self, what: str, *, got: Any = "", wanted: Any = "", breaks: str | None = None
    ) -> None:
        self.what = what
        self.got = shown(got)
        self.wanted = shown(wanted)
        self.breaks = breaks
        self.example: dict[str, Any] | None = None
        self.steps: list[dict[str, Any]] | None = None
        super().__init__(what)

    def __str__(self) -> str:
        got = f": got {self.got}" if self.got else ""
        wanted = f", expected {self.wanted}" if self.wanted else ""
        example = f" (with {shown(self.example)})" if self.example else ""
        return f"{self.what}{got}{wanted}{example}"


class Refused(Nonconformance):
    """A call ended with a status other than OK.

    Attributes:
        method: the short method name.
        code, details: the status.
        trailers: what came with it.
    """

    def __init__(
        self,
        method: str,
        code: grpc.StatusCode,
        details: str,
        trailers: Sequence[tuple[str, str | bytes]] = (),
    ) -> None:
        self.method = method
        self.code = code
        self.details = details
        self.trailers = tuple(trailers)
        text = f"{code.name}: {details}" if details else code.name
        super().__init__(f"answer of {method}", got=text, wanted="OK")


class Untestable(JudgeError):
    """Declared or required, but it could not be exercised; never green."""


class TargetLost(Untestable):
    """The target stopped answering in the middle of the run."""


class BudgetSpent(Untestable):
    """The calls granted for the run are used up."""


class NotApplicable(JudgeError):
    """Needs a capability that the target never declared, or writes that were not allowed."""


class Unreachable(JudgeError):
    """Nobody answers at the address."""


class UsageError(JudgeError):
    """A profile, a known-failing list or an option is wrong; the text says what was expected."""


def shown(value: Any) -> str:
    """A value for people: text as it is, statuses by name, long things shortened."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, grpc.StatusCode):
        text = value.name
    elif isinstance(value, dict):
        text = ", ".join(f"{key}={shown(item)}" for key, item in value.items())
    elif isinstance(value, set | frozenset) and all(isinstance(v, grpc.StatusCode) for v in value):
        text = " or ".join(sorted(code.name for code in value))
    else:
        text = str(value) if isinstance(value, BaseException) else repr(value)
    return text if len(text) <= 600 else f"{text[:500]} … ({len(text)} characters)"


def iso(us: int | None) -> str:
    """Microseconds since the epoch as ISO 8601 UTC; "absent" for None."""
    if us is None:
        return "absent"
    try:
        text = (_EPOCH + timedelta(microseconds=us)).isoformat()
    except OverflowError:
        return f"{us} us since 1970"
    return text.replace("+00:00", "Z")
