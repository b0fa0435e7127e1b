"""Files of a data store: `storage_*DataStoreFile`, their uploads and downloads.

Bytes travel by presigned URLs, never through the API. A file is there from the moment at which its
upload URL is made; its size is known once its upload is confirmed. The same name twice makes two
files, unless the policy refuses that.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import dataclass, replace
from mimetypes import MimeTypes
from typing import TYPE_CHECKING, Final

from simulator.services.errors import shown
from simulator.services.exchange.errors import conflict, limit, unauthorized
from simulator.services.exchange.objects.errors import ObjectError
from simulator.services.exchange.rights import Need
from simulator.services.exchange.texts import check_description, check_file_name, iso
from simulator.services.exchange.tree import DataStoreDirectory, DataStoreFile, DataStoreObject

if TYPE_CHECKING:
    from simulator.services.exchange.core import Core
    from simulator.services.exchange.notices import Listener
    from simulator.services.exchange.objects.storage import ObjectInfo
    from simulator.services.exchange.people import User

_SECOND_US: Final = 1_000_000
_TYPES: Final = MimeTypes()
_BYTES: Final = "application/octet-stream"


@dataclass(frozen=True, kw_only=True)
class PresignedUrl:
    """Where bytes go to or come from."""

    url: str
    upload_id: str | None = None
    item_id: str | None = None
    """The file's id."""


@dataclass(frozen=True, kw_only=True)
class UploadStatus:
    """An upload that was confirmed."""

    upload_id: str
    http_status_code: int = 200
    error_message: str | None = None


class Files:
    """The operations on files."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.confirmation_delay_s = core.policy.upload_confirmation_delay_s
        """How long a confirmation takes, in the world's time; faults change it."""

    def create_data_store_file(
        self,
        caller: User,
        data_store_directory_id: str,
        data_store_id: str,
        name: str,
        file_extension: str,
        description: str | None = None,
    ) -> PresignedUrl:
        """Make a file without content, and return where its bytes are to be put.

        Raises:
            ExchangeError: Unauthorized, also for a directory of another store; ValidationError,
                name, extension or description; ConflictException, the name is taken where the
                policy minds.
        """
        core = self._core
        core.store(caller, data_store_id, Need.WRITE)
        core.check_place(data_store_id, data_store_directory_id)
        check_file_name(name, file_extension)
        _check_free(core, data_store_directory_id, name, file_extension)
        file = DataStoreFile(
            data_store_file_id=core.ids.new("dataStoreFile"),
            data_store_id=data_store_id,
            data_store_directory_id=data_store_directory_id,
            name=name,
            file_extension=file_extension,
            description=check_description(description),
            storage_size_bytes=None,
            owner_user_id=caller.user_id,
            s3_confirmed_upload=False,
            last_modified=iso(core.clock.now_us()),
            content_type=_content_type(file_extension),
            upload_id=core.ids.new("upload"),
        )
        core.tree.put_file(file)
        key = file.data_store_file_id
        url = core.objects.presign("PUT", key, core.policy.url_lifetime_s)
        return PresignedUrl(url=url, upload_id=file.upload_id, item_id=key)

    async def get_data_store_file(self, caller: User, data_store_file_id: str) -> DataStoreFile:
        """Return the metadata of a file that the caller may read.

        Raises:
            ExchangeError: Unauthorized.
        """
        return await self._present(self._core.file(caller, data_store_file_id, Need.READ))

    def get_data_store_file_download_url(
        self, caller: User, data_store_file_id: str, data_store_id: str | None = None
    ) -> PresignedUrl:
        """Return where the bytes of a file are to be had; 404 there while nothing was uploaded.

        Raises:
            ExchangeError: Unauthorized, also if it is in another store than the one given.
        """
        core = self._core
        file = core.file(caller, data_store_file_id, Need.READ)
        if data_store_id not in (None, file.data_store_id):
            raise unauthorized()
        url = core.objects.presign("GET", data_store_file_id, core.policy.url_lifetime_s)
        return PresignedUrl(url=url, item_id=data_store_file_id)

    async def update_data_store_file(
        self,
        caller: User,
        data_store_file_id: str,
        name: str | None = None,
        description: str | None = None,
        data_store_directory_id: str | None = None,
    ) -> DataStoreFile:
        """Change what is given of a file: its name before the extension, its place in its store.

        Raises:
            ExchangeError: as `create_data_store_file`.
        """
        core = self._core
        await self._present(core.file(caller, data_store_file_id, Need.WRITE))
        before = core.file(caller, data_store_file_id, Need.WRITE)
        after = replace(
            before,
            name=before.name if name is None else name,
            description=before.description if description is None else description,
            data_store_directory_id=data_store_directory_id or before.data_store_directory_id,
        )
        if after == before:
            return before
        core.check_place(before.data_store_id, after.data_store_directory_id)
        check_file_name(after.name, after.file_extension)
        check_description(after.description)
        place = (before.name, before.data_store_directory_id)
        if (after.name, after.data_store_directory_id) != place:
            _check_free(core, after.data_store_directory_id, after.name, after.file_extension)
        after = replace(after, last_modified=iso(core.clock.now_us()))
        core.tree.put_file(after)
        return after

    async def delete_data_store_file(self, caller: User, data_store_file_id: str) -> DataStoreFile:
        """Remove a file and its bytes; returns what it was.

        Raises:
            ExchangeError: Unauthorized.
        """
        await self._present(self._core.file(caller, data_store_file_id, Need.WRITE))
        file = self._core.file(caller, data_store_file_id, Need.WRITE)
        self._core.tree.remove_file(data_store_file_id)
        await self._core.objects.delete(data_store_file_id)
        return file

    async def contents(self, directory: DataStoreDirectory) -> list[DataStoreObject]:
        """Return what stands in a directory that was given to its reader, oldest first."""
        found = []
        for each in self._core.tree.contents(directory.data_store_directory_id):
            if isinstance(each, DataStoreFile):
                found.append(DataStoreObject(data_store_file=await self._present(each)))
            else:
                found.append(DataStoreObject(data_store_directory=each))
        return found

    async def save(
        self,
        caller: User,
        directory: DataStoreDirectory,
        name: str,
        file_extension: str,
        chunks: AsyncIterable[bytes],
        description: str | None = None,
    ) -> DataStoreFile:
        """Keep a file whose bytes are at hand, such as a report that the server makes.

        Raises:
            ExchangeError: as `create_data_store_file`; LimitExceeded, too many bytes; Unauthorized,
                it was deleted while its bytes were coming.
        """
        made = self.create_data_store_file(
            caller,
            directory.data_store_directory_id,
            directory.data_store_id,
            name,
            file_extension,
            description,
        )
        key = str(made.item_id)
        try:
            info = await self._core.objects.put(key, chunks)
        except BaseException as error:
            if self.is_awaited(key):
                self._core.tree.remove_file(key)
            if isinstance(error, ObjectError):
                raise limit(error.text) from None
            raise
        if not self.is_awaited(key):  # deleted while the bytes were coming
            await self._core.objects.delete(key)
        self.uploaded(key, info)
        return self._core.tree.file(key)

    def listen_upload(self, caller: User, upload_id: str) -> Listener:
        """Return what yields an UploadStatus once the upload is confirmed, also if it is already.

        Raises:
            ExchangeError: Unauthorized.
        """
        for file in self._core.tree.files.values():
            if file.upload_id == upload_id:
                self._core.file(caller, file.data_store_file_id, Need.READ)
                return self._core.notices.listen(_topic(upload_id))
        raise unauthorized()

    def is_awaited(self, key: str) -> bool:
        """Whether a key is that of a file, so that bytes may be put there."""
        return key in self._core.tree.files

    def uploaded(self, key: str, info: ObjectInfo) -> None:
        """Note that the bytes of a file have come; it is confirmed after the delay.

        Nothing if there is no such file any more.
        """
        if self.confirmation_delay_s > 0:
            delay_us = int(self.confirmation_delay_s * _SECOND_US)
            self._core.timers.after(delay_us, lambda due_us: self._confirm(key, info))
        else:
            self._confirm(key, info)

    def _confirm(self, key: str, info: ObjectInfo) -> None:
        file = self._core.tree.files.get(key)
        is_known = file is not None and file.s3_confirmed_upload and not self._core.objects.tells
        if file is None or is_known:
            return
        confirmed = replace(
            file,
            storage_size_bytes=info.size_bytes,
            s3_confirmed_upload=True,
            last_modified=iso(self._core.clock.now_us()),
        )
        self._core.tree.put_file(confirmed)
        status = UploadStatus(upload_id=file.upload_id)
        self._core.notices.publish(_topic(file.upload_id), status, keep=True)

    async def _present(self, file: DataStoreFile) -> DataStoreFile:
        """Return a file as it is now; of a storage that tells nothing, ask whether bytes came."""
        key = file.data_store_file_id
        if self._core.objects.tells or file.s3_confirmed_upload:
            return file
        info = await self._core.objects.head(key)
        if info is not None:
            self.uploaded(key, info)
        return self._core.tree.files.get(key, file)


def _content_type(file_extension: str) -> str:
    type, encoding = _TYPES.guess_type(f"x.{file_extension}")
    return _BYTES if type is None or encoding is not None else type


def _topic(upload_id: str) -> tuple[str, str]:
    return "upload", upload_id


def _check_free(core: Core, directory_id: str, name: str, file_extension: str) -> None:
    if core.policy.same_file_twice:
        return
    for each in core.tree.contents(directory_id):
        if isinstance(each, DataStoreFile) and (each.name, each.file_extension) == (
            name,
            file_extension,
        ):
            raise conflict(f"name: there is a file {shown(name)} already")
