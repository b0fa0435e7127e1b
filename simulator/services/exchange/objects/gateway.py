"""What an HTTP server puts before the local storage: presigned URLs in, bytes out.

Free of any transport: a server hands over method, key, query and body, and maps `ObjectError` to
its status and XML body.
"""

from collections.abc import AsyncIterable, Callable, Mapping

from simulator.services.exchange.objects.errors import no_such_key
from simulator.services.exchange.objects.local import LocalObjects
from simulator.services.exchange.objects.ranges import read_range
from simulator.services.exchange.objects.storage import ObjectInfo, OpenObject


class Gateway:
    """The door of a local storage.

    Args:
        objects: behind it.
        is_awaited: whether there is something that an upload of a key would belong to.
        uploaded: told of each upload once it is kept.
    """

    def __init__(
        self,
        objects: LocalObjects,
        is_awaited: Callable[[str], bool],
        uploaded: Callable[[str, ObjectInfo], None],
    ) -> None:
        self._objects = objects
        self._is_awaited = is_awaited
        self._uploaded = uploaded

    async def upload(
        self,
        key: str,
        query: Mapping[str, str],
        chunks: AsyncIterable[bytes],
        length: int | None = None,
    ) -> ObjectInfo:
        """Keep the body of a PUT; the answer is 200 with the ETag in quotes.

        `chunks` must raise if the connection ends before the body does.

        Raises:
            ObjectError: 403 bad URL, 404 what it belonged to was deleted, 400 size.
        """
        self._objects.signer.check("PUT", key, query)
        if not self._is_awaited(key):
            raise no_such_key()
        info = await self._objects.put(key, chunks, length=length)
        if not self._is_awaited(key):  # deleted while the bytes were coming
            await self._objects.delete(key)
            raise no_such_key()
        self._uploaded(key, info)
        return info

    async def download(
        self, key: str, query: Mapping[str, str], range_header: str | None = None
    ) -> OpenObject:
        """Return what a GET asks for: 200, or 206 if it is less than the whole object.

        Raises:
            ObjectError: 403 bad URL, 404 nothing there, 416 range.
        """
        self._objects.signer.check("GET", key, query)
        return await self._objects.open(key, read_range(range_header))

    async def describe(self, key: str, query: Mapping[str, str]) -> ObjectInfo:
        """Return what a HEAD asks for.

        Raises:
            ObjectError: 403 bad URL, 404 nothing there.
        """
        self._objects.signer.check("HEAD", key, query)
        info = await self._objects.head(key)
        if info is None:
            raise no_such_key()
        return info
