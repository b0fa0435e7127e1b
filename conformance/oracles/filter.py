"""Which dispatches a filter finds: seed 000, DispatchFilter, field by field.

A `Reading` fixes the points that the documents leave open (A3, A11, A12, A13, A29 and the empty
RecurrenceFilter); `certain` says only what all accepted readings agree on, `consistent` tells
which of them explain a listing. Intervals include their lower bound.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

from conformance.oracles.model import CategoryType, DispatchView, Filter, Interval, Target

TargetMatch = Literal["intersect", "equal", "superset", "category"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One reading of the filter; the defaults are the preferred ones.

    Attributes:
        end_inclusive: intervals include their upper bound (A3).
        endless_passes_upper: a dispatch without end time passes an upper bound too (A11).
        targets_all: several targets have all to match (A12).
        target_match: sets share an item, are equal, the dispatch's contains the filter's, or
            share a category where a missing type matches any (A13).
        ignore_case: queries ignore upper and lower case (A29).
        recurring_only: an empty RecurrenceFilter finds recurring dispatches only.
    """

    end_inclusive: bool = False
    endless_passes_upper: bool = False
    targets_all: bool = False
    target_match: TargetMatch = "intersect"
    ignore_case: bool = False
    recurring_only: bool = False


PREFERRED = Reading()


def accepted(generation: str = "1.1") -> tuple[Reading, ...]:
    """Every accepted reading, the preferred one first.

    An inclusive upper bound is accepted of generation `1.0-rc` only, whose documents say so.
    """
    flags = (False, True)
    inclusive = flags if generation == "1.0-rc" else (False,)
    matches_: tuple[TargetMatch, ...] = ("intersect", "equal", "superset", "category")
    return tuple(
        Reading(
            end_inclusive=end,
            endless_passes_upper=endless,
            targets_all=every,
            target_match=match,
            ignore_case=case,
            recurring_only=recurring,
        )
        for end, endless, every, match, case, recurring in product(
            inclusive, flags, flags, matches_, flags, flags
        )
    )


ACCEPTED = accepted()


def matches(where: Filter, view: DispatchView, reading: Reading = PREFERRED) -> bool:
    """Whether the filter finds the dispatch under one reading."""
    return all(_parts(where, view, reading))


def certain(
    where: Filter, view: DispatchView, readings: Iterable[Reading] = ACCEPTED
) -> bool | None:
    """Whether the filter finds the dispatch, None if accepted readings differ about it.

    Empty target sets ("all components" to some, A14) and queries such as `#abc` (A29) leave a
    dispatch undecided unless another field excludes it.
    """
    answers = {matches(where, view, reading) for reading in readings}
    if answers != {False} and _open_question(where, view):
        return None
    if _open_question(where, view):
        without = Filter(
            active=where.active,
            dry_run=where.dry_run,
            recurring=where.recurring,
            start=where.start,
            update=where.update,
            ids=where.ids,
        )
        return None if matches(without, view) else False
    return answers.pop() if len(answers) == 1 else None


def consistent(
    where: Filter,
    views: Collection[DispatchView],
    found_ids: Collection[int],
    readings: Iterable[Reading] = ACCEPTED,
) -> tuple[Reading, ...]:
    """The readings that find exactly `found_ids` among `views`; none means a wrong answer."""
    wanted = set(found_ids) & {view.id for view in views}
    return tuple(
        reading
        for reading in readings
        if {view.id for view in views if matches(where, view, reading)} == wanted
    )


def _parts(where: Filter, view: DispatchView, reading: Reading) -> Iterator[bool]:
    if where.targets:
        combine = all if reading.targets_all else any
        yield combine(_target(asked, view.target, reading) for asked in where.targets)
    if where.active is not None:
        yield view.active == where.active
    if where.dry_run is not None:
        yield view.dry_run == where.dry_run
    if where.recurring is not None:
        yield view.recurring == where.recurring
    if where.recurrence_filter and reading.recurring_only:
        yield view.recurring
    yield _within(where.start, view.start_us, reading)
    yield _within(where.update, view.update_us, reading)
    yield _ends_within(where.end, view.end_us, reading)
    if where.ids:
        yield view.id in where.ids
    if where.queries:
        yield any(_query(query, view, reading) for query in where.queries)


def _within(interval: Interval | None, at_us: int, reading: Reading) -> bool:
    if interval is None:
        return True
    if interval.from_us is not None and at_us < interval.from_us:
        return False
    if interval.to_us is None:
        return True
    return at_us <= interval.to_us if reading.end_inclusive else at_us < interval.to_us


def _ends_within(interval: Interval | None, end_us: int | None, reading: Reading) -> bool:
    if interval is None:
        return True
    if end_us is None:
        return interval.to_us is None or reading.endless_passes_upper
    return _within(interval, end_us, reading)


def _target(asked: Target, has: Target | None, reading: Reading) -> bool:
    if has is None or asked.kind != has.kind:
        return False
    wanted, held = set(asked.items), set(has.items)
    if reading.target_match == "equal":
        return wanted == held
    if reading.target_match == "superset":
        return held >= wanted
    if reading.target_match == "category":
        return any(_fits(one, other) for one in wanted for other in held)
    return not wanted.isdisjoint(held)


def _fits(one: int | CategoryType, other: int | CategoryType) -> bool:
    if not (isinstance(one, CategoryType) and isinstance(other, CategoryType)):
        return one == other
    untyped = not one.type_field or not other.type_field
    return one == other or (untyped and one.category == other.category)


def _query(query: str, view: DispatchView, reading: Reading) -> bool:
    if query.startswith("#") and _number(query[1:]):
        return view.id == int(query[1:])
    if reading.ignore_case:
        return query.casefold() in view.type.casefold()
    return query in view.type


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _open_question(where: Filter, view: DispatchView) -> bool:
    sets = [target.items for target in where.targets]
    if where.targets and view.target is not None:
        sets.append(view.target.items)
    odd = any(not q or (q.startswith("#") and not _number(q[1:])) for q in where.queries)
    return odd or not all(sets)
