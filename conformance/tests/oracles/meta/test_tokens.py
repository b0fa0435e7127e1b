"""Page tokens that the published client does and does not decode."""

import pytest

from conformance.oracles.meta.tokens import judge_token, offset_token, parse_token
from conformance.strategies.meta_queries import BAD_PAGE_TOKENS


@pytest.mark.parametrize(
    ("text", "forward", "inclusive", "value"),
    [
        ("r.e.O.10", True, False, 10),
        ("l.i.O.0", False, True, 0),
        ("r.e.S.Cg1zZXJ2aWNlcy9jLmlv", True, False, b"\n\rservices/c.io"),
        ("r.e.C.YQ==:Yg==", True, False, {b"a": b"b"}),
    ],
)
def test_published_examples(text, forward, inclusive, value):
    token = parse_token(text)
    assert (token.forward, token.inclusive, token.value) == (forward, inclusive, value)
    assert judge_token(text) is None


@pytest.mark.parametrize("text", [t for t in BAD_PAGE_TOKENS if t != "r.e.S."])
def test_refused_examples(text):
    found = judge_token(text)
    assert found is not None
    assert found.code == "token"


def test_no_token_and_offsets():
    assert judge_token("") is None
    assert parse_token(offset_token(3)).value == 3
