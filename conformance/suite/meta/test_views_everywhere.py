"""The same view and mask show the same in Get, BatchGet, List and both watches (seed 003)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from conformance.judging import EVENT_S, by_depth, expect, explore, requirement, sampled
from conformance.oracles.meta.model import Data
from conformance.strategies.meta_queries import masks
from conformance.suite.meta.filtering import Own, owns
from conformance.suite.meta.reading import everything
from conformance.suite.meta.samples import text_of
from conformance.suite.meta.test_views import FLAT, NESTED
from conformance.targets.meta import MetaTarget

VIEWS = (None, "NAME", "BASIC", "DETAIL", "FULL")

Case = tuple[Own, str | None, Sequence[str] | None]


def _counted(items: Sequence[Data]) -> Counter[str]:
    """Resources without an order, and without names where a mask leaves these out."""
    return Counter(map(text_of, items))


def _watched(listed: Own, type: str, **how: Any) -> list[Data]:
    scope = listed.population.scope
    with listed.meta.watch(listed.kind.plural, **scope, **how, type=type) as watch:
        messages = watch.snapshot(EVENT_S)
    return [change.data or {} for message in messages for change in message.changes]


def _shown_alike(case: Case) -> None:
    listed, view, mask = case
    how: dict[str, Any] = {"view": view, "mask": mask}
    listed.steady(lambda: _judge(listed, how))


def _judge(listed: Own, how: dict[str, Any]) -> None:
    meta, population = listed.meta, listed.population
    name = population.names[-1]
    batch, _ = meta.batch(population.kind, population.names, **how)
    wanted = _counted(batch)
    what = f"{population.kind} by view {how['view']} and mask {how['mask']}"

    def compare(where: str, items: Sequence[Data], *, whole: bool = True) -> None:
        found = _counted(items)
        others, missing = found - wanted, wanted - found if whole else Counter[str]()
        got = f"{sorted(others)}, without {sorted(missing)}"
        expect(not others and not missing, f"{where} of {what}", got=got, wanted="as in BatchGet")

    one, _ = meta.batch(population.kind, [name], **how)
    expect(one, f"BatchGet of {name}", got="nothing", wanted="it")
    shown = meta.get(name, **how)
    expect(shown == one[0], f"Get of {what}", got=shown, wanted=one[0])
    compare("List", everything(meta, population, **how))
    compare("stateless watch", _watched(listed, "stateless", **how))
    # A server may give a stateful watch a window of its own.
    compare("stateful watch", _watched(listed, "stateful", **how), whole=False)
    with meta.watch_one(name, **how) as watch:
        first = watch.first(EVENT_S)
    expect(first.data == one[0], f"watch of {name}, {what}", got=first.data, wanted=one[0])


@requirement("META-VMK-010")
def test_one_projection_everywhere(meta: MetaTarget) -> None:
    lists = owns(meta, *by_depth(full=(), staging=("regions",)))
    cases = st.sampled_from(lists).flatmap(
        lambda listed: st.tuples(
            st.just(listed), st.sampled_from(VIEWS), st.none() | masks(listed.kind)
        )
    )
    directed: list[Case] = []
    for listed in lists:
        kind = listed.kind.plural
        directed += [(listed, None, FLAT[kind][0]), (listed, "NAME", NESTED[kind][0])]
        directed += [(listed, "NAME", None), (listed, "FULL", FLAT[kind][0])]
    explore(
        _shown_alike,
        case=cases,
        directed=[{"case": case} for case in sampled(directed, 1)],
        examples=by_depth(full=12, staging=0),
    )
