"""The naive endpoint over HTTP: twelve GET routes and eight POST watches, a thread per request."""

from __future__ import annotations

import re
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from conformance.mutants.meta.book import Refuse
from conformance.mutants.meta.calls import METHODS, call, open_stream
from conformance.mutants.meta.service import Service
from conformance.mutants.meta.wire import CONTRACT
from conformance.oracles.meta.model import KINDS, Kind

PREFIX = "/v1alpha2/"


def routes() -> list[tuple[str, str, Kind, re.Pattern[str]]]:
    """Verb, short method, kind and pattern of every route."""
    found = []
    for kind in KINDS.values():
        parent = f"(?P<parent>{kind.parent}/[^/]+)/" if kind.parent else ""
        name = "/".join(f"{segment.collection}/[^/:]+" for segment in kind.segments)
        collection = f"{PREFIX}{parent}{kind.plural}"
        for verb, short, pattern in (
            ("GET", "get", f"{PREFIX}(?P<name>{name})"),
            ("GET", "batchGet", f"{PREFIX}{kind.plural}:batchGet"),
            ("GET", "list", collection),
            ("POST", "watch_one", f"{PREFIX}(?P<name>{name}):watch"),
            ("POST", "watch", f"{collection}:watch"),
        ):
            found.append((verb, short, kind, re.compile(pattern)))
    return found


@contextmanager
def served(service: Service, port: int) -> Iterator[str]:
    """Serve REST on the loopback address until the block ends; gives the URL.

    Raises:
        OSError: the port is taken.
    """

    class Handler(_Handler):
        endpoint = service
        known = tuple(routes())

    server = _Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients may leave when they like."""


class _Handler(BaseHTTPRequestHandler):
    endpoint: Service
    known: tuple[tuple[str, str, Kind, re.Pattern[str]], ...]

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_PATCH(self) -> None:
        self._serve("PATCH")

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""

    def _serve(self, verb: str) -> None:
        policy = self.endpoint.policy
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        raw, _, query = self.path.partition("?")
        path = policy.rest_path(raw)
        for wanted, short, kind, pattern in self.known:
            found = pattern.fullmatch(path)
            if wanted == verb and found is not None and policy.rest_serves(short, kind):
                with suppress(BrokenPipeError, ConnectionResetError):
                    self._answer(kind, short, found.groupdict(), query, body)
                return
        self._send(*policy.rest_unknown(verb, path))

    def _answer(
        self, kind: Kind, short: str, bound: Mapping[str, str], query: str, body: bytes
    ) -> None:
        policy = self.endpoint.policy
        method = CONTRACT.methods(kind.service)[METHODS[short].format(kind.message)]
        request: Any = method.request()
        metadata = {key.lower(): value for key, value in self.headers.items()}
        try:
            policy.rest_body(request, body)
            policy.rest_bind(request, [*policy.rest_query(query), *bound.items()])
            if not short.startswith("watch"):
                answer = call(self.endpoint, kind, short, request, metadata)
                self._send(200, policy.rest_json(answer))
                return
            stream = open_stream(self.endpoint, kind, short, request, metadata, self._alive)
        except Refuse as refusal:
            self._send(*policy.rest_error(refusal))
            return
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("connection", "close")
        self.end_headers()
        for text in policy.rest_frames(policy.rest_json(message) for message in stream):
            self.wfile.write(text.encode())
            self.wfile.flush()

    def _send(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _alive(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        if not readable:
            return True
        with suppress(OSError):
            return bool(self.connection.recv(1, socket.MSG_PEEK))
        return False
