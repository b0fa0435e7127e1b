"""Requests out of path, query and body, and replies as JSON: the transcoding of one HTTP rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from google.protobuf import json_format

from simulator.server.rest_routes import decoded
from simulator.server.rest_values import Fields
from simulator.services.errors import ServiceError, invalid, shown

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from fixtures.contracts import HttpRule

_ALL: Final = "*"
_BODILESS: Final = frozenset({"GET", "HEAD", "DELETE"})


def read_request(
    kind: type[Message], rule: HttpRule, bound: Mapping[str, str], query: str, body: bytes
) -> Message:
    """Return the request that was made over HTTP.

    A body where the rule has none is read as the whole request, as far as its verb allows one:
    published clients differ here. Path variables win over it.

    Args:
        kind: class of the request.
        rule: how the method is called.
        bound: path variables by field path, unescaped.
        query: as it was sent, without the question mark.
        body: as it was sent.

    Raises:
        ServiceError: INVALID_ARGUMENT; names the parameter.
    """
    message = kind()
    if body.strip():
        _read_body(message, rule, body)
    fields = Fields(message)
    for path, text in bound.items():
        fields.put(path, text, f"path parameter {path}")
    for name, text in _parameters(query):
        what = f"query parameter {name[:60]}"
        if rule.body == _ALL:
            raise invalid(f"{what}: everything stands in the body of this method")
        fields.put(name, text, what)
    return message


def write_reply(message: Message, response_body: str = "", *, proto_names: bool = False) -> bytes:
    """Return a message, or one of its fields, as JSON of proto3.

    Names are those of the contract if `proto_names`, else lowerCamelCase.

    Fields without presence are always written, as grpc-gateway does: a reader can tell an empty
    list from a server that does not know the field.
    """
    content: Any = json_format.MessageToDict(
        message,
        always_print_fields_with_no_presence=True,
        preserving_proto_field_name=proto_names,
    )
    if response_body:
        field = message.DESCRIPTOR.fields_by_name[response_body]
        content = content.get(field.name if proto_names else field.json_name)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _read_body(message: Message, rule: HttpRule, body: bytes) -> None:
    if not rule.body and rule.verb in _BODILESS:
        return
    try:
        content: Any = json.loads(body)
        if rule.body not in ("", _ALL):
            content = {rule.body: content}
        if not isinstance(content, dict):
            raise invalid("the body: expected a JSON object")
        json_format.ParseDict(content, message)
    except ServiceError:
        raise
    except RecursionError:
        raise invalid("the body: is nested too deeply") from None
    except (json_format.ParseError, ValueError) as error:
        first = str(error).partition("\n")[0]
        raise invalid(f"the body: {shown(first, 300)}") from None


def _parameters(query: str) -> Iterator[tuple[str, str]]:
    for pair in query.split("&"):
        if pair:
            name, _, text = pair.replace("+", " ").partition("=")
            name = decoded(name, "a query parameter")
            yield name, decoded(text, f"query parameter {name[:60]}")
