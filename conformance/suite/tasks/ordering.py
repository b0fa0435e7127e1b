"""Lists in an order: whether what is shown keeps it, judged by the oracle."""

from __future__ import annotations

from typing import Any

from conformance.judging import expect
from conformance.oracles.tasks.filter import ABSENT, find
from conformance.oracles.tasks.order import judge_order, parse_order
from conformance.suite.tasks.populations import ENOUGH, Population


def ordered(
    population: Population, order: str, *, size: int = ENOUGH, meaning: str | None = None
) -> list[Any]:
    """The items of a walk in an order; fail unless they are complete and stand in it.

    Args:
        population: to be listed.
        order: as it is sent.
        size: of the pages.
        meaning: the same in a spelling that the oracle knows; None: it knows this one.
    """
    shown = population.listed(size=size, order=order)
    what = f"list of {population.family.kind} by {order!r}, page size {size}"
    names = sorted(item.name for item in shown)
    expect(names == sorted(population.names), what, got=names, wanted=sorted(population.names))
    keys = parse_order(meaning or order)
    # Where absent values stand is each server's own choice.
    full = [item for item in shown if all(find(item, k.path) is not ABSENT for k in keys)]
    wrong = judge_order(full, meaning or order)
    expect(wrong is None, what, got=wrong.text if wrong else "", wanted="in that order")
    return shown


def sequence(population: Population, order: str | None = None, *, size: int = ENOUGH) -> list[str]:
    """The names on all pages, in the order shown."""
    return [item.name for item in population.listed(size=size, order=order)]
