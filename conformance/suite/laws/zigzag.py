"""The law of walks to and fro: next and previous tokens are steps on one sorted list.

Any walk over an unchanging list shows what the list model shows at the boundaries observed so far:
a next page begins where the present one ends, a previous page ends where it begins, a token used
again leads where it led before. Pages may be shorter than asked, and the size may change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from hypothesis import strategies as st

from conformance.judging import expect
from conformance.oracles.meta.model import Page
from conformance.oracles.meta.paging import Step, Way, judge_zigzag

Turn = Callable[[int, str], Page]
"""One page by its size and token; the empty token is the first page."""

Move = tuple[Way, int]
"""Which way to go, and how many items the page may have."""

BACK = frozenset({"back", "no_prev"})
FORTH = frozenset({"start", "missing"})
AGAIN = frozenset({"again"})
FIRST = frozenset({"first_prev"})
SIZE = frozenset({"too_large"})

RULES: Mapping[str, str] = {
    "back": "the items that stand right before, in the order of the list",
    "no_prev": "a previous token where items stand before the page",
    "start": "the items that follow",
    "missing": "a next token where items are left",
    "again": "the same page for the same token",
    "first_prev": "no previous token on the first page",
    "too_large": "at most as many items as asked for",
}


def moves(most_size: int, *, length: int = 10) -> st.SearchStrategy[list[Move]]:
    """Walks of up to `length` moves over pages of up to `most_size` items."""
    way = st.sampled_from(("next", "next", "prev", "again"))
    return st.lists(st.tuples(way, st.integers(1, most_size)), min_size=3, max_size=length)


def straight(number: int, size: int) -> list[Move]:
    """To the end of so many items, back to the beginning, and once more forth and back."""
    pages = -(-number // size)
    there, back = [("next", size)] * pages, [("prev", size)] * pages
    return [*there, *back, *there[:2], *back[:1], *there[:1]]  # type: ignore[list-item]


def judge_moves(
    turn: Turn, order: Sequence[str], moves: Sequence[Move], codes: Collection[str]
) -> list[Step]:
    """Take a walk; fail on violations whose code is in `codes`.

    Args:
        turn: a page of a list that nobody changes.
        order: names of all its items in its order.
        moves: where a token is missing, the walk turns round.
        codes: those that matter.
    """
    steps = _taken(turn, moves)
    for violation in judge_zigzag(steps, order):
        if violation.code in codes:
            ways = ", ".join(f"{step.way} {step.size}" for step in steps)
            expect(
                False,
                f"walk to and fro over {len(order)} items ({ways})",
                got=violation.text,
                wanted=RULES[violation.code],
            )
    return steps


def _taken(turn: Turn, moves: Sequence[Move]) -> list[Step]:
    size = moves[0][1] if moves else 1
    steps = [Step(way="first", page=turn(size, ""), size=size)]
    token = ""
    for asked, size in moves:
        way, token = _where(steps[-1].page, asked, token)
        if not token:
            break  # the list has one page
        steps.append(Step(way=way, page=turn(size, token), size=size))
    return steps


def _where(page: Page, way: Way, last: str) -> tuple[Way, str]:
    """The way that can be gone from a page, and its token."""
    if way == "again" and last:
        return "again", last
    tokens: Mapping[Way, str] = {"next": page.next, "prev": page.prev}
    other: Way = "prev" if way == "next" else "next"
    return (way, tokens[way]) if tokens.get(way) else (other, tokens[other])
