"""Channels for load: options, credentials, call metadata, and how many streams share one.

Nothing here opens a connection at import. Retries inside gRPC are off because they hide failures;
subchannels are local because channels with equal options would otherwise share one connection,
one flow-control window and one stream limit. There is no keep-alive unless a server asks for it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import grpc

from loadtests.target import Target, Tls

MAX_MESSAGE_BYTES = 64 << 20
OPTIONS = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
)
SMALL_WINDOW = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 16384))
"""With these a reader that stalls is noticed after some 25 kB instead of several MB."""

Channel = TypeVar("Channel")


def options(target: Target, *, small_window: bool = False) -> list[tuple[str, Any]]:
    """Channel options for a target."""
    chosen: list[tuple[str, Any]] = [*OPTIONS, *(SMALL_WINDOW if small_window else ())]
    if target.tls and target.tls.server_name:
        chosen.append(("grpc.ssl_target_name_override", target.tls.server_name))
    return chosen


def credentials(tls: Tls) -> grpc.ChannelCredentials:
    """TLS credentials; without a CA the system's certificates are trusted."""
    return grpc.ssl_channel_credentials(tls.ca, tls.key, tls.cert)


def connect(target: Target, *, small_window: bool = False) -> grpc.Channel:
    """A blocking channel (cooperative once gevent is initialised)."""
    chosen = options(target, small_window=small_window)
    if target.tls is None:
        return grpc.insecure_channel(target.endpoint, chosen)
    return grpc.secure_channel(target.endpoint, credentials(target.tls), chosen)


def connect_aio(target: Target, *, small_window: bool = False) -> grpc.aio.Channel:
    """An asyncio channel; call it inside a running loop."""
    chosen = options(target, small_window=small_window)
    if target.tls is None:
        return grpc.aio.insecure_channel(target.endpoint, chosen)
    return grpc.aio.secure_channel(target.endpoint, credentials(target.tls), chosen)


class Shared(Generic[Channel]):
    """Hands out channels so that each carries at most `streams` streams.

    Args:
        connect: makes a new channel.
        streams: users per channel, at least 1.
    """

    def __init__(self, connect: Callable[[], Channel], *, streams: int) -> None:
        self.channels: list[Channel] = []
        self._connect = connect
        self._streams = streams
        self._taken = 0

    def take(self) -> Channel:
        """A channel with room for one more stream."""
        if self._taken % self._streams == 0:
            self.channels.append(self._connect())
        self._taken += 1
        return self.channels[-1]


def metadata(target: Target, method: str) -> tuple[tuple[str, str], ...]:
    """The metadata of one call: the profile's, the key, and a fresh signature if there is a secret.

    `method` is the bare method name. The signature covers key, time, nonce and method, not the
    request (frequenz-client-base, authentication and signing).
    """
    pairs = list(target.metadata.items())
    key, secret = target.dispatch.auth_key, target.dispatch.sign_secret
    if key:
        pairs.append(("key", key))
    if secret:
        stamp = str(int(time.time()))
        nonce = base64.urlsafe_b64encode(os.urandom(16)).decode()
        message = f"{key or ''}{stamp}{nonce}{method}".encode()
        digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
        signature = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        pairs += [("ts", stamp), ("nonce", nonce), ("sig", signature)]
    return tuple(pairs)
