"""Fetches the schedule of a microgrid from any endpoint that speaks the dispatch API.

Pages through ListMicrogridDispatches of `frequenz.api.dispatch.v1`; both generations of the API
read the same requests. Every call has a deadline.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixtures.terminal import Exit

if TYPE_CHECKING:
    from simulator.microgrid.dispatch import Dispatch

SERVICE = "frequenz.api.dispatch.v1.MicrogridDispatchService"
PAGE_SIZE = 500
MAX_REPLY_BYTES = 64 * 1024 * 1024
"""A page of 500 dispatches with payloads of 50 KB each stays below it."""


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
    metadata: tuple[tuple[str, str], ...] = ()
    """Sent with every call, such as an API key."""
    tls: bool = False
    ca: Path | None = None
    """Certificates to trust; None = those of the system."""
    timeout_s: float = 10.0
    """Deadline of each call."""


def fetch_schedule(endpoint: Endpoint, microgrid_id: int) -> tuple[Dispatch, ...]:
    """Return every dispatch of a microgrid, in ascending order of their ids.

    Raises:
        FetchError: unreachable (exit 3), refused, or something that cannot be simulated (exit 2).
    """
    found = {}
    problems = []
    for message in _pages(endpoint, microgrid_id):
        try:
            dispatch = _decode(message)
        except (ValueError, LookupError, ArithmeticError) as error:
            problems.append(f"dispatch {message.metadata.dispatch_id}: {error}")
        else:
            found[dispatch.id] = dispatch
    if problems:
        text = f"{endpoint.target} returned what cannot be simulated: " + "; ".join(problems)
        raise FetchError(Exit.USAGE, text)
    return tuple(found[each] for each in sorted(found))


def _decode(message: Any) -> Dispatch:
    from simulator.services.dispatch.codec import decode_dispatch
    from simulator.services.errors import ServiceError

    if not message.data.HasField("start_time"):
        raise ValueError("no start_time")
    if not message.metadata.dispatch_id:
        raise ValueError("no dispatch_id")
    try:
        return decode_dispatch(message)
    except ServiceError as error:
        raise ValueError(error.text) from None


def _pages(endpoint: Endpoint, microgrid_id: int) -> Iterator[Any]:
    """Yield Dispatch messages page by page."""
    # Failures are told in one sentence; the library would print its own lines beside it.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    import grpc

    from fixtures.contracts import load

    method = load("dispatch", generation="1.1").methods(SERVICE)["ListMicrogridDispatches"]
    # Classes of a private descriptor pool have no static types.
    request_class: Any = method.request
    response_class: Any = method.response
    with _channel(endpoint) as channel:
        call = channel.unary_unary(
            method.path,
            request_serializer=request_class.SerializeToString,
            response_deserializer=response_class.FromString,
        )
        request = request_class(microgrid_id=microgrid_id)
        request.pagination_params.page_size = PAGE_SIZE
        seen: set[str] = set()
        while True:
            try:
                page = call(request, timeout=endpoint.timeout_s, metadata=endpoint.metadata)
            except grpc.RpcError as error:
                raise _refused(endpoint, error) from None
            yield from page.dispatches
            token = page.pagination_info.next_page_token
            if not token:
                return
            if token in seen:
                text = f"{endpoint.target} returned the same page token twice"
                raise FetchError(Exit.USAGE, text)
            seen.add(token)
            request = request_class(microgrid_id=microgrid_id)
            request.pagination_params.page_token = token


def _channel(endpoint: Endpoint) -> Any:
    import grpc

    options = [("grpc.max_receive_message_length", MAX_REPLY_BYTES), ("grpc.enable_retries", 0)]
    if not endpoint.tls and endpoint.ca is None:
        return grpc.insecure_channel(endpoint.target, options=options)
    try:
        roots = None if endpoint.ca is None else endpoint.ca.read_bytes()
    except OSError as error:
        text = f"--ca: cannot read {endpoint.ca}: {error.strerror}"
        raise FetchError(Exit.USAGE, text) from None
    if roots is not None and b"BEGIN CERTIFICATE" not in roots:
        raise FetchError(Exit.USAGE, f"--ca: {endpoint.ca} holds no certificate in PEM form")
    credentials = grpc.ssl_channel_credentials(root_certificates=roots)
    return grpc.secure_channel(endpoint.target, credentials, options=options)


def _refused(endpoint: Endpoint, error: Any) -> FetchError:
    """Return what a failed call means for the caller."""
    import grpc

    status = error.code()
    details = " ".join(str(error.details()).split())[:300]
    if status in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
        why = (
            f"no answer within {endpoint.timeout_s:g} s"
            if status is grpc.StatusCode.DEADLINE_EXCEEDED
            else details
        )
        return FetchError(Exit.UNREACHABLE, f"{endpoint.target} cannot be reached: {why}")
    if status is grpc.StatusCode.UNIMPLEMENTED:
        return FetchError(Exit.USAGE, f"{endpoint.target} does not serve {SERVICE}")
    return FetchError(Exit.USAGE, f"{endpoint.target} answered {status.name}: {details}")


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
