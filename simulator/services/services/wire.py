"""Message classes of the services API, and the pieces its replies are joined of.

Both published generations have the same fields, numbers and enum values, so the classes of the
newer one read and write for both; only the names of their methods differ.
"""

from typing import Any, Final

from fixtures.contracts import load
from simulator.services import instants
from simulator.services.wire import delimited, uint

CONTRACT: Final = load("services", "v1")
PACKAGE: Final = "smartcore.bos.services.v1"
SERVICES: Final = {"v1": f"{PACKAGE}.ServicesApi", "v0": "smartcore.bos.ServicesApi"}
"""Full name of the service by generation."""

# Protobuf classes of a private pool have no static types; Any keeps that at this edge.
Service: Final[Any] = CONTRACT.message(f"{PACKAGE}.Service")
Metadata: Final[Any] = CONTRACT.message(f"{PACKAGE}.ServiceMetadata")
_Timestamp: Final[Any] = CONTRACT.message("google.protobuf.Timestamp")

ADD: Final = 1
UPDATE: Final = 2
REMOVE: Final = 3


def instant(field: int, t_us: int) -> bytes:
    """Return an encoded timestamp as a field of whatever carries it."""
    timestamp = _Timestamp()
    instants.write(timestamp, t_us)
    return delimited(field, timestamp.SerializeToString())


def service_change(name: str, service: bytes, at_us: int) -> bytes:
    """Return a change as field 1 of PullServiceResponse."""
    content = _text(1, name) + delimited(2, service) + instant(3, at_us)
    return delimited(1, content)


def services_change(
    name: str, kind: int, *, new: bytes | None, old: bytes | None, at_us: int
) -> bytes:
    """Return a change as field 1 of PullServicesResponse."""
    parts = [_text(1, name), uint(2, kind)]
    if new is not None:
        parts.append(delimited(3, new))
    if old is not None:
        parts.append(delimited(4, old))
    parts.append(instant(5, at_us))
    return delimited(1, b"".join(parts))


def metadata_change(name: str, metadata: bytes, at_us: int) -> bytes:
    """Return a change as field 1 of PullServiceMetadataResponse."""
    content = _text(1, name) + delimited(2, metadata) + instant(3, at_us)
    return delimited(1, content)


def _text(field: int, text: str) -> bytes:
    return delimited(field, text.encode()) if text else b""
