"""Page tokens: their text, their use again and under another query, and what was never one."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from conformance.judging import (
    Refused,
    by_depth,
    expect,
    not_applicable,
    passive,
    requirement,
    sampled,
)
from conformance.oracles.tasks.model import Page
from conformance.strategies.paging import GARBAGE, mutilations
from conformance.suite.tasks.families import INVALID, invalid
from conformance.suite.tasks.populations import Kind, Population, some
from conformance.targets.tasks import TasksTarget

URL_SAFE = re.compile(r"[A-Za-z0-9._~=-]+")


def _first(population: Population, **query: Any) -> Page[Any]:
    """A first page that is not the only one."""
    page = population.page(size=1, **query)
    if page.next_token:
        return page
    if population.own:
        what = f"first page of 1 of {len(population.items)} {population.family.kind}"
        expect(False, what, got="no token", wanted="a token, since there is more")
    not_applicable("too little exists for a second page")


def _never_issued(api: TasksTarget, kind: Kind) -> None:
    population = some(api, kind)
    for token in sampled(GARBAGE, 4):
        invalid(partial(population.page, token=token, size=1), f"the page token {token[:40]!r}")


def _damaged(api: TasksTarget, kind: Kind) -> None:
    population = some(api, kind)
    token = _first(population).next_token
    genuine = population.page(token=token, size=1)
    for bad in sampled(mutilations(token), 4):
        what = f"its page token, damaged: {bad[:200]!r}"
        try:
            shown = population.page(token=bad, size=1)
        except Refused as refusal:
            said = f"{refusal.code.name}: {refusal.details}"
            expect(refusal.code in INVALID, what, got=said, wanted=INVALID)
            continue
        # Some texts differ from the token and still say the same, such as spare bits at its end.
        harmless = population.own and shown.names == genuine.names and bad[:-1] in (
            token, token[:-1]
        )  # fmt: skip
        expect(harmless, what, got=f"accepted, shows {shown.names}", wanted=INVALID)


def _of_other_method(api: TasksTarget, kind: Kind) -> None:
    other: Kind = "types" if kind == "tasks" else "tasks"
    family = some(api, kind).family
    # Neither list has a filter, so that nothing but the method tells them apart.
    token = _first(some(api, other), filter="").next_token
    call = partial(family.page, token=token, filter="", size=1)
    invalid(call, f"a page token of {other} for {kind}")


def _again(api: TasksTarget, kind: Kind) -> None:
    population = some(api, kind)
    token = _first(population).next_token
    one, other = (population.page(token=token, size=1) for _ in range(2))
    what = f"second use of a page token of {kind}"
    expect(one.names == other.names, what, got=other.names, wanted=one.names)


def _safe(api: TasksTarget, kind: Kind) -> None:
    population = some(api, kind)
    orders = by_depth(full=(None, "-create_time", "name"), staging=(None,))
    for order in orders:
        token = _first(population, order=order).next_token
        fine = URL_SAFE.fullmatch(token)
        expect(fine, "page token", got=token, wanted="letters, digits, '-', '.', '_', '~' or '='")


def _another_query(api: TasksTarget, kind: Kind) -> None:
    population = some(api, kind)
    token = _first(population).next_token
    name = population.names[0]
    queries: tuple[dict[str, Any], ...] = (
        {"filter": f"({population.filter}) AND (name != '{name}')"},
        {"order": "-create_time"},
        {"filter": f"name = '{name}'"},
    )
    for query in queries:
        what = f"a page token under another query, {query}"
        invalid(partial(population.page, token=token, size=1, **query), what)


@requirement("TSK-LST-009")
@passive
def test_token_under_another_filter_or_order(tasks: TasksTarget) -> None:
    for kind in ("tasks", "types"):
        _another_query(tasks, kind)


@requirement("TSK-LST-009", needs=["second_tenant"])
@passive
def test_token_under_another_parent(tasks: TasksTarget) -> None:
    population = some(tasks, "tasks")
    token = _first(population).next_token
    call = partial(tasks.other.list_tasks, token=token, size=1, filter=population.filter)
    invalid(call, "a page token of another tenant's list")


@requirement("TSK-LST-010")
@passive
def test_token_that_nobody_issued_is_invalid(tasks: TasksTarget) -> None:
    _never_issued(tasks, "tasks")


@requirement("TSK-LST-010")
@passive
def test_damaged_token_is_invalid(tasks: TasksTarget) -> None:
    _damaged(tasks, "tasks")


@requirement("TSK-LST-010")
@passive
def test_token_of_the_other_method_is_invalid(tasks: TasksTarget) -> None:
    _of_other_method(tasks, "tasks")


@requirement("TSK-LST-011")
@passive
def test_tokens_can_stand_in_a_url(tasks: TasksTarget) -> None:
    for kind in ("tasks", "types"):
        _safe(tasks, kind)


@requirement("TSK-LST-017")
@passive
def test_token_may_be_used_again(tasks: TasksTarget) -> None:
    for kind in ("tasks", "types"):
        _again(tasks, kind)


@requirement("TSK-TYP-001")
@passive
def test_tokens_of_types_that_are_none_are_invalid(tasks: TasksTarget) -> None:
    _never_issued(tasks, "types")
    _damaged(tasks, "types")
    _of_other_method(tasks, "types")
