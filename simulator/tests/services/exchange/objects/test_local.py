"""Objects in a local folder: whole or not at all, whatever their keys are."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from hashlib import md5
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.exchange.objects import LocalObjects, ObjectError, ObjectStorage, UrlSigner
from simulator.services.exchange.objects.ranges import read_range
from simulator.tests.services.exchange.exchange import BASE, content, kept_files, pieces

HOSTILE = ["../../etc/passwd", "/etc/passwd", "a\0b", "..", "", "n" * 5000, "C:\\x", "%2e%2e/x"]


def make(folder: Path, **options: int) -> LocalObjects:
    signer = UrlSigner(b"secret of the tests", lambda: BASE, lambda: 0.0)
    return LocalObjects(folder, signer, **options)


@pytest.fixture
def objects(tmp_path: Path) -> Iterator[LocalObjects]:
    made = make(tmp_path / "objects", most_bytes=1000)
    yield made
    made.close()


async def test_an_object_comes_back_as_it_was(objects: LocalObjects) -> None:
    storage: ObjectStorage = objects
    info = await storage.put("key", pieces(b"ab", b"", b"cd"))
    assert info.size_bytes == 4
    assert info.etag == md5(b"abcd").hexdigest()
    assert await storage.head("key") == info
    opened = await storage.open("key")
    assert (opened.info, opened.start, opened.stop) == (info, 0, 4)
    assert await content(opened) == b"abcd"


async def test_an_empty_object_is_one(objects: LocalObjects) -> None:
    info = await objects.put("key", pieces(), length=0)
    assert info.size_bytes == 0
    assert await content(await objects.open("key")) == b""


async def test_a_part_of_an_object(objects: LocalObjects) -> None:
    await objects.put("key", pieces(b"0123456789"))
    opened = await objects.open("key", read_range("bytes=-4"))
    assert (opened.start, opened.stop) == (6, 10)
    assert await content(opened) == b"6789"


async def test_what_is_not_there(objects: LocalObjects) -> None:
    assert await objects.head("key") is None
    await objects.delete("key")
    with pytest.raises(ObjectError) as caught:
        await objects.open("key")
    assert (caught.value.status, caught.value.code) == (404, "NoSuchKey")


async def test_a_new_object_replaces_the_old_one_on_disk_too(
    objects: LocalObjects, tmp_path: Path
) -> None:
    await objects.put("key", pieces(b"old"))
    await objects.put("key", pieces(b"newer"))
    assert await content(await objects.open("key")) == b"newer"
    assert len(kept_files(tmp_path)) == 1


async def test_deleting_takes_the_bytes_away(objects: LocalObjects, tmp_path: Path) -> None:
    await objects.put("key", pieces(b"old"))
    await objects.delete("key")
    assert await objects.head("key") is None
    assert kept_files(tmp_path) == []


async def test_a_cut_upload_leaves_what_was_there_and_nothing_else(
    objects: LocalObjects, tmp_path: Path
) -> None:
    await objects.put("key", pieces(b"old"))

    async def cut() -> AsyncIterator[bytes]:
        yield b"half of it"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await objects.put("key", cut())
    with pytest.raises(ConnectionError):
        await objects.put("other", cut())
    assert await content(await objects.open("key")) == b"old"
    assert await objects.head("other") is None
    assert len(kept_files(tmp_path)) == 1


async def test_a_cancelled_upload_leaves_nothing(objects: LocalObjects, tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"half of it"
        await asyncio.Event().wait()

    task = asyncio.create_task(objects.put("key", endless()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(kept_files(tmp_path)) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert kept_files(tmp_path) == []


@pytest.mark.parametrize(
    ("chunks", "length", "code"),
    [
        ((b"12345",), 6, "IncompleteBody"),
        ((b"12345",), 4, "IncompleteBody"),
        ((b"x" * 600, b"x" * 401), None, "EntityTooLarge"),
        ((), 1001, "EntityTooLarge"),
    ],
)
async def test_a_wrong_size_is_refused(
    objects: LocalObjects,
    tmp_path: Path,
    chunks: tuple[bytes, ...],
    length: int | None,
    code: str,
) -> None:
    with pytest.raises(ObjectError) as caught:
        await objects.put("key", pieces(*chunks), length=length)
    assert (caught.value.status, caught.value.code) == (400, code)
    assert await objects.head("key") is None
    assert kept_files(tmp_path) == []


async def test_the_largest_object(objects: LocalObjects) -> None:
    assert (await objects.put("key", pieces(b"x" * 1000), length=1000)).size_bytes == 1000


async def test_a_reader_never_gets_bytes_of_another_object(objects: LocalObjects) -> None:
    await objects.put("key", pieces(b"old"))
    opened = await objects.open("key")
    await objects.put("key", pieces(b"newer"))
    with pytest.raises(FileNotFoundError):
        await content(opened)


async def test_a_file_that_was_shortened_from_outside_ends_early(
    objects: LocalObjects, tmp_path: Path
) -> None:
    await objects.put("key", pieces(b"0123456789"))
    (file,) = kept_files(tmp_path)
    file.write_bytes(b"0123")
    assert await content(await objects.open("key")) == b"0123"


@pytest.mark.parametrize("key", HOSTILE)
async def test_keys_never_become_paths(objects: LocalObjects, tmp_path: Path, key: str) -> None:
    await objects.put(key, pieces(b"x"))
    assert await content(await objects.open(key)) == b"x"
    (file,) = kept_files(tmp_path)
    assert file.parent.parent == tmp_path / "objects"
    assert file.name.isdigit()


@settings(max_examples=25, deadline=None)
@given(held=st.dictionaries(st.text(max_size=20), st.binary(max_size=500), max_size=5))
def test_different_keys_are_different_objects(held: dict[str, bytes]) -> None:
    async def check(folder: Path) -> None:
        objects = make(folder)
        for key, value in held.items():
            await objects.put(key, pieces(value))
        for key, value in held.items():
            assert await content(await objects.open(key)) == value
        objects.close()

    with TemporaryDirectory() as folder:
        asyncio.run(check(Path(folder)))
        assert list(Path(folder).iterdir()) == []


async def test_clearing_forgets_objects_and_urls(objects: LocalObjects, tmp_path: Path) -> None:
    await objects.put("key", pieces(b"x"))
    before = objects.presign("GET", "key", 60)
    objects.clear()
    assert await objects.head("key") is None
    assert kept_files(tmp_path) == []
    assert objects.presign("GET", "key", 60) != before
    await objects.put("key", pieces(b"y"))
    assert await content(await objects.open("key")) == b"y"


def test_two_storages_share_a_folder(tmp_path: Path) -> None:
    first, second = make(tmp_path), make(tmp_path)
    asyncio.run(first.put("key", pieces(b"x")))
    assert asyncio.run(second.head("key")) is None
    second.close()
    assert asyncio.run(first.head("key")) is not None
    first.close()
    assert list(tmp_path.iterdir()) == []
