"""Dispatches, updates and filters to try on an endpoint, boundaries first.

Everything drawn is a plain value of the oracles. What `dispatch_data` draws is valid by every
accepted reading (starts synchronised with their rules, whole seconds, categories that all
generations number alike), so an endpoint has to take it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

from hypothesis import strategies as st

from conformance.oracles.masks import PATHS
from conformance.oracles.model import (
    DAY_US,
    HOUR_US,
    CategoryType,
    DispatchData,
    DispatchView,
    Filter,
    Interval,
    Rule,
    RuleUpdate,
    SortField,
    SortOrder,
    Target,
    TypeField,
    Update,
)
from conformance.strategies.payloads import payloads_within
from conformance.strategies.recurrence import starts, synchronised_rules

DURATIONS = (0, 1, 59, 60, 3600, 86_399, 86_400, 90_000, 2**31, 2**32 - 1)
CATEGORIES = (1, 2, 3, 4, 5, 6)
"""Categories that mean the same in every generation."""
TYPES: tuple[tuple[int, TypeField, int], ...] = (
    (5, "battery", 1),
    (5, "battery", 2),
    (3, "inverter", 1),
    (3, "inverter", 2),
    (3, "inverter", 3),
    (6, "ev_charger", 1),
    (6, "ev_charger", 2),
    (6, "ev_charger", 3),
)
NAMES = (
    "charge",
    "recharge",
    "foobar",
    "bar",
    "TYPE",
    "type",
    "ü€𝄞",
    "#4",
    "with space",
    "x" * 200,
)
IDS = (1, 2, 3, 4, 40, 2**32, 2**63 - 1, 2**64 - 1)


def durations() -> st.SearchStrategy[int | None]:
    """Infinite, an instant, and seconds up to the largest that the field holds."""
    return st.one_of(st.none(), st.sampled_from(DURATIONS), st.integers(0, 2**32 - 1))


def targets(*, types: bool = True) -> st.SearchStrategy[Target]:
    """Non-empty targets of each variant; `types` False leaves out the one of generation 1.x."""
    ids = st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True)
    categories = st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=3, unique=True)
    variants = [
        ids.map(lambda items: Target(kind="ids", items=tuple(items))),
        categories.map(lambda items: Target(kind="categories", items=tuple(items))),
    ]
    if types:
        variants.append(
            st.lists(category_types(), min_size=1, max_size=3, unique=True).map(
                lambda items: Target(kind="types", items=tuple(items))
            )
        )
    return st.one_of(variants)


def category_types() -> st.SearchStrategy[CategoryType]:
    """Categories alone or with a type that fits."""
    alone = st.sampled_from(CATEGORIES).map(lambda category: CategoryType(category=category))
    typed = st.sampled_from(TYPES).map(
        lambda row: CategoryType(category=row[0], type_field=row[1], type=row[2])
    )
    return st.one_of(alone, typed)


@st.composite
def dispatch_data(
    draw: st.DrawFn,
    earliest_us: int,
    *,
    types: bool = True,
    recurring: bool | None = None,
    max_depth: int = 4,
) -> DispatchData:
    """A dispatch that has to be accepted, starting at or after `earliest_us` in whole seconds.

    Args:
        draw: given by Hypothesis.
        earliest_us: the first allowed start.
        types: also targets with component types (generation 1.x).
        recurring: only recurring ones, only one-shots, or both (None).
        max_depth: levels of the payload; 4 leaves room for a tag.
    """
    recurs = draw(st.booleans()) if recurring is None else recurring
    rule: Rule | None = None
    if recurs:
        rule, start_us = draw(synchronised_rules(earliest_us))
        if draw(st.sampled_from((False, False, False, True))):
            rule = replace(rule, count=None, until_us=None)
    else:
        start_us = draw(starts(earliest_us))
    return DispatchData(
        type=draw(st.sampled_from(NAMES)),
        start_us=start_us,
        duration_s=draw(durations()),
        target=draw(targets(types=types)),
        active=draw(st.booleans()),
        dry_run=draw(st.booleans()),
        payload=draw(payloads_within(max_depth)),
        rule=rule,
    )


def rule_update(rule: Rule) -> RuleUpdate:
    """The update that carries every part of a rule."""
    parts = {f.name: getattr(rule, f.name) for f in fields(Rule)}
    return RuleUpdate(end_criteria=rule.finite, **parts)


@st.composite
def updates(
    draw: st.DrawFn, earliest_us: int, *, types: bool = True
) -> tuple[Update, tuple[str, ...]]:
    """An update with every field filled, and a mask of some of its paths, in any order.

    The values fit each other but perhaps not the dispatch they meet; oracles.masks tells.
    """
    data = draw(dispatch_data(earliest_us, types=types, recurring=True))
    assert data.rule is not None
    update = Update(
        start_us=data.start_us,
        duration_s=data.duration_s,
        target=data.target,
        active=data.active,
        payload=data.payload,
        rule=rule_update(data.rule),
    )
    paths = draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=5, unique=True))
    return update, tuple(paths)


STRANGE_PATHS = ("nonsense", "type", "is_dry_run", "data.type", "metadata", "Start_Time", "start")
"""Mask paths that do not exist or may not change."""


@st.composite
def filters(draw: st.DrawFn, views: Sequence[DispatchView], *, extended: bool = True) -> Filter:
    """A filter of one to three fields, its bounds on and beside the values of `views`.

    Args:
        draw: given by Hypothesis.
        views: what is there to be found; may be empty.
        extended: also ids and queries (generation 1.x).
    """
    parts: dict[str, st.SearchStrategy[object]] = {
        "targets": st.lists(
            _like([v.target for v in views if v.target]), min_size=1, max_size=2
        ).map(tuple),
        "active": st.booleans(),
        "dry_run": st.booleans(),
        "recurring": st.booleans(),
        "start": _intervals([v.start_us for v in views]),
        "end": _intervals([v.end_us for v in views if v.end_us is not None]),
        "update": _intervals([v.update_us for v in views]),
    }
    if extended:
        known = [v.id for v in views]
        parts["ids"] = st.lists(st.sampled_from([*known, 2**63 - 25]), min_size=1).map(tuple)
        words = [*(v.type for v in views if v.type), *(f"#{i}" for i in known), "bar", "none such"]
        parts["queries"] = st.lists(st.sampled_from(words), min_size=1, max_size=3).map(tuple)
    names = draw(st.lists(st.sampled_from(sorted(parts)), max_size=3, unique=True))
    return Filter(**{name: draw(parts[name]) for name in names})  # type: ignore[arg-type]


def _like(known: Sequence[Target]) -> st.SearchStrategy[Target]:
    return st.one_of(st.sampled_from(known), targets()) if known else targets()


def _intervals(known: Sequence[int]) -> st.SearchStrategy[Interval]:
    """Bounds on, just before and just after known times; open sides and inverted ones too."""
    near = [at + by for at in known or (0,) for by in (-1, 0, 1, -HOUR_US, DAY_US)]
    bounds = st.one_of(st.none(), st.sampled_from([at for at in near if at >= 0] or [0]))
    return st.builds(Interval, from_us=bounds, to_us=bounds)


def sorts() -> st.SearchStrategy[tuple[SortField, SortOrder]]:
    """Each field with each order, the unspecified ones included."""
    return st.tuples(st.sampled_from(SortField), st.sampled_from(SortOrder))
