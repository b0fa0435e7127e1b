"""Watches over REST: the changesets of gRPC in any of three framings (seed 003, REST paths)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from conformance.failures import Nonconformance
from conformance.judging import (
    BAD_START,
    EVENT_S,
    Refused,
    by_depth,
    expect,
    not_applicable,
    observe,
    requirement,
)
from conformance.oracles.meta.model import Change
from conformance.suite.meta.reading import while_quiet
from conformance.suite.meta.rest_forms import faults, heard, inner, streamed
from conformance.suite.meta.samples import samples, text_of
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population
from conformance.targets.meta_rest import PREFIX

TYPES = ("stateful", "stateless")


def _populations(meta: MetaTarget) -> list[Population]:
    return samples(meta, *by_depth(full=(), staging=("resources",)))


def _shown(change: Change) -> tuple[str, str, str]:
    return change.kind, change.name, text_of(change.data)


def _snapshot(api: MetaTarget, population: Population, type: str) -> list[tuple[str, str, str]]:
    """The changes of a first changeset in small chunks; fails on text that is no message."""
    with api.watch(population.kind, **population.scope, type=type, chunk=2) as watch:
        messages = watch.snapshot(EVENT_S)
    changes = [_shown(change) for message in messages for change in message.changes]
    # What is stateless has no order.
    return changes if type == "stateful" else sorted(changes)


@requirement("META-REST-007", needs=["rest"])
def test_watches_stream_as_over_grpc(meta: MetaTarget) -> None:
    for population in _populations(meta):
        while_quiet(meta, population, partial(_streams_alike, meta))
    observe(_framing(meta), trait="M32")


def _streams_alike(meta: MetaTarget, population: Population) -> None:
    rest, kind = meta.over_rest(), population.kind
    for type in TYPES:
        wanted, found = (_snapshot(api, population, type) for api in (meta, rest))
        what = f"first changeset of a {type} watch of {kind} over REST"
        expect(found == wanted, what, got=found, wanted=wanted)
    name = population.names[0]
    changes = [_first(api, name) for api in (meta, rest)]
    expect(
        changes[0] == changes[1], f"watch of {name} over REST", got=changes[1], wanted=changes[0]
    )


def _first(api: MetaTarget, name: str) -> tuple[str, str, str]:
    with api.watch_one(name) as watch:
        return _shown(watch.first(EVENT_S))


def _framing(meta: MetaTarget) -> str:
    """How a stream is framed: by what it begins with."""
    _, text, objects = streamed(meta, f"{PREFIX}/regions:watch", [("type", "STATELESS")])
    if text.startswith("["):
        return "array"
    return "result" if objects and "result" in objects[0] else "bare"


@requirement("META-REST-007", needs=["rest"])
def test_wrong_watches_are_refused(meta: MetaTarget) -> None:
    with meta.watch("regions", filter="name =") as watch:
        try:
            watch.first(EVENT_S)
        except Refused:
            pass
        else:
            not_applicable("wrong filters are not refused over gRPC either")
    with meta.over_rest().watch("regions", filter="name =") as watch:
        try:
            message = watch.first(EVENT_S)
        except Refused as refusal:
            what = "watch over REST with a wrong filter"
            expect(refusal.code in BAD_START, what, got=refusal.got, wanted=BAD_START)
        else:
            raise Nonconformance("watch over REST with a wrong filter", got=message)


@requirement("META-REST-008", needs=["rest"])
def test_body_of_a_watch_is_read_or_refused(meta: MetaTarget) -> None:
    path = f"{PREFIX}/regions:watch"
    body = {"type": "STATELESS"}
    status, text, objects = streamed(meta, path, [], body=body)
    what = "watch over REST with a JSON body"
    expect(status == 200 or 400 <= status < 500, what, got=f"HTTP {status} {text[:200]}")
    if status != 200:
        observe("refused", trait="M32a")
        return
    expect(objects, what, got=text[:200] or "nothing", wanted="a message")
    first = inner(objects[0])
    if "error" in objects[0]:
        observe("refused", trait="M32a")
    elif first.get("regionChanges"):
        read = "current" in first["regionChanges"][0]
        observe("read" if read else "ignored", trait="M32a")


@requirement("META-REST-002", needs=["rest"])
def test_json_of_streams_has_the_forms_of_protobuf(meta: MetaTarget) -> None:
    rest = meta.over_rest()
    for population in _populations(meta):
        kind, name = population.kind, population.names[0]
        operations = meta.session.requests.operations
        calls: list[tuple[str, Callable[[], object]]] = [("watch_one", partial(_first, rest, name))]
        calls += [("watch", partial(_snapshot, rest, population, type)) for type in TYPES]
        for verb, call in calls:
            response = operations[kind, verb].method.response
            for document in heard(meta, call):
                wrong = faults(inner(document), response.DESCRIPTOR)
                expect(not wrong, f"JSON of {verb} of {kind}", got="; ".join(wrong[:5]))


@requirement("META-REST-012", needs=["rest"])
def test_snapshot_size_is_the_text_minus_one(meta: MetaTarget) -> None:
    rest = meta.over_rest()
    for population in _populations(meta):
        for type in TYPES:
            for document in heard(meta, partial(_snapshot, rest, population, type)):
                message = inner(document)
                got = repr(message.get("snapshotSize", "left out"))
                what = f"snapshotSize in a {type} watch of {population.kind} over REST"
                expect(message.get("snapshotSize") == "-1", what, got=got, wanted="'-1'")
