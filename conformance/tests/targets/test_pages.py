from dataclasses import dataclass

import pytest

from conformance.failures import Nonconformance
from conformance.targets.pages import walked


@dataclass(frozen=True)
class Page:
    total: int
    next_token: str | None


def pages(*tokens: str | None, total: int = 3) -> dict[str | None, Page]:
    keys: list[str | None] = [None, *tokens[:-1]]
    return {key: Page(total, token) for key, token in zip(keys, tokens, strict=True)}


def test_tokens_are_followed_to_the_end() -> None:
    book = pages("a", "b", None)
    assert [p.next_token for p in walked(book.__getitem__, size=1)] == ["a", "b", None]


def test_empty_token_is_an_end() -> None:
    assert len(walked(pages("").__getitem__, size=1)) == 1


def test_bound_stops_without_complaint() -> None:
    assert len(walked(pages("a", "b", None).__getitem__, size=1, max_pages=2)) == 2


def test_token_that_comes_back_is_a_finding() -> None:
    with pytest.raises(Nonconformance, match="a token that came before"):
        walked(lambda token: Page(3, "again"), size=1)


def test_walk_without_end_is_a_finding() -> None:
    with pytest.raises(Nonconformance, match="pages and more"):
        walked(lambda token: Page(3, f"{token}x"), size=1)
