"""Files of a data store: metadata here, bytes by presigned URLs."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.exchange.objects import ObjectError
from simulator.services.exchange.policy import Policy
from simulator.tests.services.exchange.exchange import Exchange, kept_files, pieces, refused


async def meta(exchange: Exchange, id: str, role: str = "owner") -> Any:
    return await exchange.storage.get_data_store_file(exchange.user(role), id)


async def listed(exchange: Exchange, role: str = "owner") -> list[Any]:
    store = exchange.store(role)
    home = exchange.storage.get_data_store_directory(exchange.user(role), store.home_directory_id)
    return [each.data_store_file for each in await exchange.storage.contents(home)]


async def test_a_file_is_there_before_its_bytes(exchange: Exchange) -> None:
    made = exchange.make_file("owner", "report", "tar.gz", description="A report.")
    file = await meta(exchange, made.item_id)
    assert (file.name, file.file_extension, file.description) == ("report", "tar.gz", "A report.")
    assert (file.s3_confirmed_upload, file.storage_size_bytes) == (False, None)
    assert file.data_store_id == exchange.store("owner").data_store_id
    assert file.data_store_directory_id == exchange.store("owner").home_directory_id
    assert file.owner_user_id == "user-owner"
    assert file.last_modified == "2027-01-15T08:00:00.000Z"
    assert made.upload_id
    (found,) = await exchange.storage.contents(
        exchange.storage.get_data_store_directory(
            exchange.user("owner"), file.data_store_directory_id
        )
    )
    assert (found.object_type, found.data_store_file) == ("FILE", file)
    assert found.data_store_directory is None


@settings(max_examples=20, deadline=None)
@given(chunks=st.lists(st.binary(max_size=300), max_size=4), sized=st.booleans())
def test_any_bytes_come_back(chunks: list[bytes], sized: bool) -> None:
    async def check(exchange: Exchange) -> None:
        made, whole = exchange.make_file("owner"), b"".join(chunks)
        await exchange.put(made.url, *chunks, length=len(whole) if sized else None)
        file = await meta(exchange, made.item_id)
        assert (file.s3_confirmed_upload, file.storage_size_bytes) == (True, len(whole))
        got = exchange.storage.get_data_store_file_download_url(
            exchange.user("owner"), made.item_id
        )
        assert await exchange.get(got.url) == whole

    with TemporaryDirectory() as folder:
        exchange = Exchange(Path(folder))
        asyncio.run(check(exchange))
        exchange.close()


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("..", ""),
        ("..\\..\\x", "txt"),
        ("%2e%2e%2fx", ""),
        ("", "env"),
        ("ü" * 120, "csv"),
        ("a", ""),
    ],
)
async def test_odd_names_are_only_names(
    exchange: Exchange, tmp_path: Path, name: str, extension: str
) -> None:
    made = exchange.make_file("owner", name, extension)
    await exchange.put(made.url, b"x")
    file = await meta(exchange, made.item_id)
    assert (file.name, file.file_extension) == (name, extension)
    assert [each.name for each in kept_files(tmp_path)] == ["0"]


@pytest.mark.parametrize(
    ("name", "extension"),
    [("../x", ""), ("a/b", "c"), ("a", "c/d"), ("a\0", ""), ("", ""), ("x" * 256, "")],
)
async def test_bad_names_make_no_file(exchange: Exchange, name: str, extension: str) -> None:
    with refused("ValidationError"):
        exchange.make_file("owner", name, extension)
    assert await listed(exchange) == []


async def test_the_same_name_twice_makes_two_files(exchange: Exchange) -> None:
    first, second = exchange.make_file("owner"), exchange.make_file("owner")
    assert first.item_id != second.item_id
    await exchange.put(first.url, b"first")
    await exchange.put(second.url, b"the second")
    assert [each.storage_size_bytes for each in await listed(exchange)] == [5, 10]


async def test_or_is_refused_where_the_policy_minds(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path, "refuse-same-file")
    first = exchange.make_file("owner", "a", "csv")
    with refused("ConflictException"):
        exchange.make_file("owner", "a", "csv")
    other = exchange.make_file("owner", "a", "json")
    third = exchange.make_file("owner", "b", "csv")
    update = exchange.storage.update_data_store_file
    with refused("ConflictException"):
        await update(exchange.user("owner"), third.item_id, name="a")
    await update(exchange.user("owner"), first.item_id, name="a", description="same name")
    await update(exchange.user("owner"), other.item_id, name="b")


def test_a_directory_has_to_be_in_the_store(exchange: Exchange) -> None:
    owner, store = exchange.user("owner"), exchange.store("owner")
    other = exchange.storage.create_data_store(owner, "Other")
    for directory_id in (other.home_directory_id, "dataStoreDirectory-none"):
        with refused():
            exchange.storage.create_data_store_file(
                owner, directory_id, store.data_store_id, "a", "csv"
            )
    assert exchange.storage.is_awaited("dataStoreFile-none") is False


@pytest.mark.parametrize("role", ["read_write", "read_only"])
async def test_members_read_but_do_not_write(exchange: Exchange, role: str) -> None:
    made, user, store = exchange.make_file("owner"), exchange.user(role), exchange.store("owner")
    await exchange.put(made.url, b"shared")
    file = await meta(exchange, made.item_id, role)
    got = exchange.storage.get_data_store_file_download_url(user, made.item_id)
    assert await exchange.get(got.url) == b"shared"
    with refused():
        exchange.storage.create_data_store_file(
            user, store.home_directory_id, store.data_store_id, "a", "csv"
        )
    with refused():
        await exchange.storage.update_data_store_file(user, made.item_id, name="x")
    with refused():
        await exchange.storage.delete_data_store_file(user, made.item_id)
    assert await listed(exchange) == [file]


@pytest.mark.parametrize("role", ["outsider", "pending", "denied", "same_organization", "admin"])
async def test_others_learn_nothing(exchange: Exchange, role: str) -> None:
    made, user = exchange.make_file("owner"), exchange.user(role)
    await exchange.put(made.url, b"private")
    texts = []
    for id in (made.item_id, "dataStoreFile-none"):
        with refused() as caught:
            await exchange.storage.get_data_store_file(user, id)
        texts.append(caught.value.text)
        with refused():
            exchange.storage.get_data_store_file_download_url(user, id)
        with refused():
            await exchange.storage.delete_data_store_file(user, id)
        with refused():
            exchange.storage.listen_upload(user, made.upload_id)
    assert texts[0] == texts[1]


async def test_lost_rights_give_no_new_urls(exchange: Exchange) -> None:
    made, reader = exchange.make_file("owner"), exchange.user("read_only")
    exchange.storage.get_data_store_file_download_url(reader, made.item_id)
    exchange.sharing.remove_service_from_collaborative(
        exchange.user("owner"),
        "collaborative-microgrid",
        "DATA_STORE",
        exchange.store("owner").data_store_id,
    )
    with refused():
        exchange.storage.get_data_store_file_download_url(reader, made.item_id)


def test_a_store_that_is_given_has_to_be_the_files(exchange: Exchange) -> None:
    made, owner = exchange.make_file("owner"), exchange.user("owner")
    own_id = exchange.store("owner").data_store_id
    get = exchange.storage.get_data_store_file_download_url
    assert get(owner, made.item_id, own_id).item_id == made.item_id
    with refused():
        get(owner, made.item_id, exchange.storage.create_data_store(owner, "x").data_store_id)


async def test_a_deleted_file_is_gone_everywhere(exchange: Exchange, tmp_path: Path) -> None:
    owner, made = exchange.user("owner"), exchange.make_file("owner")
    await exchange.put(made.url, b"bytes")
    url = exchange.storage.get_data_store_file_download_url(owner, made.item_id).url
    before = await meta(exchange, made.item_id)
    assert await exchange.storage.delete_data_store_file(owner, made.item_id) == before
    assert await listed(exchange) == []
    with pytest.raises(ObjectError) as caught:
        await exchange.get(url)
    assert caught.value.status == 404
    with refused():
        await meta(exchange, made.item_id)
    with refused():
        exchange.storage.get_data_store_file_download_url(owner, made.item_id)
    with refused():
        await exchange.storage.delete_data_store_file(owner, made.item_id)
    assert kept_files(tmp_path) == []


async def test_an_update_changes_what_is_given(exchange: Exchange) -> None:
    owner, store = exchange.user("owner"), exchange.store("owner")
    made = exchange.make_file("owner", "a", "csv", description="d")
    await exchange.put(made.url, b"bytes")
    folder = exchange.storage.create_data_store_directory(
        owner, store.data_store_id, "folder", store.home_directory_id
    )
    update = exchange.storage.update_data_store_file
    before = await meta(exchange, made.item_id)
    exchange.advance(1_000_000)
    assert await update(owner, made.item_id) == before
    after = await update(
        owner, made.item_id, name="b", data_store_directory_id=folder.data_store_directory_id
    )
    assert (after.name, after.file_extension, after.description) == ("b", "csv", "d")
    assert after.data_store_directory_id == folder.data_store_directory_id
    assert (after.s3_confirmed_upload, after.storage_size_bytes) == (True, 5)
    assert after.last_modified == "2027-01-15T08:00:01.000Z"
    (found,) = await exchange.storage.contents(folder)
    assert found.data_store_file == after == await meta(exchange, made.item_id)
    with refused("ValidationError"):
        await update(owner, made.item_id, name="a/b")
    with refused("ValidationError"):
        await update(owner, made.item_id, description="x" * 10_001)
    other = exchange.storage.create_data_store(owner, "Other")
    with refused():
        await update(owner, made.item_id, data_store_directory_id=other.home_directory_id)
    assert await meta(exchange, made.item_id) == after


async def test_a_second_upload_replaces_the_first(exchange: Exchange) -> None:
    made = exchange.make_file("owner")
    await exchange.put(made.url, b"first")
    exchange.advance(5_000_000)
    await exchange.put(made.url, b"the second")
    file = await meta(exchange, made.item_id)
    assert file.storage_size_bytes == 10
    assert file.last_modified == "2027-01-15T08:00:05.000Z"


async def test_a_late_confirmation(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path, "late-confirmation")
    made = exchange.make_file("owner")
    await exchange.put(made.url, b"bytes")
    exchange.advance(999_999)
    assert not (await meta(exchange, made.item_id)).s3_confirmed_upload
    exchange.advance(1)
    file = await meta(exchange, made.item_id)
    assert (file.s3_confirmed_upload, file.storage_size_bytes) == (True, 5)


async def test_a_confirmation_that_comes_after_the_deletion(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path, policy=Policy(upload_confirmation_delay_s=1.0))
    made = exchange.make_file("owner")
    await exchange.put(made.url, b"bytes")
    await exchange.storage.delete_data_store_file(exchange.user("owner"), made.item_id)
    exchange.advance(1_000_000)
    assert await listed(exchange) == []


async def test_a_confirmation_is_told_also_to_who_comes_later(exchange: Exchange) -> None:
    made = exchange.make_file("owner")
    early = exchange.storage.listen_upload(exchange.user("read_only"), made.upload_id)
    waiting = asyncio.create_task(anext(early))
    await exchange.put(made.url, b"bytes")
    status = await asyncio.wait_for(waiting, 5)
    assert (status.upload_id, status.http_status_code) == (made.upload_id, 200)
    late = exchange.storage.listen_upload(exchange.user("owner"), made.upload_id)
    assert await asyncio.wait_for(anext(late), 5) == status
    early.close()
    late.close()
    with refused():
        exchange.storage.listen_upload(exchange.user("owner"), "upload-none")


@pytest.mark.parametrize(
    ("extension", "expected"),
    [("csv", "text/csv"), ("JSON", "application/json"), ("tar.gz", None), ("", None), ("q?", None)],
)
async def test_the_extension_tells_the_content_type(
    exchange: Exchange, extension: str, expected: str | None
) -> None:
    made = exchange.make_file("owner", "a", extension)
    file = await meta(exchange, made.item_id)
    assert file.content_type == (expected or "application/octet-stream")


async def test_the_server_keeps_files_of_its_own_making(exchange: Exchange) -> None:
    owner, store = exchange.user("owner"), exchange.store("owner")
    home = exchange.storage.get_data_store_directory(owner, store.home_directory_id)
    file = await exchange.storage.save(owner, home, "run", "csv", pieces(b"a,b\n"), "A run.")
    assert (file.name, file.storage_size_bytes, file.description) == ("run", 4, "A run.")
    assert file.s3_confirmed_upload
    got = exchange.storage.get_data_store_file_download_url(owner, file.data_store_file_id)
    assert await exchange.get(got.url) == b"a,b\n"


async def test_what_cannot_be_kept_leaves_no_file(exchange: Exchange) -> None:
    owner, store = exchange.user("owner"), exchange.store("owner")
    home = exchange.storage.get_data_store_directory(owner, store.home_directory_id)

    async def broken() -> AsyncIterator[bytes]:
        yield b"a"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await exchange.storage.save(owner, home, "run", "csv", broken())
    exchange.objects._most_bytes = 3
    with refused("LimitExceeded"):
        await exchange.storage.save(owner, home, "run", "csv", pieces(b"abcd"))
    assert await listed(exchange) == []


async def test_what_is_deleted_while_it_is_kept_leaves_no_bytes(
    exchange: Exchange, tmp_path: Path
) -> None:
    owner, store = exchange.user("owner"), exchange.store("owner")
    home = exchange.storage.get_data_store_directory(owner, store.home_directory_id)

    async def slow(*, fails: bool) -> AsyncIterator[bytes]:
        yield b"a"
        (file,) = await listed(exchange)
        await exchange.storage.delete_data_store_file(owner, file.data_store_file_id)
        if fails:
            raise ConnectionError

    with refused():
        await exchange.storage.save(owner, home, "run", "csv", slow(fails=False))
    with pytest.raises(ConnectionError):
        await exchange.storage.save(owner, home, "run", "csv", slow(fails=True))
    assert kept_files(tmp_path) == []
