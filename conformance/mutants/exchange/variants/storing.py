"""Exchange endpoints that keep files in another way, and are right all the same."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conformance.mutants.change import Variant
from conformance.mutants.exchange import files
from conformance.mutants.exchange.book import Book, Directory, File, Object, Refuse, conflict
from conformance.mutants.exchange.files import Reply
from conformance.mutants.exchange.making import answering, looks, variant

LATE_S = 0.3
"""How long the platform takes to learn of an upload."""


def confirmed_late(book: Book, file: File, content: bytes, content_type: str) -> None:
    """An upload is confirmed a while later."""
    at_ns = book.now()
    book.objects[file.key] = Object(content=content, content_type=content_type, modified_ns=at_ns)
    timer = threading.Timer(LATE_S, files.confirm, (file, content, content_type, at_ns))
    timer.daemon = True
    timer.start()


def one_of_a_name(book: Book, file: File) -> File:
    """A second file of a name is refused."""
    for other in book.files.values():
        same = (other.directory, other.name, other.extension)
        if same == (file.directory, file.name, file.extension):
            raise conflict("There is such a file.")
    return file


def files_first(book: Book, directory: Directory) -> Sequence[File | Directory]:
    """Files come before directories, the newest first."""
    return list(files.contents(book, directory))[::-1]


def emptier(book: Book, key: str, content: bytes, content_type: str | None) -> Reply:
    """An upload is answered with status 204 and no ETag."""
    return Reply(status=204, headers={})


def whole(kept: Object, span: str | None) -> Reply:
    """Ranges are not supported."""
    reply = files.get(kept, None)
    return replace(reply, headers={"Content-Type": kept.content_type})


def forbidden_key(book: Book, key: str) -> Object:
    """An object that is not there is forbidden."""
    try:
        return files.reads_object(book, key)
    except Refuse as refuse:
        raise Refuse("AccessDenied", str(refuse)) from None


def by_name(book: Book, method: str, key: str, lifetime_s: float = files.LIFETIME_S) -> str:
    """URLs lead to another name of the host."""
    return files.presigned(book, method, key, lifetime_s).replace("127.0.0.1", "localhost")


def sized(answer: dict[str, Any]) -> int:
    """A file without bytes has none."""
    return answer["storageSizeBytes"] or 0


VARIANTS: tuple[Variant, ...] = (
    variant("confirmed-late", "Uploads are confirmed a while later.", "DX-FI-003",
            {"uploaded": confirmed_late}, "FI-003", "FI-004", "FI-013"),
    variant("one-of-a-name", "A second file of a name is refused.", "DX-FI-012",
            {"same_file": one_of_a_name}, "FI-012", "FI-005"),
    variant("files-first", "Files are listed before directories, the newest first.", "DX-DI-001",
            {"contents": files_first}, "DI-001", "DI-002"),
    variant("put-204", "An upload is answered with status 204.", "HTTP",
            {"put": emptier}, "FI-002", "FI-003"),
    variant("ranges-none", "Ranges are not supported.", "DX-FI-014", {"get": whole}, "FI-014"),
    variant("keys-forbidden", "An object that is not there is forbidden.", "S3",
            {"reads_object": forbidden_key}, "FI-007", "FI-009", "FI-010"),
    variant("urls-elsewhere", "URLs lead to another name of the host.", "presigned URLs",
            {"presigned": by_name}, "FI-002", "FI-009", "EX-003"),
    variant("files-untyped", "Files have no content type, and size 0 before the upload.",
            "DataStoreFile", looks("DataStoreFile", contentType=None, storageSizeBytes=sized,
                                   dataViewIds=None), "FI-001", "FI-003"),
    variant("uploads-unnamed", "Uploads have no id of their own.", "PresignedUrl",
            answering("storage_createDataStoreFile", lambda a: {**a, "uploadId": None}),
            "FI-001"),
)  # fmt: skip
