"""REST at its edges: unknown routes and parameters, and texts that need percent encoding."""

from __future__ import annotations

from functools import partial

from conformance.judging import by_depth, expect, observe, requirement, sampled
from conformance.oracles.meta.model import KINDS
from conformance.strategies.meta_filters import quoted
from conformance.suite.meta.filtering import Own, owns, values_of
from conformance.suite.meta.reading import absent_name, everything, names
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_rest import PREFIX


@requirement("META-REST-009", needs=["rest"])
def test_unknown_routes_and_methods(meta: MetaTarget) -> None:
    # Of nothing that exists, in case somebody serves these methods after all.
    absent = absent_name(meta, "regions")
    cases = (
        ("GET", f"{PREFIX}/gridproof-none", (404,)),
        ("DELETE", f"{PREFIX}/{absent}", (404, 405, 501)),
        ("GET", f"{PREFIX}/{absent}/deployments/none/none", (404,)),
        ("GET", f"{PREFIX}/{absent}:gridproofNone", (404, 400, 405, 501)),
        ("PUT", f"{PREFIX}/{absent}", (404, 405, 501)),
        ("PATCH", f"{PREFIX}/{absent}", (404, 405, 501)),
    )
    for verb, path, wanted in cases[: by_depth(full=6, staging=2)]:
        answer = meta.http(verb, path)
        expect(answer.status in wanted, f"{verb} {path}", got=answer.status, wanted=wanted)


@requirement("META-REST-010", needs=["rest"])
def test_percent_encoding_of_filters(meta: MetaTarget) -> None:
    for listed in owns(meta, *by_depth(full=("regions", "resources"), staging=("resources",))):
        rest = Own(meta.over_rest(), listed.population)
        fields = listed.kind.fields.values()
        for path in [f.name for f in fields if f.type == "string" and f.shape == "one"][:1]:
            held = sorted(values_of(listed, path), key=lambda text: text.isalnum())
            for value in dict.fromkeys((*held[: by_depth(full=9, staging=1)], "a+b=c&d/e ü%41")):
                joined = f'{path}!="a+b"AND {path}={quoted(value)}'
                for text in (f"{path} = {quoted(value)}", joined):
                    rest.steady(partial(_finds_alike, meta, rest, text))


def _finds_alike(meta: MetaTarget, rest: Own, text: str) -> None:
    wanted = Own(meta, rest.population).found(text)
    found = rest.found(text)
    got = sorted(map(str, found))
    expect(found == wanted, f"filter {text} over REST", got=got, wanted=sorted(map(str, wanted)))


@requirement("META-REST-010", needs=["rest"])
def test_walks_over_rest(meta: MetaTarget) -> None:
    for listed in owns(meta, *by_depth(full=(), staging=("resources",))):
        rest = Own(meta.over_rest(), listed.population)
        orders = ("", "metadata.create_time desc,name", "name desc")
        for order in sampled(orders, 1):
            for size in by_depth(full=(1, 2, 3), staging=(2,)):
                rest.steady(partial(_walks_alike, meta, rest, order, size))


def _walks_alike(meta: MetaTarget, rest: Own, order: str, size: int) -> None:
    wanted = names(everything(meta, rest.population, order=order))
    pages = rest.pages(rest.population.filter, size, order=order)
    found = [item["name"] for page in pages for item in page.items]
    what = f"walk over {rest.kind.plural} in order {order!r} with page size {size} over REST"
    expect(found == wanted, what, got=found, wanted=wanted)


@requirement("META-REST-011", needs=["rest"])
def test_unknown_query_parameters(meta: MetaTarget) -> None:
    readings = set()
    for kind in by_depth(full=tuple(k for k in KINDS if not KINDS[k].parent), staging=("regions",)):
        for name in by_depth(full=("gridproofNone", "page_sizes", "name.x"), staging=("nosuch",)):
            answer = meta.http("GET", f"{PREFIX}/{kind}", [("pageSize", "1"), (name, "1")])
            what = f"List of {kind} with an unknown parameter {name}"
            expect(answer.status in (200, 400), what, got=answer.status, wanted="200 or 400")
            readings.add("ignored" if answer.status == 200 else "refused")
    for reading in sorted(readings):
        observe(reading, trait="M43")
