"""Targets that were asked too fast are asked again when they say so; nothing else is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import pytest
from google.protobuf.any_pb2 import Any as Packed
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from conformance.targets import http_client
from conformance.targets.budget import Budget
from conformance.targets.client import told_to_wait
from conformance.targets.credentials import Credentials


class Refusal(grpc.RpcError):
    """A status with details."""

    def __init__(self, code: grpc.StatusCode, *details: Any) -> None:
        super().__init__()
        self._code, self._status = code, Status()
        for detail in details:
            packed = Packed()
            packed.Pack(detail)
            self._status.details.append(packed)

    def code(self) -> grpc.StatusCode:
        return self._code

    def trailing_metadata(self) -> Any:
        return (("grpc-status-details-bin", self._status.SerializeToString()),)


def test_only_retry_info_of_an_exhausted_resource_says_when() -> None:
    soon = RetryInfo()
    soon.retry_delay.FromMilliseconds(250)
    assert told_to_wait(Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, soon)) == 0.25
    assert told_to_wait(Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED)) is None
    assert told_to_wait(Refusal(grpc.StatusCode.UNAVAILABLE, soon)) is None


@pytest.fixture
def hasty() -> Iterator[tuple[str, list[int]]]:
    """An address that answers every other call with 429, and the statuses it gave."""
    given: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given.append(200 if len(given) % 2 else 429)
            self.send_response(given[-1])
            if self.path == "/told":
                self.send_header("Retry-After", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", given
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("path", "status"), [("/told", 200), ("/untold", 429)])
def test_429_is_waited_out_where_it_says_how_long(
    hasty: tuple[str, list[int]], path: str, status: int
) -> None:
    url, given = hasty
    client = http_client.HttpClient(url, tls=None, credentials=Credentials(), budget=Budget())
    assert client.call("GET", path).status == status
    assert given == ([429, 200] if status == 200 else [429])
