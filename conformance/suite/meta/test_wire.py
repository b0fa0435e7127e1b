"""Methods, unknown fields and unknown numbers on the wire (seed 003; published protos)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import grpc

from conformance.judging import (
    BAD_ARGUMENT,
    EVENT_S,
    GRACE_S,
    UNIMPLEMENTED,
    Refused,
    advise,
    attempt,
    expect,
    observe,
    requirement,
    sampled,
)
from conformance.oracles.meta.model import KINDS, Data
from conformance.oracles.meta.views import covers, readings_of
from conformance.suite.meta.reading import absent_name, kinds, parent_for, with_populations
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population

UNKNOWN = b"\xa2\x06\x04test" + b"\xa8\x06\x07"
"""Fields 100 and 101, four bytes and a number: the contract has neither."""

NO_VIEW = 99
NO_TYPE = 99

CREDENTIALS = frozenset({grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED})
"""Statuses that tell nothing about whether there is a method."""


@requirement("META-WIRE-001")
def test_every_method_is_served(meta: MetaTarget) -> None:
    for plural in kinds(at_most=2):
        for method, call in _minimal(meta, plural):
            try:
                call()
            except Refused as refusal:
                if refusal.code in CREDENTIALS:
                    raise
                expect(
                    refusal.code not in UNIMPLEMENTED,
                    f"{method} of {plural}",
                    got=refusal.code,
                    wanted="any answer of a method that is there",
                )


def _minimal(meta: MetaTarget, plural: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """A short way to call each method, and its verb."""
    name, parent = absent_name(meta, plural), parent_for(meta, plural)
    yield "get", partial(meta.get, name)
    yield "batch", partial(meta.batch, plural, [name])
    yield "list", partial(meta.list, plural, parent=parent, size=1)
    yield "watch of one", lambda: _opened(meta.watch_one(name))
    yield "watch", lambda: _opened(meta.watch(plural, parent=parent, chunk=1))


def _opened(watch: Any) -> None:
    """Open a watch and see whether it is refused; a silent one is open."""
    with watch as stream:
        if stream.next(GRACE_S) is None and stream.status not in (None, grpc.StatusCode.OK):
            raise Refused(stream.method, stream.status, stream.details)


@requirement("META-WIRE-004")
def test_unknown_fields_change_no_answer(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        plural, asked = population.kind, population.names[:2]
        scope = {"size": 2, "token": "", "order": "", "info": False, "mask": None, "view": None}
        requests = (
            meta.request(plural, "get", name=asked[0], mask=None, view=None),
            meta.request(plural, "batch", names=asked, mask=None, view=None),
            meta.request(plural, "list", **population.scope, **scope),
        )
        for operation, request in requests:
            data = request.SerializeToString()
            wanted = meta.call_raw(plural, operation.name, data)
            got = meta.call_raw(plural, operation.name, data + UNKNOWN)
            parse = operation.method.response.FromString
            expect(
                parse(got) == parse(wanted),
                f"answer of {operation.name}, unknown fields sent",
                got=parse(got),
                wanted=parse(wanted),
            )

    with_populations(meta, body)


@requirement("META-WIRE-005")
def test_views_have_their_numbers(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        kind = KINDS[population.kind]
        for data in sampled(population.items[:3], 1):
            for number, view in ((1, "NAME"), (4, "FULL")):
                shown = meta.get(data["name"], view=number)
                expect(
                    readings_of(shown, data, kind, view=view),
                    f"{data['name']} under view {number}",
                    got=shown,
                    wanted=f"what {view} shows of {data}",
                )

    with_populations(meta, body)


@requirement("META-WIRE-005")
def test_unknown_view_does_no_harm(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        full = population.items[0]
        calls: tuple[Callable[[], list[Data]], ...] = (
            lambda: [meta.get(full["name"], view=NO_VIEW)],
            lambda: meta.batch(population.kind, [full["name"]], view=NO_VIEW)[0],
            lambda: list(meta.list(population.kind, **population.scope, view=NO_VIEW).items),
        )
        for call in calls:
            answer = attempt(call)
            what = f"a request for view {NO_VIEW}"
            if isinstance(answer, Refused):
                advise(answer.code in BAD_ARGUMENT, what, got=answer.code, wanted=BAD_ARGUMENT)
                observe("refused", trait="M42")
                continue
            shown = next((item for item in answer if item["name"] == full["name"]), None)
            inside = shown is not None and covers(full, shown)
            expect(inside, what, got=shown, wanted=f"refused, or some view of {full}")
            advise(shown == full, what, got=shown, wanted="what is shown without a view")
            observe("unspecified", trait="M42")

    with_populations(meta, body)


@requirement("META-WIRE-005")
def test_watch_types_have_their_numbers(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for number, wanted in ((0, "added"), (1, "current")):
            with meta.watch(population.kind, **population.scope, type=number) as stream:
                changes = [c.kind for m in stream.snapshot(EVENT_S) for c in m.changes]
            expect(
                set(changes) == {wanted},
                f"changes in the snapshot of a watch of type {number}",
                got=sorted(set(changes)),
                wanted=[wanted],
            )

    with_populations(meta, body)


@requirement("META-WIRE-005")
def test_unknown_watch_type_does_no_harm(meta: MetaTarget) -> None:
    def opened(population: Population) -> Any:
        with meta.watch(population.kind, **population.scope, type=NO_TYPE) as stream:
            return stream.first(EVENT_S)

    def body(population: Population) -> None:
        answer = attempt(lambda: opened(population))
        if isinstance(answer, Refused):
            what = f"a watch of type {NO_TYPE}"
            advise(answer.code in BAD_ARGUMENT, what, got=answer.code, wanted=BAD_ARGUMENT)

    with_populations(meta, body)


@requirement("META-WIRE-006")
def test_nothing_can_be_written(meta: MetaTarget) -> None:
    for plural in kinds(at_most=2):
        for verb in ("Create", "Update", "Delete"):
            method = f"{verb}{KINDS[plural].message}"
            # Without any field: should there be such a method, it has nothing to work on.
            try:
                meta.call_raw(plural, method, b"")
            except Refused as refusal:
                what = f"a call of {method}"
                known = refusal.code in UNIMPLEMENTED or refusal.code in CREDENTIALS
                advise(refusal.code in UNIMPLEMENTED, what, got=refusal.code, wanted=UNIMPLEMENTED)
                expect(known, what, got=str(refusal), wanted=UNIMPLEMENTED)
            else:
                expect(False, f"a call of {method}", got="an answer", wanted=UNIMPLEMENTED)
