"""Message classes of the dispatch API.

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
