"""What a watch of a collection tells of changes, and what it must not tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from conformance.judging import expect, observe, requirement, sampled
from conformance.oracles.meta.model import Change, Data
from conformance.suite.meta.changing import HIDDEN, INSIDE, TEXTS, Ground, ground
from conformance.suite.meta.reading import kinds
from conformance.suite.meta.watching import TYPES, Watch, watching, whole
from conformance.targets.meta import MetaTarget

ENTERS = {"stateful": "added", "stateless": "current"}
"""As what an item comes that was not in the view."""


@contextmanager
def both(own: Ground, **arguments: Any) -> Iterator[list[tuple[str, Watch]]]:
    """A watch of each type, with its snapshot read."""
    with ExitStack() as stack:
        watches = [
            (
                type_,
                stack.enter_context(
                    watching(own.target, own.kind, **{**own.scope, **whole(type_), **arguments})
                ),
            )
            for type_ in TYPES
        ]
        for _, watch in watches:
            watch.snapshot()
        yield watches


def told(changes: Sequence[Change]) -> list[str]:
    """Changes in words."""
    return [f"{change.kind} {change.name}" for change in changes]


def enters(type_: str, watch: Watch, item: Data, since: int, what: str) -> None:
    """Fail unless an item comes into a view as it should."""
    watch.until_holds(item["name"])
    got = told(watch.about(item["name"], since))
    wanted = f"{ENTERS[type_]} {item['name']}"
    expect(got and got[-1] == wanted, f"{what} ({type_} watch)", got=got, wanted=wanted)


@requirement("META-CHK-010", needs=["atomic"])
def test_large_changesets_are_cut(meta: MetaTarget) -> None:
    own, chunk = ground(meta, count=1), 3
    with both(own, chunk=chunk) as watches:
        batch = [own.draft(f"text {number}") for number in range(3 * chunk)]
        meta.hook.apply(batch)
        for type_, watch in watches:
            since = len(watch.messages)
            for item in batch:
                watch.until_holds(item["name"])
            sizes = [len(m.changes) for m in watch.messages[since:]]
            what = f"changes in messages, chunk size {chunk} ({type_} watch)"
            expect(max(sizes) <= chunk, what, got=sizes, wanted=f"at most {chunk}")
            closed = sum(m.is_current for m in watch.messages[since:])
            if closed > 1:
                observe(f"what was written at once comes in {closed} changesets ({type_} watch)")


@requirement("META-CHK-001", needs=["atomic"])
def test_no_message_of_a_changeset_is_larger_than_a_chunk(meta: MetaTarget) -> None:
    own = ground(meta, count=1)
    for chunk in sampled((1, 2), 1):
        with both(own, chunk=chunk) as watches:
            batch = [own.draft(f"text {number}") for number in range(2 * chunk + 1)]
            meta.hook.apply(batch)
            for _, watch in watches:
                for item in batch:
                    watch.until_holds(item["name"])


@requirement("META-CHK-002", needs=["mutate"])
def test_every_changeset_is_closed(meta: MetaTarget) -> None:
    own = ground(meta)
    for chunk in sampled((None, 1), 1):
        with both(own, chunk=chunk) as watches:
            own.alter(own.items[0], "changed")
            own.fence(*(watch for _, watch in watches))
            for _, watch in watches:
                watch.until_settled()


def lively(meta: MetaTarget, **arguments: Any) -> None:
    """Let everything happen that makes changes of each kind, and read it."""
    own = ground(meta)
    with both(own, **arguments) as watches:
        first, second, third = own.items[:3]
        own.bring(
            own.altered(first, "zzz"),
            own.altered(second, **{HIDDEN: "changed"}),
            str(third["name"]),
            own.draft(),
            watches=[watch for _, watch in watches],
        )


@requirement("META-CHK-009", needs=["mutate"])
def test_no_stateful_changeset_is_cut_without_being_asked(meta: MetaTarget) -> None:
    lively(meta)


@requirement("META-CHK-011", needs=["mutate"])
def test_changes_have_no_size(meta: MetaTarget) -> None:
    for chunk in sampled((None, 1), 1):
        lively(meta, chunk=chunk)


@requirement("META-CHK-012", needs=["mutate"])
def test_tokens_come_at_the_end_of_a_changeset(meta: MetaTarget) -> None:
    lively(meta, chunk=1)


@requirement("META-CHK-015", needs=["mutate"])
def test_every_changed_object_has_its_name(meta: MetaTarget) -> None:
    for shown in sampled(({}, {"mask": [TEXTS["regions"]]}), 1):
        lively(meta, **shown)


@requirement("META-CHK-016", needs=["mutate"])
def test_every_change_has_a_kind(meta: MetaTarget) -> None:
    lively(meta)


@requirement("META-CHK-017", needs=["mutate"])
def test_view_and_mask_shape_changes(meta: MetaTarget) -> None:
    for kind in kinds():
        own = ground(meta, kind)
        ways: Sequence[dict[str, Any]] = (
            {"mask": ["name", own.text]},
            {"view": "NAME", "mask": [own.text]},
        )
        for shown in sampled(ways, 1):
            with both(own, **shown) as watches:
                own.bring(
                    own.altered(own.items[0], "changed", **{HIDDEN: "changed"}),
                    own.draft("new"),
                    watches=[watch for _, watch in watches],
                )
                wanted = own.listed(**shown)
                for type_, watch in watches:
                    watch.converges(wanted, f"objects of changes with {shown} ({type_} watch)")


@requirement("META-CHK-018", needs=["mutate"])
def test_hidden_changes_are_not_told(meta: MetaTarget) -> None:
    for kind in kinds():
        own = ground(meta, kind, 2)
        item = own.items[0]
        ways: Sequence[dict[str, Any]] = ({"mask": ["name", own.text]}, {"view": "NAME"})
        for shown in sampled(ways, 1):
            with both(own, **shown) as watches:
                before = meta.get(item["name"], **shown)
                item = own.alter(item, **{HIDDEN: f"hidden from {shown}"})
                own.fence(*(watch for _, watch in watches))
                if meta.get(item["name"], **shown) != before:
                    observe(f"{shown} hides nothing")
                    continue
                for type_, watch in watches:
                    got = told(watch.about(item["name"], since=_snapshot(watch)))
                    what = f"changes told with {shown} of what they hide ({type_} watch)"
                    expect(not got, what, got=got, wanted="none")


@requirement("META-CHK-019", needs=["mutate"])
def test_what_begins_to_match_comes(meta: MetaTarget) -> None:
    for kind in kinds():
        own = ground(meta, kind, 3)
        where = own.narrowed(own.labelled(INSIDE, "yes"))
        with both(own, **where) as watches:
            item = own.alter(own.items[1], **{INSIDE: "yes"})
            for type_, watch in watches:
                enters(type_, watch, item, _snapshot(watch), "item that begins to match")


@requirement("META-CHK-020", needs=["mutate"])
def test_what_ceases_to_match_goes(meta: MetaTarget) -> None:
    for kind in kinds():
        own = ground(meta, kind, 3)
        inside = [own.altered(item, **{INSIDE: "yes"}) for item in own.items]
        meta.hook.change(inside)
        meta.hook.barrier()
        with both(own, **own.narrowed(own.labelled(INSIDE, "yes"))) as watches:
            own.alter(inside[1], **{INSIDE: "no"})
            for type_, watch in watches:
                _goes(type_, watch, inside[1]["name"], "item that ceases to match")


@requirement("META-CHK-021", needs=["mutate"])
def test_deletion_is_told_once(meta: MetaTarget) -> None:
    for kind in kinds():
        own = ground(meta, kind, 3)
        with both(own) as watches:
            name = own.remove(own.items[1])
            for type_, watch in watches:
                _goes(type_, watch, name, "item that was deleted")
            own.fence(*(watch for _, watch in watches))
            for type_, watch in watches:
                got = told(watch.about(name, _snapshot(watch)))
                what = f"changes told of what was deleted ({type_} watch)"
                expect(got == [f"removed {name}"], what, got=got, wanted="removed, once")


@requirement("META-CHK-022", needs=["mutate"])
def test_what_never_matches_is_never_told(meta: MetaTarget) -> None:
    for kind in kinds():
        own = ground(meta, kind, 2)
        with both(own, **own.narrowed(own.labelled(INSIDE, "yes"))) as watches:
            one, other = own.items
            own.alter(one, "churn")
            own.alter(other, **{INSIDE: "no"})
            made = own.make("churn", **{INSIDE: "no"})
            own.remove(other)
            marker = own.fence(*(watch for _, watch in watches), **{INSIDE: "yes"})
            outside = [item["name"] for item in (one, other, made)]
            for type_, watch in watches:
                got = [c for m in watch.messages for c in m.changes if c.name != marker["name"]]
                what = f"changes told of what never matched ({type_} watch)"
                expect(not got, what, got=told(got), wanted=f"none of {outside}")


@requirement("META-CHK-029", needs=["mutate"])
def test_entering_and_leaving_by_a_hidden_field(meta: MetaTarget) -> None:
    own = ground(meta, count=3)
    where = own.narrowed(own.labelled(INSIDE, "yes"))
    ways: Sequence[dict[str, Any]] = ({"view": "NAME"}, {"mask": ["name", own.text]})
    for shown in sampled(ways, 1):
        with both(own, **where, **shown) as watches:
            item = own.alter(own.items[1], **{INSIDE: "yes"})
            for type_, watch in watches:
                enters(type_, watch, item, _snapshot(watch), "item that enters by a hidden field")
            own.alter(item, **{INSIDE: "no"})
            for type_, watch in watches:
                _goes(type_, watch, item["name"], "item that leaves by a hidden field")


def _goes(type_: str, watch: Watch, name: str, what: str) -> None:
    """Fail unless an item is removed from a view."""
    since = len(watch.messages)
    watch.until_gone(name)
    got = told(watch.about(name, since))
    expect(
        got and got[-1] == f"removed {name}", f"{what} ({type_} watch)", got=got, wanted="removed"
    )


def _snapshot(watch: Watch) -> int:
    """How many messages the snapshot took."""
    return next((at for at, m in enumerate(watch.messages, 1) if m.is_current), 0)
