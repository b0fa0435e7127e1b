"""DX-TR-009 and 010: what asks for too much is refused; whether the schema can be asked for."""

from __future__ import annotations

import json

from conformance.judging import NEVER, Refused, expect, observe, passive, requirement
from conformance.suite.exchange.asking import (
    CRASH_STATUS,
    SESSION,
    brief,
    still_answers,
    taken,
    wrong,
)
from conformance.targets.exchange import ExchangeTarget
from conformance.targets.exchange_errors import refusal

BODY_BYTES = 12 * 1024 * 1024
"""Above what AppSync takes (1 MB), and what anybody else was seen to take."""

ALIASES = 3_000
LIST_ITEMS = 20_000
LEVELS = 60
"""Of contents within contents; a published client asks for two."""

REFUSED_STATUSES = (200, 400, 413, 414, 422, 429)


def _too_much(exchange: ExchangeTarget, text: str, what: str) -> None:
    wrong(exchange.post({"query": text}), what, statuses=REFUSED_STATUSES)
    still_answers(exchange, what)


@requirement("DX-TR-009")
@passive
def test_too_many_aliases(exchange: ExchangeTarget) -> None:
    one = "user_getUserSession { user { userId } }"
    text = "{ " + " ".join(f"a{n}: {one}" for n in range(ALIASES)) + " }"
    _too_much(exchange, text, f"{ALIASES} aliases")


@requirement("DX-TR-009")
@passive
def test_too_long_a_list(exchange: ExchangeTarget) -> None:
    text = exchange.inlined.document(
        "timeSeriesDb_queryDatabase",
        timeSeriesDbId=exchange.database().time_series_db_id,
        queryType="TIME_PERIOD",
        startTime="2020-01-01T00:00:00.000Z",
        endTime="2020-01-01T00:00:01.000Z",
        assets=[{"assetId": "a"}] * LIST_ITEMS,
    ).query
    _too_much(exchange, text, f"a list of {LIST_ITEMS} assets")


@requirement("DX-TR-009")
@passive
def test_too_deep_a_document(exchange: ExchangeTarget) -> None:
    inner = "name"
    for _ in range(LEVELS):
        inner = f"contents {{ dataStoreDirectory {{ {inner} }} }}"
    directory = exchange.store().home_directory_id
    text = f'{{ storage_getDataStoreDirectory(dataStoreDirectoryId: "{directory}") {{ {inner} }} }}'
    _too_much(exchange, text, f"{LEVELS} levels of contents")


@requirement("DX-TR-009", needs=["full"])
@passive
def test_too_large_a_body(exchange: ExchangeTarget) -> None:
    what = f"a body of {BODY_BYTES} bytes"
    text = json.dumps({"query": f"{SESSION} # {'x' * BODY_BYTES}"})
    try:
        reply = exchange.post(text)
    except Refused as refusal_:
        # Whoever has read enough may hang up while the rest is still being sent.
        expect(refusal_.code.name == "UNAVAILABLE", what, got=refusal_.got, wanted="a refusal")
        observe("the connection is closed on a body that is too large")
    else:
        right = not reply.has_data and reply.status < CRASH_STATUS
        expect(right, what, got=brief(reply), wanted="a refusal")
        code = refusal(what, reply).code
        expect(code not in NEVER, what, got=brief(reply), wanted="a refusal")
    still_answers(exchange, what)


@requirement("DX-TR-010")
@passive
def test_the_schema_can_be_asked_for_or_not(exchange: ExchangeTarget) -> None:
    reply = exchange.post({"query": "{ __schema { queryType { name } } }"})
    if reply.errors:
        wrong(reply, "introspection", statuses=(200, 400, 403))
        observe("introspection is switched off")
        return
    data = taken(reply, "introspection")
    name = ((data.get("__schema") or {}).get("queryType") or {}).get("name")
    expect(isinstance(name, str), "name of the query type", got=data, wanted="a name")
    observe("introspection is answered")
