"""DX-FI-012 and 013: files of one name, and when files were changed."""

from __future__ import annotations

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
from conformance.oracles.exchange.model import DataStoreFile
from conformance.oracles.exchange.times import is_iso
from conformance.suite.exchange.trees import ground, settled_files
from conformance.targets.exchange import ExchangeTarget, item_of, url_in


@requirement("DX-FI-012")
def test_a_second_file_of_a_name_takes_nothing_away(exchange: ExchangeTarget) -> None:
    store, name = ground(exchange), exchange.fresh_name()
    first = exchange.upload(b"first", store=store, name=name, extension="txt")
    again = attempt(
        lambda: exchange.create_file(
            store=store.data_store_id,
            directory=store.home_directory_id,
            name=name,
            extension="txt",
        )
    )
    if isinstance(again, Refused):
        observe("a second file of a name is refused")
    else:
        other = item_of(again)
        expect(other != first.data_store_file_id, "id of a second file of a name", got=other)
        exchange.objects.put(url_in(again), b"second")
        exchange.confirmed(other)
        got = exchange.download(other)
        expect(got == b"second", "bytes of the second file", got=got, wanted=b"second")
        observe("a second file of a name is another one")
    got = exchange.download(first.data_store_file_id)
    expect(got == b"first", "bytes of the first file", got=got, wanted=b"first")


def _at(file: DataStoreFile, what: str) -> int | None:
    text = file.last_modified
    if text is None:
        return None
    expect(is_iso(text), f"lastModified {what}", got=text, wanted="ISO 8601 in UTC")
    return file.last_modified_ns


@requirement("DX-FI-013")
@passive
def test_times_of_files_are_iso(exchange: ExchangeTarget) -> None:
    times = [_at(file, "of a file") for file in sampled(settled_files(exchange), 10)]
    if not any(times):
        not_applicable("no file tells when it was changed")


@requirement("DX-FI-013")
def test_times_of_a_file_do_not_go_back(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    made = exchange.create_file(
        store=store.data_store_id, directory=store.home_directory_id, name=exchange.fresh_name()
    )
    id_ = item_of(made)
    times = {"before the upload": _at(exchange.get_file(id_), "before the upload")}
    exchange.objects.put(url_in(made), b"1")
    times["after the upload"] = _at(exchange.confirmed(id_), "after the upload")
    expect(times["after the upload"] is not None, "lastModified after the upload", got="null")
    if exchange.profile.administration:
        changed = exchange.update_file(id_, description="changed")
        times["after a change"] = _at(changed, "after a change")
    told = [at for at in times.values() if at is not None]
    expect(told == sorted(told), "lastModified", got=times, wanted="no step back")
