"""Presigned URLs: what they give, what they refuse, and what a cut upload leaves."""

import asyncio
import hashlib
from urllib.parse import urlsplit

import httpx
import pytest
from moto.server import ThreadedMotoServer

from simulator.server.host import Host
from simulator.server.settings import Settings, SettingsError

from .exchange_client import exchange
from .loopback import until


async def made(owner, **more):
    return await owner.call(
        "storage_createDataStoreFile",
        "{ url itemId }",
        **{"name": "f", "fileExtension": "bin", **(await owner.store()), **more},
    )


async def download(owner, file):
    answer = await owner.call(
        "storage_getDataStoreFileDownloadUrl", "{ url }", dataStoreFileId=file["itemId"]
    )
    return answer["url"]


async def confirmed(owner, file):
    answer = await owner.call(
        "storage_getDataStoreFile",
        "{ s3ConfirmedUpload storageSizeBytes }",
        dataStoreFileId=file["itemId"],
    )
    return answer["s3ConfirmedUpload"], answer["storageSizeBytes"]


async def chunked(*parts):
    for part in parts:
        yield part


async def test_with_and_without_a_length():
    async with exchange() as (_, owner):
        for parts in ((), (b"",), (b"a", b"b" * 70_000, b"c")):
            content = b"".join(parts)
            for body in (content, chunked(*parts)):
                file = await made(owner)
                answer = await owner.http.put(file["url"], content=body)
                assert (answer.status_code, answer.content) == (200, b"")
                assert answer.headers["etag"] == f'"{hashlib.md5(content).hexdigest()}"'
                assert await confirmed(owner, file) == (True, len(content))
                answer = await owner.http.get(await download(owner, file))
                assert (answer.status_code, answer.content) == (200, content)


async def test_parts_and_head():
    async with exchange() as (_, owner):
        file = await made(owner)
        await owner.http.put(file["url"], content=bytes(range(100)))
        url = await download(owner, file)
        head = await owner.http.head(url)
        assert (head.status_code, head.headers["content-length"]) == (200, "100")
        assert head.content == b""
        for asked, start, stop in (("0-0", 0, 1), ("10-19", 10, 20), ("90-", 90, 100)):
            part = await owner.http.get(url, headers={"range": f"bytes={asked}"})
            assert (part.status_code, part.content) == (206, bytes(range(start, stop)))
            assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/100"
        last = await owner.http.get(url, headers={"range": "bytes=-3"})
        assert last.content == bytes([97, 98, 99])
        beyond = await owner.http.get(url, headers={"range": "bytes=100-"})
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */100")
        assert b"<Code>InvalidRange</Code>" in beyond.content


async def test_a_url_is_good_for_one_method_and_one_key():
    async with exchange() as (_, owner):
        file, other = await made(owner), await made(owner)
        await owner.http.put(file["url"], content=b"x")
        await owner.http.put(other["url"], content=b"y")
        url = await download(owner, file)
        for method, address in (
            ("GET", file["url"]),
            ("PUT", url),
            ("GET", url.replace(file["itemId"], other["itemId"])),
            ("GET", url[:-1] + ("0" if url[-1] != "0" else "1")),
            ("GET", url.replace("expires=", "expires=9")),
            ("GET", url.partition("?")[0]),
        ):
            answer = await owner.http.request(method, address, content=b"")
            assert (answer.status_code, answer.headers["content-type"]) == (403, "application/xml")
            assert b"<Code>SignatureDoesNotMatch</Code>" in answer.content
            assert file["itemId"].encode() not in answer.content
        assert (await owner.http.request("DELETE", url)).status_code == 405
        assert (await owner.http.get(url)).content == b"x"


async def test_no_key_leads_out_of_the_storage():
    keys = (
        "..%2f..%2fetc%2fpasswd",
        "%2fetc",
        "a%00b",
        "%ff",
        "x" * 5000,
        "a%0ab",
        "",
        "..",
        "a/b",
    )
    async with exchange() as (_, owner):
        address = urlsplit(owner.url)
        for key in keys:
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            target = f"/objects/{key}?expires=1&signature=2"
            writer.write(f"GET {target} HTTP/1.1\r\nhost: h\r\n\r\n".encode())
            status = (await reader.readline()).split()[1]
            writer.close()
            assert status in (b"403", b"404")


@pytest.mark.parametrize("length", ["content-length: 200000000", "transfer-encoding: chunked"])
async def test_a_cut_upload_leaves_nothing(length, tmp_path):
    async with exchange(files=str(tmp_path)) as (server, owner):
        file = await made(owner)
        address = urlsplit(file["url"])
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(
            f"PUT {address.path}?{address.query} HTTP/1.1\r\nhost: h\r\n{length}\r\n\r\n".encode()
        )
        part = b"x" * 65_536
        for _ in range(20):
            writer.write(part if "content" in length else b"10000\r\n" + part + b"\r\n")
            await writer.drain()
        await until(lambda: sum(each.is_file() for each in tmp_path.rglob("*")) == 1)
        writer.transport.abort()
        await until(lambda: not any(each.is_file() for each in tmp_path.rglob("*")))
        assert await confirmed(owner, file) == (False, None)
        await owner.http.put(file["url"], content=b"again")
        assert await confirmed(owner, file) == (True, 5)
        del reader, server
    assert list(tmp_path.iterdir()) == []


async def test_an_upload_of_a_file_that_is_gone_is_refused():
    async with exchange() as (_, owner):
        file = await made(owner)
        await owner.call("storage_deleteDataStoreFile", "{ name }", dataStoreFileId=file["itemId"])
        assert (await owner.http.put(file["url"], content=b"x")).status_code == 404


async def test_urls_end_with_a_reset_and_hold_the_public_address():
    async with exchange(public_url="https://exchange.example:8443/dx") as (server, owner):
        file = await made(owner)
        assert file["url"].startswith("https://exchange.example:8443/dx/objects/")
        local = file["url"].replace("https://exchange.example:8443/dx", owner.url)
        assert (await owner.http.put(local, content=b"x")).status_code == 200
        server.host.history.restart(None, None, None)
        assert (await owner.http.put(local, content=b"x")).status_code == 403


async def test_a_reader_that_leaves_is_forgotten():
    async with exchange() as (server, owner):
        file = await made(owner)
        await owner.http.put(file["url"], content=b"x" * 5_000_000)
        address = urlsplit(await download(owner, file))
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(f"GET {address.path}?{address.query} HTTP/1.1\r\nhost: h\r\n\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()
        assert await confirmed(owner, file) == (True, 5_000_000)
        assert server.host.stats().calls["/objects/GET"] == 1


async def test_objects_in_a_bucket(monkeypatch):
    bucket = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    bucket.start()
    host, port = bucket.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "key",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    try:
        with pytest.raises(SettingsError, match="--files 's3://absent'"):
            Host(Settings(files="s3://absent", services=("exchange",)))
        async with httpx.AsyncClient(timeout=30) as http:
            await http.put(f"http://{host}:{port}/files")
        async with exchange(files="s3://files/prefix") as (_, owner):
            file = await made(owner)
            assert file["url"].startswith(f"http://{host}:{port}/files/prefix/")
            assert (await owner.http.put(file["url"], content=b"x" * 9)).status_code == 200
            assert await confirmed(owner, file) == (True, 9)
            assert (await owner.http.get(await download(owner, file))).content == b"x" * 9
            assert (await owner.http.get(f"{owner.url}/objects/x")).status_code == 404
    finally:
        bucket.stop()


def test_a_folder_that_cannot_be_used(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    with pytest.raises(SettingsError, match=f"--files {path}: "):
        Host(Settings(files=str(path), services=("exchange",)))
