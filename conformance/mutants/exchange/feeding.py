"""Subscriptions in AppSync's dialect: what a client says on its socket, and what it is told.

A `Feed` is one connection. Events are told by the thread in which they happen, which is slow for
nobody but that thread: a client that does not read is dropped.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from graphql import OperationDefinitionNode, execute_sync

from conformance.mutants.exchange.book import Book, Refuse, Subscriber, Topic, User
from conformance.mutants.exchange.calls import Call
from conformance.mutants.exchange.documents import SCHEMA, error_of, read_document, told_errors
from conformance.mutants.exchange.policy import Policy

Message = dict[str, Any]


def payload_of(message: Message) -> tuple[str, Mapping[str, Any], str | None, str | None]:
    """Document, variables, operation and token of a `start`.

    Raises:
        Refuse: it does not say them.
    """
    payload = message.get("payload")
    try:
        data = json.loads(payload["data"])  # type: ignore[index] # refused below
        extensions = payload.get("extensions") or {}  # type: ignore[union-attr] # the same
        token = (extensions.get("authorization") or {}).get("Authorization")
        return data["query"], data.get("variables") or {}, data.get("operationName"), token
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Refuse("ValidationError", "payload.data: JSON text with a query") from None


def publish_event(
    policy: Policy, book: Book, topic: Topic, event: dict[str, Any], *, retain: bool = False
) -> None:
    """Tell an event to those who wait for it; `retain` it for those who come late."""
    with book.lock:
        if retain:
            book.retained[topic] = event
        listening = [s for s in book.subscribers if policy.hears(topic, s.topic)]
    for subscriber in listening:
        for one in policy.told(event):
            subscriber.tell(one)


class Feed:
    """One socket: who is at its other end, and what they subscribed to.

    Args:
        policy: how to decide.
        book: what is known.
        user: whose token the address carried.
        send: sends a message; never raises.
    """

    def __init__(
        self, policy: Policy, book: Book, user: User, send: Callable[[Message], None]
    ) -> None:
        self._policy = policy
        self._book = book
        self._user = user
        self._send = send
        self._open: dict[str, Subscriber] = {}
        self._acknowledged = False

    def heard(self, text: str | bytes) -> None:
        """Answer a message of the client."""
        try:
            message = json.loads(text)
            kind, id_ = message.get("type"), str(message.get("id") or "")
        except (ValueError, AttributeError):
            self._fail("", Refuse("ValidationError", "a message is a JSON object"))
            return
        if kind == "connection_init":
            self._later(self._policy.thinks_s(), self._acknowledge)
        elif kind == "start":
            try:
                self._start(id_, message)
            except Refuse as refuse:
                self._fail(id_, refuse)
        elif kind == "stop":
            self._stop(id_)
        else:
            self._fail(id_, Refuse("UnsupportedOperation", f"unknown type {kind!r}"))

    def closed(self) -> None:
        """Forget all subscriptions."""
        with self._book.lock:
            for subscriber in self._open.values():
                if subscriber in self._book.subscribers:
                    self._book.subscribers.remove(subscriber)
            self._open.clear()

    def _later(self, delay_s: float, action: Callable[[], None]) -> None:
        if not delay_s:
            action()
            return
        timer = threading.Timer(delay_s, action)
        timer.daemon = True
        timer.start()

    def _acknowledge(self) -> None:
        self._acknowledged = True
        self._say(self._policy.acknowledged())

    def _start(self, id_: str, message: Message) -> None:
        policy, book = self._policy, self._book
        if not policy.early(self._acknowledged):
            raise Refuse("ValidationError", "connection_init comes first")
        policy.check_new(id_, self._open)
        text, variables, _, token = payload_of(message)
        user = self._user if token is None else policy.user_of(book, token)
        if user is None or not policy.is_open(user):
            raise policy.unauthenticated()[1]
        topic, project = subscription(Call(policy=policy, book=book, user=user), text, variables)
        subscriber = Subscriber(
            topic=topic, tell=lambda event: self._send(policy.said(id_, project(event)))
        )
        self._say(policy.started(id_))
        with book.lock:
            self._open[id_] = subscriber
            book.subscribers.append(subscriber)
            late = policy.replayed(book, topic)
        if late is not None:
            subscriber.tell(late)

    def _stop(self, id_: str) -> None:
        with self._book.lock:
            subscriber = self._open.pop(id_, None)
            if subscriber is not None:
                self._policy.leaves(self._book, subscriber, list(self._open.values()))
        self._say(self._policy.stopped(id_))

    def _say(self, messages: list[Message]) -> None:
        for message in messages:
            self._send(message)

    def _fail(self, id_: str, refuse: Refuse) -> None:
        errors = [error_of(refuse.kind, str(refuse), info=refuse.info)]
        message: Message = {"type": "error", "payload": {"errors": errors}}
        self._send({**message, "id": id_} if id_ else message)


Project = Callable[[dict[str, Any]], Any]


def subscription(call: Call, text: str, variables: Mapping[str, Any]) -> tuple[Topic, Project]:
    """What a document subscribes to, and how its events look.

    Raises:
        Refuse: the document is none, or not for the caller.
    """
    document, errors = read_document(call.policy, text)
    if document is None or errors:
        raise Refuse("ValidationError", errors[0].message)
    (operation,) = document.definitions
    if (
        not isinstance(operation, OperationDefinitionNode)
        or operation.operation.value != "subscription"
    ):
        raise Refuse("ValidationError", "not a subscription")
    field: Any = operation.selection_set.selections[0]
    name = field.name.value
    given: dict[str, Any] = {}
    probe = {name: lambda info, **arguments: given.update(arguments)}
    result = execute_sync(SCHEMA, document, probe, variable_values=dict(variables))
    if result.errors:
        raise Refuse("ValidationError", result.errors[0].message)
    check_subscription(call, name, given)

    def project(event: dict[str, Any]) -> Any:
        result = execute_sync(SCHEMA, document, {name: event}, variable_values=dict(variables))
        payload: dict[str, Any] = {"data": result.data}
        if result.errors:
            payload["errors"] = told_errors(call.policy, result.errors)
        return payload

    return (name, *given.values()), project


def check_subscription(call: Call, name: str, given: Mapping[str, Any]) -> None:
    """Refuse a subscription to what is not the caller's.

    Raises:
        Refuse: it does not exist, or is not for the caller.
    """
    if name == "onTimeSeriesDbPublish":
        call.database(given["timeSeriesDbId"])
    elif name == "onNotifyUploadComplete":
        files = call.book.files.values()
        if not any(f.upload == given["uploadId"] and f.owner == call.user.id for f in files):
            raise call.policy.absent("upload", given["uploadId"])
    else:
        query = call.book.queries.get(given["queryId"])
        user = call.user.id
        if query is None or not call.policy.owns_query(query, user, query.database):
            raise call.policy.absent("query", given["queryId"])
