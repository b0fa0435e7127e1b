"""How refusals of the exchange API look on the wire: AppSync's form of GraphQL errors.

Clients of seed 002 read only the first error, and of it `errorType` and `message` at its top level;
generic clients look for a code below `extensions`, where the type stands once more. Faults of ours
are told by one sentence, and by a traceback in the log of the server.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from graphql import GraphQLError, SourceLocation

from simulator.services.exchange.errors import ExchangeError, invalid

MALFORMED: Final = "MalformedHttpRequestException"
"""AppSync's type for what is no GraphQL request at all."""
UNAUTHENTICATED: Final = "UnauthorizedException"
"""AppSync's type for a token that is missing or not good."""
INTERNAL: Final = "InternalFailure"
_LONGEST: Final = 1000

_log = logging.getLogger(__name__)


def refusal(kind: str, text: str, info: Any = None) -> dict[str, Any]:
    """Return an error object without a place in a document."""
    return {
        "message": text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…",
        "errorType": kind,
        "data": None,
        "errorInfo": info,
        "path": None,
        "locations": None,
        "extensions": {"code": kind},
    }


def unauthenticated() -> dict[str, Any]:
    """Return the error for a token that is missing, unknown, expired or of a disabled account."""
    return refusal(UNAUTHENTICATED, "the token in the header Authorization is not a valid one")


def wire_error(
    error: GraphQLError, locate: Callable[[int], SourceLocation] | None = None
) -> dict[str, Any]:
    """Return the error object for what went wrong in a document or in one of its fields.

    Args:
        error: of graphql-core, perhaps around one of ours.
        locate: returns the place of a position, where the client's document is another one than
            the error knows.
    """
    shown = refusal_of(error)
    shown["path"] = error.path
    places = error.locations if locate is None else map(locate, error.positions or ())
    shown["locations"] = [
        {"line": each.line, "column": each.column, "sourceName": None} for each in places or ()
    ] or None
    return shown


def refusal_of(error: Exception) -> dict[str, Any]:
    """Return the error object for an exception, whatever raised it."""
    if isinstance(error, GraphQLError):
        if error.original_error is None:
            return refusal(invalid("").kind, error.message)
        return refusal_of(error.original_error)
    if isinstance(error, ExchangeError):
        return refusal(error.kind, error.text, error.info)
    _log.error("a field of the exchange API failed", exc_info=error)
    return refusal(INTERNAL, f"internal error: {type(error).__name__}")


def failed(errors: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the answer to a request of which nothing was carried out."""
    return {"data": None, "errors": list(errors)}
