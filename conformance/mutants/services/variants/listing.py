"""Legal variants of pages, their tokens and totals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from conformance.mutants.services import straight
from conformance.mutants.services.book import Code, Refuse, State
from conformance.mutants.services.making import variant

Given = Sequence[State]

SHORT = 3
"""The most that pages have where a server cuts them short."""


class FullPages:
    """Every full page has a token, the last one, too.

    Both hooks are called one after the other under the lock of the book.
    """

    def __init__(self) -> None:
        self.most = 0

    def size(self, asked: int) -> int:
        """The size of a page, noted for its token."""
        self.most = straight.size(asked)
        return self.most

    def next_token(self, states: Given, shown: Given, sealed: Any) -> str:
        """A token wherever the page is full."""
        return str(sealed(shown[-1]["id"])) if len(shown) == self.most else ""


FULL_PAGES = FullPages()


def short(asked: int) -> int:
    """Pages are cut short."""
    return min(straight.size(asked), SHORT)


def never_negative(asked: int) -> int:
    """A negative size is none."""
    return straight.size(max(0, asked))


def strict_after(states: Given, id_: str) -> list[State]:
    """A token behind a service that was deleted is refused."""
    if not any(state["id"] == id_ for state in states):
        raise Refuse(Code.INVALID_ARGUMENT, "bad page token")
    return straight.after(states, id_)


def newest_last(states: Iterable[State]) -> list[State]:
    """In the order in which services were made."""
    return list(states)


def behind(states: Given, id_: str) -> list[State]:
    """What was made after a service; the name of one that is gone tells nothing."""
    ids = [state["id"] for state in states]
    if id_ not in ids:
        raise Refuse(Code.INVALID_ARGUMENT, "bad page token")
    return list(states[ids.index(id_) + 1 :])


def descending(states: Iterable[State]) -> list[State]:
    """From the last id to the first."""
    return straight.order(states)[::-1]


def below(states: Given, id_: str) -> list[State]:
    """The services of lower ids."""
    return [state for state in states if str(state["id"]).encode() < id_.encode()]


VARIANTS = (
    variant(
        "list-full-page-goes-on",
        "A full page has a token although nothing follows.",
        "S24",
        {"next_token": FULL_PAGES.next_token, "size": FULL_PAGES.size},
        "SVC-LST-005",
        "SVC-LST-003",
    ),
    variant(
        "list-total-unknown",
        "The total is 0 for unknown.",
        "SVC-LST-010",
        {"total": lambda states: 0},
        "SVC-LST-003",
        "SVC-LST-005",
        "SVC-LST-010",
    ),
    variant(
        "list-short-pages",
        "Pages are cut short.",
        "SVC-LST-002",
        {"size": short},
        "SVC-LST-003",
        "SVC-LST-004",
        "SVC-LST-005",
        "SVC-LST-006",
        "SVC-LST-011",
    ),
    variant(
        "list-negative-default",
        "A negative size is none.",
        "SVC-LST-012",
        {"size": never_negative},
        "SVC-LST-012",
    ),
    variant(
        "list-strict-token",
        "A token behind a deleted service is refused.",
        "S16",
        {"after": strict_after},
        "SVC-LST-006",
        "SVC-LST-009",
    ),
    variant(
        "list-by-age",
        "Lists are ordered by age.",
        "SVC-LST-007",
        {"order": newest_last, "after": behind},
        "SVC-LST-006",
        "SVC-LST-007",
        "SVC-LST-009",
    ),
    variant(
        "list-descending",
        "Lists are ordered from the last id to the first.",
        "SVC-LST-007",
        {"order": descending, "after": below},
        "SVC-LST-006",
        "SVC-LST-009",
    ),
)
