"""How a dispatch endpoint is reached: address, TLS, metadata, API key and signature.

From options, or from the target profile that `conform` and `load` read as well. The signature is
that of the published dispatch clients: see `simulator.server.auth`, which checks it.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hmac import digest
from pathlib import Path
from typing import Any

from fixtures.terminal import Exit

MAX_REPLY_BYTES = 64 * 1024 * 1024
"""A page of 500 dispatches with payloads of 50 KB each stays below it."""
TIMEOUT_S = 10.0


class FetchError(Exception):
    """The schedule could not be fetched; one sentence for people, and the exit code it deserves."""

    def __init__(self, code: Exit, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """Where and how to ask."""

    target: str
    """`HOST:PORT`."""
    metadata: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Sent with every call."""
    auth_key: str | None = field(default=None, repr=False)
    """Sent as metadata `key`."""
    sign_secret: str | None = field(default=None, repr=False)
    """Every call is signed with it."""
    tls: bool = False
    ca: Path | None = None
    """Certificates to trust; None = those of the system."""
    cert: Path | None = None
    cert_key: Path | None = None
    """Who we are, both or neither."""
    server_name: str | None = None
    """What the certificate of the server says, where that is not the address."""
    timeout_s: float = TIMEOUT_S
    """Deadline of each call."""

    @property
    def is_secure(self) -> bool:
        """Whether it is reached by TLS."""
        return self.tls or any((self.ca, self.cert, self.cert_key, self.server_name))

    def headers(self, method: str, *, now_s: float, nonce: str) -> list[tuple[str, str]]:
        """Return the metadata of one call.

        Args:
            method: bare name, which the signature covers.
            now_s: seconds since the epoch.
            nonce: never used twice.
        """
        found = list(self.metadata)
        if self.auth_key is not None:
            found.append(("key", self.auth_key))
        if self.sign_secret is not None:
            key = self.auth_key or dict(self.metadata).get("key", "")
            stamp = str(int(now_s))
            signed = digest(
                self.sign_secret.encode(), f"{key}{stamp}{nonce}{method}".encode(), "sha256"
            )
            text = urlsafe_b64encode(signed).decode().rstrip("=")
            found += [("ts", stamp), ("nonce", nonce), ("sig", text)]
        return found

    def channel(self) -> Any:
        """Return an open channel of the library grpc.

        Raises:
            FetchError: a file cannot be read or holds something else.
        """
        import grpc

        options: list[tuple[str, int | str]] = [
            ("grpc.max_receive_message_length", MAX_REPLY_BYTES),
            ("grpc.enable_retries", 0),
        ]
        if not self.is_secure:
            return grpc.insecure_channel(self.target, options=options)
        if (self.cert is None) != (self.cert_key is None):
            raise FetchError(Exit.USAGE, "--cert and --cert-key: expected both")
        if self.server_name is not None:
            options.append(("grpc.ssl_target_name_override", self.server_name))
        credentials = grpc.ssl_channel_credentials(
            root_certificates=_pem(self.ca, "--ca", b"CERTIFICATE", "certificate"),
            private_key=_pem(self.cert_key, "--cert-key", b"PRIVATE KEY", "private key"),
            certificate_chain=_pem(self.cert, "--cert", b"CERTIFICATE", "certificate"),
        )
        return grpc.secure_channel(self.target, credentials, options=options)


def endpoint_of(profile: Path, address: str | None = None) -> Endpoint:
    """Return what a target profile says about its dispatch API.

    Args:
        profile: of the file.
        address: in the place of the profile's own.

    Raises:
        FetchError: mistakes in the file, no address, or its `metadata_command` fails.
    """
    from fixtures.documents.problems import DocumentError
    from fixtures.targets.command import MetadataError, printed_by
    from fixtures.targets.reading import read

    try:
        target = read(profile)
        printed = printed_by(target.metadata_command) if target.metadata_command else {}
    except DocumentError as error:
        raise FetchError(Exit.USAGE, str(error)) from None
    except MetadataError as error:
        raise FetchError(Exit.USAGE, f"{profile}: {error}") from None
    address = address or target.endpoint
    if address is None:
        raise FetchError(Exit.USAGE, f"{profile}: endpoint: missing; expected HOST:PORT")
    api, tls = target.services.dispatch, target.tls
    return Endpoint(
        target=address,
        metadata=tuple({**target.metadata, **printed}.items()),
        auth_key=None if api is None else api.auth_key,
        sign_secret=None if api is None else api.sign_secret,
        tls=tls is not None,
        ca=None if tls is None else tls.ca,
        cert=None if tls is None else tls.cert,
        cert_key=None if tls is None else tls.key,
        server_name=None if tls is None else tls.server_name,
        timeout_s=TIMEOUT_S if api is None else api.deadline,
    )


def parse_metadata(pairs: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return `key=value` words as gRPC metadata.

    Raises:
        FetchError: a word without `=`, or a key that gRPC does not allow.
    """
    found = []
    for pair in pairs:
        key, separator, value = pair.partition("=")
        plain = key.lower()
        allowed = bool(plain) and all(c.isascii() and (c.isalnum() or c in "-_.") for c in plain)
        printable = value.isascii() and value.isprintable()
        if not separator or not allowed or not printable or plain.endswith("-bin"):
            # The value may be a secret, so that only the key is repeated.
            raise FetchError(Exit.USAGE, f"--metadata {key!r}: expected key=value in ASCII")
        found.append((plain, value))
    return tuple(found)


def _pem(path: Path | None, option: str, mark: bytes, kind: str) -> bytes | None:
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError as error:
        text = f"{option}: cannot read {path}: {error.strerror}"
        raise FetchError(Exit.USAGE, text) from None
    if b"BEGIN " not in content or mark not in content:
        raise FetchError(Exit.USAGE, f"{option}: {path} holds no {kind} in PEM form")
    return content
