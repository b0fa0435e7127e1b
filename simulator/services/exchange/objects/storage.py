"""Where bytes are kept: files that people upload, and exports that the server writes.

A storage knows keys and bytes, no users and no names. Keys are ours: short ids, never text that a
caller has chosen.
"""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol

from simulator.services.exchange.objects.ranges import AskedRange

Method = Literal["GET", "PUT"]
"""What a URL is good for; one for GET answers HEAD, too, from our own server."""


@dataclass(frozen=True, kw_only=True)
class ObjectInfo:
    """What is known of an object without reading it."""

    size_bytes: int
    etag: str
    """MD5 of the content in hexadecimal, without quotes; S3 has other forms for large objects."""


@dataclass(frozen=True, kw_only=True)
class OpenObject:
    """An object, or a part of it, that is about to be read."""

    info: ObjectInfo
    """Of the whole object."""
    start: int
    """First byte that `chunks` gives."""
    stop: int
    """The byte behind the last one."""
    chunks: AsyncIterator[bytes]


class ObjectStorage(Protocol):
    """Keeps objects by key."""

    @property
    def tells(self) -> bool:
        """Whether uploads pass through our own server, which then knows of each at once."""
        ...

    async def put(
        self, key: str, chunks: AsyncIterable[bytes], *, length: int | None = None
    ) -> ObjectInfo:
        """Keep an object, replacing one of the same key as a whole, or nothing at all.

        Args:
            key: of the object.
            chunks: its bytes; if they raise, nothing is kept, and what was there stays.
            length: how many bytes there have to be; None: as many as come.

        Raises:
            ObjectError: too many bytes, or not as many as `length`.
        """
        ...

    async def open(self, key: str, asked: AskedRange | None = None) -> OpenObject:
        """Return an object, or the part of it that is asked for, ready to be read once.

        Raises:
            ObjectError: there is none, or it has nothing of what is asked for.
        """
        ...

    async def head(self, key: str) -> ObjectInfo | None:
        """Return what is known of an object; None: there is none."""
        ...

    async def delete(self, key: str) -> None:
        """Remove an object; nothing if there is none."""
        ...

    def presign(self, method: Method, key: str, lifetime_s: int) -> str:
        """Return a URL at which anyone can do that with an object, for seconds of real time."""
        ...

    def clear(self) -> None:
        """Let nothing that was kept be found again, and no URL that was made be good."""
        ...

    def close(self) -> None:
        """Give back what the storage occupies of this machine; it is not used again."""
        ...
