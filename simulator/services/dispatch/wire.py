"""Message classes of the dispatch API, and the pieces of wire format that replies are joined of.

The classes are those of generation 1.1, whose field numbers are a superset of generation 0.15's:
one decoder reads both, and what it writes both can read.
"""

from typing import Any, Final

from fixtures.contracts import load

CONTRACT: Final = load("dispatch")
PACKAGE: Final = "frequenz.api.dispatch.v1"
SERVICE: Final = f"{PACKAGE}.MicrogridDispatchService"

# Protobuf classes of a private pool have no static types; Any keeps that at this edge.
DispatchMessage: Final[Any] = CONTRACT.message(f"{PACKAGE}.Dispatch")
Metadata: Final[Any] = CONTRACT.message(f"{PACKAGE}.DispatchMetadata")
Data: Final[Any] = CONTRACT.message(f"{PACKAGE}.DispatchData")
Filter: Final[Any] = CONTRACT.message(f"{PACKAGE}.DispatchFilter")
Rule: Final[Any] = CONTRACT.message(f"{PACKAGE}.RecurrenceRule")
Update: Final[Any] = CONTRACT.message(f"{PACKAGE}.UpdateMicrogridDispatchRequest.DispatchUpdate")
PaginationInfo: Final[Any] = CONTRACT.message(
    "frequenz.api.common.v1alpha8.pagination.PaginationInfo"
)


def varint(number: int) -> bytes:
    """Return a number of at least 0 in the wire's variable length."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def uint(field: int, number: int) -> bytes:
    """Return an encoded number field, nothing at all for 0."""
    return varint(field << 3) + varint(number) if number else b""


def delimited(field: int, content: bytes) -> bytes:
    """Return an encoded field of a message, a string or bytes."""
    return varint(field << 3 | 2) + varint(len(content)) + content
