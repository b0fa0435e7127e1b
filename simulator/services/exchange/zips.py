"""Several files and directories as one ZIP archive: `storage_getDataStoreZipDownloadUrl`.

The archive is made when it is asked for, from the files whose bytes have come, and streams from
storage to storage. Names inside it stay below the folder that it is unpacked to, whatever the files
are called.
"""

from __future__ import annotations

from asyncio import sleep
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import RawIOBase
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZipFile, ZipInfo

from simulator.services.exchange.errors import invalid, limit
from simulator.services.exchange.files import PresignedUrl
from simulator.services.exchange.objects.errors import ObjectError
from simulator.services.exchange.rights import Need
from simulator.services.exchange.tree import DataStoreFile, ObjectType

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from simulator.services.exchange.core import Core
    from simulator.services.exchange.people import User

MOST_FILES: Final = 1000
"""Files of one archive (our choice)."""
_KEPT: Final = 16
"""Archives that are kept; the oldest one goes for a new one."""
_UNIX_FILE: Final = 0o100644 << 16


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file in an archive."""

    name: str
    """With the directories above it, as far as they were asked for."""
    file: DataStoreFile


class Zips:
    """The operation, and the archives that it has made."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._made: deque[str] = deque()

    async def get_data_store_zip_download_url(
        self, caller: User, data_store_object_ids: Sequence[Mapping[str, Any]]
    ) -> PresignedUrl:
        """Return where an archive of files and directories is to be had.

        Each of `data_store_object_ids` has an `objectType` and the `dataStoreFileId` or
        `dataStoreDirectoryId` that fits it.

        Raises:
            ExchangeError: Unauthorized; ValidationError, none, or an id is missing; LimitExceeded,
                too many files or bytes.
        """
        if not data_store_object_ids:
            raise invalid("dataStoreObjectIds: is empty")
        entries = self._entries(caller, data_store_object_ids)
        key = self._core.ids.new("zip")
        try:
            await self._core.objects.put(key, self._archive(entries))
        except ObjectError as error:
            raise limit(error.text) from None
        self._made.append(key)
        if len(self._made) > _KEPT:
            await self._core.objects.delete(self._made.popleft())
        url = self._core.objects.presign("GET", key, self._core.policy.url_lifetime_s)
        return PresignedUrl(url=url)

    def _entries(self, caller: User, asked: Sequence[Mapping[str, Any]]) -> list[Entry]:
        names: Counter[str] = Counter()
        entries: list[Entry] = []
        for folders, file in self._files(caller, asked):
            if len(entries) == MOST_FILES:
                raise limit(f"an archive has at most {MOST_FILES} files")
            entries.append(Entry(name=_free_name(folders, file, names), file=file))
        return entries

    def _files(
        self, caller: User, asked: Sequence[Mapping[str, Any]]
    ) -> Iterator[tuple[tuple[str, ...], DataStoreFile]]:
        """Yield each file that is asked for, with the names of the directories above it."""
        core = self._core
        for each in asked:
            if each["objectType"] == ObjectType.FILE:
                file_id = _given(each, "dataStoreFileId")
                yield (), core.file(caller, file_id, Need.READ)
                continue
            directory_id = _given(each, "dataStoreDirectoryId")
            top = core.directory(caller, directory_id, Need.READ)
            depth = len(core.tree.path(top.data_store_directory_id)) - 1
            for directory in core.tree.below(top.data_store_directory_id):
                id = directory.data_store_directory_id
                path = [above.name for above in reversed(core.tree.path(id))]
                for file in core.tree.contents(id):
                    if isinstance(file, DataStoreFile):
                        yield tuple(path[depth:]), file

    async def _archive(self, entries: Sequence[Entry]) -> AsyncIterator[bytes]:
        moment = datetime.fromtimestamp(self._core.clock.now_us() // 1_000_000, UTC)
        date = (max(moment.year, 1980), *moment.timetuple()[1:6])
        pipe = _Pipe()
        # Stored, not compressed: compressing would hold up everyone else.
        with ZipFile(pipe, "w") as archive:
            for entry in entries:
                try:
                    content = await self._core.objects.open(entry.file.data_store_file_id)
                except ObjectError:
                    continue  # nothing was uploaded, or it was deleted meanwhile
                member = ZipInfo(entry.name, date)
                member.external_attr = _UNIX_FILE
                member.file_size = content.info.size_bytes
                with archive.open(member, "w") as written:
                    async for chunk in content.chunks:
                        written.write(chunk)
                        yield pipe.taken()
                        await sleep(0)  # local files never wait, and others want their turn
        yield pipe.taken()


class _Pipe(RawIOBase):
    """Takes what an archive writes, front to back."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, chunk: ReadableBuffer, /) -> int:
        self._chunks.append(bytes(chunk))
        return len(self._chunks[-1])

    def taken(self) -> bytes:
        content = b"".join(self._chunks)
        self._chunks.clear()
        return content


def _given(asked: Mapping[str, Any], field: str) -> str:
    if not (id := asked.get(field)):
        raise invalid(f"dataStoreObjectIds: {field} is missing")
    return str(id)


def _free_name(folders: Sequence[str], file: DataStoreFile, names: Counter[str]) -> str:
    """Return a name that is not in the archive yet, and count it."""
    dot = "." if file.file_extension else ""
    above = "".join(f"{_harmless(each)}/" for each in folders)
    first = name = above + _harmless(f"{file.name}{dot}{file.file_extension}")
    while names[name]:
        names[first] += 1
        name = above + _harmless(f"{file.name} ({names[first]}){dot}{file.file_extension}")
    names[name] += 1
    return name


def _harmless(name: str) -> str:
    """Return a name that is no path, on any system."""
    plain = name.replace("\\", "_").replace(":", "_")
    return plain if plain.strip(". ") else plain.replace(".", "_")
