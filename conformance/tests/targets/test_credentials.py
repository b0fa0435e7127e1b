import base64
import hashlib
import hmac

import pytest

from conformance.failures import UsageError
from conformance.targets.credentials import Credentials, run_command


def test_signature_covers_key_time_nonce_and_method() -> None:
    credentials = Credentials(key="k", secret="s")
    headers = dict(credentials.headers("List", ts=1_700_000_000, nonce="bm9uY2U="))
    digest = hmac.new(b"s", b"k1700000000bm9uY2U=List", hashlib.sha256).digest()
    assert headers["sig"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert (headers["key"], headers["ts"]) == ("k", "1700000000")


def test_every_call_has_a_nonce_of_its_own() -> None:
    credentials = Credentials(key="k", secret="s")
    first, second = (dict(credentials.headers("List")) for _ in range(2))
    assert first["nonce"] != second["nonce"]
    assert len(base64.urlsafe_b64decode(first["nonce"])) == 16


def test_without_secret_only_the_key_is_sent() -> None:
    assert Credentials(key="k", metadata={"a": "b"}).headers("List") == [("a", "b"), ("key", "k")]
    assert Credentials().headers("List") == []


def test_parts_can_be_forged() -> None:
    forged = dict(Credentials(key="k", secret="s").headers("List", key="other", secret=""))
    assert forged == {"key": "other"}


def test_command_prints_metadata() -> None:
    assert run_command("printf 'Authorization: Bearer x\\n\\nb: c:d\\n'") == {
        "authorization": "Bearer x",
        "b": "c:d",
    }


@pytest.mark.parametrize(
    ("command", "text"), [("echo nonsense", "name: value"), ("echo oops >&2; false", "oops")]
)
def test_command_that_does_not_help(command: str, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        run_command(command)
