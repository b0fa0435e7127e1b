"""DX-EX: exports of structured queries, the events that tell of them, and the files."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from conformance.judging import (
    Refused,
    attempt,
    expect,
    not_applicable,
    observe,
    refused,
    requirement,
    sampled,
)
from conformance.oracles.exchange.exports import Points
from conformance.oracles.exchange.model import ExportFile
from conformance.oracles.exchange.series import differing, queried
from conformance.oracles.exchange.values import shown
from conformance.suite.exchange.publishing import SECOND_NS, becomes_right
from conformance.suite.exchange.querying import EXPORTED, query_of
from conformance.suite.exchange.telemetry import POWER, Telemetry, telemetry
from conformance.targets.exchange import REFUSED, ExchangeTarget, Subscription

FORMATS = ("CSV", "JSON")


def _event(subscription: Subscription, exchange: ExchangeTarget) -> ExportFile:
    found: ExportFile = subscription.next(within_s=exchange.profile.settle)
    return found


@requirement("DX-EX-001")
@pytest.mark.parametrize("file_format", FORMATS)
def test_export_is_answered_and_then_told_once(exchange: ExchangeTarget, file_format: str) -> None:
    given = telemetry(exchange)
    query = query_of(exchange, given, *given.meters)
    with exchange.subscribe(EXPORTED, queryId=query) as subscription:
        answer = exchange.request_export(given.id, query, file_format)
        said = (answer.query_id, answer.file_format)
        expect(
            said == (query, file_format),
            "query and format in the answer to an export",
            got=said,
            wanted=(query, file_format),
        )
        event = _event(subscription, exchange)
        expect(event.query_id == query, "queryId of the event", got=event.query_id, wanted=query)
        expect(
            event.file_type == file_format,
            "fileType of the event",
            got=event.file_type,
            wanted=file_format,
        )
        expect(
            event.file_size_bytes is not None and event.url,
            "size and URL in the event",
            got=(event.file_size_bytes, event.url),
            wanted="a number and a URL",
        )
        expect(
            subscription.silent(),
            "events of one export",
            got=f"{len(subscription.events())}",
            wanted="one",
        )


@requirement("DX-EX-002")
def test_late_subscriber_is_told_as_well(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    query = query_of(exchange, given, given.meters[0])
    first = exchange.export(given.id, query, "CSV")
    time.sleep(min(exchange.profile.quiet, 1.0))
    with exchange.subscribe(EXPORTED, queryId=query) as subscription:
        late = _event(subscription, exchange)
    told = (late.query_id, late.file_type, late.file_size_bytes)
    wanted = (query, first.file_type, first.file_size_bytes)
    expect(told == wanted, "event of a late subscriber", got=told, wanted=wanted)


@requirement("DX-EX-002")
def test_nobody_need_listen_when_an_export_is_asked_for(exchange: ExchangeTarget) -> None:
    """The order in which the published SDK does it, if its thread is slow."""
    given = telemetry(exchange)
    query = query_of(exchange, given, given.meters[1])
    exchange.request_export(given.id, query, "JSON")
    time.sleep(min(exchange.profile.quiet, 1.0))
    with exchange.subscribe(EXPORTED, queryId=query) as subscription:
        event = _event(subscription, exchange)
    expect(event.file_type == "JSON", "event of a late subscriber", got=event, wanted="JSON")


@requirement("DX-EX-003")
@pytest.mark.parametrize("file_format", FORMATS)
def test_file_is_what_was_told_and_found(exchange: ExchangeTarget, file_format: str) -> None:
    given = telemetry(exchange)
    event = exchange.export(given.id, query_of(exchange, given), file_format)
    answer = exchange.objects.get(event.url)
    expect(answer.status == 200, "status of the file", got=answer.status, wanted=200)
    size = len(answer.body)
    expect(
        size == event.file_size_bytes,
        "bytes of the file",
        got=size,
        wanted=f"{event.file_size_bytes}, as fileSizeBytes says",
    )
    wrong = _wrong(given, exchange.points_of(event))
    expect(wrong is None, f"points in the {file_format} file", got=wrong, wanted="those published")


@requirement("DX-EX-003")
@pytest.mark.parametrize("file_format", FORMATS)
def test_file_of_nothing_is_a_file(exchange: ExchangeTarget, file_format: str) -> None:
    given = telemetry(exchange)
    before = given.start_ns - 60 * SECOND_NS
    pages = exchange.query_pages(given.id, {given.meters[0]: ()}, before, before + SECOND_NS)
    event = attempt(partial(exchange.export, given.id, pages[0].query_id, file_format))
    if isinstance(event, Refused) or not event.file_size_bytes:
        observe(f"of nothing there is {'no' if isinstance(event, Refused) else 'an empty'} export")
        return
    found = exchange.points_of(event).points
    expect(found == (), f"points in a {file_format} file of nothing", got=found, wanted="none")


@requirement("DX-EX-004")
def test_both_formats_hold_the_same_points(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)

    def wrong() -> str | None:
        query = query_of(exchange, given)
        in_json = exchange.points_of(exchange.export(given.id, query, "JSON"))
        in_csv = exchange.points_of(exchange.export(given.id, query, "CSV"))
        one, other = _counted(in_json, in_json), _counted(in_csv, in_json)
        if one == other:
            return None
        return f"only JSON: {list(one - other)[:3]}, only CSV: {list(other - one)[:3]}"

    becomes_right(exchange, wrong, "points of the two exports of one query")


def _counted(points: Points, typed: Points) -> Counter[Any]:
    """Points by what they mean; types are those that JSON tells."""
    return Counter(
        (p.asset, p.attribute, p.time_ns // 1_000_000, repr(shown(kind, p.value)))
        for p in points.points
        for kind in [typed.types.get((p.asset, p.attribute), "VARCHAR")]
    )


def _wrong(given: Telemetry, points: Points) -> str | None:
    asked = {asset: () for asset in given.assets}
    wanted = queried(given.table, asked, given.start_ns, given.end_ns + SECOND_NS)
    return differing(wanted, points.points)


@requirement("DX-EX-003")
def test_file_tells_types_and_no_other_attribute(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    query = query_of(exchange, given, *given.meters)
    types = exchange.points_of(exchange.export(given.id, query, "JSON")).types
    wanted = {(asset, POWER): "DOUBLE" for asset in given.meters}
    expect(types == wanted, "attributes in a JSON file", got=types, wanted=wanted)


@requirement("DX-EX-005")
def test_export_of_an_unknown_query_is_an_error(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    for query in (exchange.absent("query"), "", "gridproof"):
        refused(
            partial(exchange.request_export, given.id, query, "CSV"),
            REFUSED,
            f"export of the query {query!r}",
        )


@requirement("DX-EX-005")
def test_export_of_a_query_of_others_is_an_error(exchange: ExchangeTarget) -> None:
    others = [r for r in ("outsider", "same_organization", "read_only") if r in exchange.roles]
    if not others:
        not_applicable("the profile gives no token of a second user")
    given = telemetry(exchange)
    query = query_of(exchange, given, given.meters[0])
    for role in others:
        call = partial(exchange.as_role(role).request_export, given.id, query, "CSV")
        refused(call, REFUSED, f"export of the owner's query by the {role}")
    answer = attempt(partial(exchange.request_export, given.id, query, "CSV"))
    expect(not isinstance(answer, Refused), "export by the owner", got=answer, wanted="accepted")


@requirement("DX-EX-006")
def test_subscriber_hears_of_its_own_query_alone(exchange: ExchangeTarget) -> None:
    given = telemetry(exchange)
    one, other = (query_of(exchange, given, asset) for asset in given.meters)
    with (
        exchange.subscribe(EXPORTED, queryId=one) as first,
        exchange.subscribe(EXPORTED, queryId=other) as second,
    ):
        exchange.request_export(given.id, one, "CSV")
        event = _event(first, exchange)
        expect(event.query_id == one, "queryId of the event", got=event.query_id, wanted=one)
        heard = [] if second.silent() else second.events()
        expect(not heard, "events of another query's subscriber", got=heard, wanted="none")


@requirement("DX-EX-006")
def test_strangers_hear_nothing_of_a_query(exchange: ExchangeTarget) -> None:
    roles = [r for r in ("outsider", "same_organization") if r in exchange.roles]
    if not roles:
        not_applicable("the profile gives no token of a user who is in no collaborative")
    given = telemetry(exchange)
    for role in sampled(roles, 1):
        query = query_of(exchange, given, given.meters[0])
        subscribing = exchange.as_role(role).subscribe(EXPORTED, queryId=query)
        with ExitStack() as stack:
            stranger = attempt(partial(stack.enter_context, subscribing))
            exchange.export(given.id, query, "CSV")
            if isinstance(stranger, Refused):
                observe("subscribing to a query of others is refused")
                continue
            observe("subscribing to a query of others tells nothing")
            heard = [] if stranger.silent() else stranger.events()
            what = f"events of the owner's query, heard by the {role}"
            expect(not heard, what, got=heard, wanted="none")
