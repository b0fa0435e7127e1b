import pytest

from conformance.failures import Nonconformance
from conformance.oracles.meta.model import Page
from conformance.suite.laws.zigzag import BACK, FORTH, Move, judge_moves, straight
from conformance.tests.checking import running

NAMES = [f"regions/r{at}" for at in range(5)]


def turn(size: int, token: str) -> Page:
    """A page of NAMES; tokens say where it begins or, negative, where it ends."""
    at = int(token or 0)
    begin, end = (max(0, -at - size), -at) if at < 0 else (at, min(at + size, len(NAMES)))
    items = tuple({"name": name} for name in NAMES[begin:end])
    return Page(
        items=items,
        prev=str(-begin) if begin else "",
        next=str(end) if end < len(NAMES) else "",
    )


def short(size: int, token: str) -> Page:
    """The same with pages of one item, whatever is asked for."""
    return turn(1, token)


def reversed_back(size: int, token: str) -> Page:
    """The same with pages before in reverse."""
    page = turn(size, token)
    return page if int(token or 0) >= 0 else Page(items=page.items[::-1], next=page.next)


def without_return(size: int, token: str) -> Page:
    """The same, but pages before have no next token."""
    page = turn(size, token)
    return page if int(token or 0) >= 0 else Page(items=page.items, prev=page.prev)


WAY: list[Move] = [("next", 2), ("prev", 1), ("again", 1), ("next", 3), ("prev", 2)]


@pytest.mark.parametrize("pages", [turn, short])
@pytest.mark.parametrize("way", [WAY, straight(5, 2), straight(5, 1)])
def test_walks_over_a_right_list_pass(pages: object, way: list[Move]) -> None:
    with running():
        steps = judge_moves(pages, NAMES, way, BACK | FORTH)  # type: ignore[arg-type]
    assert len(steps) == len(way) + 1


def test_page_before_in_reverse_is_found() -> None:
    with running(), pytest.raises(Nonconformance, match="in the order of the list"):
        judge_moves(reversed_back, NAMES, straight(5, 2), BACK)


def test_page_before_without_a_way_forth_is_found() -> None:
    with running(), pytest.raises(Nonconformance, match="items are left"):
        judge_moves(without_return, NAMES, straight(5, 2), FORTH)


def test_codes_that_do_not_matter_are_silent() -> None:
    with running():
        judge_moves(without_return, NAMES, straight(5, 2), BACK)
