"""The naive exchange over its socket: what no adapter asks for, and how it ends."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from conformance.mutants.exchange.book import Book
from conformance.mutants.exchange.documents import SCHEMA
from conformance.mutants.exchange.population import TOKENS, populated
from conformance.mutants.exchange.server import OPERATIONS, served
from fixtures.targets.exchange import ROLES

STORE, HOME = "dataStore-naive-owner", "directory-home-naive-owner"
MAKE = f"""mutation {{ storage_createDataStoreFile(dataStoreId: "{STORE}",
  dataStoreDirectoryId: "{HOME}", name: "a", fileExtension: "b") {{ url itemId }} }}"""


class Clock:
    """A clock that stands where it is put."""

    now_ns = 1_700_000_000 * 10**9

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def url(clock):
    with served(book=populated(Book(now=clock))) as url:
        yield url


def ask(url, text, *, token=TOKENS["owner"], headers=()):
    status, body = request(
        "POST", url, json.dumps({"query": text}), {"Authorization": token, **dict(headers)}
    )
    return status, json.loads(body)


def request(verb, url, body=None, headers=()):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request(verb, f"{parts.path}?{parts.query}", body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_every_operation_of_the_contract_is_there():
    assert SCHEMA.query_type is not None
    assert SCHEMA.mutation_type is not None
    assert set(OPERATIONS) == {*SCHEMA.query_type.fields, *SCHEMA.mutation_type.fields}


def test_there_is_a_token_of_every_role():
    assert set(TOKENS) == set(ROLES)


def test_a_token_ends_when_its_time_has_come(url, clock):
    made = 'mutation { user_createAuthenticationToken(name: "t", daysBeforeExpiration: 1)'
    _, answer = ask(url, f"{made} {{ tokenValue }} }}")
    token = answer["data"]["user_createAuthenticationToken"]["tokenValue"]
    assert ask(url, "{ user_getUserSession { user { userId } } }", token=token)[0] == 200
    clock.now_ns += 86_400 * 10**9
    assert ask(url, "{ user_getUserSession { user { userId } } }", token=token)[0] == 401


def test_a_url_ends_when_its_time_has_come(url, clock):
    _, answer = ask(url, MAKE)
    there = answer["data"]["storage_createDataStoreFile"]["url"]
    assert request("PUT", there, b"1")[0] == 200
    clock.now_ns += 3600 * 10**9
    assert request("PUT", there, b"2")[0] == 403


def test_an_upload_that_is_cut_leaves_nothing(url):
    _, answer = ask(url, MAKE)
    made = answer["data"]["storage_createDataStoreFile"]
    parts = urlsplit(made["url"])
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as raw:
        head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nContent-Length: 100\r\n\r\n"
        raw.sendall(head.encode() + b"x")
    text = f'{{ storage_getDataStoreFile(dataStoreFileId: "{made["itemId"]}")'
    _, answer = ask(url, f"{text} {{ s3ConfirmedUpload storageSizeBytes }} }}")
    assert answer["data"]["storage_getDataStoreFile"] == {
        "s3ConfirmedUpload": False,
        "storageSizeBytes": None,
    }


@pytest.mark.parametrize("verb", ["GET", "PUT", "HEAD", "DELETE", "POST"])
def test_other_paths_are_not_found(url, verb):
    assert request(verb, url.replace("graphql", "elsewhere"))[0] == 404


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"query": 1}', b"\xff", b'"text"'])
def test_bodies_that_are_no_requests_are_refused(url, body):
    status, answer = request("POST", url, body, {"Authorization": TOKENS["owner"]})
    assert status == 200
    assert json.loads(answer)["errors"][0]["errorType"] == "ValidationError"


def test_a_connection_serves_several_requests(url):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    for _ in range(3):
        connection.request("POST", parts.path, "{}", {"Authorization": TOKENS["owner"]})
        assert connection.getresponse().read()
    connection.close()


def test_it_is_served_by_hand_until_a_signal():
    command = [sys.executable, "-m", "conformance.mutants", "--mutant", "exchange-bearer"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        text = "{ user_getUserSession { user { userId } } }"
        assert ask(url, text)[0] == 401
        assert ask(url, text, token=f"Bearer {TOKENS['owner']}")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
