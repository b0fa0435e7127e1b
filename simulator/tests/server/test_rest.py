"""The REST door as clients meet it: over a socket, through httpx and curl."""

import asyncio
import json
import logging
import shutil
from types import SimpleNamespace

import httpx
import pytest
import pytest_asyncio
from google.protobuf import json_format

from simulator.server.auth import Access, Key
from simulator.services.errors import Code, ServiceError

from .loopback import until
from .rest_server import door, message

V = "/v1alpha2"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened():
    async with door() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def served(opened):
    opened.reset()
    return opened


@pytest_asyncio.fixture(loop_scope="module")
async def http(served):
    async with httpx.AsyncClient(base_url=served.url) as client:
        yield client


def status(response):
    """The refusal in an answer: the fields of google.rpc.Status and no others."""
    assert response.headers["content-type"] == "application/json"
    assert list(response.json()) == ["code", "message", "details"]
    return SimpleNamespace(**response.json())


CALLS = [
    ("GET", "/regions/a", "GetRegionRequest", {"name": "regions/a"}),
    ("GET", "/regions/a?view=NAME&fieldMask=title", "GetRegionRequest", None),
    ("GET", "/regions:batchGet?names=regions/a&names=regions%2Fb", "BatchGetRegionsRequest", None),
    ("GET", "/regions?pageSize=2", "ListRegionsRequest", {"page_size": 2}),
    ("GET", "/services/a.b/resources/Meter", "GetResourceRequest", None),
    ("GET", "/services/-/resources", "ListResourcesRequest", {"parent": "services/-"}),
    ("GET", "/regions/r/deployments/d.1_", "GetDeploymentRequest", None),
    ("GET", "/deployments:batchGet", "BatchGetDeploymentsRequest", {}),
    ("GET", "/services/x", "GetServiceRequest", {"name": "services/x"}),
]


@pytest.mark.parametrize(("verb", "path", "kind", "fields"), CALLS)
async def test_paths_reach_their_methods(served, http, verb, path, kind, fields):
    assert (await http.request(verb, V + path)).status_code == 200
    (asked,) = served.echo.asked
    assert asked.DESCRIPTOR.name == kind
    if fields is not None:
        assert asked == message(kind, **fields)


async def test_queries_become_requests(served, http):
    query = (
        "filter=title%20%3D%20%22a%2Bb%22&orderBy=title+desc&page_size=5&includePagingInfo=true"
        "&fieldMask=title,metadata.createTime&view=BASIC"
    )
    await http.get(f"{V}/regions?{query}")
    assert served.echo.asked == [
        message(
            "ListRegionsRequest",
            filter='title = "a+b"',
            order_by="title desc",
            page_size=5,
            include_paging_info=True,
            field_mask={"paths": ["title", "metadata.create_time"]},
            view=2,
        )
    ]


async def test_replies_are_json_of_proto3(served, http):
    served.echo.reply = message(
        "Region",
        name="regions/ä",
        metadata={
            "create_time": {"seconds": 1_800_000_000},
            "generation": 2**60,
            "labels": {"a_b": "c"},
        },
    )
    response = await http.get(f"{V}/regions/x")
    assert response.headers["content-type"] == "application/json"
    found = response.json()
    assert found["name"] == "regions/ä"
    assert found["isDefault"] is False
    assert found["connectivityScores"] == []
    assert "location" not in found
    assert found["metadata"]["generation"] == str(2**60)
    assert found["metadata"]["createTime"] == "2027-01-15T08:00:00Z"
    assert found["metadata"]["labels"] == {"a_b": "c"}
    parsed = json_format.Parse(response.text, message("Region"))
    assert parsed == served.echo.reply


@pytest.mark.parametrize(
    ("verb", "path", "code", "expected"),
    [
        ("GET", "/nothing", 404, "there is nothing at '/nothing'"),
        ("GET", f"{V}/regions/", 404, "there is nothing at"),
        ("POST", f"{V}/regions", 405, "takes GET, not 'POST'"),
        ("HEAD", f"{V}/regions", 405, None),
        ("OPTIONS", f"{V}/regions:watch", 405, "takes POST"),
        ("GET", f"{V}/regions?pageSise=5", 400, "pageSise: unknown, did you mean pageSize?"),
        ("GET", f"{V}/regions?pageSize=x", 400, "query parameter pageSize: 'x' is no integer"),
        ("GET", f"{V}/regions?view=ALL", 400, "query parameter view: no value 'ALL'"),
        ("GET", f"{V}/regions?pageSize=1&page_size=1", 400, "page_size: is given twice"),
        ("GET", f"{V}/regions?filter=%F", 400, "query parameter filter: '%F' has a malformed"),
        ("GET", f"{V}/regions?filter=%FF", 400, "query parameter filter: '%FF' is not UTF-8"),
        ("GET", f"{V}/regions?%FF=x", 400, "a query parameter: '%FF' is not UTF-8"),
        ("GET", f"{V}/regions/a?name=regions/b", 400, "query parameter name: is given twice"),
        ("POST", f"{V}/regions:watch?pageSize=x", 400, "query parameter pageSize"),
    ],
)
async def test_what_cannot_be_meant_is_told(served, http, verb, path, code, expected):
    response = await http.request(verb, path)
    assert response.status_code == code
    if expected is not None:
        assert expected in status(response).message
    if code == 405:
        assert response.headers["allow"]
    assert served.echo.asked == []


@pytest.mark.parametrize(
    ("code", "number"),
    [
        (Code.INVALID_ARGUMENT, 400),
        (Code.UNAUTHENTICATED, 401),
        (Code.PERMISSION_DENIED, 403),
        (Code.NOT_FOUND, 404),
        (Code.UNIMPLEMENTED, 501),
        (Code.INTERNAL, 500),
        (Code.UNAVAILABLE, 503),
        (Code.RESOURCE_EXHAUSTED, 429),
        (Code.FAILED_PRECONDITION, 400),
        (Code.ABORTED, 409),
        (Code.OUT_OF_RANGE, 400),
        (Code.DEADLINE_EXCEEDED, 504),
        (Code.UNKNOWN, 500),
    ],
)
async def test_refusals_have_their_status(served, http, code, number):
    served.echo.reply = ServiceError(code, "no: ä")
    for verb, path in [("GET", "/regions/a"), ("POST", "/regions/a:watch")]:
        response = await http.request(verb, V + path)
        assert response.status_code == number
        assert response.json() == {"code": code, "message": "no: ä", "details": []}


async def test_faults_of_ours_are_internal_errors(served, http, caplog):
    served.echo.reply = KeyError("secret")
    with caplog.at_level(logging.ERROR):
        for verb, path in [("GET", "/regions/a"), ("POST", "/regions/a:watch")]:
            response = await http.request(verb, V + path)
            assert response.status_code == 500
            assert status(response).message == "internal error: KeyError"
    assert "KeyError" in caplog.text


ACCESS = Access(
    keys=(Key(key="all"), Key(key="getter", permissions=("services/meta/permissions/Get*",))),
    sign_secret="for dispatch only",
)


async def test_keys_and_permissions_are_those_of_grpc():
    async with door(ACCESS) as opened, httpx.AsyncClient(base_url=opened.url) as http:
        for path in ("/regions/a", "/regions?pageSize=x"):
            for headers in ({}, {"authorization": "Bearer nobody"}, {"key": "x"}):
                response = await http.get(V + path, headers=headers)
                assert response.status_code == 401
                assert response.headers["www-authenticate"] == "Bearer"
                assert status(response).code == Code.UNAUTHENTICATED
        getter = {"Authorization": "Bearer getter"}
        assert (await http.get(f"{V}/regions/a", headers=getter)).status_code == 200
        for verb, path in [("GET", "/regions"), ("POST", "/regions:watch")]:
            response = await http.request(verb, V + path, headers=getter)
            assert response.status_code == 403
            assert "lacks the permission services/meta/permissions/" in status(response).message
        assert not opened.echo.feeds
        for headers in ({"key": "all"}, {"Grpc-Metadata-Key": "all"}):
            assert (await http.get(f"{V}/regions", headers=headers)).status_code == 200


class TestBodies:
    async def test_a_body_that_no_rule_asks_for_is_read_as_the_request(self, served, http):
        body = {"type": "STATELESS", "maxChunkSize": 5, "resume_token": "x"}
        for extra in ("", "?filter=a"):
            async with http.stream("POST", f"{V}/regions:watch{extra}", json=body):
                pass
        wanted = {"type": 1, "max_chunk_size": 5, "resume_token": "x"}
        assert served.echo.asked == [
            message("WatchRegionsRequest", **wanted),
            message("WatchRegionsRequest", filter="a", **wanted),
        ]

    async def test_the_path_wins_over_the_body(self, served, http):
        body = {"name": "regions/b", "view": 1}
        async with http.stream("POST", f"{V}/regions/a:watch", json=body):
            assert served.echo.asked == [message("WatchRegionRequest", name="regions/a", view=1)]

    async def test_get_has_no_body(self, served, http):
        response = await http.request("GET", f"{V}/regions/a", content=b"nonsense")
        assert response.status_code == 200

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("x", "the body: "),
            ("[]", "the body: expected a JSON object"),
            ('"x"', "the body: expected a JSON object"),
            ('{"filtre": "x"}', 'has no field named \\"filtre\\"'),
            ('{"pageSize": "x"}', "pageSize"),
            ('{"filter": 5}', "filter"),
            ("[" * 100_000, "the body: is nested too deeply"),
            (b"\xff\xfe\xfd", "the body: "),
        ],
    )
    async def test_malformed_ones_are_invalid(self, served, http, body, expected):
        response = await http.post(f"{V}/regions:watch", content=body)
        assert response.status_code == 400
        assert expected in response.text
        assert served.echo.asked == []

    async def test_large_ones_are_refused(self, served, http):
        response = await http.post(f"{V}/regions:watch", content=b" " * (4 * 2**20 + 1))
        assert response.status_code == 413
        assert status(response).code == Code.RESOURCE_EXHAUSTED
        assert (await http.get(f"{V}/regions")).status_code == 200

    async def test_large_headers_are_refused(self, served, http):
        response = await http.get(f"{V}/regions", headers={"x": "x" * 100_000})
        assert response.status_code == 431
        assert served.echo.asked == []


def changed(name, **fields):
    return message(
        "WatchRegionsResponse",
        region_changes=[{"current": {"region": {"name": name}}}],
        snapshot_size=-1,
        **fields,
    )


class TestStreams:
    async def test_each_message_is_a_line_at_once(self, served, http):
        async with http.stream("POST", f"{V}/regions:watch?type=STATELESS") as response:
            assert response.status_code == 200
            assert response.headers["content-type"] == "application/json"
            lines = response.aiter_lines()
            (feed,) = served.echo.feeds
            for index in range(3):
                sent = changed(f"regions/r{index}", is_current=True, resume_token="t")
                feed.put(sent)
                line = json.loads(await asyncio.wait_for(anext(lines), 5))
                assert list(line) == ["result"]
                assert line["result"]["snapshotSize"] == "-1"
                assert line["result"]["isCurrent"] is True
                parsed = json_format.ParseDict(line["result"], message("WatchRegionsResponse"))
                assert parsed == sent
            assert len(served.streams) == 1
        await until(lambda: len(served.streams) == 0)
        assert feed.stopped

    async def test_ends_are_told(self, served, http):
        async with http.stream("POST", f"{V}/regions:watch") as response:
            lines = response.aiter_lines()
            served.echo.feeds[0].put(changed("regions/a"))
            await asyncio.wait_for(anext(lines), 5)
            served.streams.end_all(ServiceError(Code.UNAVAILABLE, "dropped"))
            assert json.loads(await asyncio.wait_for(anext(lines), 5)) == {
                "error": {
                    "code": 14,
                    "message": "dropped",
                    "details": [],
                    "status": "UNAVAILABLE",
                }
            }
            assert [line async for line in lines] == []
        assert len(served.streams) == 0

    async def test_barriers_wait_for_them(self, served, http):
        async with http.stream("POST", f"{V}/regions:watch") as response:
            feed = served.echo.feeds[0]
            feed.put(*(changed(f"regions/r{index}") for index in range(50)))
            assert await served.streams.barrier(5) == 1
            lines = response.aiter_lines()
            for _ in range(50):
                await asyncio.wait_for(anext(lines), 5)

    async def test_headers_are_the_metadata_of_a_watch(self, served, http):
        headers = {"X-Gridproof-Tag": "one", "Grpc-Metadata-Other": "two"}
        async with http.stream("POST", f"{V}/regions:watch", headers=headers):
            (metadata,) = served.echo.metadata
        assert metadata["x-gridproof-tag"] == "one"
        assert metadata["other"] == "two"

    async def test_none_begins_once_the_server_drains(self, served, http):
        served.calls.draining = ServiceError(Code.UNAVAILABLE, "going")
        response = await http.post(f"{V}/regions:watch")
        assert response.status_code == 503
        assert status(response).message == "going"
        assert (await http.get(f"{V}/regions")).status_code == 200

    async def test_a_fault_of_ours_ends_with_an_error(self, served, http, caplog):
        async with http.stream("POST", f"{V}/regions:watch") as response:
            feed = served.echo.feeds[0]
            # Not an encoded message: what the connection is to carry cannot be made.
            feed.messages.append(b"\xff")
            feed.newest += 1
            feed.put()
            line = json.loads(await asyncio.wait_for(anext(response.aiter_lines()), 5))
        assert line["error"]["status"] == "INTERNAL"
        assert "a stream of meta failed" in caplog.text

    async def test_a_reader_that_stops_reading_is_ended_and_holds_little(self, served):
        served.streams.max_pending = 50
        host, port = served.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=65_536)
        writer.write(
            f"POST {V}/regions:watch HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        )
        await asyncio.wait_for(reader.readline(), 5)
        await until(lambda: served.echo.feeds)
        (feed,) = served.echo.feeds
        large = changed("regions/a", resume_token="x" * 100_000)
        feed.put(*[large] * 400)
        await asyncio.sleep(0.5)
        # What was not taken is still where it was: the feed's own log, not a buffer of ours.
        waiting = len(feed.messages)
        assert waiting > 50
        served.streams.sweep()
        served.streams.sweep()
        assert len(served.streams) == 0
        assert served.streams.overflows == 1
        assert feed.stopped
        rest = await asyncio.wait_for(reader.read(-1), 10)
        assert b'"status":"RESOURCE_EXHAUSTED"' in rest
        assert rest.count(b'{"result"') < 400
        assert len(feed.messages) >= waiting - 2
        writer.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
async def test_curl_watches(served):
    process = await asyncio.create_subprocess_exec(
        *("curl", "-sN", "-X", "POST", f"{served.url}{V}/regions:watch?type=STATELESS"),
        stdout=asyncio.subprocess.PIPE,
    )
    await until(lambda: served.echo.feeds)
    for index in range(3):
        served.echo.feeds[0].put(changed(f"regions/r{index}"))
        line = json.loads(await asyncio.wait_for(process.stdout.readline(), 5))
        assert (
            line["result"]["regionChanges"][0]["current"]["region"]["name"] == f"regions/r{index}"
        )
    process.kill()
    await process.wait()
    await until(lambda: len(served.streams) == 0)
