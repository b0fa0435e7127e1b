"""What stands in data stores: each a tree of directories, with files as leaves.

State alone, no rules: those are in `stores`, `directories` and `files`. A file's bytes are not
here; the object storage holds them under the file's id.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TypeVar

from simulator.services.exchange.errors import unauthorized

T = TypeVar("T")


@unique
class ObjectType(StrEnum):
    """What stands in a directory; names as on the wire."""

    FILE = "FILE"
    DIRECTORY = "DIRECTORY"


@dataclass(frozen=True, kw_only=True)
class DataStore:
    """A tree with an owner."""

    data_store_id: str
    name: str
    description: str | None
    owner_user_id: str
    home_directory_id: str


@dataclass(frozen=True, kw_only=True)
class DataStoreDirectory:
    """A directory."""

    data_store_directory_id: str
    data_store_id: str
    name: str
    owner_user_id: str
    """Who made it."""
    parent_directory_id: str | None
    """None: it is its store's home."""

    @property
    def home_directory(self) -> bool:
        """Whether it is its store's root."""
        return self.parent_directory_id is None


@dataclass(frozen=True, kw_only=True)
class DataStoreFile:
    """A file's metadata."""

    data_store_file_id: str
    data_store_id: str
    data_store_directory_id: str
    name: str
    file_extension: str
    """Without the dot; empty: the name has none."""
    description: str | None
    storage_size_bytes: int | None
    """None until its upload is confirmed."""
    owner_user_id: str
    """Who made it."""
    s3_confirmed_upload: bool
    last_modified: str
    """ISO 8601, UTC."""
    content_type: str
    """What its extension tells; uploads carry none."""
    upload_id: str
    """Ties its upload to the event that confirms it."""
    data_view_ids: tuple[str, ...] = ()
    """Always none: data views are no part of this API."""


@dataclass(frozen=True, kw_only=True)
class DataStoreObject:
    """A file or a directory, as its directory lists it; one of the two is filled."""

    data_store_file: DataStoreFile | None = None
    data_store_directory: DataStoreDirectory | None = None

    @property
    def object_type(self) -> ObjectType:
        """Which one."""
        return ObjectType.DIRECTORY if self.data_store_file is None else ObjectType.FILE


class Tree:
    """All stores with their directories and files, by id."""

    def __init__(self) -> None:
        self.files: dict[str, DataStoreFile] = {}
        self._stores: dict[str, DataStore] = {}
        self._directories: dict[str, DataStoreDirectory] = {}
        self._contents: dict[str, dict[str, ObjectType]] = {}

    def store(self, data_store_id: str) -> DataStore:
        """Return a store. ExchangeError: Unauthorized, there is none."""
        return _found(self._stores.get(data_store_id))

    def directory(self, directory_id: str) -> DataStoreDirectory:
        """Return a directory. ExchangeError: Unauthorized, there is none."""
        return _found(self._directories.get(directory_id))

    def file(self, file_id: str) -> DataStoreFile:
        """Return a file. ExchangeError: Unauthorized, there is none."""
        return _found(self.files.get(file_id))

    def contents(self, directory_id: str) -> list[DataStoreDirectory | DataStoreFile]:
        """Return what stands in a directory, in the order in which it came; of none, nothing."""
        return [
            self._directories[each] if type is ObjectType.DIRECTORY else self.files[each]
            for each, type in self._contents.get(directory_id, {}).items()
        ]

    def path(self, directory_id: str) -> list[DataStoreDirectory]:
        """Return a directory and those above it, home last."""
        above = [self._directories[directory_id]]
        while above[-1].parent_directory_id is not None:
            above.append(self._directories[above[-1].parent_directory_id])
        return above

    def below(self, directory_id: str) -> Iterator[DataStoreDirectory]:
        """Yield a directory and all below it, each before those below."""
        waiting = [directory_id]
        while waiting:
            here = waiting.pop()
            yield self._directories[here]
            waiting += [
                each for each, type in self._contents[here].items() if type is ObjectType.DIRECTORY
            ]

    def height(self, directory_id: str) -> int:
        """Return how many levels of directories there are from a directory on, itself included."""
        above = len(self.path(directory_id)) - 1
        return (
            max(len(self.path(each.data_store_directory_id)) for each in self.below(directory_id))
            - above
        )

    def owns(self, user_id: str) -> bool:
        """Whether a user has made a directory or file that is there."""
        return any(each.owner_user_id == user_id for each in self.files.values()) or any(
            each.owner_user_id == user_id for each in self._directories.values()
        )

    def put_store(self, store: DataStore) -> None:
        """Keep a store, new or changed."""
        self._stores[store.data_store_id] = store

    def put_directory(self, directory: DataStoreDirectory) -> None:
        """Keep a directory, new, changed or moved."""
        id, parent_id = directory.data_store_directory_id, directory.parent_directory_id
        before = self._directories.get(id)
        was_in = before.parent_directory_id if before else None
        self._move(id, was_in, parent_id, ObjectType.DIRECTORY)
        self._directories[id] = directory
        self._contents.setdefault(id, {})

    def put_file(self, file: DataStoreFile) -> None:
        """Keep a file, new, changed or moved."""
        id, before = file.data_store_file_id, self.files.get(file.data_store_file_id)
        was_in = before.data_store_directory_id if before else None
        self._move(id, was_in, file.data_store_directory_id, ObjectType.FILE)
        self.files[id] = file

    def remove_file(self, file_id: str) -> None:
        """Forget a file."""
        file = self.files.pop(file_id)
        del self._contents[file.data_store_directory_id][file_id]

    def remove_directory(self, directory_id: str) -> list[str]:
        """Forget a directory and all below it; returns the ids of the files that were there."""
        parent_id = self._directories[directory_id].parent_directory_id
        if parent_id is not None:
            del self._contents[parent_id][directory_id]
        removed = []
        for each in list(self.below(directory_id)):
            id = each.data_store_directory_id
            for inside, type in self._contents.pop(id).items():
                if type is ObjectType.FILE:
                    del self.files[inside]
                    removed.append(inside)
            del self._directories[id]
        return removed

    def remove_store(self, data_store_id: str) -> list[str]:
        """Forget a store; returns the ids of the files that were in it."""
        return self.remove_directory(self._stores.pop(data_store_id).home_directory_id)

    def _move(self, id: str, source: str | None, target: str | None, type: ObjectType) -> None:
        if target is None or target == source:
            return
        if source is not None:
            del self._contents[source][id]
        self._contents[target][id] = type


def _found(item: T | None) -> T:
    if item is None:
        raise unauthorized()
    return item
