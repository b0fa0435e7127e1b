"""What a service refuses, independent of any transport.

    ServiceError     a refusal with a code and one sentence
    └── (no more)    callers branch on the code, as they would on the wire

`Code` carries the numbers of gRPC status codes, so that a server maps them without a table.
"""

from enum import IntEnum, unique

_LONGEST_TEXT = 500


@unique
class Code(IntEnum):
    """Status codes a service answers with; numbers of `grpc.StatusCode`."""

    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
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
    """A refused call. The text names the field, its value and the bound it breaks."""

    def __init__(self, code: Code, text: str) -> None:
        # Statuses travel in HTTP/2 trailers, which peers limit to a few kilobytes.
        self.text = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
        super().__init__(self.text)
        self.code = code


def invalid(text: str) -> ServiceError:
    """Return the refusal of a malformed or impossible request."""
    return ServiceError(Code.INVALID_ARGUMENT, text)


def shown(value: object, longest: int = 60) -> str:
    """Return a value as an error text shows it: quoted if it is text, and never long."""
    text = repr(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"
