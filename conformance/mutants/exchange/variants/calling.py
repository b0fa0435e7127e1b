"""Exchange endpoints that take and refuse calls in another way, and are right all the same."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from graphql import DocumentNode, FieldNode, GraphQLError, GraphQLSchema, visit
from graphql.language import Visitor

from conformance.mutants.change import Variant
from conformance.mutants.exchange import access, documents, speech
from conformance.mutants.exchange.book import Book, Collaborative, Refuse, Store, User
from conformance.mutants.exchange.making import Json, each_error, looks, variant, without
from conformance.mutants.exchange.population import TOKENS
from conformance.mutants.exchange.speech import Message
from conformance.mutants.exchange.times import iso

THOUGHT_S = 0.2
ADMINISTRATION = ("create", "update", "delete", "add", "remove")


def bad_request(status: int, answer: Json) -> tuple[int, str, str]:
    """Documents that are wrong are answered with status 400."""
    errors = answer.get("errors", ())
    if errors and answer.get("data") is None and errors[0]["path"] is None and status == 200:
        status = 400
    return documents.sent(status, answer)


def bare(status: int, answer: Json) -> tuple[int, str, str]:
    """Where nothing was found there is no data at all."""
    if answer.get("errors") and not any((answer.get("data") or {}).values()):
        answer = without("data")(answer)
    return documents.sent(status, answer)


def silent_null(status: int, answer: Json) -> tuple[int, str, str]:
    """What does not exist or is forbidden is null, without an error."""
    errors = answer.get("errors", ())
    hidden = errors and all(e["errorType"] == "Unauthorized" for e in errors)
    if hidden and isinstance(answer.get("data"), dict):
        answer = without("errors")(answer)
    return documents.sent(status, answer)


def bearer_too(header: str | None) -> str:
    """The token may stand behind Bearer."""
    return (header or "").removeprefix("Bearer ")


def worded(one: Json) -> Json:
    """Errors are longer, and have more parts."""
    return {**one, "message": f"{one['message']} (see the manual)", "requestId": "7f1c"}


class _Looks(Visitor):
    """Whether a document asks for the schema."""

    seen = False

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """A field."""
        self.seen = self.seen or node.name.value in ("__schema", "__type")


def opaque(schema: GraphQLSchema, document: DocumentNode) -> Sequence[GraphQLError]:
    """The schema cannot be asked for."""
    looking = _Looks()
    visit(document, looking)
    if looking.seen:
        return [GraphQLError("Introspection is switched off.")]
    return documents.check_document(schema, document)


def unadministered(schema: GraphQLSchema, document: DocumentNode) -> Sequence[GraphQLError]:
    """Nothing is made and removed but files."""
    kept = ("storage_createDataStoreFile", "storage_deleteDataStoreFile")
    shares = ("collaborative_addService", "collaborative_removeService")
    asked: list[str] = []

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            asked.append(node.name.value)

    visit(document, Fields())
    for name in asked:
        family, _, rest = name.partition("_")
        if (
            family in ("storage", "user", "platformAdmin", "timeSeriesDb", "collaborative")
            and rest.startswith(ADMINISTRATION)
            and name not in kept
            and not name.startswith(shares)
        ):
            return [GraphQLError(f"Cannot query field '{name}' on type 'Mutation'.")]
    return documents.check_document(schema, document)


def short_id(kind: str) -> str:
    """Ids are upper-case hexadecimal."""
    return f"{kind}-{uuid.uuid4().hex.upper()}"


def newest_first(book: Book, user: User) -> list[Store]:
    """The newest store comes first."""
    return access.own_stores(book, user)[::-1]


def members_write(book: Book, user: User, service: Any) -> bool:
    """Members with READ_WRITE write to what is shared."""
    mine = service.owner == user.id
    return mine or "READ_WRITE" in access.permissions(book, user, service.id)


def shared_once(collaborative: Collaborative, service: str) -> None:
    """Sharing twice is an error."""
    if service in collaborative.services:
        raise Refuse("ConflictException", "The service is shared already.")
    access.shared(collaborative, service)


def unshared_calmly(collaborative: Collaborative, service: str) -> None:
    """Taking back what is not shared has no effect."""
    if service in collaborative.services:
        collaborative.services.remove(service)


def much_alive() -> list[Message]:
    """Several signs of life come at once."""
    return [*speech.acknowledged(), {"type": "ka"}, {"type": "ka"}]


def thoughtful() -> list[Message]:
    """A connection is acknowledged a while later, and before anything that was said since."""
    time.sleep(THOUGHT_S)
    return speech.acknowledged()


def soon_silent() -> list[Message]:
    """The timeout is that of another configuration."""
    return [
        {"type": "connection_ack", "payload": {"connectionTimeoutMs": 60_000, "extra": True}},
        {"type": "ka"},
    ]


def ends_all(id_: str) -> list[Message]:
    """A stop is answered, and a sign of life follows."""
    return [*speech.stopped(id_), {"type": "ka"}]


def headers_in_any_case(target: str) -> Mapping[str, str]:
    """The host does not matter."""
    return {"host": "any", **speech.header_in(target)}


VARIANTS: tuple[Variant, ...] = (
    variant("straight", "The naive endpoint as it is.", "none", {},
            "TR-002", "DS-001", "FI-004", "TS-007", "QY-001", "EX-002", "WS-005", "SQ-008",
            "CO-006"),
    variant("bad-request", "Documents that are wrong have status 400.", "DX-TR-004",
            {"sent": bad_request}, "TR-004", "TR-005", "DS-004"),
    variant("dataless", "Where nothing was found there is no data at all.", "AppSync",
            {"sent": bare}, "TR-006", "AU-004", "DS-004"),
    variant("silent-null", "What is hidden is null without an error.", "DX-DS-004",
            {"sent": silent_null}, "DS-004", "AU-004", "AU-005", "FI-007", "CO-005"),
    variant("bearer-too", "The token may stand behind Bearer.", "DX-AU-002",
            {"token_in": bearer_too}, "AU-001", "AU-002"),
    variant("errors-worded", "Errors are longer and have more parts.", "AppSync",
            each_error(worded), "TR-006", "AU-005"),
    variant("errors-bare", "Errors have no data and extensions.", "DX-TR-006",
            each_error(without("data", "extensions")), "TR-006", "TR-007"),
    variant("opaque", "The schema cannot be asked for.", "DX-TR-010",
            {"check_document": opaque}, "TR-010"),
    variant("ids-short", "Ids are upper-case hexadecimal.", "DX-DS-006",
            {"make_id": short_id}, "DS-006", "CO-009"),
    variant("stores-newest-first", "The newest store is listed first.", "DX-DS-005",
            {"own_stores": newest_first}, "DS-001", "DS-005"),
    variant("last-active", "Users show when they were seen last.", "seed 002, User",
            looks("User", lastActive=lambda _: iso(time.time_ns())),
            "US-002", "CO-001"),
    variant("members-write", "Members with READ_WRITE write to what is shared.", "shared_write",
            {"may_write": members_write}, "CO-006", "AU-004", "TS-019",
            settings={"shared_write": True}),
    variant("share-once", "Sharing twice is an error.", "DX-CO-003",
            {"shared": shared_once}, "CO-003"),
    variant("unshare-calmly", "Taking back what is not shared has no effect.", "DX-CO-004",
            {"unshared": unshared_calmly}, "CO-004"),
    variant("socket-alive", "Signs of life come when they like.", "AppSync",
            {"acknowledged": much_alive, "stopped": ends_all}, "WS-001", "WS-003", "WS-005"),
    variant("socket-thinks", "A connection is acknowledged a while later.", "AppSync",
            {"acknowledged": thoughtful}, "WS-001", "WS-003", "WS-004"),
    variant("socket-timeout", "The timeout of a connection is another one.", "AppSync",
            {"acknowledged": soon_silent, "header_in": headers_in_any_case}, "WS-001", "WS-002"),
    variant("socket-hangs-up", "Whoever is refused is not heard out.", "AppSync",
            {"lingers_s": lambda: 0.0}, "WS-002"),
    variant("unadministered", "Nothing but files can be made and removed.", "administration",
            {"check_document": unadministered}, "DS-001", "DI-001", "FI-006", "CO-002",
            settings={"administration": False}),
    variant("owner-alone", "The judge has the owner's token alone.", "tokens", {},
            "AU-004", "CO-006", "QY-005",
            settings={"tokens": {"owner": TOKENS["owner"]}, "profile": "published"}),
)  # fmt: skip
