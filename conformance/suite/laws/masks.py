"""The law of masked updates: an update is one whole step, or none, and its answer is what is kept.

What a mask means is the business of each API's oracle; here stands what holds whatever it means.
Versions are anything that grows with each change: update times, revisions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from itertools import pairwise
from threading import Barrier
from typing import Any, Protocol, TypeVar

import grpc

from conformance.judging import Refused, attempt, expect, refused

V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)
U_contra = TypeVar("U_contra", contravariant=True)
E = TypeVar("E")
S = TypeVar("S")

TURNED_AWAY = frozenset(
    {
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""Statuses by which one of several writers at a time may be asked to try again."""


class Readable(Protocol[V_co]):
    """An API from which one item can be read."""

    def get(self, key: int, /) -> V_co:
        """The item as it stands."""


class Updatable(Readable[V_co], Protocol[V_co, U_contra]):
    """An API that updates one item by a mask."""

    def update_with(
        self, key: int, update: U_contra, paths: Collection[str] | None = None, /
    ) -> V_co:
        """The item after the update; raises Refused."""


def changes(before: Any, after: Any) -> Mapping[str, str]:
    """The fields of two dataclass values that differ, each as `before -> after`."""
    if not (is_dataclass(before) and is_dataclass(after)):
        return {} if before == after else {"value": f"{before!r} -> {after!r}"}
    return {
        field.name: f"{one!r} -> {other!r}"
        for field in fields(before)
        if field.compare
        and (one := getattr(before, field.name)) != (other := getattr(after, field.name))
    }


def expect_unchanged(api: Readable[V], key: int, before: V, what: str) -> None:
    """Fail unless the item is, metadata included, what it was before."""
    after = api.get(key)
    expect(after == before, f"item after {what}", got=changes(before, after), wanted="no change")


def expect_kept(api: Readable[V], key: int, answer: V, what: str) -> None:
    """Fail unless the item is what the update answered."""
    stored = api.get(key)
    expect(
        stored == answer,
        f"item read after {what}",
        got=changes(answer, stored),
        wanted="what the update answered",
    )


def refused_without_trace(
    api: Readable[V],
    key: int,
    before: V,
    change: Callable[[], Any],
    codes: Collection[grpc.StatusCode],
    what: str,
) -> None:
    """Fail unless `change` is refused with one of `codes` and the item stays as it was."""
    refused(change, codes, what)
    expect_unchanged(api, key, before, what)


def explained_update(
    api: Updatable[V, U_contra],
    key: int,
    before: V,
    update: U_contra,
    paths: Sequence[str],
    *,
    explain: Callable[[V | None], Sequence[E]],
    wanted: Callable[[], str],
    codes: Collection[grpc.StatusCode],
) -> tuple[V, Sequence[E]]:
    """Update, and fail unless an accepted outcome explains the answer; a refusal changes nothing.

    Args:
        api: where.
        key: of the item.
        before: the item as it stands.
        update: the values sent.
        paths: the mask sent.
        explain: the accepted outcomes that agree with an answer (None: refused).
        wanted: the accepted outcomes in words.
        codes: with which a refusal may be made.

    Returns:
        The item afterwards and the outcomes that explain it.
    """
    what = f"update of {', '.join(paths) or 'an empty mask'}"
    answer = attempt(lambda: api.update_with(key, update, paths))
    if isinstance(answer, Refused):
        said = f"{answer.code.name}: {answer.details}"
        expect(answer.code in codes, what, got=said, wanted=frozenset(codes))
        outcomes = explain(None)
        expect(outcomes, what, got=said, wanted=wanted())
        expect_unchanged(api, key, before, f"the refused {what}")
        return before, outcomes
    outcomes = explain(answer)
    expect(outcomes, what, got=changes(before, answer) or "no change", wanted=wanted())
    return answer, outcomes


def versions_grow(versions: Sequence[int], what: str) -> None:
    """Fail unless each version is larger than the one before."""
    for number, (one, other) in enumerate(pairwise(versions), start=1):
        expect(
            other > one,
            f"{what} after update {number}",
            got=other,
            wanted=f"later than {one}",
        )


def writers_take_turns(
    write: Callable[[S], S], read: Callable[[], S], states: Sequence[S], what: str
) -> None:
    """Fail unless updates made at the same time leave one of their states, and never a mixture.

    Args:
        write: brings about a whole state and returns the state answered.
        read: the state as it stands.
        states: one for each writer, different in every part.
        what: the item.
    """
    allowed = [*states, read()]
    line = Barrier(len(states))

    def run(state: S) -> tuple[S | Refused, S]:
        line.wait(timeout=10)
        return attempt(lambda: write(state)), read()

    with ThreadPoolExecutor(len(states)) as pool:
        results = list(pool.map(run, states))
    written = [answer for answer, _ in results if not isinstance(answer, Refused)]
    away = [answer for answer, _ in results if isinstance(answer, Refused)]
    for refusal in away:
        expect(
            refusal.code in TURNED_AWAY,
            f"one of {len(states)} updates of {what} at the same time",
            got=f"{refusal.code.name}: {refusal.details}",
            wanted="OK, or a status that asks to try again",
        )
    expect(written, f"updates of {what} at the same time", got="all refused", wanted="one at least")
    for seen in [*written, *(state for _, state in results)]:
        expect(seen in allowed, f"{what} during the updates", got=seen, wanted=allowed)
    final = read()
    expect(final in written, f"{what} after the updates", got=final, wanted=written)
