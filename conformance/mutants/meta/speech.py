"""How a correct endpoint speaks REST: query parameters, JSON, statuses and framings.

Defaults of the `rest_` hooks in `policy.Policy`. Source: the `google.api.http` options of the
contract and the rules that come with them; framings of streams are our choice among three.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

from google.protobuf import json_format

from conformance.mutants.meta.book import Code, Refuse, invalid
from conformance.oracles.meta.fields import camel
from conformance.oracles.meta.model import Kind

STATUSES = {
    Code.INVALID_ARGUMENT: 400,
    Code.FAILED_PRECONDITION: 400,
    Code.OUT_OF_RANGE: 400,
    Code.UNAUTHENTICATED: 401,
    Code.PERMISSION_DENIED: 403,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.UNIMPLEMENTED: 501,
    Code.UNAVAILABLE: 503,
}


def rest_serves(method: str, kind: Kind) -> bool:
    """Whether a method has its route."""
    return True


def rest_path(path: str) -> str:
    """A path with its escapes resolved."""
    return unquote(path)


def rest_query(text: str) -> list[tuple[str, str]]:
    """The parameters of a query string."""
    return parse_qsl(text, keep_blank_values=True)


def rest_bind(request: Any, parameters: Sequence[tuple[str, str]]) -> None:
    """Set the fields of a request from parameters, in either spelling.

    Raises:
        Refuse: there is no such field, or its value cannot be read.
    """
    fields = {f.name: f for f in request.DESCRIPTOR.fields}
    spellings = {camel(name): name for name in fields} | {name: name for name in fields}
    for spelling, text in parameters:
        name = spellings.get(spelling)
        if name is None:
            raise invalid(f"no parameter {spelling!r}")
        try:
            _bind(request, fields[name], text)
        except (ValueError, KeyError, json_format.ParseError):
            raise invalid(f"{spelling}: cannot read {text!r}") from None


def _bind(request: Any, field: Any, text: str) -> None:
    name = field.name
    value = getattr(request, name)
    if field.message_type is not None and field.message_type.name == "FieldMask":
        value.paths.extend(filter(None, text.split(",")))
    elif field.message_type is not None:
        value.FromJsonString(text)
    elif field.enum_type is not None:
        known = field.enum_type.values_by_name
        setattr(request, name, known[text].number if text in known else int(text))
    elif isinstance(value, bool):
        setattr(request, name, {"true": True, "false": False}[text])
    elif isinstance(value, int | str):
        setattr(request, name, type(value)(text))
    else:
        value.append(text)


def rest_json(message: Any) -> str:
    """A message as JSON on one line."""
    return json.dumps(json_format.MessageToDict(message))


def rest_error(refusal: Refuse) -> tuple[int, str]:
    """Status and body of a refusal."""
    code: int = refusal.code.value[0]
    body = {"code": code, "message": str(refusal), "details": []}
    return STATUSES.get(refusal.code, 500), json.dumps(body)


def rest_unknown(verb: str, path: str) -> tuple[int, str]:
    """Status and body for what has no route."""
    return rest_error(Refuse(Code.NOT_FOUND, f"no route {verb} {path}"))


def rest_body(request: Any, body: bytes) -> None:
    """Take the body of a request, to which no annotation gives a meaning: it is ignored."""


def rest_frames(messages: Iterator[str]) -> Iterator[str]:
    """The texts of a stream: an object on each line, wrapped, an error as the last one."""
    try:
        for text in messages:
            yield f'{{"result":{text}}}\n'
    except Refuse as refusal:
        yield f'{{"error":{rest_error(refusal)[1]}}}\n'
