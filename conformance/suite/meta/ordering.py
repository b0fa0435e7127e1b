"""Resources in which every kind of sort key has ties, gaps and differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.judging import expect
from conformance.oracles.meta.model import KINDS, Data
from conformance.oracles.meta.order import judge_order
from conformance.suite.meta.reading import (
    TEXTS,
    available,
    count,
    everything,
    member,
    names,
    while_quiet,
)
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population, existing, fields_of

RANK = "rank"
"""A label that only some of the resources have."""

TIMES_CHANGED = 9
"""So often one resource is changed: its generation gets another digit than the others'."""

PLAIN: dict[str, Sequence[str]] = {
    "deployments": ("service",),
    "regions": ("title", "domain", "is_default"),
    "resources": ("plural_name", "fqn", "is_regional"),
    "services": ("display_name", "current_version"),
}
"""Fields of the resource itself that can be sorted by; with the name nothing is absent."""

NESTED = (
    "metadata.generation",
    "metadata.create_time",
    "metadata.update_time",
    "metadata.labels.tier",
)
"""Numbers, times and texts that every kind has inside."""


def mixed(meta: MetaTarget, plural: str) -> Population:
    """Resources that differ in all of these, in profile full and with a hook; else any, to read.

    Raises:
        NotApplicable: without a hook, if there are not two.
    """
    if meta.depth != "full" or "mutate" not in meta.capabilities:
        return meta.population(plural, count(), shared=True, least=2)
    return meta.shared(("mixed", plural), lambda: _mixed(meta, plural))


def with_mixed(meta: MetaTarget, body: Callable[[Population], None]) -> None:
    """Judge such resources of each kind.

    Raises:
        NotApplicable: without a hook, if there are not two of any.
    """
    for population in available(partial(mixed, meta)):
        while_quiet(meta, population, body)


def _mixed(meta: MetaTarget, plural: str) -> Population:
    population = meta.population(plural, 5)
    reference = population.items[0].get("service", "")
    new = [
        _member(meta, population, fields_of(plural, at + 1, reference), rank="1" if at else "")
        for at in range(4)
    ]
    if plural == "regions":
        del new[0]["location"]
    # One by one, so that their times differ, and against the order of their names.
    for data in reversed(new):
        meta.hook.upsert(data)
    text = TEXTS[plural]
    for number in range(TIMES_CHANGED):
        value = reference if plural == "deployments" else f"step {number}"
        meta.hook.upsert({**new[-1], text: value, "metadata": _touched(new[-1], number)})
    meta.hook.barrier()
    wanted = [*population.names, *names(new)]
    listed = existing(meta, plural, population.parent, until=wanted)
    return replace(population, items=tuple(i for i in listed if i["name"] in set(wanted)))


def _member(meta: MetaTarget, population: Population, fields: dict[str, Any], *, rank: str) -> Data:
    return member(meta, population, labels={RANK: rank} if rank else {}, **fields)


def _touched(data: Data, number: int) -> Data:
    metadata = data["metadata"]
    return {**metadata, "annotations": {"touched": str(number)}}


def ordered(
    api: MetaTarget,
    population: Population,
    order: str,
    *,
    codes: Sequence[str] = ("order",),
    ties: bool = False,
    size: int | None = None,
) -> list[Data]:
    """The list in an order, which has to be kept; `codes` are the violations that matter."""
    items = everything(api, population, order=order, size=size)
    expect_order(items, population.kind, order, codes=codes, ties=ties)
    return items


def expect_order(
    items: Sequence[Data],
    plural: str,
    order: str,
    *,
    codes: Sequence[str] = ("order",),
    ties: bool = False,
) -> None:
    """Fail unless resources stand in an order; arguments as for `ordered`."""
    found = [v.text for v in judge_order(items, order, KINDS[plural], ties=ties) if v.code in codes]
    expect(not found, f"list of {plural} by {order!r}", got=found, wanted="sorted")
