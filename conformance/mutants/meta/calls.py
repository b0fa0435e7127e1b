"""One call of either transport: permission, admission, then the method, one call at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.mutants.meta.service import Service
from conformance.oracles.meta.model import Kind

METHODS = {
    "get": "Get{0}",
    "batchGet": "BatchGet{0}s",
    "list": "List{0}s",
    "watch_one": "Watch{0}",
    "watch": "Watch{0}s",
}
"""Names of methods by their short ones."""


def call(
    service: Service, kind: Kind, short: str, request: Any, metadata: Mapping[str, str]
) -> Any:
    """Answer a unary method.

    Raises:
        Refuse: the call is refused.
    """
    policy = service.policy
    policy.guard(service.book, policy.permission(kind, short), metadata)
    policy.admits(request)
    method = {"get": service.get, "batchGet": service.batch_get, "list": service.list}[short]
    with service.book.news:
        return method(kind, request)


def open_stream(
    service: Service,
    kind: Kind,
    short: str,
    request: Any,
    metadata: Mapping[str, str],
    alive: Callable[[], bool],
) -> Iterator[Any]:
    """The responses of a watch.

    Raises:
        Refuse: the watch is refused, at once or later.
    """
    policy = service.policy
    policy.guard(service.book, policy.permission(kind, short), metadata)
    policy.admits(request)
    method = service.watch if short == "watch" else service.watch_one
    with service.book.news:
        return method(kind, request, metadata, alive).responses()
