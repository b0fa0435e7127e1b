"""Whether a dispatch shown is the dispatch asked for, apart from what a server may change.

Free are: a sub-second start (A2: kept, rounded or truncated), an interval left out (A6: 0 or 1),
order and duplicates in by-lists, an empty recurrence message, number types in a payload (JSON has
one). Everything else has to come back as written (seed 000, DispatchData).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from conformance.oracles.model import SECOND_US, DispatchData, DispatchView, Rule, Target

METADATA = ("id", "create_us", "update_us", "end_us")


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A field with what was expected and what was shown, in plain values."""

    field: str
    expected: Any
    shown: Any


def differences(
    expected: DispatchData | DispatchView, shown: DispatchView, *, strict: bool = False
) -> tuple[Difference, ...]:
    """What differs in meaning between the data of two dispatches.

    Args:
        expected: what was asked (a start of None is not compared), or an earlier answer.
        shown: what the endpoint shows.
        strict: two answers about one state: starts agree to the microsecond, targets keep order
            and duplicates, and if `expected` is a view the metadata agrees too.
    """
    found = [
        Difference(field=f.name, expected=wanted, shown=got)
        for f in fields(DispatchData)
        if not _agree(
            f.name, wanted := getattr(expected, f.name), got := getattr(shown, f.name), strict
        )
    ]
    if strict and isinstance(expected, DispatchView):
        found += [
            Difference(field=name, expected=getattr(expected, name), shown=getattr(shown, name))
            for name in METADATA
            if getattr(expected, name) != getattr(shown, name)
        ]
    return tuple(found)


def same_start(asked_us: int, shown_us: int) -> bool:
    """Whether a start shown is the one asked for, a sub-second one to less than a second."""
    if asked_us % SECOND_US == 0:
        return asked_us == shown_us
    return abs(asked_us - shown_us) < SECOND_US


def plain_rule(rule: Rule | None) -> Rule | None:
    """The rule in one spelling: lists sorted and without duplicates, interval 1 for 0.

    A rule without a frequency means "does not recur", as no rule does.
    """
    if rule is None or rule.freq == 0:
        return None
    return replace(
        rule,
        interval=rule.interval or 1,
        byminutes=_plain(rule.byminutes),
        byhours=_plain(rule.byhours),
        byweekdays=_plain(rule.byweekdays),
        bymonthdays=_plain(rule.bymonthdays),
        bymonths=_plain(rule.bymonths),
    )


def _plain(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(numbers)))


def plain_target(target: Target | None) -> Target | None:
    """The target with its list sorted and without duplicates."""
    if target is None:
        return None
    return replace(target, items=tuple(sorted(set(target.items), key=repr)))


def same_json(one: Any, other: Any) -> bool:
    """JSON equality: numbers by value, but true is not 1 and null is not absent."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same_json(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same_json, one, other))
    return bool(one == other)


def _agree(name: str, expected: Any, shown: Any, strict: bool) -> bool:
    if name == "start_us" and not strict:
        return expected is None or same_start(expected, shown)
    if name == "rule":
        return plain_rule(expected) == plain_rule(shown)
    if name == "payload":
        return same_json(expected, shown)
    if name == "target" and not strict:
        return plain_target(expected) == plain_target(shown)
    return bool(expected == shown)
