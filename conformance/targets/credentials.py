"""Who we say we are: metadata of every call, and the HMAC signature of the dispatch clients.

The signature covers key, time stamp, nonce and bare method name, joined without separators, with
HMAC-SHA256 under the shared secret; the body is not covered (as the published clients do it).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping

from conformance.failures import UsageError
from fixtures.targets.command import MetadataError, printed_by

Headers = list[tuple[str, str]]

NOBODY = "nobody"
"""Role of a caller without credentials."""

REFRESH_S = 240.0
"""A metadata command is asked again after this; tokens rarely live for less than five minutes."""


class Credentials:
    """Makes the metadata of calls for one caller.

    Args:
        metadata: sent as it stands.
        command: prints further `name: value` lines.
        key: API key, sent as `key`.
        secret: shared secret for the signature; needs a key.
        role: of the caller, for the record; "" is whoever the target is usually called by.
    """

    def __init__(
        self,
        *,
        metadata: Mapping[str, str] | None = None,
        command: str | None = None,
        key: str | None = None,
        secret: str | None = None,
        role: str = "",
    ) -> None:
        self.role = role
        self.key = key
        self.secret = secret
        self._metadata = dict(metadata or {})
        self._command = command
        self._printed: dict[str, str] = {}
        self._printed_at: float | None = None

    def headers(
        self,
        method: str,
        *,
        key: str | None = None,
        secret: str | None = None,
        ts: int | str | None = None,
        nonce: str | None = None,
    ) -> Headers:
        """The metadata of one call; each argument given replaces the true part, to forge it.

        Args:
            method: bare method name, which the signature covers.
            key: instead of ours.
            secret: instead of ours; an empty text leaves the signature out.
            ts: seconds since the epoch instead of now.
            nonce: instead of a fresh one.
        """
        result = list({**self._metadata, **self._from_command()}.items())
        key = self.key if key is None else key
        secret = self.secret if secret is None else secret
        if key is not None:
            result.append(("key", key))
        if secret:
            stamp = str(int(time.time()) if ts is None else ts)
            nonce = nonce or base64.urlsafe_b64encode(secrets.token_bytes(16)).decode()
            signature = sign(secret, key or "", stamp, nonce, method)
            result += [("ts", stamp), ("nonce", nonce), ("sig", signature)]
        return result

    def printed(self) -> tuple[str, ...]:
        """Values that the metadata command printed, to be kept out of reports."""
        return tuple(self._from_command().values())

    def _from_command(self) -> dict[str, str]:
        if self._command is None:
            return {}
        now = time.monotonic()
        if self._printed_at is None or now - self._printed_at > REFRESH_S:
            self._printed = run_command(self._command)
            self._printed_at = now
        return self._printed


def sign(secret: str, key: str, ts: str, nonce: str, method: str) -> str:
    """URL-safe base64 without padding of the HMAC over key, time stamp, nonce and method."""
    digest = hmac.new(secret.encode(), f"{key}{ts}{nonce}{method}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")


def run_command(command: str) -> dict[str, str]:
    """Metadata printed by a shell command as `name: value` lines.

    Raises:
        UsageError: it fails, takes too long, or prints something else.
    """
    try:
        return printed_by(command)
    except MetadataError as error:
        raise UsageError(str(error)) from None
