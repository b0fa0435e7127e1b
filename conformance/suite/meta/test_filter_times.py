"""Filters by time: the same instant in other words, and what is earlier and later."""

from __future__ import annotations

from conformance.judging import (
    advise,
    by_depth,
    expect,
    not_applicable,
    observe,
    requirement,
    sampled,
)
from conformance.oracles.meta.filter import READINGS as ACCEPTED
from conformance.oracles.meta.times import SECOND_NS, format_time
from conformance.strategies.meta_filters import quoted
from conformance.suite.laws.filters import Keys
from conformance.suite.meta.filtering import Own, agrees, some
from conformance.targets.meta import MetaTarget

FIELDS = ("create_time", "update_time")
OFFSETS_MIN = (60, -330, 825, -720)
SIGNS = ("<", "<=", ">", ">=")
READINGS = ("chronological", "sdk")


def _times(listed: Own, field: str) -> list[int]:
    held = {item.get("metadata", {}).get(field) for item in listed.items}
    return sorted(at for at in held if at is not None)


def _timed(meta: MetaTarget) -> list[tuple[Own, str, list[int]]]:
    """Resources that have times, in which field, and which."""
    found = [
        (listed, field, times)
        for listed in some(meta, "regions", "services", "resources")
        for field in FIELDS
        if (times := _times(listed, field))
    ]
    return found or not_applicable("no resource shows when it was made")


@requirement("META-FLT-017")
def test_instants_are_equal_in_any_offset(meta: MetaTarget) -> None:
    for listed, field, times in _timed(meta)[: by_depth(full=None, staging=1)]:
        for minutes in OFFSETS_MIN[: by_depth(full=4, staging=2)]:
            local = quoted(format_time(times[-1], offset_minutes=minutes))
            agrees(listed, f"metadata.{field} = {local}")
        agrees(listed, f"metadata.{field} IN ({local}, {quoted(format_time(times[0]))})")
        # The same digits in another zone are another instant.
        digits = format_time(times[-1]).removesuffix("Z") + "+01:00"
        agrees(listed, f"metadata.{field} = {quoted(digits)}")


@requirement("META-FLT-016")
def test_times_are_ordered(meta: MetaTarget) -> None:
    possible = list(READINGS)
    for listed, field, times in _timed(meta)[: by_depth(full=None, staging=1)]:
        fields = (field, "delete_time") if by_depth(full=True, staging=False) else (field,)
        instants = (times[0], times[-1], times[0] - SECOND_NS, times[-1] + SECOND_NS)
        for at in sampled(instants, 2):
            for sign in SIGNS:
                for name in fields:
                    text = f"metadata.{name} {sign} {quoted(format_time(at))}"
                    possible = _readings(listed, text, possible)
    observe(possible[0], trait="M15")
    advise("chronological" in possible, "order of times", got=possible[0], wanted="by time")


def _readings(listed: Own, text: str, possible: list[str]) -> list[str]:
    """Those readings that explain what is found; fails if there are none."""
    left: list[str] = []

    def judge() -> None:
        found = listed.found(text)
        left[:] = [reading for reading in possible if found in _wanted(listed, text, reading)]
        expect(left, text, got=sorted(map(str, found)), wanted=sorted(listed.wanted(text), key=str))

    listed.steady(judge)
    return left


def _wanted(listed: Own, text: str, reading: str) -> list[Keys]:
    """What may be found under a reading; of what is absent there are two more."""
    return [listed.wanted(text, M15=reading, M39=absent) for absent in ACCEPTED["M39"]]
