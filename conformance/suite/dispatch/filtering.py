"""What the checks of filters share: the list of a target as laws see it, and named dispatches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, fields, replace

from conformance.failures import iso
from conformance.suite.laws.filters import Keys, finds, upper_bound
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import (
    BATTERY,
    DAILY,
    DAY_US,
    SECOND_US,
    Dispatch,
    Filter,
    Interval,
    Rule,
    categories,
)

INCLUSIVE_GENERATION = "1.0-rc"
"""The release candidates document upper bounds as included."""


YEARS_US = 20 * 365 * DAY_US
EVERY_DAY = Rule(freq=DAILY, interval=1)

RECURRING = ("endless rule", "rule with a count of 1", "finite rule of infinite duration")
ENDLESS = ("infinite one-shot", "endless rule", "finite rule of infinite duration")
ACTIVE = ("active dry run", "active, to be run")
TO_BE_RUN = ("inactive, to be run", "active, to be run")


def kinds(dispatch: DispatchTarget) -> dict[str, Dispatch]:
    """Dispatches of every kind that flags and end times tell apart, by name; only to be read."""
    endless, once = EVERY_DAY, replace(EVERY_DAY, count=1)
    made = {
        "one-shot": dispatch.create(),
        "one-shot with an empty rule": dispatch.create(empty_rule=True),
        "infinite one-shot": dispatch.create(duration_s=None, target=categories(BATTERY)),
        "endless rule": dispatch.create(rule=endless),
        "rule with a count of 1": dispatch.create(rule=once),
        "finite rule of infinite duration": dispatch.create(
            duration_s=None, rule=replace(endless, count=2)
        ),
    }
    if dispatch.simulated:
        made["active dry run"] = dispatch.create(active=True)
        made["inactive, to be run"] = dispatch.create(dry_run=False)
        made["active, to be run"] = dispatch.create(active=True, dry_run=False)
    return made


def parted(
    made: Mapping[str, Dispatch], names: Collection[str]
) -> tuple[dict[str, Dispatch], dict[str, Dispatch]]:
    """The dispatches with these names, and the others."""
    chosen = {name: item for name, item in made.items() if name in names}
    return chosen, {name: item for name, item in made.items() if name not in names}


def unused_start_us(dispatch: DispatchTarget) -> int:
    """A start that no other check or run uses: filtered by it, other people's do not count."""
    return dispatch.start_us + dispatch.random_id() % YEARS_US // SECOND_US * SECOND_US


@dataclass(frozen=True)
class Own:
    """The list of a target, reduced to what the check has made."""

    dispatch: DispatchTarget
    microgrid: int | None = None

    def found(self, where: Filter | None, /) -> Keys:
        """Ids of own dispatches over all pages."""
        items = self.dispatch.list_all(microgrid=self.microgrid, filter=where)
        return frozenset(item.id for item in self.dispatch.mine(items))


def interval_of(name: str) -> Callable[[int | None, int | None], Filter]:
    """Makes filters by the interval `start`, `end` or `update`."""

    def bounds(low: int | None, high: int | None) -> Filter:
        interval = Interval(from_us=low, to_us=high)
        if name == "start":
            return Filter(start=interval)
        return Filter(end=interval) if name == "end" else Filter(update=interval)

    return bounds


def includes_upper(
    dispatch: DispatchTarget, name: str, values: Mapping[Hashable, int], at_us: int
) -> bool:
    """Whether intervals include their upper bound, where the generation leaves that open."""
    if dispatch.generation != INCLUSIVE_GENERATION:
        return False
    reading = upper_bound(
        Own(dispatch), interval_of(name), values, at_us, f"{name} interval", show=moment
    )
    return reading == "included"


def split(where: Filter) -> Mapping[str, Filter]:
    """The fields of a filter, each as a filter of its own."""
    empty = Filter()
    used = [f.name for f in fields(Filter) if getattr(where, f.name) != getattr(empty, f.name)]
    return {name: replace(empty, **{name: getattr(where, name)}) for name in used}


def tells_apart(
    dispatch: DispatchTarget,
    where: Filter | None,
    wanted: Mapping[str, Dispatch],
    unwanted: Mapping[str, Dispatch],
    what: str,
) -> None:
    """Fail unless the filter finds each of `wanted` and none of `unwanted`, given by name."""
    finds(Own(dispatch), where, wanted=_names(wanted), unwanted=_names(unwanted), what=what)


def _names(dispatches: Mapping[str, Dispatch]) -> dict[Hashable, str]:
    return {item.id: name for name, item in dispatches.items()}


def moment(at_us: int | None) -> str:
    """A time for people."""
    return iso(at_us)
