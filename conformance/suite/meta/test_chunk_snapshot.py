"""The snapshot with which a watch of a collection begins: what it holds, and in which chunks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from math import ceil
from typing import Any

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    advise,
    by_depth,
    expect,
    observe,
    requirement,
    sampled,
)
from conformance.oracles.meta.history import difference
from conformance.oracles.meta.model import Data, Message
from conformance.strategies.meta import BAD_CHUNKS, CHUNK_LIMIT
from conformance.strategies.meta_filters import quoted
from conformance.suite.meta.changing import TEXTS
from conformance.suite.meta.reading import (
    CALLERS_FAULT,
    absent_name,
    everything,
    is_sdk,
    kinds,
    pairs_of_families,
    turned_down,
    with_populations,
)
from conformance.suite.meta.watching import (
    TYPES,
    Watch,
    chunk_sizes,
    patience,
    quieten,
    watching,
    whole,
)
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population

MANY = CHUNK_LIMIT + 3
"""More than one message may hold."""

Judge = Callable[[Watch, Sequence[Message]], None]


def snapshots(
    meta: MetaTarget,
    population: Population,
    *,
    judged: Judge | None = None,
    chunks: Sequence[int] = (2,),
    thorough: bool = False,
    **query: Any,
) -> None:
    """Read the snapshots of a population, in chunks of several sizes.

    They are of both types; where calls are few only if they are to be `thorough`.
    """
    for type_ in TYPES if thorough else sampled(TYPES, 1):
        for chunk in chunks:
            arguments = {**population.scope, **whole(type_), "chunk": chunk, **query}
            with watching(meta, population.kind, **arguments) as watch:
                messages = watch.snapshot()
                if judged is not None:
                    judged(watch, messages)


def many(meta: MetaTarget) -> Population:
    """More resources than one message may hold.

    Raises:
        NotApplicable: there is no hook, and there are not so many.
    """
    return meta.population("regions", MANY, shared=True, least=MANY)


def shows(watch: Watch, wanted: Sequence[Data], what: str) -> None:
    """Fail unless the view of a watch is this, in any order."""
    wrong = difference(watch.items, wanted)
    expect(not wrong, what, got=wrong + watch.consequence(wanted), wanted="what List shows")


@requirement("META-CHK-001")
def test_no_message_of_a_snapshot_is_larger_than_a_chunk(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        snapshots(meta, population, chunks=chunk_sizes(len(population.items), most=2))

    with_populations(meta, body)


@requirement("META-CHK-002")
def test_every_snapshot_is_closed(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        empty = population.both(f'name = "{absent_name(meta, population.kind)}"')
        with ExitStack() as stack:
            watches = [
                stack.enter_context(
                    watching(
                        meta,
                        population.kind,
                        parent=population.parent,
                        filter=filter_,
                        chunk=chunk,
                        **whole(type_),
                    )
                )
                for type_ in TYPES
                for filter_ in (population.filter, empty)
                for chunk in by_depth(full=(1, 2), staging=(2,))
            ]
            for watch in watches:
                watch.snapshot()
            quieten(watches)
            for watch in watches:
                watch.until_settled()

    with_populations(meta, body, of=("regions", "deployments"))


@requirement("META-CHK-003")
def test_filter_of_a_watch_does_not_lift_the_parent(meta: MetaTarget) -> None:
    for one, other in pairs_of_families(meta):
        text = f"name IN ({', '.join(map(quoted, (*one.children, *other.children)))})"
        for type_ in sampled(TYPES, 1):
            with watching(meta, one.kind, parent=one.parent, filter=text, **whole(type_)) as watch:
                watch.snapshot()
            foreign = [name for name in watch.names if not name.startswith(f"{one.parent}/")]
            what = f"{type_} watch of {one.kind} of {one.parent}, filtered by {text}"
            expect(not foreign, what, got=foreign, wanted="its children only")


@requirement("META-CHK-003")
def test_snapshot_is_the_list(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        wanted = everything(meta, population)
        snapshots(
            meta,
            population,
            judged=lambda watch, _: shows(watch, wanted, "view of a snapshot"),
            chunks=chunk_sizes(len(population.items), most=2),
        )

    with_populations(meta, body)


@requirement("META-CHK-003")
def test_filtered_snapshot_is_the_filtered_list(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        chosen = population.names[::2]
        where = population.both("name IN ({})".format(", ".join(f'"{n}"' for n in chosen)))
        wanted = [item for item in everything(meta, population) if item["name"] in chosen]
        snapshots(
            meta,
            population,
            judged=lambda watch, _: shows(watch, wanted, "view of a filtered snapshot"),
            filter=where,
        )

    with_populations(meta, body)


@requirement("META-CHK-004")
def test_snapshot_is_of_one_kind_of_change(meta: MetaTarget) -> None:
    with_populations(meta, lambda population: snapshots(meta, population, thorough=True))


@requirement("META-CHK-005")
def test_no_name_comes_twice_in_a_snapshot(meta: MetaTarget) -> None:
    with_populations(meta, lambda population: snapshots(meta, population, thorough=True))


@requirement("META-CHK-006")
def test_snapshot_takes_as_few_messages_as_its_chunks_need(meta: MetaTarget) -> None:
    def judged(watch: Watch, messages: Sequence[Message]) -> None:
        count, chunk = sum(len(m.changes) for m in messages), watch.asked.chunk
        needed = ceil(count / chunk)
        closer = count > 0 and not messages[-1].changes
        got = len(messages) - closer
        expect(
            got <= max(1, needed),
            f"messages for {count} items in chunks of {chunk}",
            got=got,
            wanted=needed,
        )
        observe("sent" if closer else "none", trait="M28")

    def body(population: Population) -> None:
        snapshots(
            meta, population, judged=judged, chunks=chunk_sizes(len(population.items), most=2)
        )

    with_populations(meta, body)


@requirement("META-CHK-007")
def test_chunk_sizes_out_of_range_are_refused(meta: MetaTarget) -> None:
    population = meta.population("regions", shared=True, least=0)
    for type_ in TYPES:
        for chunk in by_depth(full=BAD_CHUNKS, staging=BAD_CHUNKS[:2]):
            _out_of_range(meta, population, type_, chunk)


@requirement("META-CHK-007", needs=["mutate"])
def test_chunk_sizes_out_of_range_are_not_taken_as_they_are(meta: MetaTarget) -> None:
    for type_ in TYPES:
        _out_of_range(meta, many(meta), type_, MANY)


def _out_of_range(meta: MetaTarget, population: Population, type_: str, chunk: int) -> None:
    what = f"{type_} watch in chunks of {chunk}"
    arguments = {**population.scope, "type": type_, "chunk": chunk}
    if type_ == "stateful":
        arguments["size"] = 2 * MANY
    with watching(meta, population.kind, **arguments) as watch:
        try:
            messages = watch.snapshot()
        except Refused as refusal:
            expect(refusal.code in CALLERS_FAULT, what, got=refusal, wanted=BAD_ARGUMENT)
            advise(refusal.code in BAD_ARGUMENT, what, got=refusal.code, wanted=BAD_ARGUMENT)
            observe("refused", trait="M29")
            return
    largest = max(len(m.changes) for m in messages)
    expect(largest <= CHUNK_LIMIT, what, got=f"{largest} changes in a message", wanted=BAD_ARGUMENT)
    advise(False, what, got="taken as another size", wanted=BAD_ARGUMENT)
    observe("clamped", trait="M29")


@requirement("META-CHK-008")
def test_stateless_watch_is_chunked_without_being_asked(meta: MetaTarget) -> None:
    population = many(meta)
    # Read by hand: by profile doc the limit is not known to be 100.
    with meta.watch(population.kind, **population.scope, type="stateless") as stream:
        messages = stream.snapshot(patience(meta))
    largest = max(len(m.changes) for m in messages)
    if is_sdk(meta):
        what = f"stateless snapshot of {len(population.items)} items without chunk size"
        expect(largest <= CHUNK_LIMIT, what, got=f"{largest} in a message", wanted=f"{CHUNK_LIMIT}")
    elif largest > CHUNK_LIMIT:
        observe(f"{largest} changes in a message without chunk size")


@requirement("META-CHK-009")
def test_stateful_watch_is_not_chunked_without_being_asked(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for size in sampled((None, 3, len(population.items)), 2):
            with watching(meta, population.kind, **population.scope, size=size) as watch:
                watch.snapshot()

    with_populations(meta, body)


@requirement("META-CHK-011")
def test_snapshot_messages_have_no_size(meta: MetaTarget) -> None:
    with_populations(meta, lambda population: snapshots(meta, population, thorough=True))


@requirement("META-CHK-012")
def test_tokens_come_at_the_end_of_a_snapshot(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        snapshots(meta, population)
        scope = population.scope
        with watching(meta, population.kind, **scope, size=3, chunk=1) as watch:
            watch.snapshot()

    with_populations(meta, body, least=4)


@requirement("META-CHK-015")
def test_every_object_of_a_snapshot_has_its_name(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        text = TEXTS[population.kind]
        both = {"view": "NAME", "mask": [text]}
        ways: Sequence[dict[str, Any]] = ({}, {"mask": [text]}, {"view": "NAME"}, both)
        for shown in sampled(ways, 2):
            snapshots(meta, population, **shown)

    with_populations(meta, body)


@requirement("META-CHK-016")
def test_every_change_of_a_snapshot_has_a_kind(meta: MetaTarget) -> None:
    with_populations(meta, lambda population: snapshots(meta, population, thorough=True))


@requirement("META-CHK-017")
def test_view_and_mask_shape_a_snapshot(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        text = TEXTS[population.kind]
        ways: Sequence[dict[str, Any]] = (
            {"mask": ["name", text]},
            {"view": "NAME"},
            {"view": "NAME", "mask": ["metadata.labels"]},
            {"view": "FULL", "mask": [text]},
            {"mask": ["name", "metadata.create_time"]},
        )
        for shown in sampled(ways, 2):
            wanted = everything(meta, population, **shown)
            what = f"objects with {shown}"
            for type_ in TYPES:
                arguments = {**population.scope, **whole(type_), **shown}
                with watching(meta, population.kind, **arguments) as watch:
                    watch.snapshot()
                    shows(watch, wanted, what)

    with_populations(meta, body)


@requirement("META-CHK-027")
def test_what_cannot_be_read_fails_the_watch_at_once(meta: MetaTarget) -> None:
    for kind in kinds():
        scope = meta.population(kind, shared=True, least=0).scope
        text = TEXTS[kind]
        wrong: list[tuple[str, dict[str, Any]]] = [
            (type_, {**scope, "type": type_, **given})
            for type_ in TYPES
            for given in (
                {"filter": f"{text} ="},
                {"filter": 'nosuch = "x"'},
                {"mask": ["nosuch"]},
            )
        ]
        wrong += [
            ("stateful", {**scope, "type": "stateful", "order": order})
            for order in ("nosuch", f"{text} sideways", f"{text},,name")
        ]
        for type_, arguments in sampled(wrong, 4):
            given = {k: v for k in ("filter", "mask", "order") if (v := arguments.get(k))}
            with meta.watch(kind, **arguments) as stream:
                turned_down(partial(stream.first, patience(meta)), f"{type_} watch with {given}")


@requirement("META-CHK-028")
def test_watch_without_type_is_stateful(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for type_ in sampled((None, 0), 1):
            with meta.watch(population.kind, **population.scope, type=type_) as stream:
                messages = stream.snapshot(patience(meta))
            got = sorted({change.kind for m in messages for change in m.changes})
            what = "changes of a watch without type" if type_ is None else "changes of type 0"
            expect(got == ["added"], what, got=got, wanted=["added"])

    with_populations(meta, body)
