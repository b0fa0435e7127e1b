"""The body of a GraphQL request: a JSON object of `query`, and of `variables` where there are any.

Whatever is not such an object is refused as a whole, before a document is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn


class MalformedRequest(ValueError):
    """A body that is no GraphQL request; one sentence."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a client asks for."""

    query: str
    """A document with one operation, or several of which one is named."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None


def read_request(body: bytes | str) -> Request:
    """Return the request that a body of JSON holds; keys that we do not know are ignored.

    Raises:
        MalformedRequest: it is something else.
    """
    try:
        value = json.loads(body, parse_constant=_no_number)
        # Half of a surrogate pair is no character: it could neither be stored nor be sent back.
        if (b"\\u" if isinstance(body, bytes) else "\\u") in body:  # type: ignore[operator]
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise MalformedRequest("the body is not JSON in UTF-8") from None
    return request_of(value)


def request_of(value: object) -> Request:
    """Return the request that a JSON value is.

    Raises:
        MalformedRequest: it is something else.
    """
    if not isinstance(value, dict):
        raise MalformedRequest("the body is not a JSON object")
    query = value.get("query")
    variables = value.get("variables")
    name = value.get("operationName")
    if not isinstance(query, str):
        raise MalformedRequest("query: a GraphQL document as text is needed")
    if not isinstance(variables, dict | None):
        raise MalformedRequest("variables: is not a JSON object")
    if not isinstance(name, str | None):
        raise MalformedRequest("operationName: is not a text")
    # An empty name is how some clients say that there is none.
    return Request(query=query, variables=variables or {}, operation_name=name or None)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")
