"""Fetches the schedule of a microgrid from any endpoint that speaks the dispatch API.

Pages through ListMicrogridDispatches of `frequenz.api.dispatch.v1`; both generations of the API
read the same requests. Every call has a deadline.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fixtures.terminal import Exit

from .fetching_endpoint import Endpoint, FetchError, parse_metadata

if TYPE_CHECKING:
    from simulator.microgrid.dispatch import Dispatch

__all__ = ["SERVICE", "Endpoint", "FetchError", "fetch_schedule", "parse_metadata"]

SERVICE = "frequenz.api.dispatch.v1.MicrogridDispatchService"
METHOD = "ListMicrogridDispatches"
PAGE_SIZE = 500


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

    method = load("dispatch", generation="1.1").methods(SERVICE)[METHOD]
    # Classes of a private descriptor pool have no static types.
    request_class: Any = method.request
    response_class: Any = method.response
    with endpoint.channel() as channel:
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
                # A signature is good for one call.
                headers = endpoint.headers(
                    METHOD, now_s=time.time(), nonce=secrets.token_urlsafe(16)
                )
                page = call(request, timeout=endpoint.timeout_s, metadata=headers)
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
