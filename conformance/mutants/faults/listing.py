"""Faults in filters and totals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.mutants.book import Book
from conformance.mutants.change import Changes, Mutant
from conformance.mutants.faults.writing import showing
from conformance.oracles.filter import Reading, matches
from conformance.oracles.model import (
    SECOND_US,
    DispatchView,
    Filter,
    Interval,
    Target,
)

FIELDS = ("targets", "active", "dry_run", "recurring", "start", "end", "update", "ids", "queries")


def finding(change: Callable[[Filter, DispatchView], bool]) -> Changes:
    """Another answer to whether a filter finds a dispatch."""
    return {"finds": change}


def misread(change: Callable[[Filter], Filter]) -> Changes:
    """A filter that is taken for another one."""
    return finding(lambda where, view: matches(change(where), view))


def part(where: Filter, name: str) -> Filter:
    """One field of a filter."""
    return replace(Filter(), **{name: getattr(where, name)})


def without(where: Filter, name: str) -> Filter:
    """A filter without one of its fields."""
    return replace(where, **{name: getattr(Filter(), name)})


def any_field(where: Filter, view: DispatchView) -> bool:
    """One field that fits is enough."""
    used = [name for name in FIELDS if getattr(where, name) != getattr(Filter(), name)]
    return not used or any(matches(part(where, name), view) for name in used)


def exclusive_start(where: Filter, view: DispatchView) -> bool:
    """The lower bound of an interval is not included."""
    low = where.start.from_us if where.start else None
    return matches(where, view) and (low is None or view.start_us > low)


def as_created(book: Book, view: DispatchView, where: str) -> DispatchView:
    """Lists show dispatches as they were when they were first shown."""
    first: dict[int, DispatchView] = book.scratch.setdefault("first", {})
    return first.setdefault(view.id, view) if where == "list" else view


def by_first_look(name: str) -> Changes:
    """A filter looks at a field as it was when the filter first came by it."""
    first: dict[tuple[int, int], DispatchView] = {}

    def finds(where: Filter, view: DispatchView) -> bool:
        seen = first.setdefault((view.id, view.create_us), view)
        return matches(where, replace(view, **{name: getattr(seen, name)}))

    return finding(finds)


def both_bounds_needed(where: Filter, view: DispatchView) -> bool:
    """An interval that is open above ends at its beginning."""
    interval = where.start
    if interval is None or interval.to_us is not None:
        return matches(where, view)
    return matches(replace(where, start=Interval(from_us=interval.from_us, to_us=0)), view)


def turned_round(where: Filter) -> Filter:
    """The bounds of the start interval are put in order."""
    interval = where.start
    if interval is None or interval.from_us is None or interval.to_us is None:
        return where
    first, last = sorted((interval.from_us, interval.to_us))
    return replace(where, start=Interval(from_us=first, to_us=last))


def end_of_first(where: Filter, view: DispatchView) -> bool:
    """The end is that of the first occurrence."""
    if view.duration_s is None:
        return matches(where, view)
    return matches(where, replace(view, end_us=view.start_us + view.duration_s * SECOND_US))


def endless_dropped(where: Filter, view: DispatchView) -> bool:
    """A dispatch without end is in no interval of ends."""
    bounded = where.end is not None and where.end != Interval()
    return matches(where, view) and not (bounded and view.end_us is None)


def updated_when_created(where: Filter, view: DispatchView) -> bool:
    """The time of the last update is that of the creation."""
    return matches(where, replace(view, update_us=view.create_us))


def any_kind(where: Filter, view: DispatchView) -> bool:
    """Component ids and category numbers are the same numbers."""
    if not where.targets or view.target is None:
        return matches(where, view)
    numbers = set(view.target.items)
    found = any(numbers & set(target.items) for target in where.targets)
    return found and matches(without(where, "targets"), view)


def any_type(where: Filter, view: DispatchView) -> bool:
    """The types of chargers are not looked at."""
    asked = [replace(target, items=ids_of(target)) for target in where.targets]
    target = view.target and replace(view.target, items=ids_of(view.target))
    return matches(replace(where, targets=tuple(asked)), replace(view, target=target))


def ids_of(target: Target) -> tuple[int, ...]:
    """The numbers of a target's items, categories without their types."""
    return tuple(item if isinstance(item, int) else item.category for item in target.items)


def end_included(where: Filter, view: DispatchView) -> bool:
    """An end on the upper bound of its interval is found."""
    high = where.end.to_us if where.end else None
    if high is None or view.end_us != high:
        return matches(where, view)
    return matches(where, replace(view, end_us=high - 1))


def every_target(where: Filter, view: DispatchView) -> bool:
    """A target in the filter finds nothing."""
    return not where.targets and matches(where, view)


def id_by_text(where: Filter, view: DispatchView) -> bool:
    """An id query finds every id that begins with it."""
    texts = [query for query in where.queries if query.startswith("#")]
    prefix = any(str(view.id).startswith(text[1:]) for text in texts)
    return (prefix and matches(without(where, "queries"), view)) or matches(where, view)


def whole_type(where: Filter, view: DispatchView) -> bool:
    """A query finds the whole type only."""
    texts = [query for query in where.queries if not query.startswith("#")]
    return matches(where, view) and (
        not texts or len(texts) < len(where.queries) or (view.type in texts)
    )


def all_queries(where: Filter, view: DispatchView) -> bool:
    """Every query has to fit."""
    return all(matches(replace(where, queries=(query,)), view) for query in where.queries) and (
        matches(without(where, "queries"), view)
    )


def queries_alone(where: Filter, view: DispatchView) -> bool:
    """A query that fits is enough, whatever the other fields say."""
    return matches(part(where, "queries"), view) if where.queries else matches(where, view)


def last_id_only(where: Filter, view: DispatchView) -> bool:
    """Of several ids the last one counts."""
    return matches(replace(where, ids=where.ids[-1:]), view)


def _mutant(id_: str, sentence: str, changes: Changes, *kills: str) -> Mutant:
    return Mutant(id=id_, sentence=sentence, changes=changes, kills=kills)


MUTANTS = (
    _mutant(
        "inactive-hidden",
        "Without a filter inactive dispatches are not listed.",
        finding(lambda where, v: matches(where, v) and (v.active or where.active is not None)),
        "DSP-FLT-001",
    ),
    _mutant(
        "list-leaks",
        "A list shows dispatches of every microgrid.",
        {"listed": lambda book, microgrid: list(book.everywhere().values())},
        "DSP-FLT-002",
    ),
    _mutant(
        "active-false-ignored",
        "A filter for inactive dispatches restricts nothing.",
        misread(lambda where: replace(where, active=where.active or None)),
        "DSP-FLT-003",
    ),
    _mutant(
        "dry-run-false-ignored",
        "A filter for real dispatches restricts nothing.",
        misread(lambda where: replace(where, dry_run=where.dry_run or None)),
        "DSP-FLT-004",
    ),
    _mutant(
        "recurring-ignored",
        "A filter for recurring dispatches restricts nothing.",
        misread(lambda where: replace(where, recurring=None)),
        "DSP-FLT-005",
    ),
    _mutant(
        "interval-start-excluded",
        "The lower bound of the start interval is not included.",
        finding(exclusive_start),
        "DSP-FLT-007",
    ),
    _mutant(
        "interval-end-included",
        "The upper bounds of intervals are included.",
        finding(lambda where, view: matches(where, view, Reading(end_inclusive=True))),
        "DSP-FLT-008",
    ),
    _mutant(
        "open-interval-is-empty",
        "A start interval without upper bound finds nothing.",
        finding(both_bounds_needed),
        "DSP-FLT-009",
    ),
    _mutant(
        "end-filter-of-first",
        "The end interval looks at the end of the first occurrence.",
        finding(end_of_first),
        "DSP-FLT-010",
    ),
    _mutant(
        "endless-dropped",
        "A lower bound of the end interval drops dispatches without end.",
        finding(endless_dropped),
        "DSP-FLT-011",
    ),
    _mutant(
        "update-filter-of-creation",
        "The update interval looks at the creation time.",
        finding(updated_when_created),
        "DSP-FLT-013",
    ),
    _mutant(
        "fields-joined",
        "One fitting field of a filter is enough.",
        finding(any_field),
        "DSP-FLT-014",
    ),
    _mutant(
        "target-never-matches",
        "A target in the filter finds nothing.",
        finding(every_target),
        "DSP-FLT-015",
    ),
    _mutant(
        "target-kinds-mixed",
        "A filter for component 5 finds category 5.",
        finding(any_kind),
        "DSP-FLT-015",
    ),
    _mutant(
        "target-types-ignored",
        "A filter for chargers of one type finds those of another.",
        finding(any_type),
        "DSP-FLT-015",
    ),
    _mutant(
        "end-bound-included",
        "An end interval includes its upper bound.",
        finding(end_included),
        "DSP-FLT-010",
    ),
    _mutant(
        "first-target-only",
        "Of several targets in a filter only the first one counts.",
        misread(lambda where: replace(where, targets=where.targets[:1])),
        "DSP-FLT-016",
    ),
    _mutant(
        "targets-not-indexed-anew",
        "The target filter does not follow updates.",
        by_first_look("target"),
        "DSP-FLT-015",
    ),
    _mutant(
        "ends-not-indexed-anew",
        "The end filter does not follow updates.",
        by_first_look("end_us"),
        "DSP-FLT-010",
    ),
    _mutant(
        "list-is-not-refreshed",
        "Lists show dispatches as they were when they were first listed.",
        {"shown": as_created},
        "DSP-FLT-001",
    ),
    _mutant(
        "list-without-payload",
        "Lists show no payloads.",
        showing(lambda view: replace(view, payload={}), "list"),
        "DSP-FLT-001",
    ),
    _mutant(
        "recurrence-filter-finds-nothing",
        "An empty RecurrenceFilter finds nothing.",
        finding(lambda where, view: matches(where, view) and not where.recurrence_filter),
        "DSP-FLT-006",
    ),
    _mutant(
        "inverted-turned-round",
        "An interval that ends before it begins is turned round.",
        misread(turned_round),
        "DSP-FLT-022",
    ),
    _mutant(
        "last-id-only",
        "Of several ids in a filter only the last one counts.",
        finding(last_id_only),
        "DSP-FLT-017",
    ),
    _mutant(
        "id-query-by-prefix",
        "The query #4 finds 40 too.",
        finding(id_by_text),
        "DSP-FLT-018",
    ),
    _mutant(
        "query-needs-whole-type",
        "A query finds the whole type only, not a part of it.",
        finding(whole_type),
        "DSP-FLT-019",
    ),
    _mutant(
        "queries-all",
        "All queries have to fit.",
        finding(all_queries),
        "DSP-FLT-020",
    ),
    _mutant(
        "queries-alone",
        "A query that fits overrides the other fields.",
        finding(queries_alone),
        "DSP-FLT-020",
    ),
    _mutant(
        "total-of-everything",
        "The total ignores the filter.",
        {"total": lambda found, shown, stored: stored},
        "DSP-FLT-021",
    ),
    _mutant(
        "total-of-page",
        "The total is the number of items on the page.",
        {"total": lambda found, shown, stored: len(shown)},
        "DSP-FLT-021",
        "DSP-PAG-004",
    ),
)
