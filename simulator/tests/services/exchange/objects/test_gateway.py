"""The door of the local storage: who has a URL gets in, and gets no further than it says."""

from collections.abc import AsyncIterator
from hashlib import md5

import pytest

from simulator.services.exchange.objects import ObjectError
from simulator.tests.services.exchange.exchange import Exchange, pieces, target


def code(caught: pytest.ExceptionInfo[ObjectError]) -> tuple[int, str]:
    return caught.value.status, caught.value.code


async def uploaded(exchange: Exchange, content: bytes) -> tuple[str, str]:
    """Upload a file; returns its id and its download URL."""
    made = exchange.make_file("owner")
    await exchange.put(made.url, content)
    got = exchange.storage.get_data_store_file_download_url(exchange.user("owner"), made.item_id)
    return made.item_id, got.url


async def test_an_upload_is_told_to_its_file(exchange: Exchange) -> None:
    made = exchange.make_file("owner")
    info = await exchange.put(made.url, b"abc", b"de", length=5)
    assert info.etag == md5(b"abcde").hexdigest()
    file = await exchange.storage.get_data_store_file(exchange.user("owner"), made.item_id)
    assert (file.storage_size_bytes, file.s3_confirmed_upload) == (5, True)


async def test_a_download_and_parts_of_it(exchange: Exchange) -> None:
    _, url = await uploaded(exchange, b"0123456789")
    assert await exchange.get(url) == b"0123456789"
    assert await exchange.get(url, "bytes=2-3") == b"23"
    assert await exchange.get(url, "lines=2-3") == b"0123456789"
    with pytest.raises(ObjectError) as caught:
        await exchange.get(url, "bytes=10-")
    assert code(caught) == (416, "InvalidRange")


async def test_a_download_url_describes_the_object(exchange: Exchange) -> None:
    _, url = await uploaded(exchange, b"0123456789")
    info = await exchange.gateway.describe(*target(url))
    assert (info.size_bytes, info.etag) == (10, md5(b"0123456789").hexdigest())


async def test_nothing_is_there_before_the_upload(exchange: Exchange) -> None:
    made = exchange.make_file("owner")
    got = exchange.storage.get_data_store_file_download_url(exchange.user("owner"), made.item_id)
    for call in (exchange.gateway.download, exchange.gateway.describe):
        with pytest.raises(ObjectError) as caught:
            await call(*target(got.url))
        assert code(caught) == (404, "NoSuchKey")


async def test_each_url_is_for_one_thing(exchange: Exchange) -> None:
    _, url = await uploaded(exchange, b"0123456789")
    key, query = target(url)
    with pytest.raises(ObjectError) as caught:
        await exchange.gateway.upload(key, query, pieces(b"x"))
    assert code(caught) == (403, "SignatureDoesNotMatch")
    made = exchange.make_file("owner")
    key, query = target(made.url)
    for call in (exchange.gateway.download, exchange.gateway.describe):
        with pytest.raises(ObjectError) as caught:
            await call(key, query)
        assert code(caught) == (403, "SignatureDoesNotMatch")
    assert await exchange.get(url) == b"0123456789"


@pytest.mark.parametrize("key", ["../../../etc/passwd", "/etc/passwd", "..", "a\0b", "x" * 9000])
async def test_made_up_keys_are_refused(exchange: Exchange, key: str) -> None:
    _, query = target(exchange.make_file("owner").url)
    with pytest.raises(ObjectError) as caught:
        await exchange.gateway.upload(key, query, pieces(b"x"))
    assert code(caught) == (403, "SignatureDoesNotMatch")


async def test_urls_expire_with_real_time(exchange: Exchange) -> None:
    made = exchange.make_file("owner")
    exchange.advance(10_000_000_000)
    await exchange.put(made.url, b"abc")
    exchange.wall_s += 900
    with pytest.raises(ObjectError) as caught:
        await exchange.put(made.url, b"other")
    assert code(caught) == (403, "AccessDenied")


async def test_a_cut_upload_leaves_the_file_unconfirmed(exchange: Exchange) -> None:
    made = exchange.make_file("owner")

    async def cut() -> AsyncIterator[bytes]:
        yield b"x" * 1_000_000
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await exchange.gateway.upload(*target(made.url), cut())
    file = await exchange.storage.get_data_store_file(exchange.user("owner"), made.item_id)
    assert not file.s3_confirmed_upload
    await exchange.put(made.url, b"again")
    assert await exchange.objects.head(made.item_id) is not None


async def test_a_deleted_file_takes_no_bytes(exchange: Exchange) -> None:
    made = exchange.make_file("owner")
    await exchange.storage.delete_data_store_file(exchange.user("owner"), made.item_id)
    with pytest.raises(ObjectError) as caught:
        await exchange.put(made.url, b"x")
    assert code(caught) == (404, "NoSuchKey")


async def test_a_file_that_is_deleted_during_its_upload_leaves_nothing(exchange: Exchange) -> None:
    made = exchange.make_file("owner")

    async def slow() -> AsyncIterator[bytes]:
        yield b"first"
        await exchange.storage.delete_data_store_file(exchange.user("owner"), made.item_id)
        yield b"second"

    with pytest.raises(ObjectError) as caught:
        await exchange.gateway.upload(*target(made.url), slow())
    assert code(caught) == (404, "NoSuchKey")
    assert await exchange.objects.head(made.item_id) is None


async def test_the_door_outlives_a_reset(exchange: Exchange) -> None:
    before = exchange.make_file("owner")
    exchange.reset()
    with pytest.raises(ObjectError) as caught:
        await exchange.put(before.url, b"x")
    assert code(caught) == (403, "SignatureDoesNotMatch")
    made = exchange.make_file("owner")
    assert made.item_id == before.item_id
    await exchange.put(made.url, b"x")
    file = await exchange.storage.get_data_store_file(exchange.user("owner"), made.item_id)
    assert file.s3_confirmed_upload
