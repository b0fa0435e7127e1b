"""Faults in lists of stores and in directories."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from graphql import DocumentNode

from conformance.mutants.exchange import access, documents, files
from conformance.mutants.exchange.book import Book, Directory, File, Refuse, Store, User
from conformance.mutants.exchange.making import (
    always,
    answering,
    fault,
    looks,
    nothing,
    rebuilt,
)


def all_of_them(book: Book, user: User) -> list[Store]:
    """Everybody's stores are listed."""
    return list(book.stores.values())


def shared_too(book: Book, user: User) -> list[Store]:
    """Stores that are shared with the caller are listed, too."""
    return [store for store in book.stores.values() if access.may_read(book, user, store)]


def all_but_last(book: Book, user: User) -> list[Store]:
    """The newest of several stores is not listed."""
    stores = access.own_stores(book, user)
    return stores[:-1] if len(stores) > 1 else stores


def shuffled(book: Book, user: User) -> list[Store]:
    """The order of a list is another one each time."""
    book.scratch["turn"] = not book.scratch.get("turn")
    stores = access.own_stores(book, user)
    return stores[::-1] if book.scratch["turn"] else stores


def some_store(book: Book, kind: str, id_: str) -> Any:
    """An unknown store is the first one."""
    found = access.finds(book, kind, id_)
    if found is None and kind == "service" and "dataStore" in id_:
        return next(iter(book.stores.values()))
    return found


def plain_id(kind: str) -> str:
    """Ids of stores do not say what they are of."""
    return f"store-{uuid.uuid4()}" if kind == "dataStore" else access.make_id(kind)


def misleading_id(kind: str) -> str:
    """Ids of databases say that they are of stores."""
    extra = "dataStore-" if kind == "timeSeriesDb" else ""
    return f"{kind}-{extra}{uuid.uuid4()}"


def circle(book: Book, directory: Directory) -> Sequence[File | Directory]:
    """A directory contains the one above it."""
    above = book.directories.get(directory.parent or "")
    return [*files.contents(book, directory), *([above] if above else [])]


def files_only(book: Book, directory: Directory) -> Sequence[File | Directory]:
    """A directory lists its files alone."""
    return [inner for inner in files.contents(book, directory) if isinstance(inner, File)]


def a_page_of_it(book: Book, directory: Directory) -> Sequence[File | Directory]:
    """A directory lists ten objects at most."""
    return files.contents(book, directory)[:10]


def of_the_store(book: Book, directory: Directory) -> Sequence[File | Directory]:
    """A directory lists all files of its store."""
    inner = [one for one in files.contents(book, directory) if isinstance(one, Directory)]
    return [*inner, *(file for file in book.files.values() if file.store == directory.store)]


def shallow(document: DocumentNode) -> None:
    """Documents are refused that are deeper than eight levels."""
    counted = documents.Count.of(document)
    if counted.deepest > 8:
        raise Refuse("LimitExceeded", "a document is 8 levels deep at most")


def home_above(answer: dict[str, Any]) -> Any:
    """The parent of every directory is the home directory."""
    if answer["parentDirectoryId"] is None:
        return None
    return f"directory-home-{answer['dataStoreId'].partition('-')[2]}"


def swapped(answer: dict[str, Any]) -> str:
    """Files are directories."""
    return "DIRECTORY" if answer["objectType"] == "FILE" else "FILE"


def null_if_empty(*keys: str) -> Any:
    """Lists that are empty are null."""
    return rebuilt(lambda key, value: None if key in keys and value == [] else value)


MUTANTS = (
    fault("stores-of-all", "Everybody's stores are listed.",
          {"own_stores": all_of_them}, "DS-001"),
    fault("stores-shared", "Stores that are shared with a caller are listed as theirs.",
          {"own_stores": shared_too}, "DS-001"),
    fault("stores-but-last", "The newest of several stores is not listed.",
          {"own_stores": all_but_last}, "DS-001"),
    fault("stores-null", "Whoever has no store gets null.",
          null_if_empty("storage_listDataStores"), "DS-001"),
    fault("store-differs", "A store by its id has no description.",
          answering("storage_getDataStore", lambda a: {**a, "name": a["name"].upper()}),
          "DS-002"),
    fault("home-unsaid", "The home directory does not say that it is one.",
          looks("DataStoreDirectory", homeDirectory=False), "DS-003"),
    fault("home-below-itself", "The parent of the home directory is itself.",
          looks("DataStoreDirectory",
                parentDirectoryId=lambda a: a["parentDirectoryId"] or a["dataStoreDirectoryId"]),
          "DS-003"),
    fault("store-unknown-first", "An unknown store is another one.",
          {"finds": some_store, "may_read": lambda *_: True}, "DS-004"),
    fault("stores-shuffled", "The order of stores changes from call to call.",
          {"own_stores": shuffled}, "DS-005"),
    fault("ids-plain", "Ids of new stores do not say that they are.",
          {"make_id": plain_id}, "DS-006"),
    fault("ids-misleading", "Ids of new databases say that they are stores.",
          {"make_id": misleading_id}, "DS-006"),
    fault("objects-swapped", "Files are listed as directories, and directories as files.",
          looks("DataStoreObject", objectType=swapped), "DI-001"),
    fault("objects-empty", "What a directory lists has no reference.",
          looks("DataStoreObject", dataStoreFile=None, dataStoreDirectory=None), "DI-001"),
    fault("objects-files-only", "A directory lists no directories.",
          {"contents": files_only}, "DI-001"),
    fault("objects-ten", "A directory lists ten objects at most.",
          {"contents": a_page_of_it}, "DI-001"),
    fault("objects-of-store", "A directory lists all files of its store.",
          {"contents": of_the_store}, "DI-001"),
    fault("directory-parent-home", "The parent of every directory is the home directory.",
          looks("DataStoreDirectory", parentDirectoryId=home_above), "DI-002"),
    fault("directory-circle", "A directory contains the one above it.",
          {"contents": circle}, "DI-002"),
    fault("directory-in-itself", "A directory may be moved into itself.",
          {"within": always(False)}, "DI-002"),
    fault("directory-leaves-files", "Files stay when their directory is deleted.",
          {"goes_along": nothing}, "DI-002"),
    fault("contents-null", "The contents of an empty directory are null.",
          null_if_empty("contents"), "DI-003"),
    fault("depth-four-refused", "Contents to a depth of four are refused.",
          {"check_bounds": shallow}, "DI-004"),
    fault("depth-unbounded", "However deep a document is, it is carried out.",
          {"check_bounds": nothing}, "DI-004"),
    fault("file-owner-null", "Files do not tell their owner as an object.",
          looks("DataStoreFile", owner=None), "DI-005"),
    fault("directory-owner-id-null", "Directories do not tell their owner's id.",
          looks("DataStoreDirectory", ownerUserId=None), "DI-005"),
)  # fmt: skip
