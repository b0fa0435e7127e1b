"""Faults in pages, their tokens and what they show."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from typing import Any

from conformance.mutants.services import straight
from conformance.mutants.services.book import Code, Refuse, State
from conformance.mutants.services.making import fault

Mask = frozenset[str] | None
Given = Sequence[State]


def hundred(asked: int) -> int:
    """Pages without a size have a hundred services."""
    return straight.size(asked or 100)


def refuses_huge(asked: int) -> int:
    """Sizes above 1000 are refused."""
    if asked > straight.MOST_SIZE:
        raise Refuse(Code.INVALID_ARGUMENT, "page_size is too large")
    return straight.size(asked)


def negative_breaks(asked: int) -> int:
    """A negative size is an internal error."""
    if asked < 0:
        raise Refuse(Code.INTERNAL, "slice bounds out of range")
    return straight.size(asked)


def one_more(states: Given, most: int) -> list[State]:
    """A page has one service more than asked for."""
    return list(states[: most + 1])


def shows_less(states: Given, most: int) -> list[State]:
    """Lists leave out the times."""
    return [{**state, "last_inactive_time": None} for state in straight.page(states, most)]


def again(states: Given, id_: str) -> list[State]:
    """Every page begins with the last service of the one before."""
    return [state for state in states if str(state["id"]).encode() >= id_.encode()]


def skipping(states: Given, id_: str) -> list[State]:
    """The first service behind a page is skipped."""
    return straight.after(states, id_)[1:]


def anew(states: Given, id_: str) -> list[State]:
    """Behind a service that was deleted, a walk begins anew."""
    known = any(state["id"] == id_ for state in states)
    return straight.after(states, id_) if known else list(states)


def lost(states: Given, id_: str) -> list[State]:
    """Behind a service that was deleted there is nothing."""
    known = any(state["id"] == id_ for state in states)
    return straight.after(states, id_) if known else []


def dead_end(states: Given, id_: str) -> list[State]:
    """Behind a service that was deleted there is an internal error."""
    if not any(state["id"] == id_ for state in states):
        raise Refuse(Code.INTERNAL, "index out of range")
    return straight.after(states, id_)


def endless(states: Given, shown: Given, sealed: Any) -> str:
    """Every page has a token; behind the last one a walk begins anew."""
    return str(sealed(shown[-1]["id"] if len(shown) < len(states) else ""))


def shuffled(states: Iterable[State]) -> list[State]:
    """Each answer has an order of its own."""
    mixed = straight.order(states)
    random.Random(time.time_ns()).shuffle(mixed)
    return mixed


def alphabetical(states: Iterable[State]) -> list[State]:
    """Capitals stand beside small letters, though a token goes by bytes."""
    return sorted(straight.order(states), key=lambda state: str(state["id"]).lower())


def any_token(token: str) -> str:
    """Text that is no token begins a walk anew."""
    try:
        return straight.unseal(token)
    except Refuse:
        return ""


def loses_id(state: State, mask: Mask) -> State:
    """Masks never leave the id."""
    return state if mask is None else straight.masked(state, mask - {"id"})


class Numbered:
    """Tokens that number the pages of whatever size is asked for.

    The three hooks are called one after the other under the lock of the book.
    """

    def __init__(self) -> None:
        self.most = self.page = 0

    def size(self, asked: int) -> int:
        """Begins an answer."""
        self.most, self.page = straight.size(asked), 0
        return self.most

    def after(self, states: Given, id_: str) -> list[State]:
        """Counts the pages before by the size of this one."""
        self.page = int(id_) if id_.isdecimal() else 0
        return list(states[self.page * self.most :])

    def next_token(self, states: Given, shown: Given, sealed: Any) -> str:
        """The number of the next page."""
        return str(sealed(str(self.page + 1))) if len(shown) < len(states) else ""


NUMBERED = Numbered()

MUTANTS = (
    fault("list-hundred", "A page has 100 services by default.", {"size": hundred}, "SVC-LST-001"),
    fault("list-one-more", "Pages are too large by one.", {"page": one_more}, "SVC-LST-002"),
    fault(
        "list-refuses-huge", "Sizes above 1000 are refused.", {"size": refuses_huge}, "SVC-LST-003"
    ),
    fault(
        "list-again",
        "Pages overlap by one service.",
        {"after": again},
        "SVC-LST-004",
        "SVC-LST-005",
    ),
    fault(
        "list-alphabetical",
        "Lists are sorted by the alphabet, and tokens go by bytes.",
        {"order": alphabetical},
        "SVC-LST-004",
    ),
    fault("list-skips", "A service is lost between pages.", {"after": skipping}, "SVC-LST-004"),
    fault("list-endless", "A walk has no end.", {"next_token": endless}, "SVC-LST-005"),
    fault(
        "list-begins-anew",
        "Behind a deleted service a walk begins anew.",
        {"after": anew},
        "SVC-LST-006",
    ),
    fault(
        "list-ends-early",
        "Behind a deleted service a walk ends.",
        {"after": lost},
        "SVC-LST-006",
        "SVC-LST-009",
    ),
    fault(
        "list-dead-end",
        "A token behind a deleted service is an internal error.",
        {"after": dead_end},
        "SVC-LST-009",
    ),
    fault("list-shuffled", "Lists have no order.", {"order": shuffled}, "SVC-LST-007"),
    fault("list-any-token", "Any text is a token.", {"unseal": any_token}, "SVC-LST-008"),
    fault(
        "list-total-off",
        "The total is too large by one.",
        {"total": lambda states: len(states) + 1},
        "SVC-LST-010",
    ),
    fault(
        "mask-loses-id",
        "Masks never leave the id.",
        {"masked": loses_id},
        "SVC-LST-011",
        "SVC-GET-004",
    ),
    fault(
        "list-negative-internal",
        "A negative size is an internal error.",
        {"size": negative_breaks},
        "SVC-LST-012",
    ),
    fault("list-shows-less", "List leaves out times.", {"page": shows_less}, "SVC-LST-013"),
    fault(
        "list-numbered",
        "Tokens number pages of the present size.",
        {
            "size": NUMBERED.size,
            "after": NUMBERED.after,
            "next_token": NUMBERED.next_token,
        },
        "SVC-LST-014",
        "SVC-LST-006",
    ),
)
