"""Objects in a bucket, against a local stand-in for S3 that people reach through URLs."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from hashlib import md5
from pathlib import Path

import httpx
import pytest

from simulator.services.exchange.objects import ObjectError, ObjectStorage
from simulator.services.exchange.objects.ranges import read_range
from simulator.services.exchange.objects.s3 import NoBucket, S3Objects, open_bucket
from simulator.tests.services.exchange.exchange import Exchange, content, pieces

WAIT_S = 30
"""A first answer takes long on a busy machine."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Give the address of a server that speaks S3, with a bucket named `files`."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    httpx.put(f"{url}/files", timeout=WAIT_S).raise_for_status()
    yield url
    server.stop()


@pytest.fixture(scope="module")
def environment(endpoint: str) -> Iterator[None]:
    """Let boto3 find the server, and no settings of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "id",
            "AWS_SECRET_ACCESS_KEY": "key",
            "AWS_DEFAULT_REGION": "us-west-2",
            "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        yield


@pytest.fixture(scope="module")
def bucket(environment: None) -> Iterator[S3Objects]:
    made = open_bucket("s3://files/some/prefix/")
    yield made
    made.close()


@pytest.fixture
def objects(bucket: S3Objects) -> S3Objects:
    """Give the bucket as a run that has written nothing yet."""
    bucket.clear()
    return bucket


async def test_an_object_comes_back_as_it_was(objects: S3Objects) -> None:
    storage: ObjectStorage = objects
    info = await storage.put("key", pieces(b"ab", b"cd"), length=4)
    assert (info.size_bytes, info.etag) == (4, md5(b"abcd").hexdigest())
    assert await storage.head("key") == info
    assert await content(await storage.open("key")) == b"abcd"
    part = await storage.open("key", read_range("bytes=1-2"))
    assert (part.start, part.stop, await content(part)) == (1, 3, b"bc")


async def test_what_is_not_there(objects: S3Objects) -> None:
    assert await objects.head("none") is None
    await objects.delete("none")
    with pytest.raises(ObjectError) as caught:
        await objects.open("none")
    assert caught.value.status == 404


async def test_an_object_that_goes_while_it_is_opened(objects: S3Objects) -> None:
    await objects.put("key", pieces(b"abcd"))
    opened = await objects.open("key")
    await objects.delete("key")
    with pytest.raises(ObjectError) as caught:
        await content(opened)
    assert caught.value.status == 404


@pytest.mark.parametrize(
    ("chunks", "length", "code"),
    [((b"123",), 4, "IncompleteBody"), ((b"x" * 60, b"x" * 41), None, "EntityTooLarge")],
)
async def test_a_wrong_size_is_refused(
    objects: S3Objects,
    monkeypatch: pytest.MonkeyPatch,
    chunks: tuple[bytes, ...],
    length: int | None,
    code: str,
) -> None:
    monkeypatch.setattr(objects, "_most_bytes", 100)
    with pytest.raises(ObjectError) as caught:
        await objects.put("wrong", pieces(*chunks), length=length)
    assert caught.value.code == code
    assert await objects.head("wrong") is None


async def test_a_cut_upload_leaves_nothing(objects: S3Objects) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield b"half of it"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await objects.put("cut", cut())
    assert await objects.head("cut") is None


async def test_urls_are_good_for_their_method_and_need_no_headers(objects: S3Objects) -> None:
    async with httpx.AsyncClient(timeout=WAIT_S) as http:
        put = await http.put(objects.presign("PUT", "direct", 60), content=b"bytes")
        assert put.status_code == 200
        assert put.headers["etag"].strip('"') == md5(b"bytes").hexdigest()
        got = await http.get(objects.presign("GET", "direct", 60))
        assert got.content == b"bytes"
    url = objects.presign("PUT", "direct", 60)
    assert "/files/some/prefix/" in url
    assert "X-Amz-Expires=60" in url
    assert "X-Amz-SignedHeaders=host&" in f"{url}&"


async def test_each_run_begins_empty(objects: S3Objects) -> None:
    await objects.put("key", pieces(b"x"))
    objects.clear()
    assert await objects.head("key") is None
    other = open_bucket("s3://files/some/prefix")
    assert await other.head("key") is None
    other.close()


async def test_files_are_confirmed_when_they_are_looked_at(
    objects: S3Objects, tmp_path: Path
) -> None:
    exchange = Exchange(tmp_path, objects=objects)
    owner, made = exchange.user("owner"), exchange.make_file("owner")
    file = await exchange.storage.get_data_store_file(owner, made.item_id)
    assert not file.s3_confirmed_upload
    async with httpx.AsyncClient(timeout=WAIT_S) as http:
        (await http.put(made.url, content=b"bytes")).raise_for_status()
        exchange.advance(1_000_000)
        directory = exchange.storage.get_data_store_directory(owner, file.data_store_directory_id)
        (listed,) = await exchange.storage.contents(directory)
        assert listed.data_store_file.s3_confirmed_upload
        assert listed.data_store_file.storage_size_bytes == 5
        again = await exchange.storage.get_data_store_file(owner, made.item_id)
        assert again == listed.data_store_file
        got = exchange.storage.get_data_store_file_download_url(owner, made.item_id)
        assert (await http.get(got.url)).content == b"bytes"
        deleted = await exchange.storage.delete_data_store_file(owner, made.item_id)
        assert deleted == again
        assert (await http.get(got.url)).status_code == 404


async def test_two_who_delete_one_file(objects: S3Objects, tmp_path: Path) -> None:
    exchange = Exchange(tmp_path, objects=objects)
    owner, made = exchange.user("owner"), exchange.make_file("owner")
    results = await asyncio.gather(
        exchange.storage.delete_data_store_file(owner, made.item_id),
        exchange.storage.delete_data_store_file(owner, made.item_id),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Exception) for each in results) == 1


@pytest.mark.parametrize("address", ["files", "s3://", "s3://UPPER", "s3:/files", "https://files/"])
def test_an_address_names_a_bucket(address: str) -> None:
    with pytest.raises(NoBucket, match="s3://BUCKET"):
        open_bucket(address)


def test_a_bucket_has_to_be_there(environment: None) -> None:
    with pytest.raises(NoBucket, match="s3://missing"):
        open_bucket("s3://missing/prefix")


def test_boto3_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(NoBucket, match="install"):
        open_bucket("s3://files")


def test_without_credentials_there_is_no_bucket(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(NoBucket, match="credentials"):
        open_bucket("s3://files")
