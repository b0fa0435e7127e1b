"""What several checks of the services API read, and how answers of refusals are taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import grpc

from conformance.judging import not_applicable, untestable
from conformance.oracles.services.model import Service
from conformance.targets.services import TOLERATED, ServicesTarget

T = TypeVar("T")

_Code = grpc.StatusCode

NOWHERE = frozenset({_Code.NOT_FOUND, _Code.UNIMPLEMENTED})
"""How a collection name that does not exist is refused; routers differ."""

ANY_REFUSAL = TOLERATED | {
    _Code.INVALID_ARGUMENT,
    _Code.NOT_FOUND,
    _Code.ALREADY_EXISTS,
    _Code.FAILED_PRECONDITION,
    _Code.OUT_OF_RANGE,
    _Code.ABORTED,
    _Code.RESOURCE_EXHAUSTED,
    _Code.UNIMPLEMENTED,
}
"""Statuses that say no; which of them is left to the server."""

BAD_REQUEST = TOLERATED | {_Code.INVALID_ARGUMENT}
"""How a mistake in a request is refused; the published service answers some with UNKNOWN."""

TRIES = 5
"""So often is something read that somebody else may change meanwhile."""


def writing(services: ServicesTarget) -> bool:
    """Whether a passive check may make a service of its own to read."""
    return services.writes and services.depth != "smoke"


def some(services: ServicesTarget) -> Service:
    """A service to read: a fresh one, or where nothing may be made the first that is there."""
    if writing(services) and services.session.lacks("ok") is None:
        return services.make()
    page = services.list(size=1)
    if not page.items:
        not_applicable(f"there is no service in {services.name} to read")
    return page.items[0]


def between_equal(services: ServicesTarget, id: str, look: Callable[[], T]) -> tuple[T, Service]:
    """What `look` gives while a service stays as it is, and the service.

    Raises:
        Untestable: it never does.
    """
    before = services.get(id)
    for _ in range(TRIES):
        value = look()
        after = services.get(id)
        if before == after:
            return value, after
        before = after
    untestable(f"service {id} never rests")
