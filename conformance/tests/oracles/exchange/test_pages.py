import pytest

from conformance.oracles.exchange.model import QueryPage
from conformance.oracles.exchange.pages import wrong_pages


def pages(*parts):
    return [
        QueryPage(query_id=id_, query_progress_percentage=progress, next_token=token)
        for id_, progress, token in parts
    ]


def test_a_walk_that_is_right():
    assert wrong_pages(pages(("q", 50, "t"), ("q", 50, "u"), ("q", 100, None))) is None


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([("q", 50, "t"), ("r", 100, None)], "query ids"),
        ([("q", 50, "t"), ("q", 40, "u"), ("q", 100, None)], "falls"),
        ([("q", 50, None)], "ends at 50"),
        ([("q", 150, None)], "beyond"),
        ([("q", 100, "")], "empty token"),
    ],
)
def test_walks_that_are_wrong(parts, told):
    assert told in str(wrong_pages(pages(*parts)))
