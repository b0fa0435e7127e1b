"""DX-WS: subscriptions in AppSync's real-time protocol, from the handshake to the last event."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from conformance.judging import GRACE_S, expect, observe, passive, refused, requirement
from conformance.oracles.exchange.appsync import broken, timeout_of
from conformance.suite.exchange.querying import EXPORTED, query_of, query_of_nothing
from conformance.suite.exchange.telemetry import telemetry
from conformance.targets.exchange import ANY_ERROR, ExchangeTarget, Socket
from conformance.targets.exchange_documents import Document
from conformance.targets.exchange_socket import PROTOCOL, header_of


def _document(exchange: ExchangeTarget, query: str | None = None) -> Document:
    """A subscription that nobody else's doings answer."""
    return exchange.document(EXPORTED, queryId=query or query_of_nothing(exchange))


def _judge(socket: Socket, started: Sequence[str]) -> None:
    """Fail if anything that came breaks a rule of the protocol."""
    wrong = broken(socket.messages, started=started)
    expect(wrong is None, "messages of the server", got=wrong, wanted="those of the protocol")


@requirement("DX-WS-001")
@passive
def test_handshake_is_answered(exchange: ExchangeTarget) -> None:
    with exchange.socket() as socket:
        expect(
            socket.subprotocol == PROTOCOL,
            "subprotocol of the answer",
            got=socket.subprotocol,
            wanted=PROTOCOL,
        )
        message = socket.initiate()
        timeout_ms = timeout_of(message)
        if timeout_ms is None:
            expect(False, "connectionTimeoutMs", got=message, wanted="a number above 0")
            return
        patience_s = min(timeout_ms / 1000, exchange.profile.latency)
        alive = socket.seen(lambda m: m.get("type") == "ka", within_s=patience_s + GRACE_S)
        if alive is None and timeout_ms / 1000 > exchange.profile.latency:
            observe(f"no sign of life within {patience_s:g} s of {timeout_ms / 1000:g} s")
        else:
            expect(alive, f"signs of life within {timeout_ms} ms", got="none", wanted="one")
        _judge(socket, [])


@requirement("DX-WS-001")
@passive
def test_header_may_name_the_host_in_lower_case(exchange: ExchangeTarget) -> None:
    """AppSync documents lower case, the published SDK sends upper case."""
    usual = header_of(exchange.session, exchange.token)
    header = {"host" if name == "HOST" else name: value for name, value in usual.items()}
    with exchange.socket(header=header) as socket:
        socket.initiate()
        _judge(socket, [])


@requirement("DX-WS-002")
@passive
def test_bad_credentials_are_refused(exchange: ExchangeTarget) -> None:
    usual = header_of(exchange.session, exchange.token)
    host = {"HOST": usual["HOST"]}
    headers: Mapping[str, Mapping[str, str] | None] = {
        "an unknown token": {**usual, "Authorization": f"gridproof-{uuid.uuid4()}"},
        "no header": None,
        "a header without a token": host,
        "an empty token": {**host, "Authorization": ""},
    }
    for what, header in headers.items():

        def connect(header: Mapping[str, str] | None = header) -> None:
            with exchange.socket(header=header) as socket:
                socket.initiate()

        refused(connect, ANY_ERROR, f"a handshake with {what}")


@requirement("DX-WS-003")
@passive
def test_start_is_acknowledged_under_its_id(exchange: ExchangeTarget) -> None:
    with exchange.socket() as socket:
        socket.initiate()
        subscription = socket.subscribe(_document(exchange))
        _judge(socket, [subscription.id])


@requirement("DX-WS-003")
@passive
def test_start_may_have_variables(exchange: ExchangeTarget) -> None:
    with exchange.socket() as socket:
        socket.initiate()
        subscription = socket.subscribe(_document(exchange.with_variables))
        _judge(socket, [subscription.id])


@requirement("DX-WS-004")
@passive
def test_start_may_come_before_the_acknowledgement(exchange: ExchangeTarget) -> None:
    document = _document(exchange)
    with exchange.socket() as socket:
        socket.send({"type": "connection_init"})
        subscription = socket.subscribe(document, acknowledged=False)
        socket.acknowledged()
        subscription.acknowledged()
        _judge(socket, [subscription.id])


@requirement("DX-WS-004")
def test_early_start_is_a_subscription(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    query = query_of(exchange, given, given.meters[0])
    with exchange.socket() as socket:
        socket.send({"type": "connection_init"})
        subscription = socket.subscribe(_document(exchange, query), acknowledged=False)
        socket.acknowledged()
        subscription.acknowledged()
        exchange.request_export(given.id, query, "CSV")
        subscription.next(within_s=exchange.profile.settle)
        _judge(socket, [subscription.id])


@requirement("DX-WS-005")
@passive
def test_stop_is_answered_with_complete(exchange: ExchangeTarget) -> None:
    with exchange.socket() as socket:
        socket.initiate()
        subscription = socket.subscribe(_document(exchange))
        subscription.stop()
        _judge(socket, [subscription.id])


@requirement("DX-WS-005")
def test_stop_ends_the_events_of_its_id_alone(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    queries = [query_of(exchange, given, asset) for asset in given.meters]
    with exchange.socket() as socket:
        socket.initiate()
        stopped, kept = (socket.subscribe(_document(exchange, query)) for query in queries)
        stopped.stop()
        for query in queries:
            exchange.request_export(given.id, query, "CSV")
        kept.next(within_s=exchange.profile.settle)
        heard = [] if stopped.silent() else stopped.events()
        expect(not heard, "events after complete", got=heard, wanted="none")
        _judge(socket, [stopped.id, kept.id])


@requirement("DX-WS-005")
def test_stop_after_the_first_event_is_answered(exchange: ExchangeTarget) -> None:
    """As the published SDK ends each of its subscriptions."""
    given = telemetry(exchange)
    query = query_of(exchange, given, given.meters[0])
    with exchange.socket() as socket:
        socket.initiate()
        subscription = socket.subscribe(_document(exchange, query))
        exchange.request_export(given.id, query, "CSV")
        subscription.next(within_s=exchange.profile.settle)
        subscription.stop()
        _judge(socket, [subscription.id])


@requirement("DX-WS-006")
@passive
def test_socket_carries_several_ids(exchange: ExchangeTarget) -> None:
    document = _document(exchange)
    with exchange.socket() as socket:
        socket.initiate()
        ids = [socket.subscribe(document).id for _ in range(3)]
        _judge(socket, ids)


@requirement("DX-WS-006")
def test_events_come_under_the_id_of_their_subscription(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    queries = [query_of(exchange, given, asset) for asset in given.meters]
    with exchange.socket() as socket:
        socket.initiate()
        both = [socket.subscribe(_document(exchange, query)) for query in queries]
        for query in reversed(queries):
            exchange.request_export(given.id, query, "CSV")
        for subscription, query in zip(both, queries, strict=True):
            event = subscription.next(within_s=exchange.profile.settle)
            expect(event.query_id == query, "event of an id", got=event.query_id, wanted=query)
        _judge(socket, [subscription.id for subscription in both])


@requirement("DX-WS-006")
@passive
def test_id_in_use_is_an_error(exchange: ExchangeTarget) -> None:
    document = _document(exchange)
    with exchange.socket() as socket:
        socket.initiate()
        first = socket.subscribe(document)
        since = len(socket.messages)
        again = socket.subscribe(document, id=first.id, acknowledged=False)
        answer = socket.wait(
            lambda m: m.get("id") == first.id and m.get("type") in ("error", "start_ack"),
            what="answer to a start whose id is in use",
            since=since,
        )
        expect(again.is_error(answer), "answer to a start whose id is in use", got=answer,
               wanted="an error of that id")  # fmt: skip
