"""Faults in files, their bytes and the URLs that lead to them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from conformance.mutants.exchange import access, files
from conformance.mutants.exchange.book import Book, File, Object, Refuse, conflict
from conformance.mutants.exchange.files import Reply
from conformance.mutants.exchange.making import (
    answering,
    fault,
    looks,
    nothing,
    silent,
)

HOUR_NS = 3600 * 10**9


def changing(**fields: Any) -> Any:
    """New files whose metadata is another one than was sent."""

    def same_file(book: Book, file: File) -> File:
        changed = {k: v(file) if callable(v) else v for k, v in fields.items()}
        return replace(file, **changed)

    return same_file


def replacing(book: Book, file: File) -> File:
    """A file of a name takes the place of the one that had it."""
    for other in book.files.values():
        if (other.directory, other.name, other.extension) == (
            file.directory,
            file.name,
            file.extension,
        ):
            return replace(file, id=other.id, key=other.key)
    return file


def typed_only(book: Book, key: str, content: bytes, content_type: str | None) -> Reply:
    """Uploads need a content type."""
    if content_type is None:
        return Reply(status=400, body=b"Content-Type", headers={})
    return files.put(book, key, content, content_type)


def filled_only(book: Book, key: str, content: bytes, content_type: str | None) -> Reply:
    """Uploads of nothing are refused."""
    if not content:
        return Reply(status=411, headers={})
    return files.put(book, key, content, content_type or "")


def taken(**fields: Any) -> Any:
    """Uploads of which the metadata learns something else."""

    def uploaded(book: Book, file: File, content: bytes, content_type: str) -> None:
        before = replace(file)
        files.uploaded(book, file, content, content_type)
        for name, value in fields.items():
            setattr(file, name, value(before, file))

    return uploaded


def served(change: Any) -> Any:
    """Downloads whose bytes are changed."""

    def reads_object(book: Book, key: str) -> Object:
        kept = files.reads_object(book, key)
        return replace(kept, content=change(kept.content))

    return reads_object


def keeps_bytes(book: Book, file: File) -> None:
    """A deleted file's bytes stay."""
    book.files.pop(file.id, None)


def keeps_record(book: Book, file: File) -> None:
    """A deleted file's metadata stays."""
    book.objects.pop(file.key, None)


def remembers(book: Book, file: File) -> None:
    """A deleted file is remembered."""
    book.scratch.setdefault("deleted", {})[file.id] = file
    files.forgotten(book, file)


def finds_deleted(book: Book, kind: str, id_: str) -> Any:
    """Deleted files are found."""
    found = access.finds(book, kind, id_)
    if found is None and kind == "file":
        return book.scratch.get("deleted", {}).get(id_)
    return found


def confirmed_only(book: Book, file: File) -> None:
    """A file that was not uploaded cannot be deleted."""
    if not file.confirmed:
        raise conflict("The upload is not complete.")
    files.forgotten(book, file)


def any_method(book: Book, method: str, target: str) -> str:
    """A URL is good for every method."""
    for one in ("GET", "PUT"):
        key = silent(files.check_url)(book, one, target)
        if key is not None:
            return str(key)
    return files.check_url(book, method, target)


def unsigned(book: Book, method: str, target: str) -> str:
    """Signatures are not looked at."""
    return unquote(urlsplit(target).path.removeprefix(files.OBJECTS))


def signed_for(*parts: str) -> Any:
    """URLs whose signature covers less than it should."""

    def signature(book: Book, method: str, key: str, expires: str) -> str:
        whole = {"method": method, "key": key, "expires": expires}
        return book.sign(*(whole[part] for part in parts))

    def presigned(book: Book, method: str, key: str, lifetime_s: float = files.LIFETIME_S) -> str:
        expires = str(int(book.now() / 1e9 + lifetime_s))
        signed = signature(book, method, key, expires)
        return f"{book.base}{files.OBJECTS}{key}?expires={expires}&signature={signed}"

    def check_url(book: Book, method: str, target: str) -> str:
        address = urlsplit(target)
        key = unquote(address.path.removeprefix(files.OBJECTS))
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        method = "GET" if method == "HEAD" else method
        expires = query.get("expires", "")
        if query.get("signature") != signature(book, method, key, expires):
            raise Refuse("SignatureDoesNotMatch", "The signature does not match.")
        return key

    return {"presigned": presigned, "check_url": check_url}


def accepted(refuse: Refuse) -> Reply:
    """A refusal of a URL is a success without bytes."""
    return replace(files.refusal(refuse), status=200)


def unclear(refuse: Refuse) -> Reply:
    """Every refusal of a URL is a bad request."""
    return replace(files.refusal(refuse), status=400)


def beyond(book: Book, method: str, target: str) -> str:
    """Keys with dots lead out of the storage."""
    key = unquote(urlsplit(target).path.removeprefix(files.OBJECTS))
    if ".." in key or key.startswith("/"):
        return f"outside:{key}"
    return files.check_url(book, method, target)


def outside(book: Book, key: str) -> Object:
    """What lies outside of the storage."""
    if key.startswith("outside:"):
        content = b"root:x:0:0:root:/root:/bin/sh\n"
        return Object(content=content, content_type="text/plain", modified_ns=0)
    return files.reads_object(book, key)


def breaks(book: Book, method: str, target: str) -> str:
    """Odd keys break the storage."""
    key = unquote(urlsplit(target).path.removeprefix(files.OBJECTS))
    if len(key) > 255 or "\0" in key or ".." in key:
        raise RuntimeError("no such file name")
    return files.check_url(book, method, target)


def shifted(kept: Object, span: str | None) -> Reply:
    """Ranges begin one byte late."""
    moved = re.sub(r"=(\d+)-", lambda found: f"={int(found[1]) + 1}-", span) if span else span
    reply = files.get(kept, moved)
    if span and reply.status == 206:
        begin, end = re.findall(r"\d+", span)
        reply.headers["Content-Range"] = f"bytes {begin}-{end}/{len(kept.content)}"
    return reply


def appended(book: Book, file: File, content: bytes, content_type: str) -> None:
    """A second upload follows the bytes of the first one."""
    kept = book.objects.get(file.key)
    files.uploaded(book, file, (kept.content if kept else b"") + content, content_type)


MUTANTS = (
    fault("file-confirmed-early", "A new file is confirmed before its upload.",
          {"same_file": changing(confirmed=True, size=0)}, "FI-001"),
    fault("file-without-url", "A new file has no URL.",
          answering("storage_createDataStoreFile", lambda a: {**a, "url": None}), "FI-001"),
    fault("file-without-id", "A new file's id leads nowhere.",
          answering("storage_createDataStoreFile", lambda a: {**a, "itemId": a["uploadId"]}),
          "FI-001"),
    fault("put-typed", "An upload without Content-Type is refused.",
          {"put": typed_only}, "FI-002"),
    fault("put-filled", "An upload of nothing is refused.", {"put": filled_only},
          "FI-002", "FI-004"),
    fault("size-off", "The size of a file is one byte too much.",
          {"uploaded": taken(size=lambda _, file: file.size + 1)}, "FI-003"),
    fault("upload-appends", "A second upload is put behind the first one.",
          {"uploaded": appended}, "FI-004"),
    fault("never-confirmed", "An upload is never confirmed.",
          {"uploaded": taken(confirmed=lambda *_: False)}, "FI-003"),
    fault("bytes-as-text", "Downloads are decoded as text.",
          {"reads_object": served(lambda c: c.decode(errors="replace").encode())}, "FI-004"),
    fault("bytes-line-ends", "Downloads have other line ends.",
          {"reads_object": served(lambda c: c.replace(b"\r\n", b"\n"))}, "FI-004"),
    fault("bytes-to-nul", "Downloads end at the first NUL.",
          {"reads_object": served(lambda c: c.partition(b"\0")[0])}, "FI-004"),
    fault("bytes-cut", "Downloads end after 4,096 bytes.",
          {"reads_object": served(lambda c: c[:4096])}, "FI-004"),
    fault("extension-invented", "A file without extension gets one.",
          {"same_file": changing(extension=lambda f: f.extension or "bin")}, "FI-005"),
    fault("extension-last", "Of an extension of two parts the last is kept.",
          {"same_file": changing(extension=lambda f: f.extension.rpartition(".")[2])}, "FI-005"),
    fault("description-lost", "Descriptions of files are lost.",
          {"same_file": changing(description=None)}, "FI-005"),
    fault("place-unchecked", "A file may be in a directory of another store.",
          {"check_place": nothing}, "FI-006"),
    fault("delete-keeps-bytes", "The bytes of a deleted file can still be got.",
          {"forgotten": keeps_bytes}, "FI-007"),
    fault("delete-keeps-record", "The metadata of a deleted file stays.",
          {"forgotten": keeps_record}, "FI-007"),
    fault("delete-answers-nothing", "A deletion answers with empty metadata.",
          answering("storage_deleteDataStoreFile",
                    lambda a: {**a, "name": "", "description": None}), "FI-007"),
    fault("delete-twice", "A deleted file can be deleted again.",
          {"forgotten": remembers, "finds": finds_deleted}, "FI-008"),
    fault("url-any-method", "A URL is good for every method.",
          {"check_url": any_method}, "FI-009"),
    fault("url-any-key", "A URL is good for every key.",
          signed_for("method", "expires"), "FI-009"),
    fault("url-any-expiry", "A URL's expiry may be moved.", signed_for("method", "key"), "FI-009"),
    fault("url-unsigned", "A URL needs no signature.", {"check_url": unsigned}, "FI-009"),
    fault("url-refused-200", "A bad URL is answered with status 200.",
          {"refusal": accepted}, "FI-009"),
    fault("url-refused-400", "A bad URL is answered with status 400.",
          {"refusal": unclear}, "FI-009"),
    fault("keys-leave", "Keys with dots lead out of the storage.",
          {"check_url": beyond, "reads_object": outside}, "FI-010"),
    fault("keys-break", "Odd keys break the connection.", {"check_url": breaks}, "FI-010"),
    fault("failed-stays", "A file whose upload failed cannot be deleted.",
          {"forgotten": confirmed_only}, "FI-011"),
    fault("same-name-overwrites", "A file of a name takes the place of the one that had it.",
          {"same_file": replacing}, "FI-012"),
    fault("modified-goes-back", "The time of the last change goes back with an upload.",
          {"uploaded": taken(modified_ns=lambda before, _: before.modified_ns - HOUR_NS)},
          "FI-013"),
    fault("modified-odd", "The time of the last change is no ISO 8601.",
          looks("DataStoreFile", lastModified="Sun Nov 22 2026 08:30:00 GMT"), "FI-013"),
    fault("range-shifted", "Ranges begin one byte late.", {"get": shifted}, "FI-014"),
)  # fmt: skip
