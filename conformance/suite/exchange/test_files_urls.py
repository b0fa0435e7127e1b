"""DX-FI-009, 010 and 014: what a presigned URL is good for, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from conformance.judging import (
    Refused,
    attempt,
    expect,
    not_applicable,
    observe,
    passive,
    requirement,
    sampled,
)
from conformance.suite.exchange.trees import ground, settled_files, small_file
from conformance.targets.exchange import ExchangeTarget, item_of, url_in
from conformance.targets.http_client import Answer

DATA = b"0123456789 of a check"

EXPIRY = re.compile(r"(?<![a-z])exp(ir\w*)?(?![a-z])")
"""How stores call the time until which a URL is good, or how long it is."""

KEYS: Sequence[str] = (
    "../../../../../../etc/passwd",
    "..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "%2fetc%2fpasswd",
    "/etc/passwd",
    "..%5c..%5c..%5cwindows%5cwin.ini",
    "%00",
    "a%00.bin",
    "%c0%ae%c0%ae%2fetc%2fpasswd",
    "k" * 300,
    "k" * 3000,
)
"""Keys that a careless storage would take for paths, quoted as they are sent."""

AROUND = (("../", ""), ("/tmp/", ""), ("", "\\..\\x"), ("", "\0x"), ("", "y" * 400))
"""What stands before and after names of files that a careless storage would take for paths."""

Parts = list[tuple[str, str]]


def _download(exchange: ExchangeTarget, data: bytes = DATA) -> tuple[str, str]:
    """A new file's id, and the URL of its download."""
    file = exchange.fresh_file(data, store=ground(exchange)).data_store_file_id
    return file, url_in(exchange.download_url(file))


def _with_query(url: str, parts: Parts) -> str:
    return urlunsplit(urlsplit(url)._replace(query=urlencode(parts, quote_via=quote)))


def _query(url: str) -> Parts:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


def _named(parts: Parts, word: str) -> int | None:
    """Where the parameter stands whose name has this word."""
    return next((at for at, (name, _) in enumerate(parts) if word in name.lower()), None)


def _other_signature(url: str) -> str | None:
    """The same URL with one sign of its signature changed; None if none is seen."""
    parts = _query(url)
    at = _named(parts, "signature")
    if at is None:
        at = _named(parts, "sig")
    if at is None:
        return None
    name, value = parts[at]
    parts[at] = (name, ("1" if value[:1] != "1" else "2") + value[1:])
    return _with_query(url, parts)


def _moved_expiry(url: str, by: int) -> str | None:
    """The same URL with another time of expiry; None if none is seen."""
    parts = _query(url)
    at = next((n for n, (name, value) in enumerate(parts)
               if EXPIRY.search(name.lower()) and re.fullmatch(r"\d+", value)), None)  # fmt: skip
    if at is None:
        return None
    name, value = parts[at]
    parts[at] = (name, str(max(1, int(value) + by)))
    return _with_query(url, parts)


def _altered(url: str) -> dict[str, str]:
    """URLs that were not given, made from one that was; a few of them unless all is asked."""
    found = {
        "without what it asks with": urlunsplit(urlsplit(url)._replace(query="")),
        "with another signature": _other_signature(url),
        "with a later expiry": _moved_expiry(url, 3600),
        "with an expiry that is over": _moved_expiry(url, -(10**9)),
    }
    seen = [(what, each) for what, each in found.items() if each is not None]
    return dict(sampled(seen, 2))


def _forbidden(answer: Answer, what: str) -> None:
    expect(answer.status == 403, what, got=f"HTTP {answer.status}", wanted="HTTP 403")


@requirement("DX-FI-009")
@passive
def test_altered_urls_read_nothing(exchange: ExchangeTarget) -> None:
    file = small_file(exchange)
    url = url_in(exchange.download_url(file.data_store_file_id, store_id=file.data_store_id))
    for what, altered in _altered(url).items():
        _forbidden(exchange.objects.get(altered), f"GET of a URL {what}")


@requirement("DX-FI-009")
@passive
def test_a_url_is_for_one_file(exchange: ExchangeTarget) -> None:
    files = [f.data_store_file_id for f in settled_files(exchange)[:2]]
    if len(files) < 2:
        not_applicable("the owner of the profile has no two files")
    _swapped(exchange, *(url_in(exchange.download_url(file)) for file in files))


@requirement("DX-FI-009")
def test_altered_downloads_are_refused(exchange: ExchangeTarget) -> None:
    _, url = _download(exchange)
    for what, altered in _altered(url).items():
        _forbidden(exchange.objects.get(altered), f"GET of a URL {what}")
    exchange.fetched(url)


@requirement("DX-FI-009")
def test_a_download_is_for_one_key(exchange: ExchangeTarget) -> None:
    _swapped(exchange, _download(exchange)[1], _download(exchange, b"another")[1])


def _swapped(exchange: ExchangeTarget, url: str, other: str) -> None:
    one, two = urlsplit(url), urlsplit(other)
    if one.path == two.path:
        not_applicable("URLs do not tell the file in their path")
    mixed = urlunsplit(one._replace(netloc=two.netloc, path=two.path))
    _forbidden(exchange.objects.get(mixed), "GET of another file's path")


@requirement("DX-FI-009", needs=["full"])
def test_a_download_is_for_reading_alone(exchange: ExchangeTarget) -> None:
    file, url = _download(exchange)
    _forbidden(exchange.objects.put(url, b"forged"), "PUT to a URL for a download")
    answer = exchange.objects.request("DELETE", url)
    right = 400 <= answer.status < 500
    what = "DELETE of a URL for a download"
    expect(right, what, got=f"HTTP {answer.status}", wanted="HTTP 403, or 405")
    got = exchange.download(file)
    expect(got == DATA, "bytes after that", got=got, wanted=DATA)


@requirement("DX-FI-009")
def test_an_upload_is_for_writing_its_own_file(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    ids, urls = [], []
    for _ in range(2):
        made = exchange.create_file(
            store=store.data_store_id,
            directory=store.home_directory_id,
            name=exchange.fresh_name(),
        )
        ids.append(item_of(made))
        urls.append(url_in(made))
    _forbidden(exchange.objects.get(urls[0]), "GET of a URL for an upload")
    for what, altered in _altered(urls[0]).items():
        _forbidden(exchange.objects.put(altered, b"forged"), f"PUT to a URL {what}")
    one, two = map(urlsplit, urls)
    if one.path != two.path:
        mixed = urlunsplit(one._replace(netloc=two.netloc, path=two.path))
        _forbidden(exchange.objects.put(mixed, b"forged"), "PUT to another file's path")
    for id_ in ids:
        file = exchange.get_file(id_)
        right = not file.s3_confirmed_upload and not file.storage_size_bytes
        expect(right, "file after refused uploads", got=file, wanted="no bytes")
    exchange.objects.put(urls[0], DATA)
    exchange.confirmed(ids[0])
    _forbidden(exchange.objects.get(urls[0]), "GET of a URL for an upload that is complete")


def _nothing_outside(exchange: ExchangeTarget, url: str) -> None:
    parts = urlsplit(url)
    above = parts.path.rpartition("/")[0]
    for key in sampled(KEYS, 3):
        asked = urlunsplit(parts._replace(path=f"{above}/{key}"))
        answer = exchange.objects.get(asked)
        what = f"GET of the key {key[:60]}"
        # A proxy may put a path right before it asks, and say so.
        right = 300 <= answer.status < 500
        expect(right, what, got=f"HTTP {answer.status}", wanted="a refusal")
        expect(
            b"root:" not in answer.body, what, got=answer.body[:80], wanted="nothing of the host"
        )
    exchange.fetched(url)


@requirement("DX-FI-010")
@passive
def test_keys_do_not_lead_out(exchange: ExchangeTarget) -> None:
    file = small_file(exchange)
    url = exchange.download_url(file.data_store_file_id, store_id=file.data_store_id)
    _nothing_outside(exchange, url_in(url))


@requirement("DX-FI-010")
def test_keys_beside_a_new_file_do_not_lead_out(exchange: ExchangeTarget) -> None:
    _nothing_outside(exchange, _download(exchange)[1])


@requirement("DX-FI-010")
def test_names_do_not_lead_out(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    for before, after in sampled(AROUND, 2):
        name = f"{before}{exchange.fresh_name()}{after}"
        made = attempt(
            partial(
                exchange.create_file,
                store=store.data_store_id,
                directory=store.home_directory_id,
                name=name,
            )
        )
        shape = f"{before}NAME{after[:8]}"
        if isinstance(made, Refused):
            observe(f"refused: a file of the name {shape!r}")
            continue
        # A name is no path: whatever it is, it leads to its own bytes.
        exchange.objects.put(url_in(made), DATA)
        shown = exchange.confirmed(item_of(made))
        expect(shown.name == name, f"name {shape!r}", got=shown.name[:80], wanted=name[:80])
        got = exchange.download(item_of(made))
        expect(got == DATA, f"bytes of a file of the name {shape!r}", got=got, wanted=DATA)


def _ranges(exchange: ExchangeTarget, url: str, data: bytes) -> None:
    size = len(data)
    asked = [
        (f"2-{min(6, size - 1)}", 2, min(7, size)),
        ("0-3", 0, 4),
        (f"{size - 2}-", size - 2, size),
        ("-3", size - 3, size),
        (f"1-{size + 100}", 1, size),
    ]
    for text, first, stop in sampled(asked, 2):
        answer = exchange.objects.get(url, headers=[("Range", f"bytes={text}")])
        if answer.status == 200:
            expect(answer.body == data, "whole answer to a range", got=answer.body[:80])
            observe("ranges are passed over")
            continue
        what = f"bytes={text} of {size} bytes"
        if answer.status != 206:
            right = 400 <= answer.status < 500 or answer.status == 501
            expect(right, what, got=f"HTTP {answer.status}", wanted="206, 200 or a refusal")
            observe("ranges are refused")
            continue
        expect(answer.body == data[first:stop], what, got=answer.body, wanted=data[first:stop])
        told = answer.headers.get("content-range")
        wanted = f"bytes {first}-{stop - 1}/{size}"
        expect(told == wanted, f"Content-Range of {what}", got=told, wanted=wanted)
        observe("ranges are served")


def _head(exchange: ExchangeTarget, url: str, data: bytes) -> None:
    answer = exchange.objects.head(url)
    if answer.status != 200:
        right = 400 <= answer.status < 500 or answer.status == 501
        expect(right, "HEAD of a download", got=f"HTTP {answer.status}", wanted="200 or a refusal")
        observe("HEAD is refused")
        return
    told = answer.headers.get("content-length")
    right = told in (None, str(len(data))) and not answer.body
    expect(right, "Content-Length of a HEAD", got=told, wanted=len(data))
    observe("HEAD is answered")


@requirement("DX-FI-014")
@passive
def test_parts_of_a_file(exchange: ExchangeTarget) -> None:
    file = small_file(exchange)
    url = exchange.download_url(file.data_store_file_id, store_id=file.data_store_id)
    data = exchange.fetched(url_in(url)).body
    if len(data) < 8:
        not_applicable("the file is too short to have parts")
    _head(exchange, url_in(url), data)
    _ranges(exchange, url_in(url), data)


@requirement("DX-FI-014")
def test_parts_of_a_new_file(exchange: ExchangeTarget) -> None:
    _, url = _download(exchange)
    _head(exchange, url, DATA)
    _ranges(exchange, url, DATA)
