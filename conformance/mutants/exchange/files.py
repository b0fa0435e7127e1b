"""Files, directories and presigned URLs: the defaults of the hooks about storage."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from conformance.mutants.exchange.book import (
    Book,
    Directory,
    File,
    Object,
    Refuse,
    Store,
    conflict,
    invalid,
)

LIFETIME_S = 900
MAX_NAME = 255
OBJECTS = "/objects/"
MAX_DEPTH = 64


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer of the object storage."""

    status: int
    body: bytes = b""
    headers: dict[str, str]


def check_file_name(name: str, extension: str) -> None:
    """Refuse names that a file cannot have."""
    if not name and not extension:
        raise invalid("name: a file needs one")
    _check_text("name", f"{name}.{extension}")


def check_directory_name(name: str) -> None:
    """Refuse names that a directory cannot have."""
    if name in ("", ".", ".."):
        raise invalid(f"name: {name!r} is no name of a directory")
    _check_text("name", name)


def _check_text(field: str, text: str) -> None:
    if len(text.encode(errors="surrogatepass")) > MAX_NAME:
        raise invalid(f"{field}: {MAX_NAME} bytes at most")
    if re.search(r"[/\x00-\x1f\x7f]", text):
        raise invalid(f"{field}: no slash and no control character")


def check_place(store: Store, directory: Directory) -> None:
    """Refuse a directory of another store."""
    if directory.store != store.id:
        raise invalid("the directory is not of this store")


def check_free(book: Book, parent: Directory, name: str) -> None:
    """Refuse a second directory of a name; files may share one."""
    for other in book.directories.values():
        if other.parent == parent.id and other.name == name:
            raise conflict(f"there is a directory {name!r}")


def contents(book: Book, directory: Directory) -> Sequence[File | Directory]:
    """What is in a directory."""
    inner = [d for d in book.directories.values() if d.parent == directory.id]
    return [*inner, *(f for f in book.files.values() if f.directory == directory.id)]


def within(book: Book, inner: Directory, outer: Directory) -> bool:
    """Whether a directory is another one, or anywhere inside of it."""
    at: Directory | None = inner
    while at is not None and at.id != outer.id:
        at = book.directories.get(at.parent or "")
    return at is not None


def same_file(book: Book, file: File) -> File:
    """A new file, or the one that takes its place; each is a file of its own."""
    return file


def uploaded(book: Book, file: File, content: bytes, content_type: str) -> None:
    """Keep an upload; it is confirmed at once."""
    at_ns = book.now()
    book.objects[file.key] = Object(content=content, content_type=content_type, modified_ns=at_ns)
    confirm(file, content, content_type, at_ns)


def confirm(file: File, content: bytes, content_type: str, at_ns: int) -> None:
    """Tell a file's metadata of its bytes."""
    file.size, file.confirmed, file.content_type = len(content), True, content_type
    file.modified_ns = max(at_ns, file.modified_ns)


def forgotten(book: Book, file: File) -> None:
    """Remove a file, its record and its bytes."""
    book.files.pop(file.id, None)
    book.objects.pop(file.key, None)


def goes_along(book: Book, file: File) -> None:
    """Remove a file whose directory is removed."""
    forgotten(book, file)


def presigned(book: Book, method: str, key: str, lifetime_s: float = LIFETIME_S) -> str:
    """A URL that lets its holder use one method on one object for a while."""
    expires = int(book.now() / 1e9 + lifetime_s)
    query = f"expires={expires}&signature={book.sign(method, key, expires)}"
    return f"{book.base}{OBJECTS}{quote(key)}?{query}"


def check_url(book: Book, method: str, target: str) -> str:
    """The key of a presigned URL; refuses other methods, altered and old ones."""
    parts = urlsplit(target)
    key = unquote(parts.path.removeprefix(OBJECTS))
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    expires, signature = query.get("expires", ""), query.get("signature", "")
    signed = book.sign("GET" if method == "HEAD" else method, key, expires)
    if not hmac.compare_digest(signed.encode(), signature.encode()):
        raise Refuse("SignatureDoesNotMatch", "The signature does not match.")
    if not expires.isdigit() or int(expires) <= book.now() / 1e9:
        raise Refuse("AccessDenied", "The request has expired.")
    return key


def refusal(refuse: Refuse) -> Reply:
    """An error of the object storage, as S3 says it."""
    status = 404 if refuse.kind == "NoSuchKey" else 403
    text = f"<Error><Code>{refuse.kind}</Code><Message>{refuse}</Message></Error>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
    return Reply(status=status, body=body, headers={"Content-Type": "application/xml"})


def put(book: Book, key: str, content: bytes, content_type: str) -> Reply:
    """Take the bytes of a file; the answer names their MD5."""
    return Reply(status=200, headers={"ETag": etag(content)})


def get(kept: Object, span: str | None) -> Reply:
    """The bytes of an object, or a range of them."""
    headers = {
        "Content-Type": kept.content_type,
        "ETag": etag(kept.content),
        "Accept-Ranges": "bytes",
    }
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", span or "")
    if asked is None or asked[1] == asked[2] == "":
        return Reply(status=200, body=kept.content, headers=headers)
    size = len(kept.content)
    first = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
    last = min(int(asked[2]), size - 1) if asked[1] and asked[2] else size - 1
    if first > last:
        headers["Content-Range"] = f"bytes */{size}"
        return Reply(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Reply(status=206, body=kept.content[first : last + 1], headers=headers)


def etag(content: bytes) -> str:
    """The MD5 of bytes, in quotes."""
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def reads_object(book: Book, key: str) -> Object:
    """The object of a key."""
    if key not in book.objects:
        raise Refuse("NoSuchKey", "The key does not exist.")
    return book.objects[key]


def shown(call: Any, kind: str, answer: dict[str, Any]) -> dict[str, Any]:
    """A thing as it is answered; `kind` is the name of its type."""
    return answer
