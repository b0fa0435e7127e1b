"""A bare client for the naive meta endpoint: messages in, messages out."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import grpc

from conformance.mutants.meta import control
from conformance.mutants.meta.calls import METHODS
from conformance.mutants.meta.policy import STRAIGHT, Policy
from conformance.mutants.meta.server import Addresses, served
from conformance.mutants.meta.wire import CONTRACT
from conformance.oracles.meta.model import KINDS

WAIT_S = 5.0


class Watch:
    """An open stream, read by a thread; `next` waits for the next message."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.seen: list[Any] = []
        self.code: grpc.StatusCode | None = None
        self._news = threading.Condition()
        self._at = 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            for message in self.call:
                with self._news:
                    self.seen.append(message)
                    self._news.notify_all()
            code = self.call.code()
        except grpc.RpcError as error:
            code = error.code()
        with self._news:
            self.code = code
            self._news.notify_all()

    def next(self, timeout_s: float = WAIT_S) -> Any:
        deadline = time.monotonic() + timeout_s
        with self._news:
            while self._at >= len(self.seen):
                if self.code is not None or not self._news.wait(deadline - time.monotonic()):
                    return None
            self._at += 1
            return self.seen[self._at - 1]

    def changeset(self, timeout_s: float = WAIT_S) -> list[Any]:
        """Messages up to one that ends a changeset or controls the watch."""
        found = []
        while (message := self.next(timeout_s)) is not None:
            found.append(message)
            if (
                message.is_current
                or message.is_soft_reset
                or message.is_hard_reset
                or message.snapshot_size >= 0
            ):
                break
        return found

    def ended(self) -> grpc.StatusCode | None:
        with self._news:
            self._news.wait_for(lambda: self.code is not None, WAIT_S)
            return self.code

    def stop(self) -> None:
        self.call.cancel()
        self._thread.join(WAIT_S)


def changes_of(messages: list[Any]) -> list[tuple[str, str]]:
    """Kind and name of every change."""
    found = []
    for message in messages:
        field = next(f for f in message.DESCRIPTOR.fields if f.name.endswith("_changes"))
        for change in getattr(message, field.name):
            arm = change.WhichOneof("change_type") or "none"
            content = getattr(change, arm, None)
            name = getattr(content, "name", "") or getattr(content, field.name[:-8], change).name
            found.append((arm, name))
    return found


class Client:
    """Calls by kind (plural) and short method name; requests are given as fields."""

    def __init__(self, addresses: Addresses, channel: grpc.Channel, token: str = "") -> None:
        self.addresses = addresses
        self.channel = channel
        self.metadata = (("authorization", f"Bearer {token}"),) if token else ()

    def request(self, kind: str, short: str, **fields: Any) -> tuple[Any, Any]:
        found = KINDS[kind]
        method = CONTRACT.methods(found.service)[METHODS[short].format(found.message)]
        request: Any = method.request()
        for name, value in fields.items():
            if name == "field_mask":
                request.field_mask.paths.extend(value)
            elif isinstance(value, list):
                getattr(request, name).extend(value)
            elif name == "starting_time":
                request.starting_time.FromNanoseconds(value)
            else:
                setattr(request, name, value)
        return method, request

    def call(self, kind: str, short: str, **fields: Any) -> Any:
        method, request = self.request(kind, short, **fields)
        unary = self.channel.unary_unary(
            method.path, method.request.SerializeToString, method.response.FromString
        )
        return unary(request, timeout=WAIT_S, metadata=self.metadata)

    def refused(self, kind: str, short: str, **fields: Any) -> grpc.StatusCode:
        try:
            self.call(kind, short, **fields)
        except grpc.RpcError as error:
            code: grpc.StatusCode = error.code()
            return code
        raise AssertionError("the call was accepted")

    def names(self, kind: str, **fields: Any) -> list[str]:
        return [item.name for item in getattr(self.call(kind, "list", **fields), kind)]

    def walk(self, kind: str, **fields: Any) -> list[list[str]]:
        pages, token = [], ""
        for _ in range(40):
            page = self.call(kind, "list", page_token=token, **fields)
            pages.append([item.name for item in getattr(page, kind)])
            token = page.next_page_token
            if not token:
                return pages
        raise AssertionError("the walk does not end")

    @contextmanager
    def watch(
        self, kind: str, short: str = "watch", tag: str = "", **fields: Any
    ) -> Iterator[Watch]:
        method, request = self.request(kind, short, **fields)
        stream = self.channel.unary_stream(
            method.path, method.request.SerializeToString, method.response.FromString
        )
        tagged = ((control_tag(), tag),) if tag else ()
        watch = Watch(stream(request, timeout=60, metadata=(*self.metadata, *tagged)))
        try:
            yield watch
        finally:
            watch.stop()

    def hook(self, verb: str, **fields: Any) -> Any:
        method = control.CONTRACT.methods(control.SERVICE)[verb]
        request: Any = method.request()
        for name, value in fields.items():
            if name == "resource":
                request.resource.update(value)
            elif name == "changes":
                for change in value:
                    made = request.changes.add()
                    if isinstance(change, str):
                        made.delete = change
                    else:
                        made.upsert.update(change)
            else:
                setattr(request, name, value)
        unary = self.channel.unary_unary(
            method.path, method.request.SerializeToString, method.response.FromString
        )
        return unary(request, timeout=WAIT_S)

    def refused_hook(self, verb: str, **fields: Any) -> grpc.StatusCode:
        try:
            self.hook(verb, **fields)
        except grpc.RpcError as error:
            code: grpc.StatusCode = error.code()
            return code
        raise AssertionError("the call was accepted")

    def upsert(self, **resource: Any) -> None:
        self.hook("Upsert", resource=resource)

    def fault(self, fault: str, **fields: Any) -> None:
        self.hook("InjectFault", fault=fault, **fields)

    def http(self, path: str, verb: str = "GET", **parameters: Any) -> tuple[int, str]:
        url = urlsplit(self.addresses.http)
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=WAIT_S)
        try:
            query = f"?{urlencode(parameters, doseq=True)}" if parameters else ""
            headers = {"authorization": self.metadata[0][1]} if self.metadata else {}
            connection.request(verb, f"/v1alpha2/{path}{query}", headers=headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def json(self, path: str, **parameters: Any) -> Any:
        status, text = self.http(path, **parameters)
        assert status == 200, text
        return json.loads(text)

    @contextmanager
    def http_lines(self, path: str, body: bytes = b"", **parameters: Any) -> Iterator[Any]:
        url = urlsplit(self.addresses.http)
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=WAIT_S)
        try:
            connection.request("POST", f"/v1alpha2/{path}?{urlencode(parameters)}", body)
            yield connection.getresponse()
        finally:
            connection.close()


def control_tag() -> str:
    """The metadata key by which watches are addressed."""
    return "x-gridproof-tag"


@contextmanager
def connected(
    policy: Policy = STRAIGHT, *, auth: bool = False, token: str = ""
) -> Iterator[Client]:
    """A client of an endpoint of its own."""
    with (
        served(policy, auth=auth) as addresses,
        grpc.insecure_channel(addresses.grpc) as channel,
    ):
        yield Client(addresses, channel, token)
