"""How an order may be written, and what is none (seed 003, order_by; published order parser)."""

from __future__ import annotations

from functools import partial

from conformance.judging import BAD_ARGUMENT, Refused, attempt, expect, requirement, sampled
from conformance.strategies.meta_queries import BAD_ORDERS
from conformance.suite.meta.ordering import ordered
from conformance.suite.meta.reading import everything, names, turned_down, with_populations
from conformance.suite.meta.walking import tied
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population


def _same(meta: MetaTarget, population: Population, spelled: str, plain: str) -> None:
    """Fail unless two spellings give one list."""
    wanted = names(everything(meta, population, order=plain))
    got = names(everything(meta, population, order=spelled))
    expect(got == wanted, f"list by {spelled!r}", got=got, wanted=wanted)


@requirement("META-ORD-006")
def test_capitals_and_spaces(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        field = tied(population)
        ways = (
            (f" {field}  DESC ", f"{field} desc"),
            (f"{field} Asc , name  desc", f"{field} asc,name desc"),
            ("name DESC", "name desc"),
        )
        for spelled, plain in sampled(ways, 2):
            _same(meta, population, spelled, plain)

    with_populations(meta, body, least=2)


@requirement("META-ORD-007")
def test_bad_order_is_refused(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for order in sampled(BAD_ORDERS, 4):
            call = partial(meta.list, population.kind, **population.scope, size=2, order=order)
            turned_down(call, f"the order {order!r}")

    with_populations(meta, body)


@requirement("META-ORD-008")
def test_nested_and_camel_case_paths(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        ways = (
            ("metadata.createTime desc", "metadata.create_time desc"),
            ("metadata.resourceVersion", "metadata.resource_version"),
        )
        for camel, snake in sampled(ways, 1):
            ordered(meta, population, snake)
            _same(meta, population, camel, snake)
        first, *words = tied(population).split("_")
        if words:
            _same(meta, population, first + words[0].title(), tied(population))

    with_populations(meta, body, least=2)


@requirement("META-ORD-008")
def test_keys_of_maps_can_be_sorted_by(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        order = "metadata.labels.tier"
        answer = attempt(lambda: ordered(meta, population, order))
        if isinstance(answer, Refused):
            expect(answer.code in BAD_ARGUMENT, f"list by {order}", got=answer.code)

    with_populations(meta, body, least=2)
