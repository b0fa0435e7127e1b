"""The GraphQL endpoint: who is let in, what is no request, and who else waits meanwhile."""

import asyncio
import logging
import ssl
from urllib.parse import urlsplit

import httpx

from simulator.server.auth_file import read_auth
from simulator.server.tls import read_tls

from .exchange_client import Person, exchange, opened, written
from .loopback import serving, until
from .test_auth_file import EXCHANGE
from .test_exchange_operations import record
from .test_tls import CA, CERT, KEY

SESSION = "{ user_getUserSession { user { userId } } }"


async def test_whoever_has_no_good_token_is_told_so():
    async with exchange() as (_, owner):
        for token in ("", "nobody", "expired", "disabled", "Owner", "é", "Bearer", "Bearer x"):
            headers = {"authorization": token.encode()} if token else {}
            answer = await owner.http.post(f"{owner.url}/graphql", content=b"{", headers=headers)
            assert answer.status_code == 401
            content = answer.json()
            assert "data" not in content
            (error,) = content["errors"]
            assert (error["errorType"], bool(error["message"])) == ("UnauthorizedException", True)


async def test_the_token_is_the_header():
    async with exchange() as (_, owner):
        for prefix in ("", "Bearer "):
            answer = await owner.post({"query": SESSION}, authorization=f"{prefix}read_only")
            user = answer.json()["data"]["user_getUserSession"]["user"]
            assert user["userId"] == "user-read-only"


async def test_accounts_of_a_file_take_the_place_of_those_that_ship(tmp_path):
    path = tmp_path / "auth.yaml"
    path.write_text(EXCHANGE)
    admitted = read_auth(path)
    async with exchange(access=admitted.access, accounts=admitted.accounts) as (_, owner):
        assert (await owner.post({"query": SESSION})).status_code == 401
        assert (await owner.other("t").run(SESSION))["user_getUserSession"]["user"]["userId"] == "u"


async def test_other_methods_are_refused():
    async with exchange() as (_, owner):
        for method in ("GET", "PUT", "DELETE", "HEAD"):
            answer = await owner.http.request(method, f"{owner.url}/graphql")
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_bodies_that_are_no_request_leave_the_connection_usable():
    async with exchange() as (_, owner):
        for body in (b"", b"x", b"[]", b'{"query": 1}', b"\xff"):
            answer = await owner.post(body)
            assert answer.status_code == 400
            assert answer.json()["errors"][0]["errorType"] == "MalformedHttpRequestException"
        broken = await owner.post({"query": 'mutation { storage_createDataStore(name: "a"b") }'})
        assert broken.status_code == 200
        assert broken.json()["errors"][0]["locations"][0]["line"] == 1
        assert await owner.run(SESSION)


async def test_a_body_that_is_too_large_is_refused_before_it_has_come():
    async with exchange() as (_, owner):
        answer = await owner.post(b'{"query": "' + b"x" * 5_000_000)
        assert (answer.status_code, answer.headers["connection"]) == (413, "close")
        assert answer.json()["errors"][0]["errorType"] == "LimitExceeded"
        assert await owner.run(SESSION)


async def test_a_request_that_is_cut_does_no_harm(caplog):
    async with exchange() as (_, owner):
        address = urlsplit(owner.url)
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(
            b"POST /graphql HTTP/1.1\r\nhost: h\r\nauthorization: owner\r\n"
            b"content-length: 1000\r\n\r\n{"
        )
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()
        assert await owner.run(SESSION)
        assert caplog.text == ""


async def test_texts_come_back_as_they_were_sent():
    texts = ('"', "\\", "\n", "\t", "ü€😀", "", "\u2028", "#{}", "%s", "\x7f")
    given = (
        'mutation($d: String) { storage_createDataStore(name: "n", description: $d) '
        "{ description } }"
    )
    async with exchange() as (_, owner):
        for text in (f"a{each}b" for each in texts):
            fields = {"name": "n", "description": text}
            inlined = await owner.call("storage_createDataStore", "{ description }", **fields)
            assert inlined == {"description": text}
            assert await owner.run(given, d=text) == {"storage_createDataStore": inlined}


async def test_others_have_their_turn_while_a_large_document_is_read():
    """Of all that has to be done for it, nothing holds the event loop for long."""
    async with opened() as caller:
        owner = Person(caller.http, str(caller.server.http))
        records = [record("SOC", str(each), each) for each in range(800)]
        # A directive keeps the values from being taken out: graphql-core reads it all.
        document = (
            'mutation { timeSeriesDb_publishToDatabase(assetId: "a", timeSeriesDbId: "none", '
            f"data: {written({'records': records})}) {{ assetId @skip(if: false) }} }}"
        )
        answers = 0

        async def watch():
            nonlocal answers
            while True:
                await caller.http.get("/healthz")
                answers += 1

        watching = asyncio.create_task(watch())
        await until(lambda: answers > 2)
        before = answers
        sent = await owner.post({"query": document})
        during = answers - before
        watching.cancel()
        assert sent.json()["errors"][0]["errorType"] == "Unauthorized"
        assert during > 3


async def test_neither_tokens_nor_signatures_are_logged(caplog):
    caplog.set_level(logging.DEBUG)
    async with exchange() as (_, owner):
        made = await owner.call(
            "user_createAuthenticationToken", "{ tokenValue }", name="n", daysBeforeExpiration=1
        )
        secret = owner.other(made["tokenValue"])
        file = await secret.call(
            "storage_createDataStoreFile",
            "{ url itemId }",
            name="f",
            fileExtension="",
            **(await owner.store()),
        )
        await owner.http.put(file["url"], content=b"x")
        await owner.http.put(file["url"] + "0", content=b"x")
        async with secret.socket() as socket:
            await socket.send(type="stop", id="x")
            await socket.next()
        signature = file["url"].partition("signature=")[2]
        ours = [each for each in caplog.records if each.name.split(".")[0] != "httpx"]
        ours = [
            each for each in ours if not each.name.startswith(("httpcore", "websockets.client"))
        ]
        text = "\n".join(map(str, (each.getMessage() for each in ours)))
        assert made["tokenValue"] not in text
        assert signature not in text


async def test_calls_are_counted_and_the_page_names_the_api():
    async with exchange() as (_, owner):
        await owner.run(SESSION)
        metrics = (await owner.http.get(f"{owner.url}/metrics")).text
        assert 'gridproof_calls_total{method="/graphql/user_getUserSession"} 1' in metrics
        assert "GraphQL at /graphql" in (await owner.http.get(owner.url)).text


async def test_a_server_without_the_exchange_has_no_endpoint():
    async with exchange(services=("dispatch",)) as (server, owner):
        assert server.host.history.exchange is None
        assert (await owner.post({"query": SESSION})).status_code == 404


async def test_a_reset_begins_anew_and_a_seed_gives_the_same_ids():
    async with exchange() as (server, owner):
        first, database = await owner.store(), await owner.database()
        await owner.publish("asset", record("SOC", "1"))
        server.host.history.restart(None, None, None)
        assert await owner.store() == first
        names = await owner.call("timeSeriesDb_listDatabases", "{ name }")
        assert {"name": database["name"]} not in names
        server.host.history.restart(None, 99, None)
        assert await owner.store() != first


async def test_quirks_bend_the_policy():
    async with exchange(quirks={"exchange": ("paged-last-values",)}) as (_, owner):
        for asset in "abc":
            await owner.publish(asset, record("SOC", "1"))
        database = await owner.database()
        page = await owner.call(
            "timeSeriesDb_listAllAssetLastValues",
            "{ nextToken data { assetId } }",
            timeSeriesDbId=database["timeSeriesDbId"],
        )
        assert len(page["data"]) == 2
        assert page["nextToken"]


async def test_over_tls():
    context = ssl.create_default_context(cafile=CA)
    async with (
        serving(services=("exchange",), tls=read_tls(CERT, KEY, None)) as server,
        httpx.AsyncClient(verify=context) as http,
    ):
        owner = Person(http, server.http)
        owner.tls = context
        assert (await owner.upload(await owner.store(), "f", b"x")).startswith("dataStoreFile-")
        async with owner.socket() as socket:
            await socket.send(type="stop", id="x")
            assert (await socket.next())["type"] == "error"
