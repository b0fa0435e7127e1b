"""The text of page tokens, and tokens that are damaged or misused (published cursor parser)."""

from __future__ import annotations

from functools import partial
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    attempt,
    by_depth,
    expect,
    observe,
    requirement,
    sampled,
)
from conformance.oracles.meta.model import KINDS, Page
from conformance.oracles.meta.tokens import parse_token
from conformance.strategies.meta_queries import BAD_PAGE_TOKENS
from conformance.strategies.paging import alter
from conformance.suite.meta.reading import (
    CALLERS_FAULT,
    INTERNAL,
    hint,
    names,
    turned_down,
    with_populations,
)
from conformance.suite.meta.walking import first_of_several, steps_back, steps_forward, tied
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population
from fixtures.contracts import load

EMPTY = "r.e.S."
"""Well formed: the boundary is a resource without fields."""


@requirement("META-PAG-007")
def test_published_client_can_read_tokens(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for order in sampled(("", f"{tied(population)} desc,metadata.create_time"), 1):
            there = steps_forward(meta, population, 2, order=order)
            back = steps_back(meta, population, 2, there[-1], order=order)
            for page in (*there, *back):
                for token in filter(None, (page.prev, page.next)):
                    _expect_readable(population.kind, token)

    with_populations(meta, body, least=3)


def _expect_readable(plural: str, token: str) -> None:
    what = f"a page token of {plural}"
    try:
        parsed = parse_token(token)
    except ValueError as error:
        expect(False, what, got=str(error), wanted="r.e.S.value or one of its kin")
        return
    if isinstance(parsed.value, bytes):
        resource = load("meta").message(f"ntt.meta.v1alpha2.{KINDS[plural].message}")
        try:
            resource.FromString(parsed.value)
        except DecodeError:
            expect(False, what, got=token, wanted=f"the {KINDS[plural].message} at the boundary")


@requirement("META-PAG-008")
def test_token_that_nobody_issued_is_refused(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for token in sampled([t for t in BAD_PAGE_TOKENS if t != EMPTY], 3):
            call = partial(meta.list, population.kind, **population.scope, token=token)
            turned_down(call, f"the token {token!r}", also=INTERNAL)

    with_populations(meta, body)


@requirement("META-PAG-008")
def test_damaged_token_is_refused(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        token = first_of_several(meta, population, size=2).next
        places = sorted({len(token) // 2, len(token) - 6, len(token) - 1} & set(range(len(token))))
        damaged = {
            "cut in half": token[: len(token) // 2],
            "repeated": token + token,
            **{f"altered at {at} of {len(token)}": alter(token, at) for at in places},
        }
        for how in sampled(list(damaged), 2):
            try:
                page = meta.list(population.kind, **population.scope, size=2, token=damaged[how])
            except Refused as refusal:
                known = CALLERS_FAULT | INTERNAL
                what = f"its own token {how}"
                expect(refusal.code in known, what, got=refusal.code, wanted=BAD_ARGUMENT)
                hint(refusal.code in BAD_ARGUMENT, what, got=refusal.code, wanted=BAD_ARGUMENT)
            else:
                # Where tokens are not sealed it may name another legal place in the list.
                shown = names(page.items)
                hint(False, f"its own token {how}", got=shown, wanted=BAD_ARGUMENT)
                foreign = set(shown) - set(population.names)
                expect(not foreign, f"page of its own token {how}", got=foreign, wanted="no others")

    with_populations(meta, body, least=3)


@requirement("META-PAG-009")
def test_token_under_another_query(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        token = first_of_several(meta, population).next
        some = population.names[1::2]
        listed = ", ".join(f'"{name}"' for name in some)
        narrow = population.both(f"name IN ({listed})")
        in_order: dict[str, Any] = {"order": "name desc", "filter": population.filter}
        in_part: dict[str, Any] = {"filter": narrow}
        for query, allowed in ((in_part, some), (in_order, population.names)):
            arguments = {"parent": population.parent, "size": 2, "token": token, **query}
            answer = attempt(partial(meta.list, population.kind, **arguments))
            _expect_inside(answer, allowed, f"a token under {query}")

    with_populations(meta, body, least=3)


@requirement("META-PAG-009")
def test_token_under_another_parent(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        token = first_of_several(meta, population).next
        other = meta.fresh(population.kind)["name"].rpartition(f"/{population.kind}/")[0]
        if population.owned:
            sibling = meta.population(population.kind, 2, shared=True)
            other = sibling.parent or other
        answer = attempt(lambda: meta.list(population.kind, parent=other, size=2, token=token))
        if isinstance(answer, Refused) and answer.code is grpc.StatusCode.NOT_FOUND:
            return  # the parent, not the token
        inside = [] if isinstance(answer, Refused) else names(answer.items)
        allowed = [name for name in inside if name.startswith(f"{other}/")]
        _expect_inside(answer, allowed, f"a token under parent {other}")

    of = ("deployments", "resources")
    with_populations(meta, body, least=2, at_most=by_depth(full=2, staging=1), of=of)


def _expect_inside(answer: Page | Refused, allowed: list[str], what: str) -> None:
    if isinstance(answer, Refused):
        expect(answer.code in CALLERS_FAULT, what, got=answer.code, wanted=BAD_ARGUMENT)
        observe("refused", trait="M10")
        return
    foreign = [name for name in names(answer.items) if name not in allowed]
    expect(not foreign, what, got=f"{foreign}", wanted=f"refused, or some of {allowed}")
    observe("new query", trait="M10")
