"""What checks that only read need: resources to look at, and refusals judged by their class.

Without a hook others may change what a check reads. Such a check fails only if nothing else did:
where it finds something wrong, it looks whether its resources are still the same, or starts again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import grpc

from conformance.context import current
from conformance.failures import Nonconformance, NotApplicable
from conformance.judging import (
    ABSENT,
    BAD_ARGUMENT,
    Codes,
    Refused,
    advise,
    by_depth,
    refused,
    untestable,
)
from conformance.oracles.meta.model import KINDS, Data
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import SET_LABEL, Population, existing, found
from conformance.targets.meta_session import LABEL

T = TypeVar("T")

_Code = grpc.StatusCode

CALLERS_FAULT = frozenset(
    {
        _Code.INVALID_ARGUMENT,
        _Code.OUT_OF_RANGE,
        _Code.FAILED_PRECONDITION,
        _Code.NOT_FOUND,
        _Code.PERMISSION_DENIED,
        _Code.RESOURCE_EXHAUSTED,
    }
)
"""Statuses that say that the request is wrong; which one, no document tells."""

INTERNAL = frozenset({_Code.INTERNAL})
"""What a published server answers if it cannot decode a name or a token of the request."""

FEW_WARNINGS = 3

TRIES = 3
"""So often a check starts again because others changed what it read."""

MOST_ITEMS = 1000
"""So many of the existing resources of a parent are looked at."""

MOST_PARENTS = 20
"""So many of the existing parents are looked into."""

REST_KINDS = 2
"""Of so many kinds a law is judged over REST, too: how it is reached is the same for all."""

TEXTS = {
    "deployments": "service",
    "regions": "title",
    "resources": "plural_name",
    "services": "display_name",
}
"""A text of each kind in which several resources agree; any mutation hook can write it."""


def is_sdk(meta: MetaTarget) -> bool:
    """Whether the target claims to serve the published client, too."""
    return meta.profile.profile == "sdk"


def turned_down(
    call: Callable[[], Any], what: str, *, codes: Codes = BAD_ARGUMENT, also: Codes = ()
) -> Refused:
    """Fail unless the call is refused as wrong; warn unless with one of `codes`.

    Args:
        call: the request.
        what: what is wrong with it.
        codes: statuses that name the fault.
        also: further ones that are only warned of.
    """
    refusal = refused(call, frozenset(codes) | CALLERS_FAULT | frozenset(also), what)
    hint(refusal.code in codes, what, got=refusal.code, wanted=frozenset(codes))
    return refusal


def hint(condition: object, what: str, *, got: Any = "", wanted: Any = "") -> None:
    """Warn, but of no more than a few examples in one check."""
    if len(current().warnings) < FEW_WARNINGS:
        advise(condition, what, got=got, wanted=wanted)


def count() -> int:
    """How many resources a population has, if it is made."""
    return by_depth(full=7, staging=4)


def shuffled(plurals: Sequence[str] = tuple(KINDS)) -> list[str]:
    """Kinds in an order that the seed decides."""
    chosen = list(plurals)
    random.Random(current().seed_here).shuffle(chosen)
    return chosen


def kinds(at_most: int = 1) -> list[str]:
    """All kinds in profile full, else a few that the seed chooses."""
    return by_depth(full=list(KINDS), staging=shuffled()[:at_most])


def available(
    get: Callable[[str], T],
    *,
    of: Sequence[str] = tuple(KINDS),
    at_most: int = 1,
    in_full: int = len(KINDS),
) -> list[T]:
    """What `get` gives of a few kinds, in an order that the seed decides.

    Args:
        get: raises NotApplicable for a kind of which there is too little.
        of: plurals to choose from.
        at_most: of so many kinds, outside of profile full.
        in_full: the same in profile full.

    Raises:
        NotApplicable: there is nothing of any kind.
    """
    wanted = by_depth(full=in_full, staging=at_most)
    chosen: list[T] = []
    reason = NotApplicable("no resources to look at")
    for plural in shuffled(of):
        if len(chosen) >= wanted:
            break
        try:
            chosen.append(get(plural))
        except NotApplicable as none:
            reason = none
    if not chosen:
        raise reason
    return chosen


def with_populations(
    meta: MetaTarget,
    body: Callable[[Population], None],
    *,
    least: int = 1,
    at_most: int = 1,
    in_full: int = len(KINDS),
    of: Sequence[str] = tuple(KINDS),
) -> None:
    """Judge populations that nobody changes, one by one; arguments as for `available`.

    Raises:
        NotApplicable: there are fewer than `least` resources of any kind, and no hook.
    """

    def get(plural: str) -> Population:
        return meta.population(plural, max(count(), least), shared=True, least=least)

    for population in available(get, of=of, at_most=at_most, in_full=in_full):
        while_quiet(meta, population, body)


def while_quiet(
    meta: MetaTarget, population: Population, body: Callable[[Population], None]
) -> None:
    """Judge a population, and once more if it failed and others may have changed it meanwhile.

    Raises:
        Nonconformance: it fails twice in a row although nothing seems to have changed; once could
            be a change that was taken back.
        Untestable: others keep changing it.
    """
    doubted = False
    for _ in range(TRIES):
        try:
            return body(population)
        except Nonconformance:
            if population.owned:
                raise
            before, population = population, found(meta.over_grpc(), population.kind, 1)
            if doubted and population == before:
                raise
            doubted = population == before
    untestable("others keep changing the resources that are looked at")


def everything(api: MetaTarget, population: Population, **query: Any) -> list[Data]:
    """All resources of a population as List shows them, in its order; arguments as for `list`."""
    query = {**population.scope, **query}
    items: list[Data] = []
    token = ""
    for _ in range(len(population.items) + 5):
        page = api.list(population.kind, token=token, **query)
        items += page.items
        if not page.next:
            break
        token = page.next
    return items


def names(items: Sequence[Data]) -> list[str]:
    """Their names, in their order."""
    return [item["name"] for item in items]


def member(meta: MetaTarget, population: Population, name: str = "", **fields: Any) -> Data:
    """A resource that belongs to a population that was made; nothing is written."""
    labels = {SET_LABEL: population.label, **fields.pop("labels", {})}
    return meta.fresh(
        population.kind,
        parent=population.parent,
        name=name,
        metadata={"labels": labels},
        **fields,
    )


def absent_name(meta: MetaTarget, plural: str, parent: str | None = None) -> str:
    """A legal name that nothing has."""
    return str(meta.fresh(plural, parent=parent)["name"])


def parent_for(meta: MetaTarget, plural: str) -> str | None:
    """A parent to list below: any, where the kind has parents."""
    above = KINDS[plural].parent
    return f"{above}/-" if above else None


def foreign_run(item: Data) -> bool:
    """Whether it was made by a run of this suite, this one or another."""
    return LABEL in item.get("metadata", {}).get("labels", {})


def families(meta: MetaTarget, plural: str) -> Iterator[tuple[str | None, list[Data]]]:
    """What exists of a kind, parent by parent: the parent's name, and what the list shows."""
    above = KINDS[plural].parent
    most = by_depth(full=MOST_ITEMS, staging=MOST_ITEMS // 10)
    if not above:
        yield None, existing(meta, plural, None, most=most)
        return
    for holder in meta.list(above).items[: by_depth(full=MOST_PARENTS, staging=3)]:
        try:
            yield holder["name"], existing(meta, plural, holder["name"], most=most)
        except Refused as refusal:
            if refusal.code not in ABSENT:
                raise  # else the parent was removed meanwhile


def seen(meta: MetaTarget, plural: str) -> Sequence[tuple[str | None, list[Data]]]:
    """`families`; where calls are few, as they were when a check of the process first looked."""
    if meta.depth == "full":
        return list(families(meta, plural))
    return meta.shared(("families", plural), lambda: list(families(meta, plural)))


@dataclass(frozen=True, kw_only=True)
class Family:
    """A parent and names of its children of one kind."""

    kind: str
    parent: str
    children: Sequence[str]


def two_families(meta: MetaTarget, plural: str) -> tuple[Family, Family]:
    """Two parents, each with some of its children; only to be read.

    Raises:
        NotApplicable: without a hook, if there are no two.
    """
    if meta.session.declared and "mutate" in meta.capabilities:
        made = [meta.population(plural, number, shared=True) for number in (3, 2)]
        chosen = [(population.parent or "", population.names) for population in made]
    else:
        chosen = [(parent or "", names(i)[:5]) for parent, i in families(meta, plural) if i]
    if len(chosen) < 2:
        raise NotApplicable(f"no hook is declared, and no two parents have {plural}")
    one, other = (Family(kind=plural, parent=p, children=c) for p, c in chosen[:2])
    return one, other


def pairs_of_families(meta: MetaTarget) -> list[tuple[Family, Family]]:
    """`two_families` of each kind that has parents.

    Raises:
        NotApplicable: without a hook, if there are no two of either kind.
    """
    of = tuple(plural for plural, kind in KINDS.items() if kind.parent)
    return available(partial(two_families, meta), of=of)
