"""The meta API over REST: the same calls and streams as over gRPC, recorded as HTTP exchanges.

Routes are those of seed 003; everything that is not in the path is a query parameter, as the
published annotations say. Streams may come in any of three framings.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import grpc
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError

from conformance.failures import Nonconformance, Refused, TargetLost
from conformance.recorder import Recorder, Step, now_us
from conformance.targets import json_stream
from conformance.targets.credentials import Credentials, Headers
from conformance.targets.http_client import Answer, HttpClient, HttpError, Stream
from conformance.targets.meta_codec import json_path
from conformance.targets.meta_requests import Operation
from conformance.targets.wire import OTHER_METADATA

PREFIX = "/v1alpha2"

ANY = "-"
"""Stands for every parent where the request names none: a path needs one."""

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_BY_STATUS = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    405: grpc.StatusCode.UNIMPLEMENTED,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    500: grpc.StatusCode.INTERNAL,
    501: grpc.StatusCode.UNIMPLEMENTED,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}

Query = list[tuple[str, str]]


class RestCall:
    """An open stream over REST: messages, each with the JSON that it came in."""

    def __init__(self, stream: Stream, operation: Operation) -> None:
        self._stream = stream
        self._operation = operation
        self._status = (grpc.StatusCode.OK, "")

    def messages(self) -> Iterator[tuple[Any, Any]]:
        """Each message, parsed and as JSON; ends with the stream, whatever the status.

        Raises:
            Nonconformance: text that is no message.
        """
        if self._stream.answer.status != 200:
            body = b"".join(self._stream.blocks())
            self._status = status_of(self._stream.answer.status, body)
            return
        try:
            for document in json_stream.objects(self._stream.blocks()):
                if "error" in document:
                    self._status = _error_of(document["error"])
                    return
                shown = document.get("result", document)
                yield parsed(self._operation, shown), document
        except HttpError as error:
            self._status = (grpc.StatusCode.UNAVAILABLE, str(error))
        except json_stream.BrokenStream as error:
            if not self._stream.closed:
                raise Nonconformance(f"stream of {self._operation.name}", got=str(error)) from None
        if self._stream.closed:
            self._status = (grpc.StatusCode.CANCELLED, "")

    def status(self) -> tuple[grpc.StatusCode, str]:
        """How it ended."""
        return self._status

    def cancel(self) -> None:
        """End it from our side."""
        self._stream.close()


class RestTransport:
    """How one check reaches the routes of the API.

    Args:
        client: address and credentials.
        recorder: keeps what is said.
    """

    name = "rest"

    def __init__(self, client: HttpClient, recorder: Recorder) -> None:
        self.client = client
        self.recorder = recorder

    def over(self, credentials: Credentials) -> RestTransport:
        """The same address for another caller."""
        return RestTransport(self.client.with_credentials(credentials), self.recorder)

    def unary(self, operation: Operation, request: Any) -> Any:
        """One call.

        Raises:
            Refused: any status but 200, as the status of gRPC that belongs to it.
            Nonconformance: the answer is not the JSON of its message.
        """
        verb, path, query = route(operation, request)
        answer = self.http(verb, path, query)
        if answer.status != 200:
            raise Refused(operation.name, *status_of(answer.status, answer.body))
        try:
            document = json.loads(answer.body)
        except ValueError:
            raise Nonconformance(f"answer of {verb} {path}", got=answer.body[:200]) from None
        return parsed(operation, document)

    def raw(self, service: str, method: str, data: bytes) -> bytes:
        """Never: bytes of messages have no place in REST."""
        raise TypeError(f"{service}/{method} takes bytes over gRPC only")

    def http(
        self,
        verb: str,
        path: str,
        query: Query,
        *,
        headers: Headers | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Any request, and its answer whatever the status.

        Raises:
            TargetLost: nobody answers.
        """
        began, at_us = time.perf_counter(), now_us()
        sent = self.client.headers() if headers is None else headers
        step: dict[str, Any] = {
            "method": f"{verb} {path}",
            "request": _request_shown(query, body),
            "metadata": tuple(name for name, _ in sent) or None,
            "at_us": at_us,
            "caller": self.client.credentials.role if headers is None else OTHER_METADATA,
        }
        try:
            answer = self.client.call(verb, target_of(path, query), headers=sent, body=body)
        except HttpError as error:
            self.recorder.add(Step(kind="call", **step, code="UNAVAILABLE", details=str(error)))
            raise TargetLost(f"{self.client.url} does not answer: {error}") from None
        took_ms = (time.perf_counter() - began) * 1000
        code = "" if answer.status == 200 else f"HTTP {answer.status}"
        details = "" if answer.status == 200 else answer.body[:2000].decode(errors="replace")
        self.recorder.add(
            Step(
                kind="call",
                **step,
                code=code,
                details=details,
                reply=None if code else _shown(answer.body),
                took_ms=took_ms,
            )
        )
        return answer

    def stream(
        self,
        operation: Operation,
        request: Any,
        *,
        number: int,
        extra: Headers,
        deadline_s: float | None,
    ) -> RestCall:
        """Open a stream; the caller records what comes.

        Raises:
            TargetLost: nobody answers.
        """
        verb, path, query = route(operation, request)
        headers = [*self.client.headers(), *extra]
        self.recorder.add(
            Step(
                kind="open",
                method=f"{verb} {path}",
                request=_request_shown(query, None),
                metadata=tuple(name for name, _ in headers) or None,
                at_us=now_us(),
                stream=number,
                caller=OTHER_METADATA if extra else self.client.credentials.role,
            )
        )
        try:
            stream = self.client.stream(verb, target_of(path, query), headers=headers)
        except HttpError as error:
            raise TargetLost(f"{self.client.url} does not answer: {error}") from None
        return RestCall(stream, operation)


def route(operation: Operation, request: Any) -> tuple[str, str, Query]:
    """Verb, path and query parameters of a request."""
    # The JSON form of a mask refuses paths that are no field names, which checks send as well.
    plain = type(request).FromString(request.SerializeToString())
    plain.ClearField("field_mask")
    document: dict[str, Any] = MessageToDict(plain)
    kind, verb = operation.kind, operation.verb
    if operation.verb in ("get", "watch_one"):
        path = f"{PREFIX}/{document.pop('name', '')}"
    elif verb == "batch" or not kind.parent:
        path = f"{PREFIX}/{kind.plural}"
    else:
        path = f"{PREFIX}/{document.pop('parent', f'{kind.parent}/{ANY}')}/{kind.plural}"
    query = _parameters(document)
    if request.HasField("field_mask"):
        paths = (json_path(kind, path) for path in request.field_mask.paths)
        query.append(("fieldMask", ",".join(paths)))
    suffix = {"batch": ":batchGet", "watch": ":watch", "watch_one": ":watch"}.get(verb, "")
    return "POST" if "watch" in verb else "GET", path + suffix, query


def target_of(path: str, query: Query) -> str:
    """Path and query as they stand in the first line of a request."""
    quoted = quote(path, safe="/:-._~")
    return f"{quoted}?{urlencode(query, quote_via=quote)}" if query else quoted


def parsed(operation: Operation, document: Any) -> Any:
    """The response in a JSON document.

    Raises:
        Nonconformance: it is no such response; keys that nobody knows are passed over.
    """
    try:
        return ParseDict(document, operation.method.response(), ignore_unknown_fields=True)
    except (ParseError, TypeError, AttributeError) as error:
        raise Nonconformance(f"JSON of {operation.name}", got=str(error)) from None


def status_of(status: int, body: bytes) -> tuple[grpc.StatusCode, str]:
    """The status of gRPC that an HTTP answer stands for: its JSON body's, else by the number."""
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if isinstance(document, Mapping) and _CODES.get(document.get("code")) is not None:
        return _error_of(document)
    text = body[:200].decode(errors="replace")
    return _BY_STATUS.get(status, grpc.StatusCode.UNKNOWN), f"HTTP {status} {text}".rstrip()


def _error_of(error: Any) -> tuple[grpc.StatusCode, str]:
    if not isinstance(error, Mapping):
        return grpc.StatusCode.UNKNOWN, str(error)
    code = _CODES.get(error.get("code", error.get("grpcCode")), grpc.StatusCode.UNKNOWN)
    return code, str(error.get("message", ""))


def _parameters(document: Mapping[str, Any]) -> Query:
    query: Query = []
    for name, value in document.items():
        for item in value if isinstance(value, list) else [value]:
            query.append((name, str(item).lower() if isinstance(item, bool) else str(item)))
    return query


def _request_shown(query: Query, body: bytes | None) -> dict[str, Any]:
    shown: dict[str, Any] = {"query": [list(pair) for pair in query]} if query else {}
    if body is not None:
        shown["body"] = body.decode(errors="replace")
    return shown


def _shown(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return {"text": body[:2000].decode(errors="replace")}
