"""Faults in how documents are taken and errors are told."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Source,
    parse,
)

from conformance.mutants.exchange import documents
from conformance.mutants.exchange.book import invalid
from conformance.mutants.exchange.making import (
    Json,
    each_error,
    fault,
    nothing,
    without,
)

Body = tuple[str, dict[str, Any], str | None]


def needs_a_name(body: bytes) -> Body:
    """An operation name is asked for."""
    text, variables, name = documents.read_body(body)
    if name is None:
        raise invalid("operationName is required")
    return text, variables, name


def needs_variables(body: bytes) -> Body:
    """Variables are asked for."""
    if "variables" not in json.loads(body):
        raise invalid("variables are required")
    return documents.read_body(body)


def without_variables(body: bytes) -> Body:
    """Variables are passed over."""
    text, _, name = documents.read_body(body)
    return text, {}, name


def knows_no_name(body: bytes) -> Body:
    """An operation name is refused."""
    text, variables, name = documents.read_body(body)
    if name is not None:
        raise invalid("operationName is not supported")
    return text, variables, name


def refusing(pattern: str) -> Any:
    """Documents with some text are no documents."""

    def read_text(text: str) -> DocumentNode:
        plain = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
        if found := re.search(pattern, plain):
            raise GraphQLSyntaxError(Source(text), found.start(), "Unexpected character.")
        return documents.read_text(text)

    return read_text


def known_words(text: str) -> DocumentNode:
    """A service type that does not exist is DATA_STORE."""
    return documents.read_text(
        re.sub(r"(serviceType:\s*)(?!DATA_STORE|TIME_SERIES_DB|\$)\w+", r"\1DATA_STORE", text)
    )


def known_fields(schema: GraphQLSchema, document: DocumentNode) -> Sequence[GraphQLError]:
    """Fields that do not exist are passed over."""
    found = documents.check_document(schema, document)
    return [error for error in found if not error.message.startswith("Cannot query field")]


def crashed(status: int, answer: Json) -> tuple[int, str, str]:
    """A syntax error is a crash."""
    for error in answer.get("errors", ()):
        if error["message"].startswith("Syntax Error"):
            return 500, "Internal Server Error", "text/plain"
    return documents.sent(status, answer)


def crashes(document: DocumentNode) -> None:
    """A document that is too large ends in a crash."""
    try:
        documents.check_bounds(document)
    except Exception:
        raise RuntimeError("too much") from None


def any_length(text: str) -> DocumentNode:
    """Documents may be of any length."""
    return parse(text)


def stripped(text: str | None) -> str | None:
    """Texts are kept without white space around them."""
    return text.strip() if text else text


def composed(text: str | None) -> str | None:
    """Texts are kept in another form of Unicode."""
    return unicodedata.normalize("NFKC", text) if text else text


def unescaped(text: str | None) -> str | None:
    """Texts are kept without backslashes."""
    return text.replace("\\", "") if text else text


def one_line(text: str | None) -> str | None:
    """Texts are kept in one line."""
    return text.replace("\r", " ").replace("\n", " ") if text else text


def plane_zero(text: str | None) -> str | None:
    """Texts are kept without characters beyond the first 65,536."""
    return "".join("?" if ord(c) > 0xFFFF else c for c in text) if text else text


MUTANTS = (
    fault("name-needed", "A request without operationName is refused.",
          {"read_body": needs_a_name}, "TR-001"),
    fault("variables-needed", "A request without variables is refused.",
          {"read_body": needs_variables}, "TR-001"),
    fault("variables-ignored", "Variables are passed over.",
          {"read_body": without_variables}, "TR-002"),
    fault("name-refused", "An operation name is refused.",
          {"read_body": knows_no_name}, "TR-002"),
    fault("comments-refused", "Comments are syntax errors.",
          {"read_text": refusing("#")}, "TR-003"),
    fault("lines-refused", "Documents of several lines are syntax errors.",
          {"read_text": refusing("\n")}, "TR-003"),
    fault("syntax-crash", "A syntax error ends in a crash.", {"sent": crashed}, "TR-004"),
    fault("errors-unlocated", "Errors name no location.",
          each_error(without("locations")), "TR-004", "TR-007"),
    fault("errors-pathless", "Errors name no path.", each_error(without("path")), "TR-007"),
    fault("enum-lenient", "A service type that does not exist is DATA_STORE.",
          {"read_text": known_words}, "TR-005"),
    fault("fields-ignored", "Fields that do not exist are passed over.",
          {"check_document": known_fields}, "TR-005"),
    fault("errors-untyped", "Errors have their type under extensions alone.",
          each_error(without("errorType")), "TR-006"),
    fault("errors-mute", "Errors have no message.", each_error(without("message")), "TR-006"),
    fault("texts-stripped", "White space around texts is lost.", {"kept": stripped}, "TR-008"),
    fault("texts-composed", "Texts are kept in another form of Unicode.",
          {"kept": composed}, "TR-008"),
    fault("texts-unescaped", "Backslashes are lost.", {"kept": unescaped}, "TR-008"),
    fault("texts-in-one-line", "Line ends become spaces.", {"kept": one_line}, "TR-008"),
    fault("texts-of-plane-zero", "Rare characters become question marks.",
          {"kept": plane_zero}, "TR-008"),
    fault("unbounded", "Nothing is too large, too deep or too much.",
          {"check_size": nothing, "check_bounds": nothing, "check_variables": nothing,
           "check_call": nothing, "read_text": any_length}, "TR-009"),
    fault("bounds-crash", "What is too deep or too much ends in a crash.",
          {"check_bounds": crashes}, "TR-009"),
)  # fmt: skip
