"""Presigned URLs: good for one method, one key and some time, and for nothing else."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.exchange.objects import ObjectError, UrlSigner
from simulator.tests.services.exchange.exchange import BASE, target

SECRET = b"sixteen bytes at least"


class Wall:
    """A wall clock that is set by hand."""

    now_s = 1_700_000_000.5


def signer(secret: bytes = SECRET, wall: Any = Wall) -> UrlSigner:
    return UrlSigner(secret, lambda: BASE, lambda: wall.now_s)


def code(made: UrlSigner, method: str, key: str, query: dict[str, str]) -> str:
    with pytest.raises(ObjectError) as caught:
        made.check(method, key, query)
    assert caught.value.status == 403
    return caught.value.code


@pytest.mark.parametrize(("made", "used"), [("GET", "GET"), ("GET", "HEAD"), ("PUT", "PUT")])
def test_a_url_is_good_for_its_method(made: Any, used: str) -> None:
    key, query = target(signer().url(made, "file-1", 60))
    assert key == "file-1"
    signer().check(used, key, query)


@pytest.mark.parametrize(
    ("made", "used"),
    [("GET", "PUT"), ("PUT", "GET"), ("PUT", "HEAD"), ("GET", "DELETE"), ("PUT", "POST")],
)
def test_a_url_is_good_for_no_other_method(made: Any, used: str) -> None:
    key, query = target(signer().url(made, "file-1", 60))
    assert code(signer(), used, key, query) == "SignatureDoesNotMatch"


def test_a_url_is_good_for_no_other_key() -> None:
    _, query = target(signer().url("GET", "file-1", 60))
    assert code(signer(), "GET", "file-2", query) == "SignatureDoesNotMatch"


def test_a_later_expiry_does_not_help() -> None:
    key, query = target(signer().url("GET", "file-1", 60))
    query["expires"] = str(int(query["expires"]) + 1)
    assert code(signer(), "GET", key, query) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("parameter", ["expires", "signature"])
def test_both_parameters_are_needed(parameter: str) -> None:
    key, query = target(signer().url("GET", "file-1", 60))
    del query[parameter]
    assert code(signer(), "GET", key, query) == "SignatureDoesNotMatch"


def test_another_secret_signs_otherwise() -> None:
    key, query = target(signer(b"another secret, as long").url("GET", "file-1", 60))
    assert code(signer(), "GET", key, query) == "SignatureDoesNotMatch"


def test_a_url_ends_when_its_time_has_come() -> None:
    wall = Wall()
    made = signer(wall=wall)
    key, query = target(made.url("GET", "file-1", 60))
    wall.now_s += 59
    made.check("GET", key, query)
    wall.now_s += 1
    assert code(made, "GET", key, query) == "AccessDenied"


def test_renewing_makes_all_urls_void() -> None:
    made = signer()
    key, query = target(made.url("GET", "file-1", 60))
    made.renew()
    assert code(made, "GET", key, query) == "SignatureDoesNotMatch"
    key, query = target(made.url("GET", "file-1", 60))
    made.check("GET", key, query)


def test_a_short_secret_is_none() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes, not 5"):
        signer(b"short")


@settings(max_examples=60)
@given(key=st.text(min_size=1, max_size=40))
def test_any_key_survives_the_url(key: str) -> None:
    found, query = target(signer().url("PUT", key, 60))
    assert found == key
    signer().check("PUT", found, query)


@settings(max_examples=60)
@given(
    key=st.text(max_size=20),
    expires=st.text(max_size=20),
    signature=st.text(max_size=70),
    method=st.sampled_from(["GET", "HEAD", "PUT", "DELETE", ""]),
)
def test_nothing_made_up_gets_through(key: str, expires: str, signature: str, method: str) -> None:
    query = {"expires": expires, "signature": signature}
    assert code(signer(), method, key, query) == "SignatureDoesNotMatch"
