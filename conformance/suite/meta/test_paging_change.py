"""Walks over the pages while items come and go (published key cursors)."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from conformance.judging import by_depth, explore, not_applicable, requirement
from conformance.oracles.meta.model import Data
from conformance.oracles.meta.tokens import parse_token
from conformance.suite.laws.paging import Step, judge_changing
from conformance.suite.meta.reading import count as usual
from conformance.suite.meta.reading import kinds, member
from conformance.suite.meta.walking import MetaListing, first_of_several
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population

POOL = 30
"""So many resources may be made in one walk."""

STRIDE = 11
"""Resources are made at places far from each other: names sort in the order of their making."""


@requirement("META-PAG-014")
def test_untouched_items_appear_once(meta: MetaTarget) -> None:
    # Without a barrier each change is waited for.
    quick = "barrier" in meta.capabilities
    for plural in kinds() if quick else kinds()[:1]:
        seen = meta.population(plural, usual(), shared=True)
        if not _keyed(first_of_several(meta, seen).next):
            not_applicable("page tokens are not keys of items")

        def body(count: int, size: int, script: list[list[Step]], plural: str = plural) -> None:
            population = meta.population(plural, 1)
            meta.hook.delete(population.names[0])
            listing = MetaListing(meta, population, fresh=_pool(meta, population))
            judge_changing(listing, count, size, script)

        steps = st.builds(Step, what=st.sampled_from(("make", "drop")), which=st.integers(0, 9))
        early = [[Step(what="drop", which=0)], [Step(what="make")], [Step(what="drop", which=0)]]
        explore(
            body,
            examples=by_depth(full=4, staging=0) if quick else 0,
            directed=({"count": by_depth(full=6, staging=5), "size": 2, "script": early},),
            count=st.integers(3, 7),
            size=st.integers(1, 3),
            script=st.lists(st.lists(steps, max_size=2), min_size=2, max_size=4),
        )


def _keyed(token: str) -> bool:
    try:
        return parse_token(token).kind == "S"
    except ValueError:
        return False


def _pool(meta: MetaTarget, population: Population) -> Iterator[Data]:
    names = [meta.fresh(population.kind, parent=population.parent)["name"] for _ in range(POOL)]
    references = {"service": "services/gone.gridproof.test"}
    more = references if population.kind == "deployments" else {}
    for at in range(POOL):
        yield member(meta, population, names[at * STRIDE % POOL], **more)
