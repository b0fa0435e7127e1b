"""Archives of several files."""

import asyncio
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from simulator.services.exchange.zips import MOST_FILES
from simulator.tests.services.exchange.exchange import Exchange, refused


def file_id(id: str) -> dict[str, str]:
    return {"objectType": "FILE", "dataStoreFileId": id}


def directory_id(id: str) -> dict[str, str]:
    return {"objectType": "DIRECTORY", "dataStoreDirectoryId": id}


class Desk:
    """The owner's store, and short ways to fill it and to look into archives."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.owner, self.store = exchange.user("owner"), exchange.store("owner")
        self.home = self.store.home_directory_id

    def folder(self, name: str, parent_id: str) -> str:
        made = self.exchange.storage.create_data_store_directory(
            self.owner, self.store.data_store_id, name, parent_id
        )
        return str(made.data_store_directory_id)

    async def file(self, name: str, extension: str, content: bytes | None, parent_id: str) -> str:
        made = self.exchange.storage.create_data_store_file(
            self.owner, parent_id, self.store.data_store_id, name, extension
        )
        if content is not None:
            await self.exchange.put(made.url, content)
        return str(made.item_id)

    async def url(self, *asked: dict[str, str], role: str = "owner") -> str:
        made = await self.exchange.storage.get_data_store_zip_download_url(
            self.exchange.user(role), asked
        )
        return str(made.url)

    async def archive(self, *asked: dict[str, str]) -> dict[str, bytes]:
        with ZipFile(BytesIO(await self.exchange.get(await self.url(*asked)))) as opened:
            assert opened.testzip() is None
            return {each: opened.read(each) for each in opened.namelist()}


@pytest.fixture
def desk(exchange: Exchange) -> Desk:
    return Desk(exchange)


async def test_files_and_directories_in_one_archive(desk: Desk) -> None:
    top = desk.folder("top", desk.home)
    below = desk.folder("below", top)
    alone = await desk.file("alone", "csv", b"1", desk.home)
    await desk.file("inside", "", b"2" * 600_000, top)
    await desk.file("deep", "tar.gz", b"", below)
    await desk.file("never came", "csv", None, below)
    assert await desk.archive(file_id(alone), directory_id(top)) == {
        "alone.csv": b"1",
        "top/inside": b"2" * 600_000,
        "top/below/deep.tar.gz": b"",
    }
    assert set(await desk.archive(directory_id(below))) == {"below/deep.tar.gz"}
    assert "home/top/inside" in await desk.archive(directory_id(desk.home))


async def test_names_in_an_archive_are_no_paths_and_differ(desk: Desk) -> None:
    evil = desk.folder("..", desk.home)
    for name, extension in (
        ("..", ""),
        ("..\\..\\x", "txt"),
        ("a", "csv"),
        ("a", "csv"),
        ("c:", ""),
    ):
        await desk.file(name, extension, b"x", evil)
    assert set(await desk.archive(directory_id(evil))) == {
        "__/__",
        "__/.._.._x.txt",
        "__/a.csv",
        "__/a (2).csv",
        "__/c_",
    }


async def test_what_may_not_be_read_is_not_in_an_archive(exchange: Exchange, desk: Desk) -> None:
    await exchange.put((mine := exchange.make_file("read_only")).url, b"mine")
    theirs = await desk.file("theirs", "csv", b"theirs", desk.home)
    with refused():
        await desk.url(file_id(mine.item_id), role="owner")
    with refused():
        await desk.url(file_id(theirs), role="outsider")
    with refused():
        await desk.url(directory_id(desk.home), role="pending")
    with refused():
        await desk.url(file_id("dataStoreFile-none"))
    assert await desk.url(file_id(mine.item_id), file_id(theirs), role="read_only")


@pytest.mark.parametrize(
    "asked",
    [
        (),
        ({"objectType": "FILE"},),
        ({"objectType": "DIRECTORY", "dataStoreFileId": "x"},),
        ({"objectType": "FILE", "dataStoreFileId": None},),
    ],
)
async def test_an_archive_of_nothing_is_refused(desk: Desk, asked: Any) -> None:
    with refused("ValidationError"):
        await desk.url(*asked)


async def test_an_archive_of_too_much_is_refused(exchange: Exchange, desk: Desk) -> None:
    for _ in range(MOST_FILES):
        await desk.file("a", "csv", None, desk.home)
    assert await desk.archive(directory_id(desk.home)) == {}
    last = await desk.file("a", "csv", b"x" * 100, desk.home)
    with refused("LimitExceeded"):
        await desk.url(directory_id(desk.home))
    exchange.objects._most_bytes = 99
    with refused("LimitExceeded"):
        await desk.url(file_id(last))


async def test_only_the_latest_archives_are_kept(desk: Desk) -> None:
    id = await desk.file("a", "csv", b"x", desk.home)
    urls = [await desk.url(file_id(id)) for _ in range(17)]
    kept = [key for key in desk.exchange.objects._kept if key.startswith("zip-")]
    assert len(kept) == 16
    assert not any(key in urls[0] for key in kept)
    assert await desk.exchange.get(urls[1])


async def test_others_have_their_turn_while_an_archive_is_made(desk: Desk) -> None:
    id = await desk.file("a", "csv", b"x" * 2_000_000, desk.home)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    await desk.url(file_id(id))
    task.cancel()
    assert turns >= 7
