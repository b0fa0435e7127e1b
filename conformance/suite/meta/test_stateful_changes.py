"""Indices of a stateful watch: every change says where it happens, and is right when applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial

from conformance.judging import advise, by_depth, expect, observe, requirement, sampled
from conformance.oracles.meta.model import KINDS, Change
from conformance.oracles.meta.order import judge_order
from conformance.suite.meta.changing import HIDDEN, Ground, ladder, text_of
from conformance.suite.meta.reading import kinds, names
from conformance.suite.meta.watching import WHOLE, Watch, quieten, watching
from conformance.targets.meta import MetaTarget

LETTERS = "bdfhjln"
SIZES = (WHOLE, 3, 1)
MOVES = ((1, "i"), (4, "e"), (0, "z"), (3, "a"), (2, "ii"), (5, "c"))
"""Down and up between others, to the end, to the front, by one place, and back again."""


def busy(own: Ground) -> None:
    """Insert, move, modify and delete at both ends and between."""
    b, d, f, h, j, last_but_one, n = own.items
    made = [own.draft(text) for text in ("a", "e", "z", "c")]
    own.several(*made)
    own.several(
        own.altered(b, "k"),
        own.altered(j, "aa"),
        own.altered(f, "f", **{HIDDEN: "changed"}),
        str(made[0]["name"]),
        str(h["name"]),
        str(made[2]["name"]),
    )
    own.several(
        own.altered(n, "b"),
        own.altered(d, "zz"),
        own.altered(last_but_one, "l", **{HIDDEN: "changed"}),
    )
    if "atomic" in own.target.capabilities:
        batch = [own.altered(d, "a"), own.draft("g"), own.draft("zzz"), made[1]["name"]]
        own.target.hook.apply(batch)


def busily(meta: MetaTarget, judged: Callable[[Ground, Watch, str], None] | None = None) -> None:
    """Judge watches of several windows and orders while everything happens to them."""
    own = ladder(meta, LETTERS)
    orders = by_depth(full=(own.text, f"{own.text} desc", "name"), staging=(own.text,))
    with ExitStack() as stack:
        watches = [
            (
                order,
                stack.enter_context(
                    watching(meta, own.kind, **own.scope, order=order, size=size, chunk=chunk)
                ),
            )
            for order in orders
            for size in SIZES
            for chunk in by_depth(full=(None, 1), staging=(None,))
        ]
        for _, watch in watches:
            watch.snapshot()
        busy(own)
        meta.hook.barrier()
        quieten([watch for _, watch in watches])
        for order, watch in watches:
            if judged is not None:
                judged(own, watch, order)


@requirement("META-WST-002", needs=["mutate"])
def test_every_index_is_valid(meta: MetaTarget) -> None:
    busily(meta)


@requirement("META-WST-003", needs=["mutate"])
def test_view_is_sorted_after_every_changeset(meta: MetaTarget) -> None:
    shown: dict[str, list[str]] = {}

    def judged(own: Ground, watch: Watch, order: str) -> None:
        for number, view in enumerate(watch.strict.emitted, start=1):
            wrong = [
                v.text for v in judge_order(view.items, order, KINDS[own.kind]) if v.code == "order"
            ]
            what = f"view after changeset {number}, ordered by {order!r}"
            expect(not wrong, what, got="; ".join(wrong), wanted="sorted")
        # Nothing but the order is compared: what is missing is for other checks.
        if order not in shown:
            shown[order] = names(own.listed(order=order))
        listed = shown[order]
        got = [name for name in watch.sequence if name in listed]
        wanted = [name for name in listed if name in got]
        expect(
            got == wanted, f"view ordered by {order!r} when all is quiet", got=got, wanted=wanted
        )

    busily(meta, judged)


@requirement("META-WST-004", needs=["mutate"])
def test_modification_in_place_has_one_index(meta: MetaTarget) -> None:
    for kind in kinds():
        own = ladder(meta, LETTERS[:4], kind)
        for order, text in sampled((("name", "changed"), (own.text, None)), 1):
            with watching(meta, kind, **own.scope, order=order, size=WHOLE) as watch:
                watch.snapshot()
                everyone = names(own.listed(order=order))
                for at in (0, 1, 3):
                    name = everyone[at]
                    changes = _altered(own, watch, name, text, f"{order} {at}")
                    _stays(changes, at, f"modification in place, ordered by {order!r}")


def _stays(changes: Sequence[Change], at: int, what: str) -> None:
    kinds_ = [change.kind for change in changes]
    advise(kinds_ == ["modified"], what, got=kinds_, wanted="one Modified")
    for change in changes:
        got = (change.previous_view_index, change.view_index)
        wanted = (at, at) if change.kind == "modified" else (0, at)
        expect(got == wanted, f"indices of a {what}", got=got, wanted=wanted)


def _altered(own: Ground, watch: Watch, name: str, text: str | None, mark: str) -> list[Change]:
    """The changes that a modification makes, of which one has to come; `mark` is a new one."""
    since = len(watch.messages)
    shown_now = by_depth(full=own.complete, staging=watch.view.__getitem__)
    own.alter(shown_now(name), text, **{HIDDEN: mark})

    def shown() -> bool:
        held = watch.view.get(name, {})
        return watch.settled and text_of(held, f"metadata.labels.{HIDDEN}") == mark

    watch.until(shown, f"the modification of {name}")
    return watch.about(name, since)


@requirement("META-WST-005", needs=["mutate"])
def test_move_says_from_where_and_to_where(meta: MetaTarget) -> None:
    for kind in kinds():
        own = ladder(meta, LETTERS[:6], kind)
        with watching(meta, kind, **own.scope, order=own.text, size=WHOLE) as watch:
            watch.snapshot()
            after = names(own.listed(order=own.text))
            for at, text in by_depth(full=MOVES, staging=MOVES[:3]):
                before = after
                name = before[at]
                changes = _altered(own, watch, name, text, text)
                after = names(own.listed(order=own.text))
                to = after.index(name)
                _moves(changes, at, to, f"move from {at} to {to}")


def _moves(changes: Sequence[Change], at: int, to: int, what: str) -> None:
    """Fail unless these are a move; Removed and Added for it is only warned of."""
    found = [change.kind for change in changes]
    if found == ["removed", "added"]:
        advise(False, what, got="Removed and Added", wanted="Modified")
        got = (changes[0].view_index, changes[1].view_index)
    elif found == ["modified"]:
        got = (changes[0].previous_view_index, changes[0].view_index)
    else:
        expect(False, what, got=found, wanted="Modified")
        return
    expect(got == (at, to), f"indices of a {what}", got=got, wanted=(at, to))


@requirement("META-WST-006", needs=["mutate"])
def test_removal_says_where_the_item_stood(meta: MetaTarget) -> None:
    for size in sampled((WHOLE, 3), 1):
        own = ladder(meta, LETTERS)
        with watching(meta, own.kind, **own.scope, order=own.text, size=size) as watch:
            watch.snapshot()
            places = (1, 0, 1 if size != WHOLE else 3)
            for at in places[: by_depth(full=3, staging=2)]:
                since = len(watch.messages)
                name = own.remove(names(own.listed(order=own.text))[at])
                watch.until_gone(name)
                gone = [c for c in watch.about(name, since) if c.kind == "removed"]
                got = [change.view_index for change in gone]
                expect(got == [at], f"index of the removal of {name}", got=got, wanted=[at])
                if size != WHOLE:
                    watch.until(partial(_full, watch, size), f"a window of {size}")


def _full(watch: Watch, size: int) -> bool:
    return watch.settled and len(watch.names) == size


@requirement("META-WST-016", needs=["mutate"])
def test_move_by_a_hidden_field(meta: MetaTarget) -> None:
    own = ladder(meta, LETTERS[:4])
    item = own.items[0]
    arguments = {**own.scope, "order": own.text, "size": WHOLE, "view": "NAME"}
    with watching(meta, own.kind, **arguments) as watch:
        watch.snapshot()
        since = len(watch.messages)
        own.alter(item, "z")
        own.fence(watch, text="zz")
        changes = watch.about(item["name"], since)
    found = [change.kind for change in changes]
    what = "move by a field that the view hides"
    if not found:
        advise(False, what, got="not told", wanted="Modified with other indices")
        observe("silent", trait="M37")
        return
    observe("modified" if found == ["modified"] else "removed and added", trait="M37")
    last = changes[-1].view_index
    expect(last == 3, what, got=f"{found}, index {last}", wanted="index 3")
