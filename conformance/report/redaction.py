"""Takes credentials out of everything that is shown or written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

MARK = "[redacted]"


def redacted(value: Any, secrets: Iterable[str]) -> Any:
    """The same data with every occurrence of a secret in its texts replaced."""
    ordered = sorted({s for s in secrets if s}, key=len, reverse=True)
    return _redacted(value, ordered) if ordered else value


def _redacted(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MARK)
        return value
    if isinstance(value, dict):
        return {_redacted(k, secrets): _redacted(v, secrets) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item, secrets) for item in value]
    return value
