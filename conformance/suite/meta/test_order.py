"""The order of lists (seed 003, order_by; total order of the published pager)."""

from __future__ import annotations

from functools import partial

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    by_depth,
    expect,
    observe,
    requirement,
    sampled,
)
from conformance.suite.meta.ordering import NESTED, PLAIN, expect_order, ordered, with_mixed
from conformance.suite.meta.reading import (
    REST_KINDS,
    everything,
    families,
    is_sdk,
    kinds,
    names,
    with_populations,
)
from conformance.suite.meta.walking import tied
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population

DIRECTIONS = ("", " asc", " desc")
ONE_PAGE = 50


@requirement("META-ORD-001")
def test_default_order_is_fixed(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        first = names(everything(meta, population))
        for _ in range(by_depth(full=2, staging=1)):
            again = names(everything(meta, population))
            expect(again == first, f"list of {population.kind} again", got=again, wanted=first)
        by_name = sorted(first, key=str.encode)
        observe("name" if first == by_name else "other", trait="M11")
        right = first == by_name or not is_sdk(meta)
        expect(right, f"list of {population.kind} without order_by", got=first, wanted=by_name)

    with_populations(meta, body, least=2)


def _each_field(meta: MetaTarget, population: Population) -> None:
    fields = ("name", *PLAIN[population.kind], *NESTED)
    for field in sampled(fields, 2):
        for direction in sampled(DIRECTIONS, 2):
            try:
                ordered(meta, population, f"{field}{direction}")
            except Refused as refusal:
                # Whether paths lead into messages is another requirement's.
                if field not in NESTED or refusal.code not in BAD_ARGUMENT:
                    raise


@requirement("META-ORD-002")
def test_fields_are_sorted_both_ways(meta: MetaTarget) -> None:
    with_mixed(meta, partial(_each_field, meta))


@requirement("META-ORD-002")
def test_what_exists_is_sorted(meta: MetaTarget) -> None:
    # One page at a time, so that it does not matter who changes something between two.
    for plural in kinds():
        parent = next((parent for parent, items in families(meta, plural) if len(items) > 1), None)
        if parent is None and plural not in ("regions", "services"):
            continue
        for field in sampled((*PLAIN[plural], *NESTED), 1):
            for direction in sampled(DIRECTIONS, 1):
                order = f"{field}{direction}"
                try:
                    page = meta.list(plural, parent=parent, size=ONE_PAGE, order=order)
                except Refused as refusal:
                    if field not in NESTED or refusal.code not in BAD_ARGUMENT:
                        raise
                else:
                    expect_order(page.items, plural, order)


@requirement("META-ORD-003")
def test_later_keys_decide_among_equals(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        first, *others = PLAIN[population.kind]
        pairs = [
            f"{first}{one},{other}{two}"
            for other in (*others, "name")
            for one in DIRECTIONS[1:]
            for two in DIRECTIONS[1:]
        ]
        for order in sampled(pairs, 2):
            ordered(meta, population, order)

    with_mixed(meta, body)


@requirement("META-ORD-004")
def test_ties_are_broken_by_name(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        fields = PLAIN[population.kind]
        both = f"{fields[0]} desc,{fields[-1]}"
        for order in sampled(("", *(f + d for f in fields for d in DIRECTIONS), both), 2):
            ordered(meta, population, order, codes=("tie",), ties=True)

    with_mixed(meta, body)


@requirement("META-ORD-005")
def test_descending_is_the_reverse_of_ascending(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for field in sampled(PLAIN[population.kind], 1):
            up = names(everything(meta, population, order=f"{field},name"))
            down = names(everything(meta, population, order=f"{field} desc,name desc"))
            what = f"list of {population.kind} by {field} desc,name desc"
            expect(down == up[::-1], what, got=down, wanted=up[::-1])

    with_populations(meta, body, least=2)


def _across_pages(api: MetaTarget, population: Population) -> None:
    number = len(population.items)
    orders = (f"{tied(population)} desc", "name desc", f"{tied(population)},name desc")
    for order in sampled(orders, 1):
        for size in by_depth(full=(1, 2, 3), staging=(max(2, number // 2),)):
            ordered(api, population, order, size=size)


@requirement("META-ORD-010")
def test_order_goes_on_across_pages(meta: MetaTarget) -> None:
    with_populations(meta, partial(_across_pages, meta), least=3)


@requirement("META-ORD-010", needs=["rest"])
def test_order_goes_on_across_pages_over_rest(meta: MetaTarget) -> None:
    with_populations(meta, partial(_across_pages, meta.over_rest()), least=3, in_full=REST_KINDS)
