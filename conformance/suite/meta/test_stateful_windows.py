"""Which resources a stateful watch shows: the window that its page chooses (seed 003)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Any

from conformance.judging import advise, by_depth, expect, observe, requirement, sampled
from conformance.oracles.meta.history import difference
from conformance.oracles.meta.model import Data, Page
from conformance.suite.meta.changing import HIDDEN, TEXTS, Ground, ladder
from conformance.suite.meta.reading import everything, names, with_populations
from conformance.suite.meta.watching import WHOLE, Watch, watching
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population

PAGE = 3

FEW_STEPS = 5
"""So many of the steps are taken where calls are few: a window moves over both its ends."""


def shows(watch: Watch, wanted: Sequence[Data], what: str) -> None:
    """Fail unless a window is this, in this order, by the indices of its changes."""
    expected = names(wanted)
    expect(watch.sequence == expected, what, got=watch.sequence, wanted=expected)


@requirement("META-WST-001")
def test_indices_of_a_snapshot_give_the_order_of_the_list(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        text = TEXTS[population.kind]
        orders = ("", "name desc", text, f"{text} desc", f"{text},name desc")
        for order in by_depth(full=orders, staging=orders[1:3]):
            wanted = everything(meta, population, order=order)
            for chunk in sampled((None, 2), 1):
                with watching(
                    meta, population.kind, **population.scope, order=order, size=WHOLE, chunk=chunk
                ) as watch:
                    watch.snapshot()
                    shows(watch, wanted, f"order of a snapshot ordered by {order or 'default'!r}")

    with_populations(meta, body, least=3)


@requirement("META-WST-007")
def test_window_is_the_page_of_the_list(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for order in sampled(("", f"{TEXTS[population.kind]} desc"), 1):
            for size in by_depth(full=(1, PAGE, len(population.items)), staging=(2,)):
                _walks(meta, population, order, size)

    with_populations(meta, body, least=4)


def _walks(meta: MetaTarget, population: Population, order: str, size: int) -> None:
    """Compare windows with pages, forward and one step back."""
    token, back = "", ""
    most = len(population.items) // size + 2
    for number in range(by_depth(full=most, staging=min(most, 4))):
        page = meta.list(population.kind, **population.scope, size=size, token=token, order=order)
        _same(meta, population, page, f"window on page {number + 1}", order, size, token)
        back, token = page.prev, page.next
        if not token:
            break
    if back:
        page = meta.list(population.kind, **population.scope, size=size, token=back, order=order)
        _same(meta, population, page, "window one page back", order, size, back)


def _same(
    meta: MetaTarget, own: Population, page: Page, what: str, order: str, size: int, token: str
) -> None:
    scope = {**own.scope, "order": order}
    expected = names(page.items)
    with watching(meta, own.kind, **scope, size=size, token=token) as watch:
        watch.snapshot()
    got = watch.sequence
    if len(expected) < len(got) <= size and page.next:
        # A list may always show less than it was asked for; a window need not.
        everyone = names(everything(meta, own, order=order))
        begin = everyone.index(got[0]) if got[0] in everyone else 0
        if set(expected) <= set(got):
            expected = everyone[begin : begin + len(got)]
    expect(got == expected, f"{what}, page size {size}", got=got, wanted=expected)


@requirement("META-WST-008", needs=["mutate"])
def test_window_stays_the_page_of_the_list(meta: MetaTarget) -> None:
    own = ladder(meta, "bdfhjln")
    for order in sampled((own.text, f"{own.text} desc"), 1):
        first = meta.list(own.kind, **own.scope, size=PAGE, order=order)
        windows: list[dict[str, Any]] = [
            {"size": PAGE, "token": token, "order": order} for token in ("", first.next)
        ]
        with ExitStack() as stack:
            watches = [
                (window, stack.enter_context(watching(meta, own.kind, **own.scope, **window)))
                for window in windows
            ]
            for _, watch in watches:
                watch.snapshot()
            for step in islice(_steps(own), by_depth(full=None, staging=FEW_STEPS)):
                meta.hook.barrier()
                for window, watch in watches:
                    page = meta.list(own.kind, **own.scope, **window)
                    watch.converges(page.items, f"window after {step}", ordered=True)


def _steps(own: Ground) -> Iterator[str]:
    """Change this and that before, inside and behind windows; at the end all is as before."""
    b, d, f, h, j, *_ = own.items
    made = [own.make("a")]
    yield "an insertion at the very front"
    made.append(own.make("e"))
    yield "an insertion among the first"
    made.append(own.make("z"))
    yield "an insertion at the very end"
    own.remove(d)
    yield "a deletion among the first"
    own.alter(b, "b", **{HIDDEN: "changed"})
    yield "a modification without a move"
    own.alter(f, "k")
    yield "a move from the first to the last"
    own.alter(h, "aa")
    yield "a move to the front"
    own.remove(j)
    yield "a deletion further behind"
    for item in made:
        own.remove(item)
    yield "several deletions"
    for item, text in ((d, "d"), (f, "f"), (h, "h"), (j, "j")):
        own.make(text, name=item["name"])
    yield "several insertions"


@requirement("META-WST-009", needs=["mutate"])
def test_page_tokens_lead_to_the_neighbours_of_the_window(meta: MetaTarget) -> None:
    own = ladder(meta, "bdfhjlnp")
    order = own.text
    first = meta.list(own.kind, **own.scope, size=PAGE, order=order)
    for token in by_depth(full=("", first.next), staging=(first.next,)):
        with watching(meta, own.kind, **own.scope, order=order, size=PAGE, token=token) as watch:
            watch.snapshot()
            at_first = watch.messages[-1].page_tokens is not None
            _neighbours(own, watch, token, "at first")
            entered = own.make("i" if token else "c")
            _agrees(own, watch, order, token)
            if by_depth(full=True, staging=False):
                _neighbours(own, watch, token, "after an insertion into the window")
            own.remove(entered)
            _agrees(own, watch, order, token)
            # Tokens that changed may be told with the next change inside.
            inside = watch.items[0]
            own.alter(own.complete(inside["name"]), **{HIDDEN: "changed"})
            _agrees(own, watch, order, token)
            _neighbours(own, watch, token, "after a deletion in the window")
            told = [m.page_tokens is not None for m in watch.messages if m.is_current]
            rule = "first and changed" if at_first else "changed"
            observe("always" if all(told) and len(told) > 4 else rule, trait="M31")


def _agrees(own: Ground, watch: Watch, order: str, token: str) -> None:
    own.target.hook.barrier()
    page = own.target.list(own.kind, **own.scope, size=PAGE, order=order, token=token)
    watch.converges(page.items, "window", ordered=True)


def _neighbours(own: Ground, watch: Watch, token: str, when: str) -> None:
    """Fail unless the latest tokens lead to what stands before and behind the window."""
    told = [m.page_tokens for m in watch.messages if m.page_tokens is not None]
    if not told:
        advise(False, f"page tokens {when}", got="none told", wanted="those of the window")
        return
    before, after = told[-1]
    order = own.text
    everyone = names(everything(own.target, own.population, order=order))
    shown = [name for name in watch.names if name in everyone]
    expect(shown, f"window {when}", got="nothing that is listed", wanted=everyone)
    behind = everyone[everyone.index(shown[-1]) + 1 :]
    ahead = everyone[: everyone.index(shown[0])]
    if behind:
        what = f"page behind the window {when}"
        expect(after, what, got="no token", wanted=behind[:PAGE])
        page = own.target.list(own.kind, **own.scope, size=PAGE, order=order, token=after)
        got = names(page.items)
        expect(got and got == behind[: len(got)], what, got=got, wanted=behind[:PAGE])
    if ahead and token:
        what = f"page before the window {when}"
        expect(before, what, got="no token", wanted=ahead[-PAGE:])
        page = own.target.list(own.kind, **own.scope, size=PAGE, order=order, token=before)
        got = names(page.items)
        expect(got and got == ahead[-len(got) :], what, got=got, wanted=ahead[-PAGE:])


@requirement("META-WST-014")
def test_watch_opened_again_begins_with_everything(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        wanted = everything(meta, population)
        arguments = {**population.scope, "size": WHOLE, "chunk": 2}
        for time in ("first", "second"):
            with watching(meta, population.kind, **arguments) as watch:
                messages = watch.snapshot()
            kinds = sorted({change.kind for m in messages for change in m.changes})
            what = f"snapshot of the {time} watch"
            expect(kinds == ["added"], what, got=kinds, wanted="Added only")
            wrong = difference(watch.items, wanted)
            expect(not wrong, what, got=wrong, wanted="what List shows")

    with_populations(meta, body)


@requirement("META-WST-015")
def test_window_without_a_size(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        wanted = names(everything(meta, population))
        with watching(meta, population.kind, **population.scope) as watch:
            messages = watch.snapshot()
        got = watch.names
        what = "window without page and chunk size"
        expect(got == wanted[: len(got)], what, got=got, wanted=wanted)
        observe("not capped" if got == wanted else "capped", trait="M45")
        if got == wanted:
            return
        told = messages[-1].page_tokens
        token = told[1] if told else ""
        what = "page behind a window that was capped"
        expect(token, what, got="no token", wanted=wanted[len(got) :])
        page = meta.list(population.kind, **population.scope, token=token)
        rest = names(page.items)
        begin = len(got)
        expect(rest and rest == wanted[begin : begin + len(rest)], what, got=rest, wanted=wanted)

    with_populations(meta, body, least=3)
