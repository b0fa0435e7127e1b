"""Bodies of HTTP requests: whole and bounded, or as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Receive


class TooLarge(Exception):
    """A body that is larger than it may be."""


class Left(Exception):
    """The client went away before its body ended."""


async def chunks(receive: Receive) -> AsyncIterator[bytes]:
    """Yield a body piece by piece, as it comes.

    Raises:
        Left: it was cut.
    """
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Left
        if part := message.get("body", b""):
            yield part
        if not message.get("more_body", False):
            return


async def whole(receive: Receive, most: int) -> bytes:
    """Return a body.

    Raises:
        TooLarge: it has more than `most` bytes; the rest of it was not read.
        Left: it was cut.
    """
    parts, size = [], 0
    async for part in chunks(receive):
        size += len(part)
        if size > most:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)
