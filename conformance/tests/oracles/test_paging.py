"""Recorded walks, right and wrong."""

from __future__ import annotations

import pytest

from conformance.oracles.model import Page
from conformance.oracles.paging import judge_walk, page_limit

GOOD = [
    Page(keys=(5, 4), next_token="a", total=5, asked=2),
    Page(keys=(3, 2), next_token="b", total=5),
    Page(keys=(1,), total=5),
]
ALL = (5, 4, 3, 2, 1)


def codes(pages: list[Page], **expected: object) -> list[str]:
    given = {"throughout": ALL, "allowed": ALL, "order": ALL, "total": 5, **expected}
    return [violation.code for violation in judge_walk(pages, **given)]  # type: ignore[arg-type]


def test_good_walks() -> None:
    assert codes(GOOD) == []
    nothing = [Page(keys=(), total=0)]
    assert codes(nothing, throughout=(), allowed=(), order=(), total=0) == []
    assert judge_walk([]) == []


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({1: Page(keys=(2,), next_token="b", total=5)}, ["missing", "order"]),
        ({1: Page(keys=(4, 3, 2), next_token="b", total=5)}, ["duplicate", "order", "too_large"]),
        ({1: Page(keys=(2, 3), next_token="b", total=5)}, ["order"]),
        ({2: Page(keys=(1, 9), total=5)}, ["foreign"]),
        ({2: Page(keys=(1,), next_token="c", total=5)}, ["endless"]),
        ({2: Page(keys=(1,), next_token="", total=5)}, ["empty_token"]),
        ({2: Page(keys=(1,), total=1)}, ["total_differs", "total_wrong"]),
        ({3: Page(keys=(), total=5)}, ["needless_token"]),
    ],
)
def test_faults_have_codes(change: dict[int, Page], wanted: list[str]) -> None:
    pages = [*GOOD, *[page for at, page in change.items() if at == len(GOOD)]]
    pages = [change.get(at, page) for at, page in enumerate(pages)]
    assert codes(pages) == wanted


def test_a_wrong_total_everywhere() -> None:
    pages = [Page(keys=(1,), total=7)]
    assert [v.code for v in judge_walk(pages, total=1)] == ["total_wrong"]


def test_changes_during_a_walk() -> None:
    pages = [
        Page(keys=(5, 4), next_token="a", total=5, asked=2),
        Page(keys=(2,), next_token="b", total=4),
        Page(keys=(), total=4),
    ]
    assert codes(pages, throughout=(5, 2), order=None, total=None, static=False) == []
    assert codes(pages, throughout=(3,), order=None, total=None, static=False) == ["missing"]


def test_empty_pages_that_repeat_their_token_are_endless() -> None:
    pages = [Page(keys=(1,), next_token="a"), Page(keys=(), next_token="a")]
    assert "endless" in [v.code for v in judge_walk([*pages, Page(keys=())])]


def test_page_limit_leaves_room_for_empty_pages() -> None:
    assert page_limit(0) == 5
    assert page_limit(7, 3) == 8
