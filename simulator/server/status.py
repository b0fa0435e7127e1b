"""The one place where refusals of services, and faults of ours, become gRPC statuses."""

import logging
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status

from simulator.services.errors import Code, ServiceError

DETAILS: Final = "grpc-status-details-bin"
"""The trailer that carries a `google.rpc.Status`."""
_TRAILER_BYTES: Final = 7000
"""What the trailers of a refusal may take: beyond 8 kB, gRPC drops them, and the code too."""
_FRAMING_BYTES: Final = 8
_BY_NUMBER: Final = {status.value[0]: status for status in grpc.StatusCode}
STATUS: Final = {code: _BY_NUMBER[code] for code in Code}
"""gRPC's codes by ours."""

_log = logging.getLogger(__name__)


def fault(what: str, error: Exception) -> ServiceError:
    """Report a fault of ours: a traceback on our side, one sentence for the caller."""
    _log.error("%s failed", what, exc_info=error)
    return ServiceError(Code.INTERNAL, f"internal error: {type(error).__name__}")


def trailers(error: ServiceError) -> tuple[tuple[str, bytes], ...]:
    """Return the trailers of a refusal beside its code and text: none without details.

    Details that are too large to travel are left out, the largest first.
    """
    if not error.details:
        return ()
    # The text stands in two trailers, and binary ones travel as Base64.
    room = (_TRAILER_BYTES - len(quote(error.text))) * 3 // 4 - len(error.text.encode())
    details = _fitting(packed(error.details), room)
    status = Status(code=error.code, message=error.text, details=details)
    return ((DETAILS, status.SerializeToString()),)


def details_of(trailers: Iterable[tuple[str, bytes]]) -> list[Any]:
    """Return the packed details that trailers of a refusal carry."""
    return list(Status.FromString(dict(trailers).get(DETAILS, b"")).details)


def packed(details: Iterable[Message]) -> list[Any]:
    """Return messages as `google.protobuf.Any`."""
    found = []
    for detail in details:
        found.append(Any())
        found[-1].Pack(detail)
    return found


def _fitting(details: Sequence[Any], room: int) -> list[Any]:
    sizes = [each.ByteSize() + _FRAMING_BYTES for each in details]
    left = sorted(range(len(details)), key=sizes.__getitem__)
    while left and sum(sizes[index] for index in left) > room:
        left.pop()
    return [details[index] for index in sorted(left)]
