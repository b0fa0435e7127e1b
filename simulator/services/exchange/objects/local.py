"""Objects as files of a folder, reached through URLs that are signed here.

An object exists as soon as the table names its file, and files have names of our own making: no key
ever becomes part of a path, and a cut upload leaves nothing. The table lives as long as the
process, so a storage begins with a folder of its own and takes it away in the end.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import md5
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import BinaryIO, Final

from simulator.services.exchange.objects.errors import incomplete, no_such_key, too_large
from simulator.services.exchange.objects.ranges import AskedRange
from simulator.services.exchange.objects.signing import UrlSigner
from simulator.services.exchange.objects.storage import Method, ObjectInfo, OpenObject

MOST_BYTES: Final = 2**31 - 1
"""Largest object: sizes travel as GraphQL's Int."""
_CHUNK: Final = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class _Kept:
    info: ObjectInfo
    path: Path


class LocalObjects:
    """Keeps objects below a folder.

    Args:
        folder: where it may make a folder of its own; made if absent.
        signer: makes the URLs, and checks them for the `Gateway`.
        most_bytes: largest object.
    """

    tells: Final = True

    def __init__(self, folder: Path, signer: UrlSigner, *, most_bytes: int = MOST_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.signer = signer
        self._most_bytes = most_bytes
        self._folder = Path(mkdtemp(prefix="objects-", dir=folder))
        self._numbers = count()
        self._kept: dict[str, _Kept] = {}

    async def put(
        self, key: str, chunks: AsyncIterable[bytes], *, length: int | None = None
    ) -> ObjectInfo:
        """Keep an object as a whole, or nothing at all.

        Chunks are written as they come, by the event loop itself: handing such small pieces to a
        thread would cost more than writing them.

        Raises:
            ObjectError: too many bytes, or not as many as `length`.
        """
        if length is not None and length > self._most_bytes:
            raise too_large(self._most_bytes)
        most = self._most_bytes if length is None else length
        size, checksum = 0, md5(usedforsecurity=False)
        with self._written() as (path, file):
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise too_large(most) if length is None else incomplete(most)
                checksum.update(chunk)
                file.write(chunk)
            if length is not None and size != length:
                raise incomplete(length)
        info = ObjectInfo(size_bytes=size, etag=checksum.hexdigest())
        replaced = self._kept.get(key)
        self._kept[key] = _Kept(info=info, path=path)
        if replaced is not None:
            replaced.path.unlink(missing_ok=True)
        return info

    async def open(self, key: str, asked: AskedRange | None = None) -> OpenObject:
        """Return an object or a part of it, ready to be read.

        Raises:
            ObjectError: there is none, or it has nothing of what is asked for.
        """
        kept = self._kept.get(key)
        if kept is None:
            raise no_such_key()
        size = kept.info.size_bytes
        start, stop = (0, size) if asked is None else asked.within(size)
        return OpenObject(
            info=kept.info, start=start, stop=stop, chunks=_read(kept.path, start, stop)
        )

    async def head(self, key: str) -> ObjectInfo | None:
        """Return what is known of an object; None: there is none."""
        kept = self._kept.get(key)
        return None if kept is None else kept.info

    async def delete(self, key: str) -> None:
        """Remove an object; nothing if there is none."""
        kept = self._kept.pop(key, None)
        if kept is not None:
            kept.path.unlink(missing_ok=True)

    def presign(self, method: Method, key: str, lifetime_s: int) -> str:
        """Return a URL at which anyone can do that with an object, for seconds of real time."""
        return self.signer.url(method, key, lifetime_s)

    def clear(self) -> None:
        """Let nothing that was kept be found again, and no URL that was made be good."""
        for kept in self._kept.values():
            kept.path.unlink(missing_ok=True)
        self._kept.clear()
        self.signer.renew()

    def close(self) -> None:
        """Take the folder away with all that is in it."""
        self._kept.clear()
        rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def _written(self) -> Iterator[tuple[Path, BinaryIO]]:
        """Give a new file to write to; it is gone again if anything is raised."""
        path = self._folder / str(next(self._numbers))
        try:
            with path.open("xb") as file:
                yield path, file
        except BaseException:
            path.unlink(missing_ok=True)
            raise


async def _read(path: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    # Opened only now: an answer whose reader has gone is never asked for its first chunk. A file
    # that was removed since then ends the answer early, which its length tells the reader.
    with path.open("rb") as file:
        file.seek(start)
        while start < stop:
            chunk = file.read(min(_CHUNK, stop - start))
            if not chunk:
                return
            start += len(chunk)
            yield chunk
