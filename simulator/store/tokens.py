"""Self-contained tokens: a JSON value in URL-safe text that only we could have written.

A token is base64url without padding of one version byte, the JSON text and an HMAC-SHA256 of
both. Nothing is stored on our side, so a token outlives the process as long as the secret
does. It is signed, not encrypted: whoever holds it can read it.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Any, Final

from simulator.store.errors import BadToken

VERSION: Final = b"\x01"
MAX_LENGTH: Final = 4096
"""Longest token in characters (our choice)."""
MIN_SECRET: Final = 16
"""Shortest secret in bytes (our choice)."""

_MAC_LENGTH: Final = sha256().digest_size


class TokenSigner:
    """Signs and opens tokens of one purpose, such as the pages of one method.

    Signers that share a secret of at least 16 bytes refuse each other's tokens unless their
    `purpose` is the same too.
    """

    def __init__(self, secret: bytes, *, purpose: str = "") -> None:
        if len(secret) < MIN_SECRET:
            raise ValueError(f"secret must have at least {MIN_SECRET} bytes, not {len(secret)}")
        self._key = digest(secret, purpose.encode(), sha256)

    def sign(self, payload: Any) -> str:
        """Return a token for `payload`, any value that JSON can hold; tuples come back as lists.

        Raises:
            ValueError: the token would be longer than `MAX_LENGTH`.
        """
        body = VERSION + json.dumps(payload, separators=(",", ":")).encode()
        token = _to_text(body + digest(self._key, body, sha256))
        if len(token) > MAX_LENGTH:
            raise ValueError(f"a token of {len(token)} characters exceeds {MAX_LENGTH}")
        return token

    def open(self, token: str) -> Any:
        """Return the payload of a token that `sign` returned, character for character.

        Raises:
            BadToken: it is anything else. The text does not tell what is wrong with it.
        """
        signed = _from_text(token)
        body, mac = signed[:-_MAC_LENGTH], signed[-_MAC_LENGTH:]
        if not compare_digest(mac, digest(self._key, body, sha256)) or body[:1] != VERSION:
            raise BadToken("the token is not one of ours")
        return json.loads(body[1:])


def _to_text(signed: bytes) -> str:
    return urlsafe_b64encode(signed).rstrip(b"=").decode()


def _from_text(token: str) -> bytes:
    """Decode the one spelling that `_to_text` produces and no other, huge ones unread."""
    if len(token) <= MAX_LENGTH:
        try:
            signed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raise BadToken("the token is not one of ours") from None
        # The decoder skips foreign characters and ignores unused bits; spelling it again does not.
        if _to_text(signed) == token:
            return signed
    raise BadToken("the token is not one of ours")
