"""DX-FI-001 to 006: new files, uploads, downloads, what is kept of them, and where."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from conformance.judging import (
    Refused,
    attempt,
    by_depth,
    expect,
    explore,
    not_applicable,
    observe,
    passive,
    refused,
    requirement,
    sampled,
)
from conformance.oracles.exchange.model import DataStore, DataStoreFile
from conformance.strategies.exchange import contents, file_names, texts
from conformance.suite.exchange.callers import others
from conformance.suite.exchange.trees import ground, small_file
from conformance.targets.exchange import REFUSED, ExchangeTarget, item_of, url_in

EVERY_BYTE = bytes(range(256)) + b"\r\n\x00\xff\xfe text \xc3\xa9\n"
"""All bytes there are, line ends of both kinds, and what is no text."""

LONG = EVERY_BYTE * 60
"""More than fits into one block of most kinds."""

EXTENSIONS = ("", "txt", "tar.gz", "CSV", "ä b", "x" * 20)


def _new(exchange: ExchangeTarget, store: DataStore, **how: str) -> tuple[str, str]:
    """A new file without bytes: its id, and the URL for its upload."""
    made = exchange.create_file(
        store=store.data_store_id,
        directory=store.home_directory_id,
        **{"name": exchange.fresh_name(), "extension": "bin", **how},
    )
    return item_of(made), url_in(made)


@requirement("DX-FI-001")
def test_a_new_file_is_there_unconfirmed(exchange: ExchangeTarget) -> None:
    store, name = ground(exchange), exchange.fresh_name()
    id_, url = _new(exchange, store, name=name, extension="csv", description="of a check")
    expect(url.startswith("http"), "url of a new file", got=url[:40], wanted="a URL")
    file = exchange.get_file(id_)
    got = (file.data_store_file_id, file.name, file.file_extension, file.description)
    wanted = (id_, name, "csv", "of a check")
    expect(got == wanted, "metadata of a new file", got=got, wanted=wanted)
    confirmed = file.s3_confirmed_upload
    expect(not confirmed, "s3ConfirmedUpload before the upload", got=confirmed, wanted=False)
    size = file.storage_size_bytes
    expect(not size, "size before the upload", got=size, wanted="none, or 0")


@requirement("DX-FI-001", needs=["full"])
def test_each_new_file_has_an_id_of_its_own(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    ids = [_new(exchange, store)[0] for _ in range(3)]
    expect(len(set(ids)) == len(ids), "ids of three new files", got=ids, wanted="three")


@requirement("DX-FI-002")
def test_uploads_need_no_headers(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    for what, data, chunked in (
        ("bytes with a length", EVERY_BYTE, False),
        ("no bytes, chunked", b"", True),
    ):
        id_, url = _new(exchange, store)
        status = exchange.objects.put(url, data, chunked=chunked).status
        expect(200 <= status < 300, f"PUT of {what}", got=f"HTTP {status}", wanted="HTTP 200")
        exchange.confirmed(id_)


@requirement("DX-FI-002", needs=["full"])
def test_other_ways_to_upload(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    for what, data, chunked in (("bytes, chunked", LONG, True), ("no bytes, length 0", b"", False)):
        id_, url = _new(exchange, store)
        status = exchange.objects.put(url, data, chunked=chunked).status
        expect(status < 500 or status == 501, f"PUT of {what}", got=f"HTTP {status}")
        if status >= 300:
            observe(f"PUT of {what}: refused")
            continue
        exchange.confirmed(id_)
        got = exchange.download(id_)
        expect(got == data, f"bytes after a PUT of {what}", got=got[:80], wanted=data[:80])


@requirement("DX-FI-003")
def test_size_and_confirmation_follow_the_upload(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    for size in by_depth(full=(0, 1, 255, 65_536, 300_001), staging=(1, 5_000)):
        id_, url = _new(exchange, store)
        data = random.Random(size).randbytes(size)
        status = exchange.objects.put(url, data).status
        expect(status < 300, f"PUT of {size} bytes", got=f"HTTP {status}", wanted="HTTP 200")
        file = exchange.confirmed(id_)
        got = file.storage_size_bytes
        expect(got == size, "storageSizeBytes after the upload", got=got, wanted=size)


@requirement("DX-FI-003")
@passive
def test_sizes_are_those_of_downloads(exchange: ExchangeTarget) -> None:
    file = small_file(exchange)
    data = exchange.download(file.data_store_file_id, store_id=file.data_store_id)
    got, wanted = len(data), file.storage_size_bytes
    expect(got == wanted, "bytes of a file that was there", got=got, wanted=wanted)


@requirement("DX-FI-004")
def test_downloads_are_what_was_uploaded(exchange: ExchangeTarget) -> None:
    store = ground(exchange)

    def body(data: bytes) -> None:
        file = exchange.fresh_file(data, store=store)
        # The published clients name the store, which the platform's own schema does not ask for.
        store_id = store.data_store_id if len(data) % 2 else None
        got = exchange.download(file.data_store_file_id, store_id=store_id)
        expect(
            got == data,
            "download",
            got=f"{len(got)} bytes {got[:60]!r}",
            wanted=f"{len(data)} bytes {data[:60]!r}",
        )
        exchange.delete_file(file.data_store_file_id)

    directed = [LONG, b"", EVERY_BYTE, b"\r\n", b"\x00abc", random.Random(1).randbytes(300_000)]
    explore(
        body,
        examples=10,
        directed=[{"data": data} for data in directed],
        data=contents(),
    )


@requirement("DX-FI-004")
def test_a_second_upload_takes_the_place_of_the_first(exchange: ExchangeTarget) -> None:
    """Whoever gets no answer sends a file again; a URL for one use alone is legal as well."""
    id_, url = _new(exchange, ground(exchange))
    exchange.objects.put(url, b"the first and longer one")
    exchange.confirmed(id_)
    again = exchange.objects.put(url, b"the second")
    if again.status >= 400:
        observe("a URL takes one upload")
        return
    observe("a URL takes uploads again")
    exchange.settled(
        lambda: exchange.download(id_) == b"the second", what="bytes of the second upload"
    )


def _kept(exchange: ExchangeTarget, id_: str, wanted: tuple[str, str, str]) -> None:
    file = exchange.get_file(id_)
    got = (file.name, file.file_extension or "", file.description or "")
    what = "name, extension and description"
    expect(got == wanted, what, got=ascii(got), wanted=ascii(wanted))


@requirement("DX-FI-005")
def test_plain_names_come_back(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    for extension, description in (("tar.gz", "two words"), ("", "")):
        name = exchange.fresh_name()
        given = {"name": name, "extension": extension, "description": description}
        id_, url = _new(exchange, store, **given)
        _kept(exchange, id_, (name, extension, description))
        exchange.objects.put(url, b"1")
        exchange.confirmed(id_)
        _kept(exchange, id_, (name, extension, description))


@requirement("DX-FI-005")
def test_odd_names_come_back_or_are_refused(exchange: ExchangeTarget) -> None:
    store = ground(exchange)

    def body(name: str, extension: str, description: str) -> None:
        given = (f"{exchange.fresh_name()} {name}", extension, description)
        made = attempt(
            lambda: exchange.create_file(
                store=store.data_store_id,
                directory=store.home_directory_id,
                name=given[0],
                extension=given[1],
                description=given[2],
            )
        )
        if isinstance(made, Refused):
            observe("some names with rare characters are refused")
            return
        _kept(exchange, item_of(made), given)
        exchange.delete_file(item_of(made))

    explore(
        body,
        examples=10,
        directed=[
            {"name": "Zähler 1 (a)", "extension": "tar.gz", "description": "ä"},
            {"name": "e\u0301 ﬁ", "extension": "CSV", "description": "long " * 200},
        ],
        name=file_names(),
        extension=st.sampled_from(EXTENSIONS),
        description=texts(),
    )


@requirement("DX-FI-005")
def test_a_name_may_be_all_extension(exchange: ExchangeTarget) -> None:
    # So the published SDK splits `.env`.
    store, extension = ground(exchange), exchange.fresh_name()
    made = attempt(
        lambda: exchange.create_file(
            store=store.data_store_id,
            directory=store.home_directory_id,
            name="",
            extension=extension,
        )
    )
    if isinstance(made, Refused):
        observe("an empty name is refused, whatever the extension")
        return
    _kept(exchange, item_of(made), ("", extension, ""))


def _refused_there(exchange: ExchangeTarget, store: DataStore, directory: str, what: str) -> str:
    name = exchange.fresh_name()
    refused(
        lambda: exchange.create_file(store=store.data_store_id, directory=directory, name=name),
        REFUSED,
        f"a new file in {what}",
    )
    _absent(exchange, store, name, what)
    return name


def _absent(view: ExchangeTarget, store: DataStore, name: str, what: str) -> None:
    files: tuple[DataStoreFile, ...] = view.get_directory(store.home_directory_id).files
    left = [file.name for file in files if file.name == name]
    expect(not left, f"files that a refused creation in {what} left", got=left, wanted="none")


@requirement("DX-FI-006")
def test_a_file_needs_a_directory_that_exists(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    absent = exchange.absent("dataStoreDirectory")
    _refused_there(exchange, store, absent, "a directory that does not exist")
    _refused_there(exchange, store, store.data_store_id, "what is no directory")


@requirement("DX-FI-006", needs=["administration"])
def test_a_file_needs_a_directory_of_its_store(exchange: ExchangeTarget) -> None:
    store, other = exchange.fresh_store(), exchange.fresh_store()
    inner = exchange.fresh_directory(other).data_store_directory_id
    for directory in (other.home_directory_id, inner):
        name = _refused_there(exchange, store, directory, "a directory of another store")
        _absent(exchange, other, name, "a directory of another store")


@requirement("DX-FI-006", needs=["full"])
def test_a_file_needs_a_directory_of_its_owner(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    foreign = [(view, each) for view in others(exchange) for each in view.list_data_stores()[:1]]
    if not foreign:
        not_applicable("nobody else whose token the profile has has a data store")
    for view, other in sampled(foreign[:2], 1):
        what = f"a directory of {view.role}"
        name = _refused_there(exchange, store, other.home_directory_id, what)
        _absent(view, other, name, what)
