"""The naive exchange on a port of the loopback: GraphQL, presigned URLs and AppSync's WebSocket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from conformance.mutants.exchange import people, series, sharing, storage
from conformance.mutants.exchange.book import Book, Refuse, User
from conformance.mutants.exchange.calls import Call
from conformance.mutants.exchange.documents import carried_out, error_of
from conformance.mutants.exchange.feeding import Feed, publish_event
from conformance.mutants.exchange.files import OBJECTS, Reply
from conformance.mutants.exchange.policy import STRAIGHT, Policy
from conformance.mutants.exchange.population import populated
from conformance.mutants.exchange.sockets import Socket, accept_key
from conformance.mutants.exchange.speech import KEEP_ALIVE_S

GRAPHQL = "/graphql"
OPERATIONS = {
    **people.OPERATIONS,
    **storage.OPERATIONS,
    **series.OPERATIONS,
    **sharing.OPERATIONS,
}
UNLOCKED = ("timeSeriesDb_queryDatabaseWithTimestreamQuery",)
"""Operations that take long and lock by themselves."""


@contextmanager
def served(policy: Policy = STRAIGHT, *, port: int = 0, book: Book | None = None) -> Iterator[str]:
    """Serve on the loopback address until the block ends; gives the URL of GraphQL.

    Raises:
        OSError: the port is taken.
    """
    endpoint = _Endpoint(policy, populated(Book()) if book is None else book)

    class Handler(_Handler):
        served = endpoint

    server = _Server(("127.0.0.1", port), Handler)
    endpoint.book.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield endpoint.book.base + GRAPHQL
    finally:
        endpoint.over = True
        server.shutdown()
        server.server_close()
        server.hang_up()
        thread.join()


class _Endpoint:
    def __init__(self, policy: Policy, book: Book) -> None:
        self.policy = policy
        self.book = book
        self.over = False

    def user(self, header: str | None) -> User:
        """The caller of a header.

        Raises:
            Refuse: nobody, or nobody who may call.
        """
        policy = self.policy
        user: User | None = policy.user_of(self.book, policy.token_in(header))
        if user is None or not policy.is_open(user):
            raise policy.unauthenticated()[1]
        return user

    def graphql(self, body: bytes, header: str | None) -> tuple[int, dict[str, Any]]:
        """Answer a document."""
        policy = self.policy
        try:
            user = self.user(header)
        except Refuse as refuse:
            status = policy.unauthenticated()[0]
            return status, policy.unknown({"errors": self.errors(refuse)})
        try:
            policy.check_size(body)
            text, variables, name = policy.read_body(body)
            root = self.root(Call(policy=policy, book=self.book, user=user))
            return 200, carried_out(policy, text, variables, name, root)
        except Refuse as refuse:
            return 200, {"data": None, "errors": self.errors(refuse)}

    def errors(self, refuse: Refuse) -> list[dict[str, Any]]:
        """The errors of a request that was refused as a whole."""
        one = error_of(refuse.kind, str(refuse), info=refuse.info, path=None, locations=[])
        told: list[dict[str, Any]] = self.policy.errors([one])
        return told

    def root(self, call: Call) -> Mapping[str, Any]:
        """The operations of a call, as the executor asks for them."""

        def bound(name: str) -> Any:
            def operation(_info: Any, **arguments: Any) -> Any:
                with nullcontext() if name in UNLOCKED else call.book.lock:
                    return call.policy.answered(name, OPERATIONS[name](call, **arguments))

            return operation

        return {name: bound(name) for name in OPERATIONS}

    def objects(self, method: str, target: str, headers: Any, body: bytes) -> Reply:
        """Answer a request to the object storage."""
        policy, book = self.policy, self.book
        try:
            with book.lock:
                key = policy.check_url(book, method, target)
                if method == "PUT":
                    return self._put(key, body, headers.get("content-type"))
                kept = policy.reads_object(book, key)
                reply: Reply = policy.get(kept, headers.get("range"))
                return reply
        except Refuse as refuse:
            refused: Reply = policy.refusal(refuse)
            return refused

    def _put(self, key: str, body: bytes, content_type: str | None) -> Reply:
        policy, book = self.policy, self.book
        file = next((f for f in book.files.values() if f.key == key), None)
        if file is None:
            raise Refuse("AccessDenied", "There is no such upload.")
        reply: Reply = policy.put(book, key, body, content_type)
        if reply.status < 300:
            policy.uploaded(book, file, body, content_type or "application/octet-stream")
            event = {"uploadId": file.upload, "httpStatusCode": 200, "errorMessage": None}
            publish_event(policy, book, ("onNotifyUploadComplete", file.upload), event, retain=True)
        return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a client in a thread of its own."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """A client was answered."""
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Let nobody wait for an endpoint that has ended."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients may leave when they like."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # An answer is one packet: nobody waits for the second half of it.
    timeout = 60
    served: _Endpoint

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        if urlsplit(self.path).path != GRAPHQL:
            self._reply(Reply(status=404, headers={}))
            return
        policy = self.served.policy
        status, answer = self.served.graphql(body, self.headers.get("authorization"))
        status, text, content_type = policy.sent(status, answer)
        self._reply(
            Reply(status=status, body=text.encode(), headers={"Content-Type": content_type})
        )

    def do_GET(self) -> None:
        if (self.headers.get("upgrade") or "").lower() == "websocket":
            self._socket()
        else:
            self._object()

    def do_PUT(self) -> None:
        self._object()

    def do_HEAD(self) -> None:
        self._object()

    def do_DELETE(self) -> None:
        self._object()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""

    def _object(self) -> None:
        body = self._body()
        if body is None:
            return
        if not self.path.startswith(OBJECTS):
            self._reply(Reply(status=404, headers={}))
            return
        self._reply(self.served.objects(self.command, self.path, self.headers, body))

    def _body(self) -> bytes | None:
        """The body of the request; None where the client left before its end."""
        if "chunked" in (self.headers.get("transfer-encoding") or "").lower():
            return self._chunks()
        length = self.headers.get("content-length") or "0"
        if not length.isdigit():
            self.close_connection = True
            self._reply(Reply(status=400, headers={}))
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _chunks(self) -> bytes | None:
        body = b""
        while True:
            size = self.rfile.readline(1024).split(b";")[0].strip()
            if not size:
                self.close_connection = True
                return None
            chunk = self.rfile.read(int(size, 16))
            body += chunk
            self.rfile.readline(1024)
            if int(size, 16) == 0:
                return body

    def _reply(self, reply: Reply) -> None:
        with suppress(OSError):
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)
            self.wfile.flush()

    def _socket(self) -> None:
        endpoint, policy = self.served, self.served.policy
        self.close_connection = True
        spoken = policy.protocol(self.headers.get("sec-websocket-protocol") or "")
        if not self.path.startswith(GRAPHQL) or spoken is None:
            self._reply(Reply(status=400, headers={}))
            return
        self.send_response(101)
        for name, value in (
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Accept", accept_key(self.headers.get("sec-websocket-key") or "")),
            *((("Sec-WebSocket-Protocol", spoken),) if spoken else ()),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
        channel = Socket(self.connection, policy.patience_s())
        try:
            headers = policy.header_in(self.path)
            if not policy.admitted(headers):
                raise Refuse("BadRequestException", "host and Authorization are required")
            user = endpoint.user(headers.get("authorization"))
        except (ValueError, Refuse) as error:
            kind = error.kind if isinstance(error, Refuse) else "BadRequestException"
            errors = [error_of(kind, str(error))]
            channel.send({"type": "connection_error", "payload": {"errors": errors}})
            # Whoever was refused may still be speaking: it is heard before the socket is closed.
            linger_s = policy.lingers_s()
            until = time.monotonic() + linger_s
            for _ in channel.texts(linger_s, channel.close, lambda: time.monotonic() >= until):
                break
            channel.close(4401)
            return
        feed = Feed(policy, endpoint.book, user, channel.send)
        try:
            for text in channel.texts(
                KEEP_ALIVE_S, lambda: channel.send({"type": "ka"}), lambda: endpoint.over
            ):
                feed.heard(text)
        finally:
            feed.closed()
            channel.close()
