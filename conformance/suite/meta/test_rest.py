"""The routes for GET: the same answers as over gRPC, in JSON (seed 003, REST paths)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import grpc

from conformance.judging import (
    Refused,
    advise,
    by_depth,
    expect,
    not_applicable,
    requirement,
    sampled,
)
from conformance.oracles.meta.model import KINDS, Data, Page
from conformance.suite.meta.reading import absent_name, everything, parent_for, while_quiet
from conformance.suite.meta.rest_forms import faults, heard, list_path, picked
from conformance.suite.meta.samples import samples, text_of
from conformance.targets.http_client import Answer
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population
from conformance.targets.meta_rest import PREFIX

Call = Callable[[MetaTarget], Any]

STATUSES: Mapping[grpc.StatusCode, int] = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.INTERNAL: 500,
}
"""HTTP statuses of refusals."""


def _populations(meta: MetaTarget) -> list[Population]:
    return samples(meta, *by_depth(full=(), staging=("resources",)))


def _page(page: Page) -> tuple[Any, ...]:
    """A page without its tokens, which may differ from call to call."""
    return page.items, page.offset, page.total, bool(page.prev), bool(page.next)


def _batch(found: tuple[list[Data], list[str]]) -> tuple[Any, ...]:
    """A batch without its order, which is free."""
    return sorted(found[0], key=text_of), sorted(found[1])


def _alike(meta: MetaTarget, what: str, call: Call) -> None:
    """Fail unless a call ends alike over gRPC and over REST."""
    over_grpc, over_rest = (_outcome(api, call) for api in (meta, meta.over_rest()))
    expect(over_grpc == over_rest, f"{what} over REST", got=over_rest, wanted=over_grpc)


def _outcome(api: MetaTarget, call: Call) -> Any:
    try:
        return call(api)
    except Refused as refusal:
        return refusal.code.name


@requirement("META-REST-001", needs=["rest"])
def test_get_routes_answer_as_grpc_does(meta: MetaTarget) -> None:
    there = {population.kind: population for population in _populations(meta)}
    for kind in by_depth(full=tuple(KINDS), staging=tuple(there)):
        missing = absent_name(meta, kind)
        calls: dict[str, Call] = {
            f"Get of a missing name of {kind}": partial(_get, missing),
            f"BatchGet of a missing name of {kind}": partial(_found, kind, [missing], {}),
            f"List of all {kind}": partial(_ways, kind, parent_for(meta, kind)),
        }
        for what, call in calls.items():
            _alike(meta, what, call)
        if kind in there:
            while_quiet(meta, there[kind], partial(_reads_alike, meta, missing))


def _get(name: str, api: MetaTarget, how: Mapping[str, Any] = MappingProxyType({})) -> Data:
    return api.get(name, **how)


def _list(kind: str, query: Mapping[str, Any], api: MetaTarget) -> Any:
    return _page(api.list(kind, **query))


def _found(kind: str, names: Sequence[str], how: Mapping[str, Any], api: MetaTarget) -> Any:
    return _batch(api.batch(kind, names, **how))


def _ways(kind: str, parent: str | None, api: MetaTarget) -> bool:
    """Whether everything is answered at all: what it is may change from call to call."""
    return bool(api.list(kind, parent=parent, size=1).items)


def _reads_alike(meta: MetaTarget, missing: str, population: Population) -> None:
    kind, known = population.kind, population.names
    _alike(meta, f"Get of {known[0]}", partial(_get, known[0]))
    _alike(meta, f"BatchGet of {kind}", partial(_found, kind, [*known[:3], missing], {}))
    query = {**population.scope, "size": 2, "info": True}
    _alike(meta, f"List of {kind}", partial(_list, kind, query))


@requirement("META-REST-002", needs=["rest"])
def test_json_has_the_forms_of_protobuf(meta: MetaTarget) -> None:
    rest = meta.over_rest()
    for population in _populations(meta):
        kind, known = population.kind, population.names
        calls: Sequence[tuple[str, Callable[[], object]]] = (
            *(("get", partial(rest.get, name)) for name in known[: by_depth(full=5, staging=2)]),
            ("batch", partial(rest.batch, kind, known)),
            ("list", partial(rest.list, kind, **population.scope, info=True)),
        )
        for verb, call in calls:
            response = meta.session.requests.operations[kind, verb].method.response
            for document in heard(meta, call):
                wrong = faults(document, response.DESCRIPTOR)
                expect(not wrong, f"JSON of {verb} of {kind}", got="; ".join(wrong[:5]))


@requirement("META-REST-003", needs=["rest"])
def test_query_parameters_are_bound(meta: MetaTarget) -> None:
    for population in _populations(meta):
        while_quiet(meta, population, partial(_binds, meta))


def _binds(meta: MetaTarget, population: Population) -> None:
    kind, known = population.kind, population.names
    text = f'name = "{known[-1]}"'
    queries: Sequence[dict[str, Any]] = (
        {"size": 1},
        {"order": "name desc", "size": 2},
        {"filter": population.both(text)},
        {"mask": ["metadata.create_time", "metadata.labels"]},
        {"view": "NAME"},
        {"view": "NAME", "mask": ["metadata.uuid"]},
        {"info": True, "size": 1},
    )
    for query in sampled(queries, 3):
        _alike(meta, f"List with {query}", partial(_list, kind, {**population.scope, **query}))
    shapes: Sequence[dict[str, Any]] = ({}, {"view": "NAME"}, {"mask": ["metadata.uuid"]})
    for how in sampled(shapes, 1):
        _alike(meta, f"BatchGet with {how}", partial(_found, kind, known, how))
        _alike(meta, f"Get with {how}", partial(_get, known[0], how=how))
    path = f"{PREFIX}/{known[0]}"
    by_name, by_number = (meta.http("GET", path, [("view", view)]) for view in ("NAME", "1"))
    got, wanted = by_number.body[:300], by_name.body[:300]
    expect(_json(by_number) == _json(by_name), "Get with view=1", got=got, wanted=wanted)


def _json(answer: Answer) -> Any:
    """The JSON of an answer, or its text where it is none; None unless it is a good one."""
    if answer.status != 200:
        return None
    try:
        return json.loads(answer.body)
    except ValueError:
        return answer.body


@requirement("META-REST-004", needs=["rest"])
def test_query_parameters_in_snake_case(meta: MetaTarget) -> None:
    for population in _populations(meta):
        while_quiet(meta, population, partial(_snake, meta))


def _snake(meta: MetaTarget, population: Population) -> None:
    path, shared = list_path(population), [("filter", population.filter)]
    pairs = (
        ("page_size", "pageSize", "1"),
        ("order_by", "orderBy", "name desc"),
        ("field_mask", "fieldMask", "name"),
        ("include_paging_info", "includePagingInfo", "true"),
    )
    for snake, camel, value in sampled(pairs, 2):
        spelled, usual = (meta.http("GET", path, [*shared, (n, value)]) for n in (snake, camel))
        keys = (population.kind, "totalResultsCount", "currentOffset")
        found, wanted = (
            picked(document, keys) if isinstance(document := _json(answer), dict) else document
            for answer in (spelled, usual)
        )
        got = found if spelled.status == 200 else f"HTTP {spelled.status} {spelled.body[:200]!r}"
        expect(found is not None and found == wanted, f"{snake}={value}", got=got, wanted=wanted)


@requirement("META-REST-005", needs=["rest"])
def test_ids_with_dots_in_paths(meta: MetaTarget) -> None:
    rest, asked = meta.over_rest(), 0
    for population in samples(meta, "services", "resources"):
        dotted = [name for name in population.names if "." in name.split("/")[1]]
        for name in dotted[: by_depth(full=3, staging=1)]:
            asked += 1
            shown = rest.get(name)["name"]
            expect(shown == name, f"Get of {name} over REST", got=shown, wanted=name)
        if dotted and population.parent:
            found = {item["name"] for item in everything(rest, population)}
            what = f"List below {population.parent} over REST"
            expect(set(dotted) <= found, what, got=sorted(found), wanted=dotted)
    if not asked:
        not_applicable("no hook is declared, and no service has an id with a dot")


@requirement("META-REST-006", needs=["rest"])
def test_errors_have_status_and_body(meta: MetaTarget) -> None:
    absent = absent_name(meta, "regions")
    cases: Sequence[tuple[str, Call, str, list[tuple[str, str]]]] = (
        ("a missing region", lambda api: api.get(absent), f"{PREFIX}/{absent}", []),
        ("a wrong filter", _listing(filter="name ="), f"{PREFIX}/regions", [("filter", "name =")]),
        ("a negative size", _listing(size=-1), f"{PREFIX}/regions", [("pageSize", "-1")]),
        ("a wrong order", _listing(order="nosuch"), f"{PREFIX}/regions", [("orderBy", "nosuch")]),
        ("a wrong mask", _listing(mask=["nosuch"]), f"{PREFIX}/regions", [("fieldMask", "nosuch")]),
        ("a wrong token", _listing(token="abc"), f"{PREFIX}/regions", [("pageToken", "abc")]),
    )
    for what, call, path, query in cases[: by_depth(full=6, staging=2)]:
        try:
            call(meta)
        except Refused as refusal:
            _refused_alike(what, refusal.code, meta.http("GET", path, query))
    unreadable = meta.http("GET", f"{PREFIX}/regions", [("pageSize", "many")])
    _refused_alike("a size that is no number", grpc.StatusCode.INVALID_ARGUMENT, unreadable)


def _listing(**query: Any) -> Call:
    return lambda api: api.list("regions", **query)


def _refused_alike(what: str, code: grpc.StatusCode, answer: Answer) -> None:
    """Fail unless an answer has the HTTP status of a code, and JSON that states the code."""
    what = f"answer over REST to {what}"
    status = STATUSES.get(code)
    expect(status in (None, answer.status), what, got=f"HTTP {answer.status}", wanted=status)
    try:
        document = json.loads(answer.body)
    except ValueError:
        document = None
    wrapped = document.get("error") if isinstance(document, dict) else None
    stated = wrapped if isinstance(wrapped, dict) else document
    shown = answer.body[:200].decode(errors="replace")
    expect(isinstance(stated, dict) and "code" in stated, what, got=shown, wanted="JSON with code")
    number = code.value[0]
    known = (number,) if stated is document else (number, answer.status)
    expect(stated["code"] in known, what, got=shown, wanted=f"code {number}")
    advise(stated is document, what, got="a wrapped status", wanted="a google.rpc.Status")
