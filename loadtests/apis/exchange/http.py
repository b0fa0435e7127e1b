"""Calls over HTTP, for the exchange API: pooled connections, failures in gRPC's words.

One vocabulary names failures in every report, so a refusal by HTTP or GraphQL becomes the status
that gRPC has for it. The connections are those of locust's FastHttpUser.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as data_field
from typing import Any
from urllib.parse import urlsplit

import gevent
import grpc
from geventhttpclient import HTTPClient
from geventhttpclient.response import HTTPParseError

from loadtests.calls import Caller, Gate
from loadtests.errors import Inconclusive
from loadtests.http_target import address_of
from loadtests.target import Target, Tls, is_here

Status = grpc.StatusCode
HTTP_STATUSES = {
    400: Status.INVALID_ARGUMENT,
    401: Status.UNAUTHENTICATED,
    403: Status.PERMISSION_DENIED,
    404: Status.UNIMPLEMENTED,
    405: Status.UNIMPLEMENTED,
    408: Status.DEADLINE_EXCEEDED,
    413: Status.RESOURCE_EXHAUSTED,
    429: Status.RESOURCE_EXHAUSTED,
    500: Status.INTERNAL,
    502: Status.UNAVAILABLE,
    503: Status.UNAVAILABLE,
    504: Status.DEADLINE_EXCEEDED,
}
ERROR_TYPES = {
    "UnauthorizedException": Status.UNAUTHENTICATED,
    "Unauthorized": Status.PERMISSION_DENIED,
    "ValidationError": Status.INVALID_ARGUMENT,
    "ValidationException": Status.INVALID_ARGUMENT,
    "InvalidPaginationToken": Status.INVALID_ARGUMENT,
    "NotFound": Status.NOT_FOUND,
    "ConflictException": Status.ABORTED,
    "RejectedRecordsException": Status.FAILED_PRECONDITION,
    "LimitExceeded": Status.RESOURCE_EXHAUSTED,
    "QueryTimeout": Status.DEADLINE_EXCEEDED,
}
SENT = "application/json"
CONNECTIONS = 1000
"""To one host at most; how many are open is decided by the users of the run."""


class HttpFailure(grpc.RpcError):
    """A call over HTTP that failed, as every user of the run knows failures."""

    def __init__(self, status: grpc.StatusCode, text: str, *, retry_after: str = "") -> None:
        super().__init__(text)
        self._status = status
        self._text = text
        self._retry_after = retry_after

    def code(self) -> grpc.StatusCode:
        """The status that fits."""
        return self._status

    def details(self) -> str:
        """What the target said."""
        return self._text

    def trailing_metadata(self) -> tuple[Any, ...]:
        """How long the target asks us to wait, if it does."""
        return (("retry-after", self._retry_after),) if self._retry_after else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One GraphQL request: the field that is asked for, the document and its variables."""

    field: str
    document: str
    variables: Mapping[str, Any] = data_field(default_factory=dict)


class HttpCaller(Caller):
    """Makes GraphQL calls and reads files, over connections that are used again.

    A request is an `Operation`, whose reply is the value of its field, or the URL of a file, whose
    reply is its bytes.

    Args:
        target: whose exchange API is called.
        gate: what every call has to pass.
        timeout_s: deadline of each.
    """

    def __init__(self, target: Target, gate: Gate, *, timeout_s: float) -> None:
        super().__init__({}, gate, timeout_s=timeout_s)
        self._target = target
        said = target.exchange
        self._headers = {
            **target.metadata,
            **said.headers,
            "Accept": SENT,
            "Content-Type": SENT,
            "Authorization": said.token,
        }
        self._clients: dict[tuple[str, str], HTTPClient] = {}

    def close(self) -> None:
        """Close the connections."""
        super().close()
        for client in self._clients.values():
            client.close()

    def _send(self, method: str, request: Any) -> Any:
        late = HttpFailure(Status.DEADLINE_EXCEEDED, f"no answer in {self._timeout_s:g} s")
        try:
            with gevent.Timeout(self._timeout_s, late):
                return self._answer(request)
        except (OSError, HTTPParseError) as error:
            raise HttpFailure(Status.UNAVAILABLE, str(error) or type(error).__name__) from None

    def _answer(self, request: Operation | str) -> Any:
        if isinstance(request, str):
            self._permit(request)
            return self._exchange("GET", request, None, {})
        body = {"query": request.document, "variables": request.variables}
        data = json.dumps(body, separators=(",", ":")).encode()
        answer = self._exchange("POST", self._target.exchange.url, data, self._headers)
        return _field(answer, request.field)

    def _exchange(
        self, verb: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> bytes:
        parts = urlsplit(url)
        where = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        response = self._client(parts.scheme, url).request(verb, where, body, dict(headers))
        data = bytes(response.read())
        if response.status_code not in (200, 206):
            status = HTTP_STATUSES.get(response.status_code, Status.UNKNOWN)
            text = f"HTTP {response.status_code}{_said(data)}"
            raise HttpFailure(status, text, retry_after=str(response.get("retry-after") or ""))
        return data

    def _client(self, scheme: str, url: str) -> HTTPClient:
        key = (scheme, address_of(url))
        if key not in self._clients:
            tls = self._target.tls
            self._clients[key] = HTTPClient.from_url(
                f"{key[0]}://{key[1]}",
                concurrency=CONNECTIONS,
                connection_timeout=self._timeout_s,
                network_timeout=self._timeout_s,
                ssl_context_factory=context_factory(tls) if tls else None,
                ssl_options={"server_hostname": tls.server_name} if tls and tls.server_name else {},
            )
        return self._clients[key]

    def _permit(self, url: str) -> None:
        """Nobody is to be loaded who was not meant, whatever URL the target hands out."""
        address = address_of(url)
        if not (self._target.load_allowed or is_here(address)):
            raise Inconclusive(
                f"the target hands out files at {address}, which is not this machine: "
                "load needs a target profile with load_allowed: true"
            )


def context_factory(tls: Tls) -> Callable[..., ssl.SSLContext]:
    """Makes the TLS context of a target; called with whatever the client would set itself."""

    def make(**_: Any) -> ssl.SSLContext:
        return context_of(tls)

    return make


def context_of(tls: Tls) -> ssl.SSLContext:
    """The TLS context of a target; without a CA the system's certificates are trusted."""
    import tempfile

    context = ssl.create_default_context(cadata=tls.ca.decode() if tls.ca else None)
    if tls.cert:
        with tempfile.NamedTemporaryFile(suffix=".pem") as chain:
            chain.write(tls.cert + b"\n" + (tls.key or b""))
            chain.flush()
            context.load_cert_chain(chain.name)
    return context


def _field(data: bytes, name: str) -> Any:
    try:
        answer = json.loads(data)
        errors, found = answer.get("errors"), (answer.get("data") or {}).get(name)
    except (ValueError, AttributeError):
        raise HttpFailure(Status.INTERNAL, "the answer is no GraphQL one") from None
    if errors:
        raise _refusal(errors)
    if found is None:
        raise HttpFailure(Status.UNKNOWN, f"{name} is null without an error")
    return found


def _refusal(errors: Any) -> HttpFailure:
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
    kind, text = str(first.get("errorType")), str(first.get("message"))
    return HttpFailure(ERROR_TYPES.get(kind, Status.UNKNOWN), f"{kind}: {text}")


def _said(data: bytes) -> str:
    """What an answer other than 200 tells, shortened."""
    try:
        error = json.loads(data)["errors"][0]
        return f" {error.get('errorType')}, {error.get('message')}"
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
