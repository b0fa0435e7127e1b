from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from loadtests.apis.exchange.http import HttpCaller, HttpFailure, Operation, Status
from loadtests.calls import Gate, answer_of, status_of
from loadtests.errors import Inconclusive
from loadtests.http_target import Exchange
from loadtests.mercy import begs, retry_delay_s
from loadtests.target import Target

CALL = Operation(field="x", document="{x}", variables={"a": 1})


class Handler(BaseHTTPRequestHandler):
    """Answers with what the path asks for, and notes who asked."""

    protocol_version = "HTTP/1.1"
    ports: ClassVar[set[int]] = set()
    heard: ClassVar[dict[str, Any]] = {}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).heard = {"body": json.loads(body), **dict(self.headers)}
        self.do_GET()

    def do_GET(self) -> None:
        type(self).ports.add(self.client_address[1])
        status, _, text = self.path[1:].partition("/")
        if status == "late":
            time.sleep(1.0)
            status = "200"
        data = ANSWERS.get(text, text).encode()
        self.send_response(int(status))
        self.send_header("Content-Length", str(len(data)))
        if status == "503":
            self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Says nothing when somebody does not wait for the answer."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


ANSWERS = {
    "good": '{"data": {"x": [1, 2]}}',
    "null": '{"data": {"x": null}}',
    "text": "<html>",
    "bad": '{"errors": [{"errorType": "ValidationError", "message": "no"}], "data": null}',
    "full": '{"errors": [{"errorType": "LimitExceeded", "message": "no"}]}',
    "odd": '{"errors": [{"errorType": "Whatever", "message": "no"}]}',
    "rights": '{"errors": [{"errorType": "UnauthorizedException", "message": "who"}]}',
}


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def caller(url: str, *, timeout_s: float = 5.0, **said: Any) -> HttpCaller:
    exchange = Exchange(token="T", headers={"x-own": "1"}).at(url)
    target = Target(endpoint="127.0.0.1:1", exchange=exchange, **said)
    return HttpCaller(target, Gate(target), timeout_s=timeout_s)


def test_a_reply_is_the_value_of_its_field(origin: str) -> None:
    call = caller(f"{origin}/200/good")
    Handler.ports.clear()
    assert [call("X", CALL) for _ in range(3)] == [[1, 2]] * 3
    assert len(Handler.ports) == 1, "a connection is used again"
    assert Handler.heard["body"] == {"query": "{x}", "variables": {"a": 1}}
    assert Handler.heard["Authorization"] == "T"
    assert Handler.heard["x-own"] == "1"
    call.close()


def test_a_file_is_bytes(origin: str) -> None:
    call = caller(f"{origin}/200/good")
    assert call("File", f"{origin}/200/abc") == b"abc"
    call.close()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("200/null", Status.UNKNOWN),
        ("200/text", Status.INTERNAL),
        ("200/bad", Status.INVALID_ARGUMENT),
        ("200/full", Status.RESOURCE_EXHAUSTED),
        ("200/odd", Status.UNKNOWN),
        ("401/rights", Status.UNAUTHENTICATED),
        ("404/text", Status.UNIMPLEMENTED),
        ("418/text", Status.UNKNOWN),
        ("429/full", Status.RESOURCE_EXHAUSTED),
        ("500/text", Status.INTERNAL),
        ("503/text", Status.UNAVAILABLE),
    ],
)
def test_a_failure_has_the_status_that_fits(origin: str, path: str, status: Status) -> None:
    call = caller(f"{origin}/{path}")
    with pytest.raises(HttpFailure) as failed:
        call("X", CALL)
    assert failed.value.code() is status
    assert status_of(failed.value) == status.name
    assert answer_of(failed.value)
    call.close()


def test_a_target_may_ask_for_mercy(origin: str) -> None:
    call = caller(f"{origin}/503/text")
    with pytest.raises(HttpFailure) as failed:
        call("X", CALL)
    assert retry_delay_s(failed.value) == 7  # type: ignore[arg-type]  # both error and call
    assert begs(failed.value)  # type: ignore[arg-type]  # both error and call
    call.close()


def test_who_does_not_answer_is_told(origin: str) -> None:
    slow = caller(f"{origin}/late/good", timeout_s=0.2)
    with pytest.raises(HttpFailure) as failed:
        slow("X", CALL)
    assert failed.value.code() is Status.DEADLINE_EXCEEDED
    slow.close()
    nobody = caller("http://127.0.0.1:1/graphql")
    with pytest.raises(HttpFailure) as failed:
        nobody("X", CALL)
    assert failed.value.code() is Status.UNAVAILABLE
    nobody.close()


def test_files_elsewhere_are_not_fetched(origin: str) -> None:
    call = caller(f"{origin}/200/good")
    with pytest.raises(Inconclusive, match=r"files at example\.org:443"):
        call("File", "https://example.org/x?y")
    call.close()
