"""Operations about data stores, directories and files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.mutants.exchange.book import Directory, File, Object, Store, invalid
from conformance.mutants.exchange.calls import (
    Answer,
    Call,
    Operations,
    directory_view,
    file_view,
    store_view,
)
from conformance.mutants.exchange.population import add_store


def list_stores(
    call: Call, userId: str | None = None, organizationId: str | None = None
) -> list[Answer]:
    """The caller's own stores; of another user those that are shared with the caller."""
    policy, book = call.policy, call.book
    if userId in (None, call.user.id) and organizationId is None:
        return [store_view(call, store) for store in policy.own_stores(book, call.user)]
    listed = [
        store
        for store in book.stores.values()
        if userId in (None, store.owner)
        and organizationId in (None, book.users[store.owner].organization)
        and policy.may_read(book, call.user, store)
    ]
    return [store_view(call, store) for store in listed]


def get_store(call: Call, dataStoreId: str) -> Answer:
    """A store."""
    return store_view(call, call.store(dataStoreId))


def create_store(call: Call, name: str, description: str | None = None) -> Answer:
    """A new store of the caller."""
    id_ = call.policy.make_id("dataStore")
    kept = call.policy.kept
    return store_view(call, add_store(call.book, id_, kept(name), call.user.id, kept(description)))


def update_store(
    call: Call, dataStoreId: str, name: str | None = None, description: str | None = None
) -> Answer:
    """Rename or describe a store."""
    store = call.store(dataStoreId, "may_own")
    store.name = store.name if name is None else call.policy.kept(name)
    if description is not None:
        store.description = call.policy.kept(description)
    return store_view(call, store)


def delete_store(call: Call, dataStoreId: str) -> Answer:
    """Remove a store and all that is in it."""
    store = call.store(dataStoreId, "may_own")
    remove_store(call, store)
    return store_view(call, store)


def remove_store(call: Call, store: Store) -> None:
    """Forget a store, its tree, and where it is shared."""
    book = call.book
    for file in [f for f in book.files.values() if f.store == store.id]:
        call.policy.forgotten(book, file)
    for directory in [d for d in book.directories.values() if d.store == store.id]:
        del book.directories[directory.id]
    for collaborative in book.collaboratives.values():
        if store.id in collaborative.services:
            collaborative.services.remove(store.id)
    del book.stores[store.id]


def get_directory(call: Call, dataStoreDirectoryId: str) -> Answer:
    """A directory."""
    return directory_view(call, call.directory(dataStoreDirectoryId))


def create_directory(call: Call, dataStoreId: str, name: str, parentDirectoryId: str) -> Answer:
    """A new directory within another one."""
    parent = _place(call, dataStoreId, parentDirectoryId)
    call.policy.check_directory_name(name)
    call.policy.check_free(call.book, parent, name)
    made = Directory(
        id=call.policy.make_id("directory"),
        store=dataStoreId,
        name=call.policy.kept(name),
        owner=call.user.id,
        parent=parent.id,
    )
    call.book.directories[made.id] = made
    return directory_view(call, made)


def update_directory(
    call: Call,
    dataStoreDirectoryId: str,
    name: str | None = None,
    parentDirectoryId: str | None = None,
) -> Answer:
    """Rename or move a directory; never into itself."""
    directory = call.directory(dataStoreDirectoryId, "may_write")
    if name is not None:
        call.policy.check_directory_name(name)
    if parentDirectoryId is not None:
        parent = _place(call, directory.store, parentDirectoryId)
        if directory.parent is None or call.policy.within(call.book, parent, directory):
            raise invalid("a directory cannot be moved into itself")
        directory.parent = parent.id
    directory.name = directory.name if name is None else call.policy.kept(name)
    return directory_view(call, directory)


def delete_directory(call: Call, dataStoreDirectoryId: str) -> Answer:
    """Remove a directory and all that is in it."""
    directory = call.directory(dataStoreDirectoryId, "may_write")
    if directory.parent is None:
        raise invalid("the home directory stays")
    shown = directory_view(call, directory)
    shown["contents"] = shown["contents"](None)
    for inner in list(_tree(call, directory)):
        if isinstance(inner, File):
            call.policy.goes_along(call.book, inner)
        else:
            del call.book.directories[inner.id]
    del call.book.directories[directory.id]
    return shown


def get_file(call: Call, dataStoreFileId: str) -> Answer:
    """A file's metadata."""
    return file_view(call, call.file(dataStoreFileId))


def create_file(
    call: Call,
    dataStoreDirectoryId: str,
    dataStoreId: str,
    name: str,
    fileExtension: str,
    description: str | None = None,
) -> Answer:
    """A new file without bytes, and the URL to which they are put."""
    policy, book = call.policy, call.book
    _place(call, dataStoreId, dataStoreDirectoryId)
    policy.check_file_name(name, fileExtension)
    id_ = policy.make_id("file")
    file = policy.same_file(
        book,
        File(
            id=id_,
            store=dataStoreId,
            directory=dataStoreDirectoryId,
            name=policy.kept(name),
            extension=policy.kept(fileExtension),
            description=policy.kept(description),
            owner=call.user.id,
            upload=policy.make_id("upload"),
            key=id_,
            modified_ns=book.now(),
        ),
    )
    book.files[file.id] = file
    return {
        "url": policy.presigned(book, "PUT", file.key),
        "uploadId": file.upload,
        "itemId": file.id,
    }


def update_file(
    call: Call,
    dataStoreFileId: str,
    name: str | None = None,
    description: str | None = None,
    dataStoreDirectoryId: str | None = None,
) -> Answer:
    """Rename, describe or move a file within its store."""
    file = call.file(dataStoreFileId, "may_write")
    if name is not None:
        call.policy.check_file_name(name, file.extension)
    if dataStoreDirectoryId is not None:
        file.directory = _place(call, file.store, dataStoreDirectoryId).id
    file.name = file.name if name is None else call.policy.kept(name)
    if description is not None:
        file.description = call.policy.kept(description)
    file.modified_ns = max(file.modified_ns, call.book.now())
    return file_view(call, file)


def delete_file(call: Call, dataStoreFileId: str) -> Answer:
    """Remove a file; the answer is what it was."""
    file = call.file(dataStoreFileId, "may_write")
    call.policy.forgotten(call.book, file)
    return file_view(call, file)


def download_url(call: Call, dataStoreFileId: str, dataStoreId: str | None = None) -> Answer:
    """A URL from which a file's bytes are got."""
    file = call.file(dataStoreFileId)
    if dataStoreId not in (None, file.store):
        raise call.policy.absent("file", dataStoreFileId)
    url = call.policy.presigned(call.book, "GET", file.key)
    return {"url": url, "uploadId": None, "itemId": file.id}


def zip_url(call: Call, dataStoreObjectIds: Sequence[Mapping[str, Any]]) -> Answer:
    """A URL from which files and directories are got, packed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for one in dataStoreObjectIds:
            for path, file in _packed(call, one):
                kept = call.book.objects.get(file.key)
                archive.writestr(path, kept.content if kept else b"")
    key = call.policy.make_id("zip")
    call.book.objects[key] = Object(
        content=packed.getvalue(), content_type="application/zip", modified_ns=call.book.now()
    )
    return {
        "url": call.policy.presigned(call.book, "GET", key),
        "uploadId": None,
        "itemId": None,
    }


def _packed(call: Call, one: Mapping[str, Any]) -> Iterator[tuple[str, File]]:
    if one["objectType"] == "FILE":
        file = call.file(one.get("dataStoreFileId") or "")
        yield _file_name(file), file
        return
    directory = call.directory(one.get("dataStoreDirectoryId") or "")
    paths = {directory.id: directory.name}
    for inner in _tree(call, directory):
        if isinstance(inner, File):
            yield f"{paths[inner.directory]}/{_file_name(inner)}", inner
        else:
            paths[inner.id] = f"{paths[inner.parent or '']}/{inner.name}"


def _file_name(file: File) -> str:
    return f"{file.name}.{file.extension}" if file.extension else file.name


def _place(call: Call, store: str, directory: str) -> Directory:
    found = call.store(store, "may_write")
    inner = call.book.directories.get(directory)
    if inner is None:
        raise call.policy.absent("directory", directory)
    call.policy.check_place(found, inner)
    return inner


def _tree(call: Call, directory: Directory) -> Iterator[File | Directory]:
    yield from [f for f in call.book.files.values() if f.directory == directory.id]
    for inner in [d for d in call.book.directories.values() if d.parent == directory.id]:
        yield inner
        yield from _tree(call, inner)


OPERATIONS: Operations = {
    "storage_listDataStores": list_stores,
    "storage_getDataStore": get_store,
    "storage_createDataStore": create_store,
    "storage_updateDataStore": update_store,
    "storage_deleteDataStore": delete_store,
    "storage_getDataStoreDirectory": get_directory,
    "storage_createDataStoreDirectory": create_directory,
    "storage_updateDataStoreDirectory": update_directory,
    "storage_deleteDataStoreDirectory": delete_directory,
    "storage_getDataStoreFile": get_file,
    "storage_createDataStoreFile": create_file,
    "storage_updateDataStoreFile": update_file,
    "storage_deleteDataStoreFile": delete_file,
    "storage_getDataStoreFileDownloadUrl": download_url,
    "storage_getDataStoreZipDownloadUrl": zip_url,
}
