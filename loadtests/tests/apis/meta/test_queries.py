from __future__ import annotations

import pytest

from conformance.oracles.meta.filter import parse
from conformance.oracles.meta.model import KINDS
from conformance.oracles.meta.order import parse_order
from loadtests.apis.meta.queries import CLASSES, SEVERAL, STATEFUL, STATELESS, Query, found, written
from loadtests.tests.apis.meta.frames import RUN, TOKEN
from loadtests.tests.apis.meta.registry import KIND, data_of


def mixed(count: int, *, stateful: bool, chunk: int = 0) -> list[Query]:
    return [
        written(
            number,
            run=RUN,
            token=TOKEN,
            scopes=2,
            stateful=stateful,
            chunk=chunk,
            plain=False,
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("stateful", [False, True])
def test_every_query_is_legal(stateful: bool) -> None:
    for query in mixed(24, stateful=stateful):
        assert not parse(query.filter, KIND).refusable
        parse_order(query.order, KIND)
        assert 0 <= query.chunk <= 100
        assert query.stateful or not (query.page or query.order)
        # A server may cap a stateful watch that asks for neither, and then it is not the list.
        assert not stateful or query.page or query.chunk


@pytest.mark.parametrize(("stateful", "shapes"), [(False, STATELESS), (True, STATEFUL)])
def test_streams_are_spread_over_parents_and_shapes(
    stateful: bool, shapes: tuple[object, ...]
) -> None:
    queries = mixed(2 * len(shapes), stateful=stateful)
    assert len({query.key for query in queries}) >= 2 * len(shapes) - 1
    assert {query.scope for query in queries} <= {0, 1, SEVERAL}
    assert {query.shows_all for query in queries} == {False, True}


def test_a_query_knows_what_its_filter_lets_through() -> None:
    from fixtures.contracts import load

    for query in mixed(10, stateful=False):
        for name in CLASSES:
            message = load("meta").message("ntt.meta.v1alpha2.Deployment")()
            message.metadata.labels.update({"gp_class": name, "gridproof_run": RUN})  # type: ignore[attr-defined]
            matches = parse(query.filter, KIND).matches(data_of(message))
            assert matches == (name in query.classes)


def test_a_chunk_size_replaces_those_of_the_mix() -> None:
    assert {query.chunk for query in mixed(10, stateful=False, chunk=9)} == {9}


def test_without_writes_all_kinds_are_watched() -> None:
    queries = [found(number, stateful=True, chunk=0) for number in range(8)]
    assert {query.kind for query in queries} == set(KINDS)
    parents = {query.kind: query.parent for query in queries}
    assert parents["regions"] == ""
    assert parents["deployments"] == "regions/-"
