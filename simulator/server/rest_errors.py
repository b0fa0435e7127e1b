"""Refusals over HTTP: the status and the JSON of `google.rpc.Status` for each of our codes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from google.protobuf import json_format

from simulator.server.status import packed
from simulator.services.errors import Code, ServiceError
from simulator.services.rpc import RestStyle

_HTTP: Final = {
    1: 499,
    3: 400,
    4: 504,
    5: 404,
    6: 409,
    7: 403,
    8: 429,
    9: 400,
    10: 409,
    11: 400,
    12: 501,
    14: 503,
    16: 401,
}
"""HTTP statuses by gRPC's numbers, as `google/rpc/code.proto` pairs them; all else is a 500."""


class HttpRefusal(ServiceError):
    """A refusal that only HTTP knows, with a status of its own."""

    def __init__(
        self, status: int, code: Code, text: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code, text)
        self.status = status
        self.headers = headers or {}


def http_status(error: ServiceError) -> int:
    """Return the HTTP status of a refusal."""
    return error.status if isinstance(error, HttpRefusal) else _HTTP.get(error.code, 500)


def http_headers(error: ServiceError) -> Mapping[str, str]:
    """Return the headers that a refusal asks for."""
    if error.code is Code.UNAUTHENTICATED:
        return {"www-authenticate": "Bearer"}
    return error.headers if isinstance(error, HttpRefusal) else {}


def status_json(error: ServiceError, style: RestStyle) -> bytes:
    """Return a refusal as JSON of `google.rpc.Status`, as an API writes it."""
    content = _status(error.code, error.text, packed(error.details), style)
    if style.bare_errors:
        del content["code"]
    return _json(content)


def error_line(
    number: int, name: str, text: str, details: Iterable[Any], style: RestStyle
) -> bytes:
    """Return how a stream says why it ends: a line of its own, as grpc-gateway writes it."""
    # The HTTP status of a stream was sent long before: here the code is always needed.
    error = {**_status(number, text, details, style), "status": name}
    return _json({"error": error}) + b"\n"


def _status(number: int, text: str, details: Iterable[Any], style: RestStyle) -> dict[str, object]:
    written = [
        json_format.MessageToDict(detail, preserving_proto_field_name=style.proto_names)
        for detail in details
    ]
    return {"code": int(number), "message": text, "details": written}


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
