"""What the checks of updates share: lists that fit a start, and the oracle bound to a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from conformance.judging import BAD_START, TOO_BIG, expect
from conformance.oracles.masks import Expectation, after_update, judge_update
from conformance.oracles.semantic import differences
from conformance.suite.laws.masks import explained_update
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    SECOND_US,
    CategoryType,
    Dispatch,
    DispatchData,
    Target,
    Update,
)

LISTS = ("byminutes", "byhours", "byweekdays", "bymonthdays", "bymonths")
REFUSALS = BAD_START | TOO_BIG

_LOWEST = {"byminutes": 0, "byhours": 0, "byweekdays": 1, "bymonthdays": 1, "bymonths": 1}
_HOW_MANY = {"byminutes": 60, "byhours": 24, "byweekdays": 7, "bymonthdays": 28, "bymonths": 12}


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """Values for the lists of a rule that its start matches, so that every reading takes them."""

    start_us: int

    def own(self, name: str) -> int:
        """The start's own minute, hour, weekday, month day or month."""
        at = datetime.fromtimestamp(self.start_us // SECOND_US, UTC)
        values = {
            "byminutes": at.minute,
            "byhours": at.hour,
            "byweekdays": at.isoweekday(),
            "bymonthdays": at.day,
            "bymonths": at.month,
        }
        return values[name]

    def other(self, name: str, step: int = 1) -> int:
        """A valid value for the list that is not the start's own, another for each small step."""
        low, many = _LOWEST[name], _HOW_MANY[name]
        return (self.own(name) - low + step) % many + low

    def two(self, name: str, step: int = 1) -> tuple[int, int]:
        """The start's own value and another one."""
        return self.own(name), self.other(name, step)

    def lists(self, step: int = 1) -> dict[str, Any]:
        """All lists, with two values each."""
        return {name: self.two(name, step) for name in LISTS}


def judged_update(
    dispatch: DispatchTarget,
    before: Dispatch,
    update: Update,
    paths: Sequence[str],
    *,
    invalid: str | None = None,
) -> tuple[Dispatch, Sequence[Expectation]]:
    """Update, and fail unless the oracle explains the answer.

    Args:
        dispatch: the target.
        before: the dispatch as it stands.
        update: the values sent.
        paths: the mask sent.
        invalid: the requirement broken by accepting what has to be refused; None: the check's.

    Returns:
        What stands then, and the accepted outcomes that agree with it.
    """
    if update.payload is not None:
        update = replace(update, payload=dispatch.tagged(update.payload))
    now_us = dispatch.clock.now_us()

    outcomes = after_update(before, update, paths, now_us=now_us)

    def explain(after: Dispatch | None) -> Sequence[Expectation]:
        if after is not None and all(outcome.view is None for outcome in outcomes):
            what = f"update of {', '.join(paths)} to something invalid"
            expect(False, what, got="accepted", wanted="refused", breaks=invalid)
        return judge_update(before, update, paths, after, now_us=now_us)

    def wanted() -> str:
        return " or ".join(dict.fromkeys(_described(before, outcome) for outcome in outcomes))

    return explained_update(
        dispatch, before.id, before, update, paths, explain=explain, wanted=wanted, codes=REFUSALS
    )


def expect_data(shown: Dispatch, what: str, before: Dispatch, **changed: Any) -> None:
    """Fail unless the data shown is that of `before` with the fields `changed`."""
    found = differences(replace(before.data, **changed), shown)
    expect(not found, what, got=found, wanted="the masked fields as sent, the others as before")


def fit_for(dispatch: DispatchTarget, data: DispatchData) -> DispatchData:
    """The dispatch as it may be made on this target: a dry run out of action on a real site."""
    return dispatch.safe(replace(data, target=one_variant(data.target)))


def one_variant(target: Target | None) -> Target | None:
    """The target without the deprecated variant, whose return is a requirement of its own."""
    return replace(target, kind="ids") if target and target.kind == "categories" else target


def components(target: Target | None) -> frozenset[int | CategoryType]:
    """What a target names, whichever variant says it: categories are types left open."""
    if target is None:
        return frozenset()
    if target.kind != "categories":
        return frozenset(target.items)
    return frozenset(CategoryType(category=int(str(item))) for item in target.items)


def _described(before: Dispatch, outcome: Expectation) -> str:
    if outcome.view is None:
        return "refused"
    view = outcome.view
    parts = [
        f"{field.name}: {getattr(before, field.name)!r} -> {getattr(view, field.name)!r}"
        for field in fields(DispatchData)
        if getattr(before, field.name) != getattr(view, field.name)
    ]
    return "; ".join(parts) or "no change"
