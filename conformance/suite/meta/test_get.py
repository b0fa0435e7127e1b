"""Getting one resource (seed 003, GetRegionRequest and its siblings)."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import strategies as st

from conformance.judging import (
    ABSENT,
    BAD_ARGUMENT,
    Refused,
    attempt,
    by_depth,
    expect,
    explore,
    refused,
    requirement,
    sampled,
)
from conformance.oracles.meta.model import KINDS
from conformance.oracles.meta.names import is_readable
from conformance.strategies.meta_queries import mask_paths
from conformance.suite.meta.reading import (
    CALLERS_FAULT,
    INTERNAL,
    TEXTS,
    absent_name,
    everything,
    families,
    foreign_run,
    kinds,
    turned_down,
    with_populations,
)
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population


@requirement("META-GET-001")
def test_get_shows_what_list_shows(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        listed = {item["name"]: item for item in everything(meta, population)}
        for name in sampled(population.names, 2):
            got = meta.get(name)
            expect(got["name"] == name, f"name in Get of {name}", got=got["name"], wanted=name)
            expect(got == listed.get(name), f"Get of {name}", got=got, wanted=listed.get(name))

    with_populations(meta, body)


@requirement("META-GET-001")
def test_names_of_a_list_can_be_got(meta: MetaTarget) -> None:
    for plural in kinds(at_most=2):
        for _, items in families(meta, plural):
            for item in sampled([i for i in items if not foreign_run(i)], 1)[:3]:
                name = item["name"]
                try:
                    got = meta.get(name, kind=plural)["name"]
                except Refused as refusal:
                    if refusal.code in ABSENT and not _is_listed(meta, plural, name):
                        continue  # removed meanwhile
                    raise
                expect(got == name, f"name in Get of {name}", got=got, wanted=name)


def _is_listed(meta: MetaTarget, plural: str, name: str) -> bool:
    return any(item["name"] == name for _, items in families(meta, plural) for item in items)


@requirement("META-GET-001")
def test_name_has_to_be_exact(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for name in sampled(population.names[:3], 1):
            head, _, last = name.rpartition("/")
            for other in (f"{head}/{last.swapcase()}", f"{name}x", name[:-1]):
                if other in population.names or not last:
                    continue
                try:
                    shown = meta.get(other, kind=population.kind)
                except Refused:
                    continue  # as whatever, it shows no other resource
                what = f"Get of {other}"
                expect(shown["name"] == other, what, got=shown, wanted="no other resource")

    with_populations(meta, body)


@requirement("META-GET-002")
def test_absent_name_is_not_found(meta: MetaTarget) -> None:
    for plural in kinds(at_most=2):
        name = absent_name(meta, plural)
        turned_down(partial(meta.get, name), f"getting {name}", codes=ABSENT)


@requirement("META-GET-002")
def test_absent_neighbour_is_not_found(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        name = absent_name(meta, population.kind, population.parent)
        turned_down(lambda: meta.get(name), f"getting {name}", codes=ABSENT)

    with_populations(meta, body)


@requirement("META-GET-003")
def test_malformed_name_is_refused(meta: MetaTarget) -> None:
    for plural in kinds(at_most=2):
        name = absent_name(meta, plural)
        collection, _, id_ = name.partition("/")
        malformed = ("", "foo/x", collection, f"{collection}/", f"{name}/", f"/{name}", id_)
        for bad in sampled([bad for bad in malformed if not _is_name(plural, bad)], 3):
            call = partial(meta.get, bad, kind=plural)
            turned_down(call, f"getting {bad!r} of {plural}", also=INTERNAL)


def _is_name(plural: str, text: str) -> bool:
    return is_readable(KINDS[plural], text, by="sdk", wildcard=True)


@requirement("META-GET-004")
def test_wildcard_cannot_be_got(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        wild = [f"{population.names[0].rpartition('/')[0]}/-"]
        if population.parent:
            above = KINDS[population.kind].parent
            wild.append(f"{above}/-{population.names[0].removeprefix(population.parent)}")
        for name in wild:
            call = partial(meta.get, name, kind=population.kind)
            turned_down(call, f"getting {name}", codes=BAD_ARGUMENT | ABSENT, also=INTERNAL)

    with_populations(meta, body)


@requirement("META-GET-005")
def test_get_and_list_show_the_same(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        paths = mask_paths(KINDS[population.kind])

        def same(mask: list[str] | None, view: str | None, which: int) -> None:
            name = population.names[which % len(population.names)]
            shape: dict[str, Any] = {"mask": mask, "view": view}
            got = attempt(lambda: meta.get(name, **shape))
            listed = attempt(lambda: everything(meta, population, **shape))
            what = f"Get of {name}"
            if isinstance(got, Refused) or isinstance(listed, Refused):
                both = isinstance(got, Refused) and isinstance(listed, Refused)
                expect(both, what, got=got, wanted=f"what List answers: {listed}")
                return
            # With a mask alone some targets leave the name out.
            known = [item for item in listed if item["name"] in ("", name)]
            expect(got in known, what, got=got, wanted=known)

        explore(
            same,
            examples=8,
            directed=(
                {"mask": ["metadata.labels"], "view": None, "which": 0},
                {"mask": None, "view": "NAME", "which": 1},
                {"mask": ["metadata"], "view": "FULL", "which": 2},
            ),
            mask=st.one_of(st.none(), st.lists(st.sampled_from(paths), min_size=1, max_size=3)),
            view=st.sampled_from((None, "NAME", "BASIC", "DETAIL", "FULL")),
            which=st.integers(0, 20),
        )

    with_populations(meta, body)


@requirement("META-GET-006")
def test_get_changes_nothing(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for name in sampled(population.names[:3], 1):
            first, second = meta.get(name), meta.get(name)
            expect(second == first, f"Get of {name} again", got=second, wanted=first)

    with_populations(meta, body)


@requirement("META-GET-007")
def test_get_shows_each_change(meta: MetaTarget) -> None:
    for plural in kinds():
        population = meta.population(plural, 2)
        name, field = population.names[0], TEXTS[plural]
        values = ["changed", "changed again"][: by_depth(full=2, staging=1)]
        if plural == "deployments":
            holders = [meta.fresh("services") for _ in values]
            meta.hook.change(holders)
            values = [holder["name"] for holder in holders]
        for value in values:
            meta.hook.upsert({**population.items[0], field: value})
            meta.hook.barrier()
            got = meta.get(name)[field]
            expect(got == value, f"{field} of {name} after a change", got=got, wanted=value)
        new = meta.fresh(plural, parent=population.parent, **{field: values[0]})
        meta.hook.upsert(new)
        meta.hook.barrier()
        got = meta.get(new["name"])[field]
        expect(got == values[0], f"{field} of {new['name']}, just made", got=got, wanted=values[0])
        meta.hook.delete(name)
        meta.hook.barrier()
        refused(partial(meta.get, name), CALLERS_FAULT, f"getting {name}, just deleted")
