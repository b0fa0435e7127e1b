"""How a server asks for mercy: RESOURCE_EXHAUSTED, a RetryInfo among the details, Retry-After.

`google.rpc.Status` and `RetryInfo` are declared here, two fields of each, so that no further
package is needed to read them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import grpc
from google.protobuf import any_pb2, descriptor_pb2, duration_pb2
from google.protobuf.message import DecodeError

from fixtures.contracts import Contract

DETAILS_KEY = "grpc-status-details-bin"
RETRY_AFTER = "retry-after"
"""How HTTP says the same, in seconds."""
_RETRY_INFO = "google.rpc.RetryInfo"


@lru_cache(maxsize=1)
def contract() -> Contract:
    """The contract of the two messages, in a pool of its own."""
    file = descriptor_pb2.FileDescriptorProto(
        name="gridproof/rpc_status.proto", package="google.rpc", syntax="proto3"
    )
    field = descriptor_pb2.FieldDescriptorProto
    files = []
    for message, name, number, kind, source in (
        ("Status", "details", 3, "google.protobuf.Any", any_pb2),
        ("RetryInfo", "retry_delay", 1, "google.protobuf.Duration", duration_pb2),
    ):
        file.message_type.add(name=message).field.add(
            name=name,
            number=number,
            type=field.TYPE_MESSAGE,
            type_name=f".{kind}",
            label=field.LABEL_REPEATED if message == "Status" else field.LABEL_OPTIONAL,
        )
        file.dependency.append(source.DESCRIPTOR.name)
        imported = descriptor_pb2.FileDescriptorProto()
        source.DESCRIPTOR.CopyToProto(imported)
        files.append(imported)
    return Contract("google.rpc", [*files, file])


def retry_delay_s(failed: grpc.Call) -> float | None:
    """How long the server asks us to wait; None if it does not ask."""
    for key, value in failed.trailing_metadata() or ():
        if key == DETAILS_KEY:
            return _delay(value if isinstance(value, bytes) else value.encode())
        if key == RETRY_AFTER and str(value).isdigit():
            return float(value)
    return None


def begs(failed: grpc.Call) -> bool:
    """Whether the server asks to be spared."""
    exhausted = failed.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    return exhausted or retry_delay_s(failed) is not None


def _delay(data: bytes) -> float | None:
    # Messages of a private pool: their attributes are unknown to the type checker.
    status: Any = contract().message("google.rpc.Status")()
    try:
        status.ParseFromString(data)
        for detail in status.details:
            if detail.type_url.rpartition("/")[2] == _RETRY_INFO:
                info: Any = contract().message(_RETRY_INFO)()
                info.ParseFromString(detail.value)
                return float(info.retry_delay.seconds + info.retry_delay.nanos / 1e9)
    except DecodeError:
        return None
    return None
