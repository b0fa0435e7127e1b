"""DX-FI-007, 008 and 011: what deleting answers, and that nothing is left."""

from __future__ import annotations

from conformance.judging import advise, expect, observe, refused, requirement
from conformance.oracles.exchange.model import DataStore, DataStoreFile
from conformance.suite.exchange.trees import gone, ground, listed
from conformance.targets.exchange import REFUSED, ExchangeTarget, item_of, url_in


def _gone(exchange: ExchangeTarget, store: DataStore, file_id: str) -> None:
    """Fail unless metadata, URL and place of a file are gone before long."""
    exchange.settled(lambda: gone(exchange, file_id), what="metadata of a deleted file, refused")
    found = refused(
        lambda: exchange.download_url(file_id, store_id=store.data_store_id),
        REFUSED,
        "the download URL of a deleted file",
    )
    if getattr(found, "silent", False):
        observe("null without an error")
    exchange.settled(
        lambda: file_id not in listed(exchange, store.home_directory_id),
        what="directory without the deleted file",
    )


def _core(file: DataStoreFile) -> dict[str, object]:
    """What a file was, whatever a deletion changes of it."""
    names = ("data_store_file_id", "name", "file_extension", "description", "storage_size_bytes")
    return {name: getattr(file, name) for name in names}


@requirement("DX-FI-007")
def test_a_deleted_file_is_gone(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    file = exchange.fresh_file(store=store, extension="txt", description="of a check")
    id_ = file.data_store_file_id
    url = url_in(exchange.download_url(id_, store_id=store.data_store_id))
    exchange.fetched(url)
    told = exchange.delete_file(id_)
    got, wanted = _core(told), _core(file)
    expect(got == wanted, "answer of the deletion", got=got, wanted=wanted)
    _gone(exchange, store, id_)
    exchange.settled(lambda: exchange.objects.get(url).status >= 400, what="refusal of its old URL")


@requirement("DX-FI-007", needs=["full"])
def test_only_the_deleted_file_is_gone(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    one, other = (exchange.fresh_file(data, store=store) for data in (b"one", b"other"))
    exchange.delete_file(one.data_store_file_id)
    exchange.settled(lambda: gone(exchange, one.data_store_file_id), what="deleted file, gone")
    got = exchange.download(other.data_store_file_id)
    expect(got == b"other", "bytes of another file", got=got, wanted=b"other")


@requirement("DX-FI-008")
def test_a_second_deletion_is_an_error(exchange: ExchangeTarget) -> None:
    file = exchange.fresh_file(store=ground(exchange)).data_store_file_id
    exchange.delete_file(file)
    exchange.settled(lambda: gone(exchange, file), what="deleted file, gone")
    found = refused(lambda: exchange.delete_file(file), REFUSED, "a second deletion")
    if getattr(found, "silent", False):
        observe("null without an error")


@requirement("DX-FI-008")
def test_deleting_what_never_was_is_an_error(exchange: ExchangeTarget) -> None:
    absent = exchange.absent("dataStoreFile")
    refused(lambda: exchange.delete_file(absent), REFUSED, "deleting a file that never was")


@requirement("DX-FI-011")
def test_a_file_without_an_upload_can_be_deleted(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    made = exchange.create_file(
        store=store.data_store_id, directory=store.home_directory_id, name=exchange.fresh_name()
    )
    exchange.delete_file(item_of(made))
    _gone(exchange, store, item_of(made))


@requirement("DX-FI-011")
def test_a_broken_upload_can_be_deleted(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    made = exchange.create_file(
        store=store.data_store_id, directory=store.home_directory_id, name=exchange.fresh_name()
    )
    exchange.objects.cut_upload(url_in(made), b"only the beginning", promised=4096)
    file = exchange.get_file(item_of(made))
    advise(
        not file.s3_confirmed_upload,
        "an upload that broke off",
        got="confirmed",
        wanted="not confirmed",
    )
    exchange.delete_file(item_of(made))
    _gone(exchange, store, item_of(made))
