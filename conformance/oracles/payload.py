"""How deep and how large a payload is, and whether a server has to take it.

Seed 000, DispatchData.payload: at most 5 levels and 50 KB. Whether the root counts as a level
(A18) and what is measured (A19: compact JSON, 50 000 or 51 200 bytes, or the encoded Struct) is
open, so there is a grey zone between what must be accepted and what must be refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

ACCEPTED_DEPTH = 5
REFUSED_DEPTH = 7
ACCEPTED_BYTES = 45_000
REFUSED_BYTES = 60_000

LimitVerdict = Literal["accept", "refuse", "grey"]


def depth(value: Any, *, lists: bool = True) -> int:
    """Nested containers from the root, which counts as 1; a scalar is 0.

    Without `lists` only objects count; what a list holds is still looked into.
    """
    if isinstance(value, Mapping):
        return 1 + max((depth(item, lists=lists) for item in value.values()), default=0)
    if isinstance(value, list | tuple):
        return int(lists) + max((depth(item, lists=lists) for item in value), default=0)
    return 0


def compact_size(value: Any) -> int:
    """Bytes of the shortest UTF-8 JSON: no blanks, whole numbers without a fraction."""
    text = json.dumps(_whole(value), separators=(",", ":"), ensure_ascii=False)
    return len(text.encode())


def struct_size(payload: Mapping[str, Any]) -> int:
    """Bytes of the payload as an encoded `google.protobuf.Struct`."""
    size = 0
    for key, value in payload.items():
        # One map entry: the key and the value, each a length-delimited field with a one-byte tag.
        size += _delimited(_delimited(len(key.encode())) + _delimited(_value_size(value)))
    return size


def judge_limits(payload: Mapping[str, Any]) -> LimitVerdict:
    """Whether the limits force a server to accept or to refuse, or leave it free ("grey").

    That lists count as levels is only strongly inferred, so lists alone never force a refusal.
    """
    sizes = (compact_size(payload), struct_size(payload))
    if depth(payload, lists=False) >= REFUSED_DEPTH or min(sizes) >= REFUSED_BYTES:
        return "refuse"
    if depth(payload) <= ACCEPTED_DEPTH and max(sizes) <= ACCEPTED_BYTES:
        return "accept"
    return "grey"


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(item) for item in value]
    return value


def _value_size(value: Any) -> int:
    if value is None or isinstance(value, bool):
        return 2
    if isinstance(value, int | float):
        return 9
    if isinstance(value, str):
        return _delimited(len(value.encode()))
    if isinstance(value, Mapping):
        return _delimited(struct_size(value))
    return _delimited(sum(_delimited(_value_size(item)) for item in value))


def _delimited(length: int) -> int:
    return 1 + max(1, (length.bit_length() + 6) // 7) + length
