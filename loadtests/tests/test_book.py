from __future__ import annotations

from conformance.oracles.model import Page
from loadtests.book import Book, judge_pages

GRID = 7


def pages(*keys: tuple[int, ...], end: str | None = None) -> list[Page]:
    tokens = [f"t{n}" for n in range(1, len(keys))] + [end]
    return [Page(keys=k, next_token=t, asked=2) for k, t in zip(keys, tokens, strict=True)]


def codes(walk: list[Page], untouched: set[int]) -> list[str]:
    return [violation.code for violation in judge_pages(walk, untouched)]


def test_what_stood_still_appears_once() -> None:
    assert codes(pages((1, 2), (3,)), {1, 2, 3}) == []


def test_a_missing_and_a_repeated_item_are_caught() -> None:
    assert codes(pages((1, 2), (2,)), {1, 2, 3}) == ["duplicate", "missing"]


def test_what_was_written_meanwhile_may_move() -> None:
    assert codes(pages((1, 2), (2, 4)), {1}) == []


def test_page_size_and_end_are_judged_whatever_was_written() -> None:
    assert codes(pages((1, 2, 3)), set()) == ["too_large"]
    assert codes(pages((1,), end="more"), {1, 5}) == ["endless"]


def test_only_confirmed_and_untouched_dispatches_stood_still() -> None:
    book = Book()
    book.add(GRID, [1, 2, 3, 4], 10)
    book.begin(GRID, 2, 20)
    book.end(GRID, 2, 25)
    book.begin(GRID, 3, 20)
    book.remove(GRID, 4)
    assert book.untouched(GRID, 22) == {1}
    assert book.untouched(GRID, 26) == {1, 2}
    assert book.untouched(GRID, 10) == set()
    assert book.untouched(8, 22) == set()


def test_a_write_that_was_never_confirmed_leaves_it_unclear_for_good() -> None:
    book = Book()
    book.begin(GRID, 1, 5)
    assert book.untouched(GRID, 10**15) == set()
