"""What a check is written with: which requirement it judges, and how it says what it found.

A check is a pytest function that takes a target fixture, acts with one call or stream and states
one rule with `expect` or `refused`. It never uses a bare assert: a failed assert is our mistake,
a failed expectation the target's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any, NoReturn, TypeVar

import grpc

from conformance.context import Observation, by_depth, current
from conformance.exploring import explore, sampled
from conformance.failures import Nonconformance, NotApplicable, Refused, Untestable, iso
from conformance.patience import EVENT_S, GRACE_S

__all__ = [
    "ABSENT",
    "BAD_ARGUMENT",
    "BAD_START",
    "DENIED",
    "EVENT_S",
    "GRACE_S",
    "HIDDEN",
    "TOO_BIG",
    "UNAUTHENTICATED",
    "UNIMPLEMENTED",
    "Refused",
    "advise",
    "attempt",
    "background",
    "by_depth",
    "eventually",
    "expect",
    "explore",
    "not_applicable",
    "observe",
    "passive",
    "refused",
    "requirement",
    "sampled",
    "untestable",
]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Codes = Collection[grpc.StatusCode]

_Code = grpc.StatusCode

BAD_ARGUMENT = frozenset({_Code.INVALID_ARGUMENT, _Code.OUT_OF_RANGE})
BAD_START = BAD_ARGUMENT | {_Code.FAILED_PRECONDITION}
TOO_BIG = BAD_ARGUMENT | {_Code.RESOURCE_EXHAUSTED}
ABSENT = frozenset({_Code.NOT_FOUND})
HIDDEN = frozenset({_Code.NOT_FOUND, _Code.PERMISSION_DENIED})
UNAUTHENTICATED = frozenset({_Code.UNAUTHENTICATED})
DENIED = frozenset({_Code.UNAUTHENTICATED, _Code.PERMISSION_DENIED})
UNIMPLEMENTED = frozenset({_Code.UNIMPLEMENTED})

NOTES = "conformance_notes"
"""Attribute of a check function that holds what its decorators say."""

NEVER = frozenset({_Code.UNKNOWN, _Code.INTERNAL, _Code.UNAVAILABLE, _Code.DEADLINE_EXCEEDED})
"""Statuses that are no answer to a request, whatever is wrong with it."""


def requirement(*ids: str, needs: Collection[str] = ()) -> Callable[[F], F]:
    """Name what a check judges, and what a target must have declared besides the ledger's terms.

    Args:
        ids: of the ledger; with several, every failure names its own with `breaks`.
        needs: `tls`, `full`, or of what the API of the requirement names (`Api.needs`).
    """
    return lambda function: _noted(function, ids=ids, needs=tuple(needs))


def passive(function: F) -> F:
    """Mark a check that writes nothing, so that it may run against any endpoint."""
    return _noted(function, passive=True)


def background(*, lasts_s: float) -> Callable[[F], F]:
    """Mark a check that takes long: it starts with the session and is judged at its end."""
    return lambda function: _noted(function, lasts_s=lasts_s)


def expect(
    condition: object,
    what: str,
    *,
    got: Any = "",
    wanted: Any = "",
    breaks: str | None = None,
    times: bool = False,
) -> None:
    """Fail the requirement unless `condition` holds.

    Args:
        condition: anything with a truth value.
        what: what was looked at, a short noun phrase.
        got: what was seen.
        wanted: what was expected.
        breaks: which of several requirements fails.
        times: `got` and `wanted` are microseconds since the epoch, or None.
    """
    if not condition:
        raise Nonconformance(
            what, got=_text(got, times), wanted=_text(wanted, times), breaks=breaks
        )


def refused(
    call: Callable[[], Any], codes: Codes, what: str, *, breaks: str | None = None
) -> Refused:
    """Fail the requirement unless the call ends with one of these statuses; return the refusal."""
    try:
        answer = call()
    except Refused as refusal:
        if refusal.code not in codes:
            raise Nonconformance(
                what,
                got=f"{refusal.code.name}: {refusal.details}",
                wanted=frozenset(codes),
                breaks=breaks,
            ) from None
        return refusal
    raise Nonconformance(
        what, got=f"accepted, answer {_brief(answer)}", wanted=frozenset(codes), breaks=breaks
    )


def attempt(call: Callable[[], T]) -> T | Refused:
    """The result or the refusal, where both are legal.

    UNKNOWN, INTERNAL, UNAVAILABLE and a missed deadline are still failures.
    """
    try:
        return call()
    except Refused as refusal:
        if refusal.code in NEVER:
            refusal.wanted = "OK, or a refusal that says what is wrong"
            raise
        return refusal


def advise(condition: object, what: str, *, got: Any = "", wanted: Any = "") -> None:
    """Note a weakness without stopping: the requirement ends as `warn` at least."""
    if not condition:
        current().warnings.append(str(Nonconformance(what, got=got, wanted=wanted)))


def observe(reading: str, *, trait: str | None = None) -> None:
    """Record which of several legal readings the target takes.

    Raises:
        Nonconformance: the profile pins the trait to another reading.
        LedgerError: no such trait (a fault of the check).
        ValueError: the trait has no such reading (a fault of the check).
    """
    check = current()
    if trait is None:
        check.observations.append(Observation(reading=reading))
        return
    known = check.ledger.trait(trait)
    if reading not in known.readings:
        raise ValueError(f"{trait} has no reading {reading!r}: {', '.join(known.readings)}")
    pinned = check.pins.get(trait)
    if pinned is not None and pinned != reading:
        raise Nonconformance(f"declared reading of {trait}", got=reading, wanted=pinned)
    check.observations.append(
        Observation(reading=reading, trait=trait, preferred=reading in (known.preferred, pinned))
    )


def untestable(reason: str) -> NoReturn:
    """Stop: what is needed was declared or is required, but could not be brought about."""
    raise Untestable(reason)


def not_applicable(reason: str) -> NoReturn:
    """Stop: the target never claimed what is needed."""
    raise NotApplicable(reason)


def eventually(
    predicate: Callable[[], T | None],
    *,
    within_s: float = EVENT_S,
    what: str,
    every_s: float = 0.05,
) -> T:
    """Poll until `predicate` gives something true, and return it; fail after `within_s`."""
    deadline = time.monotonic() + within_s
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Nonconformance(what, got="not seen", wanted=f"within {within_s:g} s")
        time.sleep(every_s)


def _noted(function: F, **notes: Any) -> F:
    """The function with something written on it; the runner reads it with `spec_of`."""
    setattr(function, NOTES, {**getattr(function, NOTES, {}), **notes})
    return function


def _text(value: Any, times: bool) -> Any:
    if times and (value is None or isinstance(value, int)):
        return iso(value)
    return value


def _brief(answer: Any) -> str:
    if hasattr(answer, "id") and hasattr(answer, "message"):
        return f"shows dispatch {answer.id}"
    text = " ".join(str(answer).split())
    return text if len(text) <= 200 else f"{text[:200]} …"
