import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import digest
from string import ascii_letters, digits
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.store import BadToken, TokenSigner, tokens
from simulator.tests.store.things import repeatable

SECRET = b"0123456789abcdef"
SIGNER = TokenSigner(SECRET, purpose="pages")
# Three lengths: a base64 text ends with zero, two or four unused bits.
TOKENS = [SIGNER.sign("x" * length) for length in (1, 2, 3)]
ALPHABET = ascii_letters + digits + "-_"
FOREIGN = "=+/ \n\t.~%\x00é€\U0001f40d\ud800"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


def refused(token: str, signer: TokenSigner = SIGNER) -> bool:
    try:
        signer.open(token)
    except BadToken:
        return True
    return False


@given(payload=json_values)
@repeatable
def test_what_was_signed_is_opened(payload: Any) -> None:
    assert SIGNER.open(SIGNER.sign(payload)) == payload


def test_tokens_are_repeatable_and_safe_in_an_url() -> None:
    assert TOKENS[0] == TokenSigner(SECRET, purpose="pages").sign("x")
    assert set("".join(TOKENS)) <= set(ALPHABET)


@pytest.mark.parametrize("token", TOKENS)
def test_every_altered_character_is_refused(token: str) -> None:
    for place, there in enumerate(token):
        for other in set(ALPHABET + FOREIGN) - {there}:
            assert refused(token[:place] + other + token[place + 1 :]), (place, other)


@pytest.mark.parametrize("token", TOKENS)
def test_every_added_character_is_refused(token: str) -> None:
    for place in range(len(token) + 1):
        for added in ALPHABET + FOREIGN:
            assert refused(token[:place] + added + token[place:]), (place, added)


@pytest.mark.parametrize("token", TOKENS)
def test_every_removed_character_and_truncation_is_refused(token: str) -> None:
    for place in range(len(token)):
        assert refused(token[:place] + token[place + 1 :]), place
        assert refused(token[:place])
        assert refused(token[place + 1 :])


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("ending", ["=", "==", "===", "\n", "A", "AAAA"])
def test_other_spellings_are_refused(token: str, ending: str) -> None:
    assert refused(token + ending)


@given(text=st.text() | st.text(ALPHABET, max_size=100))
@repeatable
def test_anything_else_is_refused(text: str) -> None:
    assert refused(text)


def test_tokens_of_another_secret_or_purpose_are_refused() -> None:
    for token in TOKENS:
        assert refused(token, TokenSigner(SECRET[::-1], purpose="pages"))
        assert refused(token, TokenSigner(SECRET, purpose="page"))
        assert refused(token, TokenSigner(SECRET))
        assert not refused(token, TokenSigner(SECRET, purpose="pages"))


@pytest.mark.parametrize(
    ("version", "is_refused"), [(b"\x01", False), (b"\x02", True), (b"", True)]
)
def test_another_version_is_refused_even_when_well_signed(version: bytes, is_refused: bool) -> None:
    body = version + json.dumps("x").encode()
    mac = digest(digest(SECRET, b"pages", sha256), body, sha256)
    assert refused(urlsafe_b64encode(body + mac).rstrip(b"=").decode()) is is_refused


def test_a_huge_token_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_: str) -> bytes:
        raise AssertionError("read")

    monkeypatch.setattr(tokens, "urlsafe_b64decode", read)
    assert refused("A" * (tokens.MAX_LENGTH + 1))
    with pytest.raises(AssertionError, match="read"):
        refused("A" * tokens.MAX_LENGTH)


def test_a_payload_that_makes_no_token_is_refused_at_signing() -> None:
    with pytest.raises(ValueError, match="exceeds 4096"):
        SIGNER.sign("x" * 4000)
    assert not refused(SIGNER.sign("x" * 3000))


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes, not 15"):
        TokenSigner(SECRET[:15])
