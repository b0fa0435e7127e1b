"""Short ways to write faults and variants of the tasks endpoint down."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from conformance.mutants.change import Changes, Mutant, Variant
from conformance.mutants.tasks.book import Book, Code, Refuse
from conformance.mutants.tasks.filters import Parser, Predicate

RACE_S = 0.05
"""How long a call that is not alone takes to write what it has decided."""


def fault(id_: str, sentence: str, changes: Changes, *kills: str, auth: bool = False) -> Mutant:
    """A fault of the tasks endpoint; `kills` are ids without their `TSK-`."""
    return Mutant(
        id=f"tasks-{id_}",
        sentence=sentence,
        changes=changes,
        kills=tuple(f"TSK-{kill}" for kill in kills),
        credentials="bearer" if auth else "none",
        api="tasks",
    )


def variant(
    id_: str, sentence: str, trait: str, changes: Changes, *near: str, auth: bool = False
) -> Variant:
    """A legal variant of the tasks endpoint; `trait` is the rule that leaves it free."""
    return Variant(
        id=f"tasks-{id_}",
        sentence=sentence,
        trait=trait,
        changes=changes,
        near=tuple(f"TSK-{kill}" for kill in near),
        credentials="bearer" if auth else "none",
        api="tasks",
    )


def reading(parser: type[Parser]) -> Changes:
    """Filters read in another way."""

    def read_filter(collection: Any, text: str) -> Predicate:
        return parser(collection, text).read()

    return {"read_filter": read_filter}


def recoded(hook: Callable[..., Any], code: Code, *, of: Code | None = None) -> Callable[..., Any]:
    """A hook whose refusals have another status; `of`: only those with this one."""

    def changed(*arguments: Any) -> Any:
        try:
            return hook(*arguments)
        except Refuse as refusal:
            if of is None or refusal.code is of:
                refusal.code = code
            raise

    return changed


def silent(hook: Callable[..., Any], instead: Any = None) -> Callable[..., Any]:
    """A hook that never refuses."""

    def changed(*arguments: Any) -> Any:
        try:
            return hook(*arguments)
        except Refuse:
            return instead

    return changed


@contextmanager
def crowded(book: Book, method: str) -> Iterator[None]:
    """Nobody waits for anybody."""
    yield


def slowly(hook: Callable[..., Any]) -> Callable[..., Any]:
    """A hook that takes its time after it has decided."""

    def changed(*arguments: Any) -> Any:
        result = hook(*arguments)
        time.sleep(RACE_S)
        return result

    return changed
