from collections.abc import Hashable
from pathlib import Path

from conformance.histories.history import load
from conformance.histories.walks import Listed, Walk, begun, walks
from conformance.tests.histories.files import call, write

Asked = tuple[float, str, str, Hashable]
"""Second, token sent, token given, query."""


def walked(path: Path, *asked: Asked, scope: str = "s") -> tuple[list[Listed], list[Walk]]:
    calls = load(write(path, *(call("ListTasks", at, {}) for at, *_ in asked))).calls["tasks"]
    pages = [
        Listed(call=each, scope=scope, query=query, token=token, next=next_, items=(at,))
        for each, (at, token, next_, query) in zip(calls, asked, strict=True)
    ]
    return pages, list(walks(pages))


def items(found: list[Walk]) -> list[tuple[float, ...]]:
    return [walk.items for walk in found]


def test_tokens_lead_from_page_to_page(tmp_path: Path) -> None:
    _, found = walked(tmp_path, (1, "", "a", 0), (2, "a", "b", 0), (3, "b", "", 0))
    assert items(found) == [(1, 2, 3)]
    assert found[0].whole


def test_a_token_that_is_used_again_makes_two_walks(tmp_path: Path) -> None:
    _, found = walked(tmp_path, (1, "", "a", 0), (2, "a", "b", 0), (3, "a", "b", 0))
    assert items(found) == [(1, 2), (1, 3)]
    assert not found[0].whole


def test_another_query_or_an_unknown_token_is_no_walk(tmp_path: Path) -> None:
    _, found = walked(tmp_path, (1, "", "a", 0), (2, "a", "", 1), (3, "x", "", 0))
    assert items(found) == [(1,)]


def test_a_page_may_leave_the_query_out(tmp_path: Path) -> None:
    _, found = walked(tmp_path, (1, "", "a", 7), (2, "a", "b", None), (3, "b", "", 7))
    assert items(found) == [(1, 2, 3)]


def test_the_latest_giver_of_a_token_is_meant(tmp_path: Path) -> None:
    _, found = walked(tmp_path, (1, "", "a", 0), (2, "", "a", 0), (3, "a", "", 0))
    assert items(found) == [(1,), (2, 3)]


def test_a_page_is_as_old_as_its_walk(tmp_path: Path) -> None:
    pages, found = walked(tmp_path, (1, "", "a", 0), (2, "a", "", 0), (3, "x", "", 0))
    origins = begun(pages, found)
    assert [origins[page.call.line.number] for page in pages] == [
        pages[0].call.began_us,
        pages[0].call.began_us,
        None,
    ]
