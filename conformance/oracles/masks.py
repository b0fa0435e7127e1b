"""What a masked update leads to: every accepted outcome, the preferred one first.

A path in the mask takes its value from the update, whole and as it stands there; what is not in
the mask stays (seed 000, UpdateMicrogridDispatchRequest). Open are an empty mask (A15), paths
that do not exist or may not change (A16), the bare `recurrence` (A17) and a path whose value is
left out (A30). An outcome is one state or a refusal, never a mixture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, Literal

from conformance.oracles.model import DispatchView, Rule, RuleUpdate, Update
from conformance.oracles.semantic import differences
from conformance.oracles.validation import Level, rest_problems, start_problems

ALIASES: Mapping[str, str] = {
    "selector": "target",
    "recurrence.end_criteria.until": "recurrence.end_criteria.until_time",
}
"""Spellings of generation 0.15 and what they are called since."""

RULE_PATHS = tuple(
    f"recurrence.{name}"
    for name in (
        "freq",
        "interval",
        "end_criteria",
        "byminutes",
        "byhours",
        "byweekdays",
        "bymonthdays",
        "bymonths",
    )
)
PATHS = ("start_time", "duration", "target", "is_active", "payload", *RULE_PATHS)
"""Every path that a server has to know."""

PROBES = ("recurrence.end_criteria.count", "recurrence.end_criteria.until_time")
"""Deeper paths that a server may know or refuse."""

_REFUSABLE = ("payload", "recurrence.end_criteria", "recurrence.freq", "recurrence.interval")
"""Paths whose missing value may be refused instead of clearing the field (A30)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """One accepted outcome: the state afterwards or a refusal, with the readings it stands for.

    `view` has the data expected; its `end_us` and `update_us` are the old ones, since they follow
    from the new data and the time. A refusal leaves everything as it was (`view` None).
    """

    kind: Literal["state", "refused"]
    view: DispatchView | None = None
    readings: Mapping[str, str] = field(default_factory=dict)


def after_update(
    before: DispatchView, update: Update, paths: Sequence[str], *, now_us: int
) -> tuple[Expectation, ...]:
    """All accepted outcomes of an update received at server time `now_us`.

    Args:
        before: the dispatch as it stands.
        update: the values sent.
        paths: the mask, with spellings of any generation; empty is an empty or absent mask.
        now_us: for the rule that a start may not be moved to the past.
    """
    found: list[Expectation] = []
    for expectation in _outcomes(before, update, paths, now_us):
        if (expectation.kind, expectation.view) not in [(e.kind, e.view) for e in found]:
            found.append(expectation)
    return tuple(found)


def judge_update(
    before: DispatchView,
    update: Update,
    paths: Sequence[str],
    after: DispatchView | None,
    *,
    now_us: int,
) -> tuple[Expectation, ...]:
    """The accepted outcomes that explain what was seen; empty if none does.

    `after` is the answer (None: refused, with INVALID_ARGUMENT or a kin). Id and create time have
    to be the old ones; the update time and end time are judged elsewhere.
    """
    outcomes = after_update(before, update, paths, now_us=now_us)
    if after is None:
        return tuple(e for e in outcomes if e.kind == "refused")
    if (after.id, after.create_us) != (before.id, before.create_us):
        return ()
    return tuple(e for e in outcomes if e.view is not None and not differences(e.view.data, after))


def masked(before: DispatchView, update: Update, paths: Sequence[str]) -> DispatchView:
    """The dispatch with these paths taken over, valid or not; unset values clear.

    Paths are those of `PATHS`, of the two arms of the end criteria, or the bare `recurrence`, in
    the newer spelling. A start cannot be cleared and stays.
    """
    after = before
    for path in paths:
        after = _with(after, update, path)
    return after


def _outcomes(
    before: DispatchView, update: Update, paths: Sequence[str], now_us: int
) -> Iterator[Expectation]:
    known = [ALIASES.get(path, path) for path in paths]
    if not known:
        yield Expectation(kind="refused", readings={"A15": "refused"})
        yield Expectation(kind="state", view=before, readings={"A15": "no change"})
        yield from _masked(before, update, _populated(update), now_us, {"A15": "all fields"})
        return
    strange = [p for p in known if p not in PATHS and p not in PROBES and p != "recurrence"]
    if strange:
        yield Expectation(kind="refused", readings={"A16": "refused"})
    options = [
        [("A17", "replaced"), ("A17", "refused")] if "recurrence" in known else [],
        [("A30", "cleared"), ("A30", "refused")] if _refusable(update, known) else [],
        [("A16", "ignored")] if strange else [],
    ]
    for chosen in product(*filter(None, options)):
        readings = dict(chosen)
        if "refused" in readings.values():
            yield Expectation(kind="refused", readings=readings)
        else:
            usable = [p for p in known if p not in strange]
            yield from _masked(before, update, usable, now_us, readings)
    if set(known) & set(PROBES):
        yield Expectation(kind="refused", readings={"A16": "refused"})
        rest = [p for p in known if p in PATHS]
        yield from _masked(before, update, rest, now_us, {"A16": "ignored"})


def _masked(
    before: DispatchView,
    update: Update,
    paths: Sequence[str],
    now_us: int,
    readings: Mapping[str, str],
) -> Iterator[Expectation]:
    after = masked(before, update, paths)
    levels = _levels(after, update, paths, now_us)
    refused = Expectation(kind="refused", readings=readings)
    if levels & {"must", "should"}:
        yield refused
    if "must" not in levels:
        yield Expectation(kind="state", view=after, readings=readings)
    if levels == {"may"}:
        yield refused


def _levels(after: DispatchView, update: Update, paths: Sequence[str], now_us: int) -> set[Level]:
    """How binding the reasons are to refuse the result; a masked field without value is one."""
    found = list(rest_problems(after.data))
    if "start_time" in paths:
        found += start_problems(update.start_us, now_us=now_us)
    levels: set[Level] = {problem.level for problem in found}
    if "target" in paths and update.target is None:
        levels.add("must")
    return levels


def _with(view: DispatchView, update: Update, path: str) -> DispatchView:
    """The dispatch after one path is taken over; an unset value clears."""
    if path in _PLAIN:
        return replace(view, **_PLAIN[path](update))
    if path == "recurrence":
        return replace(view, rule=_rule_of(update.rule))
    old = view.rule or Rule(freq=0, interval=0)
    rule = _rule_with(old, update.rule or RuleUpdate(), path.removeprefix("recurrence."))
    return replace(view, rule=None if rule == Rule(freq=0, interval=0) else rule)


_PLAIN: Mapping[str, Callable[[Update], dict[str, Any]]] = {
    "start_time": lambda u: {} if u.start_us is None else {"start_us": u.start_us},
    "duration": lambda u: {"duration_s": u.duration_s},
    "target": lambda u: {"target": u.target},
    "is_active": lambda u: {"active": bool(u.active)},
    "payload": lambda u: {"payload": u.payload or {}},
}


def _rule_with(old: Rule, new: RuleUpdate, name: str) -> Rule:
    if name == "freq":
        return replace(old, freq=new.freq or 0)
    if name == "interval":
        return replace(old, interval=new.interval or 0)
    if name == "end_criteria":
        return replace(old, count=new.count, until_us=new.until_us)
    if name == "end_criteria.count":
        return replace(old, count=new.count, until_us=None)
    if name == "end_criteria.until_time":
        return replace(old, count=None, until_us=new.until_us)
    lists = {
        "byminutes": new.byminutes,
        "byhours": new.byhours,
        "byweekdays": new.byweekdays,
        "bymonthdays": new.bymonthdays,
        "bymonths": new.bymonths,
    }
    return replace(old, **{name: lists[name]})  # type: ignore[arg-type] # one of the lists


def _rule_of(update: RuleUpdate | None) -> Rule | None:
    if update is None or update in (RuleUpdate(), RuleUpdate(end_criteria=True)):
        return None
    rule = Rule(freq=0)
    for path in RULE_PATHS:
        rule = _rule_with(rule, update, path.removeprefix("recurrence."))
    return rule


def _values(update: Update) -> dict[str, Any]:
    rule = update.rule or RuleUpdate()
    return {
        "start_time": update.start_us,
        "duration": update.duration_s,
        "target": update.target,
        "is_active": update.active,
        "payload": update.payload,
        "recurrence.freq": rule.freq,
        "recurrence.interval": rule.interval,
        "recurrence.end_criteria": rule.end_criteria or None,
        "recurrence.byminutes": rule.byminutes or None,
        "recurrence.byhours": rule.byhours or None,
        "recurrence.byweekdays": rule.byweekdays or None,
        "recurrence.bymonthdays": rule.bymonthdays or None,
        "recurrence.bymonths": rule.bymonths or None,
    }


def _populated(update: Update) -> list[str]:
    return [path for path, value in _values(update).items() if value is not None]


def _refusable(update: Update, paths: Sequence[str]) -> bool:
    values = _values(update)
    return any(path in _REFUSABLE and values[path] is None for path in paths)
