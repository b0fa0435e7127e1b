"""The limits of a dispatch's payload, a JSON object.

At most 5 levels of objects and lists, the payload itself being the first, and at most 51,200 bytes
(50 KB) as compact JSON in UTF-8. Source: seed 000, DispatchData.payload; how levels and bytes are
counted is our choice. Scripts cannot be told from text: they are kept as they are, never run.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from simulator.services.errors import invalid
from simulator.services.structs import read_struct

MAX_LEVELS: Final = 5
MAX_BYTES: Final = 51_200
_MAX_ENCODED: Final = 8 * MAX_BYTES
"""No JSON text grows more than sixfold by being encoded as a Struct (a digit becomes a double)."""


def check_payload(struct: Any, field: str) -> None:
    """Refuse a payload that breaks a limit.

    Raises:
        ServiceError: INVALID_ARGUMENT, naming `field`.
    """
    if (size := struct.ByteSize()) > _MAX_ENCODED:
        raise invalid(f"{field}: {size} encoded bytes cannot be within {MAX_BYTES} bytes of JSON")
    value = read_struct(struct, field, MAX_LEVELS)
    if (size := len(json_bytes(value))) > MAX_BYTES:
        raise invalid(f"{field}: {size} bytes of JSON, at most {MAX_BYTES} are allowed")


def check_json(struct: Any, field: str) -> None:
    """Refuse only what is not JSON at all, whatever its size and depth."""
    read_struct(struct, field)


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """Return the compact JSON text whose length counts."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
