import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.services.errors import ServiceError
from simulator.services.meta.tokens import Token, parse
from simulator.tests.store.things import repeatable


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("r.e.O.10", Token(forward=True, inclusive=False, value=10)),
        ("l.i.O.0", Token(forward=False, inclusive=True, value=0)),
        ("L.E.O.7", Token(forward=False, inclusive=False, value=7)),
        (
            "r.e.S.Cg1zZXJ2aWNlcy9jLmlv",
            Token(forward=True, inclusive=False, value=b"\n\rservices/c.io"),
        ),
        ("r.i.S.", Token(forward=True, inclusive=True, value=b"")),
        ("r.e.C.YQ==:Yg==", Token(forward=True, inclusive=False, value={b"a": b"b"})),
        (
            "r.e.C.YQ==:,Yg==:YQ==",
            Token(forward=True, inclusive=False, value={b"a": b"", b"b": b"a"}),
        ),
    ],
)
def test_tokens_that_published_clients_read(text, token):
    assert parse(text) == token
    head, _, value = text.rpartition(".")
    assert str(token) == f"{head[:3].lower()}{head[3:]}.{value}"


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "x.e.O.5",
        "r.x.O.5",
        "r.e.Z.5",
        "r.e.o.5",
        "r.e.O.",
        "r.e.O.-1",
        "r.e.O.+1",
        "r.e.O.1_0",
        "r.e.O.٣",
        "r.e.O.2147483648",
        "r.e.O.99999999999999999999",
        "r.e.S.YQ=",
        "r.e.S.YQ",
        "r.e.S.YR==",
        "r.e.S.Y Q==",
        "r.e.S.YQ==\n",
        "r.e.S.-_==",
        "r.e.S.ä",
        "r.e.C.",
        "r.e.C.YQ==",
        "r.e.C.YQ==:Yg==,",
        "r.e.C.YQ==:Yg==,YQ==:Yg==",
        "r.e.C.YQ==:Yg==:Yg==",
        " r.e.O.1",
        "r.e.O.1 ",
        "r.e.S." + "A" * 100_000,
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ServiceError, match="page_token: is not of the form") as caught:
        parse(text)
    assert caught.value.code == 3
    assert len(caught.value.text) < 100


VALUES = st.one_of(
    st.integers(0, 2**31 - 1),
    st.binary(max_size=40),
    st.dictionaries(st.binary(max_size=5), st.binary(max_size=5), min_size=1),
)


@given(forward=st.booleans(), inclusive=st.booleans(), value=VALUES)
@repeatable
def test_what_is_printed_is_read_back(forward, inclusive, value):
    token = Token(forward=forward, inclusive=inclusive, value=value)
    assert parse(str(token)) == token
