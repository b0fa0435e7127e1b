"""Refusals of the exchange API: errors of AppSync's form, as statuses that checks compare.

An error is told by its `errorType`; only two of these words are known from the published clients,
so checks ask for a family of them: `DENIED_KINDS` and the like, or `ANY_ERROR`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from conformance.failures import Refused
from conformance.judging import NEVER

_Code = grpc.StatusCode

ANY_ERROR = frozenset(set(_Code) - NEVER - {_Code.OK})
"""A refusal of any kind: whatever a server says of a request that is wrong."""

CODES: Mapping[str, grpc.StatusCode] = {
    "UnauthorizedException": _Code.UNAUTHENTICATED,
    # One word for what is forbidden and what does not exist, so that no id is betrayed.
    "Unauthorized": _Code.NOT_FOUND,
    "NotFound": _Code.NOT_FOUND,
    "ResourceNotFoundException": _Code.NOT_FOUND,
    "ValidationError": _Code.INVALID_ARGUMENT,
    "ValidationException": _Code.INVALID_ARGUMENT,
    "BadRequestException": _Code.INVALID_ARGUMENT,
    "MalformedHttpRequestException": _Code.INVALID_ARGUMENT,
    "GraphQLSyntaxError": _Code.INVALID_ARGUMENT,
    "InvalidSyntaxError": _Code.INVALID_ARGUMENT,
    "InvalidPaginationToken": _Code.OUT_OF_RANGE,
    "ConflictException": _Code.ALREADY_EXISTS,
    "RejectedRecordsException": _Code.FAILED_PRECONDITION,
    "LimitExceeded": _Code.RESOURCE_EXHAUSTED,
    "QueryTimeout": _Code.ABORTED,
    "InternalFailure": _Code.INTERNAL,
    "InternalError": _Code.INTERNAL,
    "InternalServerError": _Code.INTERNAL,
}
"""The status that an `errorType` stands for; any other one is FAILED_PRECONDITION."""

_BY_STATUS = {
    400: _Code.INVALID_ARGUMENT,
    401: _Code.UNAUTHENTICATED,
    403: _Code.PERMISSION_DENIED,
    404: _Code.UNIMPLEMENTED,
    405: _Code.UNIMPLEMENTED,
    413: _Code.RESOURCE_EXHAUSTED,
    429: _Code.RESOURCE_EXHAUSTED,
    503: _Code.UNAVAILABLE,
}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer to a POST, whatever it is.

    Attributes:
        status: of HTTP.
        headers: by lower-case name.
        body: as it came.
        document: the JSON object in it; None if it is none.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    document: Mapping[str, Any] | None

    @property
    def data(self) -> Mapping[str, Any] | None:
        """What is under `data`; None if there is nothing, or no object."""
        data = (self.document or {}).get("data")
        return data if isinstance(data, Mapping) else None

    @property
    def has_data(self) -> bool:
        """Whether the answer tells anything: some field of `data` is not null."""
        return any(value is not None for value in (self.data or {}).values())

    @property
    def errors(self) -> tuple[Any, ...]:
        """What is under `errors`; empty if there is nothing."""
        errors = (self.document or {}).get("errors")
        return tuple(errors) if isinstance(errors, list) else ()

    @property
    def is_graphql(self) -> bool:
        """Whether it has the form that GraphQL gives to every answer, be it good or bad."""
        return not {"data", "errors"}.isdisjoint(self.document or {})

    @property
    def kinds(self) -> tuple[str, ...]:
        """The `errorType` of each error, "" where it has none."""
        return tuple(kind_of(error) for error in self.errors)


class GraphRefused(Refused):
    """A call ended with errors, with a status that is none of GraphQL, or with plain null.

    Attributes:
        kind: `errorType` of the first error; "" if it has none.
        errors: all of them.
        info: `errorInfo` of the first error.
        http_status: of the answer; 0 if there was none.
        silent: null without any error.
        reply: the whole answer, if there was one.
    """

    def __init__(
        self,
        operation: str,
        code: grpc.StatusCode,
        text: str,
        *,
        kind: str = "",
        errors: Sequence[Any] = (),
        silent: bool = False,
        reply: Reply | None = None,
    ) -> None:
        super().__init__(operation, code, text)
        self.kind = kind
        self.errors = tuple(errors)
        self.info = _get(errors[0], "errorInfo") if errors else None
        self.http_status = reply.status if reply else 0
        self.silent = silent
        self.reply = reply
        self.got = f"{kind or code.name}: {text}" if text else kind or code.name
        self.wanted = "data and no errors"

    @property
    def rejected_records(self) -> tuple[Mapping[str, Any], ...]:
        """What a refused publish tells of each bad record; empty if it tells nothing."""
        found = _get(self.info, "RejectedRecords")
        return tuple(r for r in found if isinstance(r, Mapping)) if isinstance(found, list) else ()


def refusal(operation: str, reply: Reply) -> GraphRefused:
    """The refusal that an answer with errors, or with a bad status, is."""
    errors = reply.errors
    if not errors:
        code = _BY_STATUS.get(reply.status, _Code.INTERNAL)
        text = f"HTTP {reply.status} {reply.body[:200].decode(errors='replace')}".strip()
        return GraphRefused(operation, code, text, reply=reply)
    kind, message = kind_of(errors[0]), str(_get(errors[0], "message") or "")
    code = CODES.get(kind, _Code.FAILED_PRECONDITION)
    if reply.status == 401:
        code = _Code.UNAUTHENTICATED
    elif reply.status >= 500 or kind.startswith(("Internal", "Lambda:Unhandled")):
        code = _Code.INTERNAL
    return GraphRefused(operation, code, message, kind=kind, errors=errors, reply=reply)


def null(operation: str, reply: Reply) -> GraphRefused:
    """The refusal that null without an error is."""
    return GraphRefused(
        operation, _Code.NOT_FOUND, "null without an error", silent=True, reply=reply
    )


def kind_of(error: Any) -> str:
    """The `errorType` of an error object, "" if it has none."""
    kind = _get(error, "errorType")
    return kind if isinstance(kind, str) else ""


def malformed(error: Any) -> str | None:
    """What an error object lacks that every one has to have; None if it lacks nothing."""
    if not isinstance(error, Mapping):
        return f"no object: {error!r}"
    for key in ("message", "errorType"):
        if not isinstance(error.get(key), str) or not error[key]:
            return f"no {key}: {dict(error)!r}"
    return None


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None
