"""What came of a sweep: the cheapest and dearest combinations, and what each key does to the cost.

Costs are means over the repeats. The effect of a key is the share of the variance of the cost that
lies between its levels (the correlation ratio): over a grid without gaps the exact main effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from .plan import Plan
from .variation import Variation
from .work import Outcome

COST = "cost.total"
BINS = 4
"""Levels that a range is divided into."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Combination:
    """One combination of values, its repeats taken together."""

    number: int
    values: tuple[Any, ...]
    figures: Mapping[str, float]
    """Means over the repeats."""
    runs: tuple[int, ...]

    @property
    def cost(self) -> float:
        """Mean cost, in the currency of the tariff."""
        return self.figures[COST]


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """One value of a key, or one part of its range."""

    value: Any
    """Of a range its two ends."""
    combinations: int
    cost: float
    """Mean over the combinations that have it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What a key does to the cost."""

    key: str
    is_range: bool
    levels: tuple[Level, ...]
    share: float | None
    """Of the variance of the cost, 0..1; None where all cost the same."""


def combinations(plan: Plan, outcomes: Mapping[int, Outcome]) -> list[Combination]:
    """Return the combinations of which a run went well, the cheapest first."""
    groups: dict[int, list[Outcome]] = {}
    values = {each.combination: each.values for each in plan.points}
    for point in plan.points:
        outcome = outcomes.get(point.run)
        if outcome is not None and outcome.error is None:
            groups.setdefault(point.combination, []).append(outcome)
    found = [
        Combination(
            number=number,
            values=values[number],
            figures=_means([each.figures for each in group]),
            runs=tuple(each.run for each in group),
        )
        for number, group in groups.items()
    ]
    return sorted(found, key=lambda each: (each.cost, each.number))


def effects(plan: Plan, found: Sequence[Combination]) -> list[Effect]:
    """Return the effect of each key, the strongest first."""
    ordered = sorted(found, key=lambda each: each.number)
    rows = [_effect(each, place, ordered) for place, each in enumerate(plan.variations) if ordered]
    return sorted(rows, key=lambda each: -(each.share or 0.0))


def _means(figures: Sequence[Mapping[str, float | None]]) -> dict[str, float]:
    means = {}
    for name in figures[0]:
        values = [value for each in figures if (value := each.get(name)) is not None]
        if values:
            means[name] = fmean(values)
    return means


def _effect(variation: Variation, place: int, found: Sequence[Combination]) -> Effect:
    groups: dict[int, list[float]] = {}
    for each in found:
        groups.setdefault(_level(variation, each.values[place]), []).append(each.cost)
    costs = [each.cost for each in found]
    middle = fmean(costs)
    total = sum((cost - middle) ** 2 for cost in costs)
    between = sum(len(group) * (fmean(group) - middle) ** 2 for group in groups.values())
    levels = tuple(
        Level(value=_named(variation, level), combinations=len(group), cost=fmean(group))
        for level, group in sorted(groups.items())
    )
    return Effect(
        key=variation.key.text,
        is_range=variation.span is not None,
        levels=levels,
        share=min(between / total, 1.0) if total > 1e-12 * max(middle * middle, 1.0) else None,
    )


def _level(variation: Variation, value: Any) -> int:
    """Return which value, or which part of the range, a value is."""
    span = variation.span
    if span is None:
        return next(
            place
            for place, each in enumerate(variation.values)
            if each == value and type(each) is type(value)
        )
    return min(int((value - span.low) / (span.high - span.low) * BINS), BINS - 1)


def _named(variation: Variation, level: int) -> Any:
    span = variation.span
    if span is None:
        return variation.values[level]
    width = (span.high - span.low) / BINS
    return [span.low + level * width, span.low + (level + 1) * width]
