"""What every naive endpoint needs to be reached: a synchronous gRPC server on the loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

THREADS = 64
"""Calls at a time; an open stream holds one."""

_OPTIONS = (
    ("grpc.so_reuseport", 0),
    # Clients send keep-alive pings every 60 s or less, also while nothing happens.
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
)


@contextmanager
def hosted(
    handlers: Any,
    *,
    port: int = 0,
    threads: int = THREADS,
    stop: Callable[[], None] = lambda: None,
    prepare: Callable[[grpc.Server], None] = lambda server: None,
) -> Iterator[str]:
    """Serve until the block ends; gives `127.0.0.1:PORT`.

    Args:
        handlers: a generic handler of gRPC.
        port: 0 picks a free one.
        threads: calls at a time.
        stop: lets streams end that wait for something; called first at the end.
        prepare: told the server before it starts.

    Raises:
        OSError: the port is taken.
    """
    server = grpc.server(ThreadPoolExecutor(threads), options=_OPTIONS)
    server.add_generic_rpc_handlers((handlers,))
    prepare(server)
    try:
        bound = server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as error:
        raise OSError(f"cannot listen on port {port}: {error}") from None
    server.start()
    try:
        yield f"127.0.0.1:{bound}"
    finally:
        stop()
        server.stop(grace=None).wait()


def metadata_of(context: grpc.ServicerContext) -> Mapping[str, str]:
    """What came with a call, as texts."""
    return {
        key: value if isinstance(value, str) else value.decode("ascii", "replace")
        for key, value in context.invocation_metadata()
    }
