"""Documents in GraphQL: read, checked, carried out, and their errors in AppSync's shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    ListValueNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from graphql.language import Visitor, visit

from conformance.mutants.exchange.book import Refuse
from fixtures.contracts import exchange_schema

if TYPE_CHECKING:
    from conformance.mutants.exchange.policy import Policy

SCHEMA: GraphQLSchema = build_schema(exchange_schema())

MAX_BYTES = 4 * 1024 * 1024
MAX_TEXT = 300_000
MAX_DEPTH = 15
MAX_FIELDS = 1000
MAX_ALIASES = 50
MAX_ITEMS = 1000

Errors = Sequence[GraphQLError]


def read_body(body: bytes) -> tuple[str, dict[str, Any], str | None]:
    """Document, variables and operation name of a request.

    Raises:
        Refuse: it is no JSON object with a document.
    """
    try:
        sent = json.loads(body)
        text, variables = sent["query"], sent.get("variables") or {}
        name = sent.get("operationName")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Refuse("ValidationError", "a JSON object with a query") from None
    if not (isinstance(text, str) and isinstance(variables, dict) and isinstance(name, str | None)):
        raise Refuse("ValidationError", "query: text; variables: an object; operationName: text")
    return text, variables, name


def check_size(body: bytes) -> None:
    """Refuse a request that is too large."""
    if len(body) > MAX_BYTES:
        raise Refuse("LimitExceeded", f"a request has {MAX_BYTES} bytes at most")


def read_text(text: str) -> DocumentNode:
    """A document from its text.

    Raises:
        GraphQLSyntaxError: it is none.
        Refuse: it is too long.
    """
    if len(text) > MAX_TEXT:
        raise Refuse("LimitExceeded", f"a document has {MAX_TEXT} characters at most")
    return parse(text, no_location=False)


def check_document(schema: GraphQLSchema, document: DocumentNode) -> Errors:
    """What is wrong with a document by the schema."""
    return validate(schema, document)


def check_bounds(document: DocumentNode) -> None:
    """Refuse a document that is too deep, or asks for too much."""
    seen = Count.of(document)
    if seen.deepest > MAX_DEPTH:
        raise Refuse("LimitExceeded", f"a document is {MAX_DEPTH} levels deep at most")
    if seen.fields > MAX_FIELDS or seen.aliases > MAX_ALIASES:
        raise Refuse("LimitExceeded", "a document asks for too many fields")
    if seen.longest > MAX_ITEMS:
        raise Refuse("LimitExceeded", f"a list has {MAX_ITEMS} items at most")


def check_variables(variables: Mapping[str, Any]) -> None:
    """Refuse variables with lists that are too long."""
    if _longest(variables) > MAX_ITEMS:
        raise Refuse("LimitExceeded", f"a list has {MAX_ITEMS} items at most")


def _longest(value: Any) -> int:
    if isinstance(value, Mapping):
        return max(map(_longest, value.values()), default=0)
    if isinstance(value, list):
        return max(len(value), max(map(_longest, value), default=0))
    return 0


class Count(Visitor):
    """How many fields and aliases a document has, how deep it is, and its longest list."""

    @classmethod
    def of(cls, document: DocumentNode) -> Count:
        """Those of a document."""
        seen = cls()
        visit(document, seen)
        return seen

    def __init__(self) -> None:
        super().__init__()
        self.fields = self.aliases = self.depth = self.deepest = self.longest = 0

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """One field more, one level down."""
        self.fields += 1
        self.aliases += node.alias is not None
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)

    def enter_list_value(self, node: ListValueNode, *_: Any) -> None:
        """A list that stands in the document."""
        self.longest = max(self.longest, len(node.values))

    def leave_field(self, *_: Any) -> None:
        """One level up."""
        self.depth -= 1


def read_document(policy: Policy, text: str) -> tuple[DocumentNode | None, Errors]:
    """A document, and what is wrong with it.

    Raises:
        Refuse: it asks for too much.
    """
    try:
        document = policy.read_text(text)
    except GraphQLSyntaxError as error:
        return None, [error]
    except RecursionError:
        raise Refuse("LimitExceeded", "the document is too deep") from None
    policy.check_bounds(document)
    return document, policy.check_document(SCHEMA, document)


def carried_out(
    policy: Policy,
    text: str,
    variables: Mapping[str, Any],
    name: str | None,
    root: Mapping[str, Callable[..., Any]],
) -> dict[str, Any]:
    """The answer to a document; `root` answers its operations.

    Raises:
        Refuse: it asks for too much.
    """
    policy.check_variables(variables)
    document, errors = read_document(policy, text)
    if document is None or errors:
        return {"data": None, "errors": told_errors(policy, errors)}
    result = execute_sync(
        SCHEMA, document, root, variable_values=dict(variables), operation_name=name
    )
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = told_errors(policy, result.errors)
    return answer


def told_errors(policy: Policy, errors: Errors) -> list[dict[str, Any]]:
    """Errors as they are told."""
    told: list[dict[str, Any]] = policy.errors([_told(error) for error in errors])
    return told


def errors(errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The errors of an answer, as they go out."""
    return errors


def answered(name: str, answer: Any) -> Any:
    """The answer of an operation."""
    return answer


def unknown(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer to a caller whom nobody knows."""
    return answer


def sent(status: int, answer: dict[str, Any]) -> tuple[int, str, str]:
    """Status, text and content type of an answer."""
    return status, json.dumps(answer), "application/json"


def _told(error: GraphQLError) -> dict[str, Any]:
    cause = error.original_error
    kind, info = ("ValidationError", None)
    if isinstance(cause, Refuse):
        kind, info = cause.kind, cause.info
    elif cause is not None and not isinstance(cause, GraphQLError):
        kind = "InternalFailure"
    locations = [
        {"line": place.line, "column": place.column, "sourceName": None}
        for place in error.locations or ()
    ]
    return error_of(kind, error.message, info=info, path=error.path, locations=locations)


def error_of(
    kind: str, text: str, *, info: Any = None, path: Any = None, locations: Any = None
) -> dict[str, Any]:
    """An error in AppSync's shape."""
    return {
        "message": text,
        "errorType": kind,
        "errorInfo": info,
        "data": None,
        "path": path,
        "locations": locations,
        "extensions": {"code": kind},
    }
