"""What only stateless watches do, and may not do (seed 003, WatchType and the requests)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from conformance.failures import Refused
from conformance.judging import by_depth, expect, observe, requirement
from conformance.oracles.meta.model import Data
from conformance.suite.meta.changing import Ground, ground
from conformance.suite.meta.stateless import answer, crowd, following, judge_illegal, tag_of
from conformance.suite.meta.watching import Watch, steadily, watching
from conformance.targets.meta import MetaTarget

MANY = 130
"""More than any default of pages and chunks holds."""

ITEMS = 12


def change_all(held: Ground) -> list[Data]:
    """Every kind of change, one after the other; what was made last is a member of the filter."""
    first, second, third, *_ = held.items
    held.several(
        held.altered(first, "changed", inside="in"),
        held.draft("new", inside="in"),
        held.altered(second, inside="in"),
    )
    held.several(held.altered(second, "gone out", inside="out"), str(third["name"]))
    return [held.make("last", inside="in")]


@requirement("META-WSL-001", needs=["mutate"])
def test_changes_are_current_or_removed(meta: MetaTarget) -> None:
    held = ground(meta, count=4)
    inside = held.labelled("inside", "in")
    with following(held, chunk=2) as whole, following(held, filter=inside) as part:
        whole.snapshot()
        part.snapshot()
        (last,) = change_all(held)
        for watch in (whole, part):
            watch.until_holds(last["name"])


@requirement("META-WSL-005", needs=["mutate"])
def test_indices_stay_unset(meta: MetaTarget) -> None:
    held = ground(meta, count=4)
    with following(held, chunk=2) as watch:
        watch.snapshot()
        (last,) = change_all(held)
        watch.until_holds(last["name"])


@contextmanager
def interrupted(held: Ground) -> Iterator[tuple[Watch, Callable[[], None]]]:
    """A watch in chunks of 1 that has sent one item of its snapshot, and what lets it go on.

    Where the hook cannot hold it up, what happens then may also come after the snapshot.
    """
    hook, tag = held.target.hook, tag_of(held.target)
    pauses = "fault.pause" in hook.capabilities
    if pauses:
        hook.fault("pause_emission", tag=tag, after_chunks=1)
    with following(held, chunk=1, tag=tag) as watch:
        watch.until(lambda: watch.messages, "a first message")

        def release() -> None:
            if pauses:
                hook.fault("resume_emission", tag=tag)

        yield watch, release


@requirement("META-WSL-002", needs=["mutate"])
def test_nothing_is_removed_inside_the_snapshot(meta: MetaTarget) -> None:
    held = ground(meta, count=ITEMS)
    with interrupted(held) as (watch, release):
        held.several(*(str(item["name"]) for item in held.items[:2] + held.items[-2:]))
        release()
        watch.snapshot()


@requirement("META-WSL-007", needs=["mutate"])
def test_changes_during_the_snapshot_are_not_lost(meta: MetaTarget) -> None:
    held = ground(meta, count=ITEMS)
    with interrupted(held) as (watch, release):
        made = held.draft("made")
        held.several(
            held.altered(held.items[0], "changed"),
            held.altered(held.items[-1], "changed"),
            str(held.items[1]["name"]),
            str(held.items[-2]["name"]),
            made,
        )
        release()
        watch.snapshot()
        observe("snapshot" if made["name"] in watch.names else "next changeset", trait="M23")
        held.fence(watch)
        watch.converges(held.listed(), "view after changes during the snapshot")


@requirement("META-WSL-003")
def test_what_belongs_to_stateful_watches_is_refused(meta: MetaTarget) -> None:
    population = meta.population("regions", shared=True, least=0)
    token = meta.list("regions", size=1, **population.scope).next
    fields = {"page_size": {"size": 1}, "order_by": {"order": "title"}}
    if token:
        fields["page_token"] = {"token": token}
    for field, arguments in fields.items():

        def judged(truth: list[Data], arguments: Any = arguments, field: str = field) -> None:
            found = answer(meta, "regions", type="stateless", **arguments, **population.scope)
            refused = judge_illegal(found, f"{field} in a stateless watch")
            if refused or isinstance(found, Refused):
                return
            shown = {change.name for message in found for change in message.changes}
            missing = sorted({item["name"] for item in truth} - shown)
            expect(
                not missing,
                f"snapshot of a stateless watch with {field}",
                got=f"without {missing}",
                wanted="a refusal, or as without the field",
            )

        steadily(meta, "regions", judged, **population.scope)


@requirement("META-WSL-004")
def test_there_are_no_page_tokens(meta: MetaTarget) -> None:
    population = meta.population("regions", shared=True, least=0)
    for chunk in (2, None):
        with watching(meta, "regions", type="stateless", chunk=chunk, **population.scope) as watch:
            watch.snapshot()


@requirement("META-WSL-006")
def test_the_snapshot_is_not_capped(meta: MetaTarget) -> None:
    count = by_depth(full=MANY, staging=20)
    population = crowd(meta, count=count, shared=True)

    def judged(truth: list[Data]) -> None:
        with watching(meta, population.kind, type="stateless", **population.scope) as watch:
            watch.snapshot()
            got, wanted = len(watch.names), len(truth)
        expect(got == wanted, "items of a stateless snapshot", got=got, wanted=f"{wanted}, as List")

    steadily(meta, population.kind, judged, **population.scope)
