"""Data stores, directories and files of the exchange API, with uploads and downloads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.failures import Nonconformance
from conformance.oracles.exchange.model import (
    DataStore,
    DataStoreDirectory,
    DataStoreFile,
    PresignedUrl,
)
from conformance.targets.exchange_objects import Objects
from conformance.targets.exchange_speaking import Speaking
from conformance.targets.http_client import Answer

MAX_DIRECTORIES = 2000
"""A walk that meets more directories than this goes in circles."""


class Storage(Speaking):
    """Operations that begin with `storage_`."""

    objects: Objects

    def list_data_stores(self) -> tuple[DataStore, ...]:
        """storage_listDataStores."""
        found: tuple[DataStore, ...] = self.ask("storage_listDataStores")
        return found

    def get_data_store(self, id: str) -> DataStore:
        """storage_getDataStore."""
        found: DataStore = self.ask("storage_getDataStore", dataStoreId=id)
        return found

    def get_directory(self, id: str, *, contents: int = 1) -> DataStoreDirectory:
        """storage_getDataStoreDirectory, contents to a depth."""
        found: DataStoreDirectory = self.ask(
            "storage_getDataStoreDirectory", contents=contents, dataStoreDirectoryId=id
        )
        return found

    def get_file(self, id: str) -> DataStoreFile:
        """storage_getDataStoreFile."""
        found: DataStoreFile = self.ask("storage_getDataStoreFile", dataStoreFileId=id)
        return found

    def download_url(self, file_id: str, *, store_id: str | None = None) -> PresignedUrl:
        """storage_getDataStoreFileDownloadUrl."""
        found: PresignedUrl = self.ask(
            "storage_getDataStoreFileDownloadUrl", dataStoreId=store_id, dataStoreFileId=file_id
        )
        return found

    def zip_url(self, *, files: tuple[str, ...] = (), directories: tuple[str, ...] = ()) -> str:
        """storage_getDataStoreZipDownloadUrl; the URL of an archive of these."""
        ids: list[dict[str, str]] = [
            *({"objectType": "FILE", "dataStoreFileId": id} for id in files),
            *({"objectType": "DIRECTORY", "dataStoreDirectoryId": id} for id in directories),
        ]
        found = self.ask("storage_getDataStoreZipDownloadUrl", dataStoreObjectIds=ids)
        return url_in(found)

    def create_file(
        self,
        *,
        store: str,
        directory: str,
        name: str,
        extension: str = "",
        description: str | None = None,
    ) -> PresignedUrl:
        """storage_createDataStoreFile; the upload is up to the caller."""
        found: PresignedUrl = self.ask(
            "storage_createDataStoreFile",
            dataStoreDirectoryId=directory,
            dataStoreId=store,
            name=name,
            fileExtension=extension,
            description=description,
        )
        return found

    def update_file(self, id: str, **fields: Any) -> DataStoreFile:
        """storage_updateDataStoreFile; name, description, dataStoreDirectoryId."""
        found: DataStoreFile = self.ask("storage_updateDataStoreFile", dataStoreFileId=id, **fields)
        return found

    def delete_file(self, id: str) -> DataStoreFile:
        """storage_deleteDataStoreFile."""
        found: DataStoreFile = self.ask("storage_deleteDataStoreFile", dataStoreFileId=id)
        return found

    def create_data_store(self, name: str, description: str | None = None) -> DataStore:
        """storage_createDataStore; needs administration."""
        found: DataStore = self.ask("storage_createDataStore", name=name, description=description)
        return found

    def update_data_store(self, id: str, **fields: Any) -> DataStore:
        """storage_updateDataStore; name, description; needs administration."""
        found: DataStore = self.ask("storage_updateDataStore", dataStoreId=id, **fields)
        return found

    def delete_data_store(self, id: str) -> DataStore:
        """storage_deleteDataStore; needs administration."""
        found: DataStore = self.ask("storage_deleteDataStore", dataStoreId=id)
        return found

    def create_directory(self, *, store: str, parent: str, name: str) -> DataStoreDirectory:
        """storage_createDataStoreDirectory; needs administration."""
        found: DataStoreDirectory = self.ask(
            "storage_createDataStoreDirectory",
            dataStoreId=store,
            name=name,
            parentDirectoryId=parent,
        )
        return found

    def update_directory(self, id: str, **fields: Any) -> DataStoreDirectory:
        """storage_updateDataStoreDirectory; name, parentDirectoryId; needs administration."""
        found: DataStoreDirectory = self.ask(
            "storage_updateDataStoreDirectory", dataStoreDirectoryId=id, **fields
        )
        return found

    def delete_directory(self, id: str) -> DataStoreDirectory:
        """storage_deleteDataStoreDirectory, with all that is in it; needs administration."""
        found: DataStoreDirectory = self.ask(
            "storage_deleteDataStoreDirectory", dataStoreDirectoryId=id
        )
        return found

    def upload(
        self,
        data: bytes,
        *,
        store: DataStore,
        name: str,
        extension: str = "bin",
        directory: str | None = None,
        description: str | None = None,
        chunked: bool | None = None,
    ) -> DataStoreFile:
        """Create a file, put its bytes, and wait until the upload is confirmed.

        Raises:
            Nonconformance: the upload is refused, or not confirmed in time.
        """
        created = self.create_file(
            store=store.data_store_id,
            directory=directory or store.home_directory_id,
            name=name,
            extension=extension,
            description=description,
        )
        answer = self.objects.put(url_in(created), data, chunked=chunked)
        if answer.status >= 400:
            raise Nonconformance("upload", got=f"HTTP {answer.status}", wanted="HTTP 200")
        return self.confirmed(item_of(created))

    def confirmed(self, file_id: str) -> DataStoreFile:
        """The metadata of a file once its upload is confirmed.

        Raises:
            Nonconformance: not in time.
        """

        def found() -> DataStoreFile | None:
            file = self.get_file(file_id)
            return file if file.s3_confirmed_upload else None

        return self.settled(found, what="confirmation of the upload")

    def download(self, file_id: str, *, store_id: str | None = None) -> bytes:
        """The bytes of a file.

        Raises:
            Nonconformance: the URL does not give them.
        """
        answer = self.fetched(url_in(self.download_url(file_id, store_id=store_id)))
        return answer.body

    def fetched(self, url: str) -> Answer:
        """What a URL serves.

        Raises:
            Nonconformance: any status but 200.
        """
        answer = self.objects.get(url)
        if answer.status != 200:
            raise Nonconformance("download", got=f"HTTP {answer.status}", wanted="HTTP 200")
        return answer

    def walk(self, directory_id: str) -> Iterator[DataStoreDirectory]:
        """A directory and all below it, each asked for by itself, from the top down.

        Raises:
            Nonconformance: a directory comes a second time.
        """
        waiting, seen = [directory_id], set[str]()
        while waiting:
            id_ = waiting.pop()
            if id_ in seen or len(seen) > MAX_DIRECTORIES:
                raise Nonconformance("way down from a directory", got=f"{id_} once more")
            seen.add(id_)
            directory = self.get_directory(id_)
            yield directory
            waiting += [each.data_store_directory_id for each in directory.directories]


def url_in(answer: PresignedUrl) -> str:
    """The URL that was given.

    Raises:
        Nonconformance: there is none.
    """
    if not answer.url:
        raise Nonconformance("url of the answer", got=answer.url, wanted="a URL")
    return answer.url


def item_of(answer: PresignedUrl) -> str:
    """The id of the file that was created.

    Raises:
        Nonconformance: there is none.
    """
    if not answer.item_id:
        raise Nonconformance("itemId of the answer", got=answer.item_id, wanted="an id")
    return answer.item_id
