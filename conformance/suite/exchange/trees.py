"""Where checks make files, and how they walk directories: a bounded part of a tree."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.judging import Refused, by_depth, expect, not_applicable
from conformance.oracles.exchange.model import DataStore, DataStoreDirectory, DataStoreFile
from conformance.targets.exchange import ExchangeTarget
from conformance.targets.naming import is_tagged

MOST_BYTES = 1_000_000
"""A file that is there already is downloaded up to this size."""


def ground(exchange: ExchangeTarget) -> DataStore:
    """A store in which a check makes files: its own where all is asked, else one of everybody's."""
    return exchange.own_store() if exchange.depth == "full" else exchange.store()


def walked(exchange: ExchangeTarget, home: str) -> Iterator[DataStoreDirectory]:
    """A directory and those below it, from the top down, a few of them where the tree is large.

    What runs make and remove meanwhile is passed over.

    Raises:
        Nonconformance: a directory comes a second time.
    """
    waiting, seen = [home], set[str]()
    most = by_depth(full=60, staging=8)
    while waiting and len(seen) < most:
        id_ = waiting.pop()
        expect(id_ not in seen, "way down from a directory", got=f"{id_} once more")
        seen.add(id_)
        directory = exchange.get_directory(id_)
        yield directory
        waiting += [
            each.data_store_directory_id
            for each in directory.directories
            if not is_tagged(each.name)
        ]


def settled_files(exchange: ExchangeTarget) -> list[DataStoreFile]:
    """Files of the caller's stores that were uploaded before this run.

    Raises:
        NotApplicable: there are none.
    """

    def found() -> list[DataStoreFile]:
        return [
            file
            for store in exchange.list_data_stores()[:3]
            if not is_tagged(store.name)
            for directory in walked(exchange, store.home_directory_id)
            for file in directory.files
            if file.s3_confirmed_upload and not is_tagged(file.name)
        ]

    files = exchange.shared("files", found)
    if not files:
        not_applicable(f"the {exchange.role} of the profile has no files")
    return files


def small_file(exchange: ExchangeTarget) -> DataStoreFile:
    """One of these files that is not too large to be downloaded.

    Raises:
        NotApplicable: there is none.
    """
    for file in settled_files(exchange):
        if 0 < (file.storage_size_bytes or 0) <= MOST_BYTES:
            return file
    not_applicable(f"the {exchange.role} of the profile has no file of up to {MOST_BYTES} bytes")


def listed(exchange: ExchangeTarget, directory: str) -> dict[str, str]:
    """Ids of what is in a directory, and the types under which they are listed."""
    found: dict[str, str] = {}
    for item in exchange.get_directory(directory).contents or ():
        if item.data_store_file is not None:
            found[item.data_store_file.data_store_file_id] = item.object_type
        if item.data_store_directory is not None:
            found[item.data_store_directory.data_store_directory_id] = item.object_type
    return found


def own_directory(exchange: ExchangeTarget, store: DataStore) -> str:
    """A directory without contents where administration is granted, else the store's home."""
    if exchange.profile.administration:
        return exchange.fresh_directory(store).data_store_directory_id
    return store.home_directory_id


def gone(exchange: ExchangeTarget, file_id: str) -> bool:
    """Whether the metadata of a file is refused."""
    try:
        exchange.get_file(file_id)
    except Refused as refusal:
        if refusal.code.name in ("INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED"):
            raise
        return True
    return False
