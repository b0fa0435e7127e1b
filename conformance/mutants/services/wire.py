"""Messages of the naive services endpoint from plain values and back.

They are the endpoint's own conversions: an error in those with which the judge reads is seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.mutants.services.book import EMPTY, State
from fixtures.contracts import load

CONTRACT = load("services", "v1")
SERVICES = {"v1": "smartcore.bos.services.v1.ServicesApi", "v0": "smartcore.bos.ServicesApi"}
"""Full names of the service by generation; both have the same bytes."""
METHODS = CONTRACT.methods(SERVICES["v1"])
TOTALS = ("total_count", "type_counts", "total_active_count", "total_error_count")
SECOND_NS = 1_000_000_000

# Classes come from a private pool, so their fields are known at run time only: hence Any below.


def state_of(message: Any) -> State:
    """A Service message as plain values."""
    return {
        name: (stamp_of(message, name) if name.endswith("_time") else getattr(message, name))
        for name in EMPTY
    }


def stamp_of(message: Any, name: str) -> int | None:
    """A time in nanoseconds, None if unset."""
    if not message.HasField(name):
        return None
    stamp = getattr(message, name)
    return int(stamp.seconds) * SECOND_NS + int(stamp.nanos)


def fill(message: Any, values: Mapping[str, Any]) -> Any:
    """Set the fields of a message from plain values; gives the message."""
    for name, value in values.items():
        if value is None:
            continue
        if name.endswith("_time"):
            stamp = getattr(message, name)
            stamp.SetInParent()
            stamp.seconds, stamp.nanos = divmod(value, SECOND_NS)
        elif name == "type_counts":
            message.type_counts.update(value)
        elif isinstance(value, Mapping):
            inner = getattr(message, name)
            inner.SetInParent()
            fill(inner, value)
        else:
            setattr(message, name, value)
    return message


def reply(method: str, values: Mapping[str, Any]) -> Any:
    """The answer of a method that shows one thing."""
    return fill(METHODS[method].response(), values)


def pulled(method: str, changes: list[dict[str, Any]]) -> Any:
    """A message of a stream."""
    message: Any = METHODS[method].response()
    for change in changes:
        fill(message.changes.add(), change)
    return message


def paths_of(request: Any) -> list[str] | None:
    """The paths of the read mask of a request, None without one."""
    return list(request.read_mask.paths) if request.HasField("read_mask") else None
