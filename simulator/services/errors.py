"""What a service refuses, independent of any transport.

    ServiceError     a refusal with a code, one sentence, and details where its API has them
    └── (no more)    callers branch on the code, as they would on the wire

`Code` carries the numbers of gRPC status codes, so that a server maps them without a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum, unique
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.protobuf.message import Message

_LONGEST_TEXT = 500


@unique
class Code(IntEnum):
    """Status codes a service answers with; numbers of `grpc.StatusCode`."""

    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


class ServiceError(Exception):
    """A refused call. The text names the field, its value and the bound it breaks.

    `details` are messages of `google/rpc/error_details.proto`, of protobuf's default pool; each
    kind stands in them at most once (AIP-193).
    """

    def __init__(self, code: Code, text: str, details: Sequence[Message] = ()) -> None:
        # Statuses travel in HTTP/2 trailers, which peers limit to a few kilobytes.
        self.text = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
        super().__init__(self.text)
        self.code = code
        self.details = tuple(details)


def invalid(text: str) -> ServiceError:
    """Return the refusal of a malformed or impossible request."""
    return ServiceError(Code.INVALID_ARGUMENT, text)


def shown(value: object, longest: int = 60) -> str:
    """Return a value as an error text shows it: quoted if it is text, and never long."""
    text = repr(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"
