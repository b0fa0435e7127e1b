"""A tiny meta API over gRPC and HTTP with the control service beside it, for tests of adapters.

It knows regions, deployments, services and resources by name, pages them, filters by one label, and
sends every change to open watches as one message.
"""

from __future__ import annotations

import json
import queue
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import grpc
from google.protobuf.json_format import MessageToDict, ParseDict

from conformance.oracles.meta.model import KINDS, Kind
from conformance.targets.meta_codec import kind_of_name
from fixtures.contracts import load

CONTRACT = load("meta")
CONTROL = load("control")
SERVICE = "gridproof.control.v1.MetaControl"
LABEL = re.compile(r'metadata\.labels\.(\w+) = "(.*)"')


class Absent(Exception):
    pass


@dataclass
class Registry:
    capabilities: tuple[str, ...] = ("mutate", "atomic", "barrier", "fault.soft")
    token: str | None = None
    framing: str = "result"
    items: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    watches: list[queue.Queue[Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)

    def upsert(self, resource: dict[str, Any]) -> None:
        kind = kind_of_name(resource["name"])
        message = CONTRACT.message(f"ntt.meta.v1alpha2.{kind.message}")()
        self.items[resource["name"]] = ParseDict(resource, message)
        self.tell(resource["name"])

    def delete(self, name: str) -> None:
        if name not in self.items:
            raise Absent(name)
        del self.items[name]
        self.tell(name)

    def tell(self, name: str) -> None:
        for watch in self.watches:
            watch.put(name)

    def of(self, kind: Kind, parent: str = "", filter_: str = "") -> list[Any]:
        found = [
            item
            for name, item in sorted(self.items.items())
            if kind_of_name(name) == kind and (not kind.parent or name.startswith(parent + "/"))
        ]
        label = LABEL.fullmatch(filter_)
        if label:
            found = [i for i in found if i.metadata.labels.get(label[1]) == label[2]]
        return found


def answer(registry: Registry, kind: Kind, verb: str, request: Any, response: Any) -> Any:
    if verb == "get":
        if request.name not in registry.items:
            raise Absent(request.name)
        return registry.items[request.name]
    if verb == "batch":
        for name in request.names:
            if name in registry.items:
                getattr(response, kind.plural).append(registry.items[name])
            else:
                response.missing.append(name)
        return response
    items = registry.of(kind, request.parent if kind.parent else "", request.filter)
    start = int(request.page_token.removeprefix("r.e.O.") or 0)
    size = request.page_size or 3
    getattr(response, kind.plural).extend(items[start : start + size])
    if start + size < len(items):
        response.next_page_token = f"r.e.O.{start + size}"
    if request.include_paging_info:
        response.total_results_count, response.current_offset = len(items), start
    return response


def changes(registry: Registry, kind: Kind, request: Any, response: type[Any]) -> Iterator[Any]:
    news: queue.Queue[Any] = queue.Queue()
    registry.watches.append(news)
    first = response(is_current=True, snapshot_size=-1, resume_token="t1")
    for item in registry.of(kind, request.parent if kind.parent else "", request.filter):
        getattr(getattr(first, f"{kind.singular}_changes").add().current, kind.singular).CopyFrom(
            item
        )
    yield first
    while True:
        name = news.get()
        if name is None:
            return
        message = response(is_current=True, snapshot_size=-1, resume_token="t2")
        change = getattr(message, f"{kind.singular}_changes").add()
        if name in registry.items:
            getattr(change.current, kind.singular).CopyFrom(registry.items[name])
        else:
            change.removed.name = name
        yield message


def single(registry: Registry, kind: Kind, request: Any, response: type[Any]) -> Iterator[Any]:
    if request.name not in registry.items:
        raise Absent(request.name)
    message = response()
    getattr(message.change.added, kind.singular).CopyFrom(registry.items[request.name])
    yield message


VERBS = {"Get": "get", "BatchGet": "batch", "List": "list"}


def handlers(registry: Registry) -> Iterator[grpc.GenericRpcHandler]:
    def allowed(name: str, context: Any) -> None:
        metadata = dict(context.invocation_metadata())
        registry.asked.append((name, metadata))
        if registry.token and metadata.get("authorization") != registry.token:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?")

    def guarded(run: Callable[[Any], Any], name: str) -> Callable[[Any, Any], Any]:
        def handler(request: Any, context: Any) -> Any:
            allowed(name, context)
            try:
                return run(request)
            except Absent as absent:
                context.abort(grpc.StatusCode.NOT_FOUND, f"no {absent}")

        return handler

    def streamed(run: Callable[[Any], Any], name: str) -> Callable[[Any, Any], Iterator[Any]]:
        def handler(request: Any, context: Any) -> Iterator[Any]:
            allowed(name, context)
            try:
                yield from run(request)
            except Absent as absent:
                context.abort(grpc.StatusCode.NOT_FOUND, f"no {absent}")

        return handler

    def read_by(kind: Kind, verb: str, method: Any) -> Callable[[Any], Any]:
        return lambda request: answer(registry, kind, verb, request, method.response())

    def watched_by(kind: Kind, make: Any, method: Any) -> Callable[[Any], Any]:
        return lambda request: make(registry, kind, request, method.response)

    def controlled_by(name: str, method: Any) -> Callable[[Any], Any]:
        return lambda request: controlled(registry, name, request, method.response())

    for kind in KINDS.values():
        table = {}
        for name, method in CONTRACT.methods(kind.service).items():
            if method.server_streaming:
                run = watched_by(kind, changes if name.endswith("s") else single, method)
                table[name] = grpc.unary_stream_rpc_method_handler(
                    streamed(run, name), method.request.FromString, encoded
                )
            else:
                verb = next(v for prefix, v in VERBS.items() if name.startswith(prefix))
                table[name] = grpc.unary_unary_rpc_method_handler(
                    guarded(read_by(kind, verb, method), name), method.request.FromString, encoded
                )
        yield grpc.method_handlers_generic_handler(kind.service, table)
    table = {
        name: grpc.unary_unary_rpc_method_handler(
            guarded(controlled_by(name, method), name), method.request.FromString, encoded
        )
        for name, method in CONTROL.methods(SERVICE).items()
        if name != "Reset"
    }
    yield grpc.method_handlers_generic_handler(SERVICE, table)


def encoded(message: Any) -> bytes:
    return bytes(message.SerializeToString())


def controlled(registry: Registry, name: str, request: Any, response: Any) -> Any:
    asked = MessageToDict(request, preserving_proto_field_name=True)
    if name == "GetCapabilities":
        response.capabilities.extend(registry.capabilities)
        response.tag_key = "x-tag"
    elif name == "Upsert":
        registry.upsert(asked["resource"])
    elif name == "Delete":
        registry.delete(asked["name"])
    elif name == "Apply":
        for change in asked["changes"]:
            if "upsert" in change:
                registry.upsert(change["upsert"])
            else:
                registry.delete(change["delete"])
    elif name == "InjectFault":
        registry.faults.append(asked)
        response.watches = 1
    if "revision" in response.DESCRIPTOR.fields_by_name:
        response.revision = "7"
    return response


def http_handler(registry: Registry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: Any) -> None:
            pass

        def do_GET(self) -> None:
            kind, verb, request, method = self.read("GET")
            try:
                reply = answer(registry, kind, verb, request, method.response())
            except Absent as absent:
                status = {"code": 5, "message": f"no {absent}"}
                return self.send(404, json.dumps(status))
            self.send(200, json.dumps(MessageToDict(reply)))

        def do_POST(self) -> None:
            kind, verb, request, method = self.read("POST")
            self.send_response(200)
            self.end_headers()
            make = changes if verb == "watch" else single
            opening = "["
            try:
                for message in make(registry, kind, request, method.response):
                    document = MessageToDict(message, always_print_fields_with_no_presence=True)
                    if registry.framing == "array":
                        self.wfile.write((opening + json.dumps(document)).encode())
                        opening = ","
                    else:
                        wrapped = {"result": document} if registry.framing == "result" else document
                        self.wfile.write((json.dumps(wrapped) + "\n").encode())
            except Absent as absent:
                error = {"error": {"code": 5, "message": f"no {absent}"}}
                self.wfile.write(json.dumps(error).encode())
            except OSError:
                return
            if registry.framing == "array":
                self.wfile.write(b"]")

        def read(self, verb: str) -> tuple[Kind, str, Any, Any]:
            registry.asked.append((f"{verb} {self.path}", dict(self.headers)))
            parts = urlsplit(self.path)
            path = parts.path.removeprefix("/v1alpha2/").partition(":")[0]
            segments = path.split("/")
            collection = len(segments) % 2 == 1
            kind = KINDS[segments[-1] if collection else segments[-2]]
            query = parse_qsl(parts.query)
            plural = kind.plural.capitalize()
            if verb == "POST":
                chosen = "watch" if collection else "watch_one"
                name = f"Watch{plural if collection else kind.message}"
            elif parts.path.endswith(":batchGet"):
                chosen, name = "batch", f"BatchGet{plural}"
            elif collection:
                chosen, name = "list", f"List{plural}"
            else:
                chosen, name = "get", f"Get{kind.message}"
            method = CONTRACT.methods(kind.service)[name]
            document: dict[str, Any] = {}
            for key, value in query:
                if key == "names":
                    document.setdefault("names", []).append(value)
                else:
                    document[key] = value == "true" if value in ("true", "false") else value
            if collection and len(segments) > 1:
                document["parent"] = "/".join(segments[:-1])
            elif not collection:
                document["name"] = path
            return kind, chosen, ParseDict(document, method.request()), method

        def send(self, status: int, body: str) -> None:
            data = body.encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler


@contextmanager
def served(registry: Registry) -> Iterator[tuple[str, str]]:
    """The gRPC address and the HTTP URL."""
    server = grpc.server(ThreadPoolExecutor(16))
    server.add_generic_rpc_handlers(tuple(handlers(registry)))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    http = ThreadingHTTPServer(("127.0.0.1", 0), http_handler(registry))
    http.daemon_threads = True
    thread = threading.Thread(target=lambda: http.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{port}", f"http://127.0.0.1:{http.server_port}"
    finally:
        for watch in registry.watches:
            watch.put(None)
        http.shutdown()
        http.server_close()
        server.stop(0).wait()
