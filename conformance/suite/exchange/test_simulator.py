"""DX-SM-002 and 003: the clock that SQL tells, and faults that are brought about."""

from __future__ import annotations

import time

from conformance.judging import (
    Refused,
    expect,
    not_applicable,
    observe,
    passive,
    requirement,
    untestable,
)
from conformance.oracles.exchange.times import iso
from conformance.suite.exchange.asking import SESSION, brief, taken
from conformance.suite.exchange.trees import gone, ground
from conformance.targets.exchange import ExchangeTarget, item_of, url_in

HOUR_NS = 3_600_000_000_000
TOKENS = "user_listAuthenticationTokens"
"""An operation that no other check asks for while a fault hits it."""

SQL = "timeSeriesDb_queryDatabaseWithTimestreamQuery"
UPLOADED = "onNotifyUploadComplete"

DELAY_S = 1.0
FAULTY_STATUS = 503


def _sql_now(exchange: ExchangeTarget, database: str) -> int:
    at: int = exchange.sql(database, "SELECT now()").typed()[0][0]
    return at


@requirement("DX-SM-002")
@passive
def test_ago_is_counted_from_now(exchange: ExchangeTarget) -> None:
    database = exchange.database().time_series_db_id
    text = "SELECT now(), ago(1h), ago(30m)"
    now, hour, half = exchange.sql(database, text).typed()[0]
    got, wanted = (now - hour, now - half), (HOUR_NS, HOUR_NS // 2)
    expect(got == wanted, "now() less ago(1h) and ago(30m)", got=got, wanted=wanted)


@requirement("DX-SM-002")
@passive
def test_now_goes_on(exchange: ExchangeTarget) -> None:
    database = exchange.database().time_series_db_id
    first, began = _sql_now(exchange, database), time.monotonic()
    time.sleep(0.3)
    second, took_s = _sql_now(exchange, database), time.monotonic() - began
    if exchange.profile.clock == "wall":
        tolerance_ns = exchange.profile.clock_tolerance * 1e9
        passed = second - first
        right = 0 < passed <= took_s * 1e9 + tolerance_ns
        expect(right, "now() after 0.3 s", got=f"{passed} ns later", wanted=f"{took_s:.2f} s")
        off = abs(second - time.time_ns())
        right = off <= tolerance_ns + took_s * 1e9
        expect(right, "now()", got=iso(second), wanted=iso(time.time_ns()))
    else:
        expect(second >= first, "now() after a while", got=iso(second), wanted=iso(first))
        observe("the target has a time of its own")


@requirement("DX-SM-002")
def test_now_is_the_time_of_what_happens(exchange: ExchangeTarget) -> None:
    database, store = exchange.database().time_series_db_id, ground(exchange)
    before = _sql_now(exchange, database)
    file = exchange.fresh_file(store=store)
    at, after = file.last_modified_ns, _sql_now(exchange, database)
    if at is None:
        observe("files do not tell when they were changed")
        return
    if exchange.profile.clock == "simulated" and exchange.profile.profile != "reference":
        # Files may be kept by whoever knows nothing of the world's time.
        observe(f"files are {(at - after) / 1e9:.0f} s ahead of SQL")
        return
    tolerance_ns = exchange.profile.clock_tolerance * 1e9
    right = before - tolerance_ns <= at <= after + tolerance_ns
    wanted = f"from {iso(before)} to {iso(after)}"
    expect(right, "lastModified of a file made in between", got=iso(at), wanted=wanted)


@requirement("DX-SM-003")
def test_answers_can_be_late(exchange: ExchangeTarget) -> None:
    with exchange.fault("delay", operation=TOKENS, times=1, duration=f"{DELAY_S:g}s"):
        began = time.monotonic()
        exchange.list_tokens()
        took_s = time.monotonic() - began
    expect(took_s >= DELAY_S * 0.9, "a delayed call", got=f"{took_s:.2f} s", wanted=DELAY_S)


@requirement("DX-SM-003")
def test_calls_can_fail(exchange: ExchangeTarget) -> None:
    text = exchange.document(TOKENS).body()
    with exchange.fault("http_error", operation=TOKENS, times=1, status=FAULTY_STATUS):
        reply = exchange.post(text)
        other = exchange.post({"query": SESSION})
    status = reply.status
    expect(status == FAULTY_STATUS, "status of a faulty call", got=status, wanted=FAULTY_STATUS)
    taken(other, "another operation meanwhile")
    taken(exchange.post(text), "the same operation afterwards")


@requirement("DX-SM-003", needs=["full"])
def test_answers_can_break_off(exchange: ExchangeTarget) -> None:
    text = exchange.document(TOKENS).body()
    # A read whose answer broke is asked once more, so two of them break.
    with exchange.fault("truncate", operation=TOKENS, times=2):
        try:
            reply = exchange.post(text)
        except Refused as broken:
            code = broken.code.name
            expect(code == "UNAVAILABLE", "a cut answer", got=broken.got, wanted="a broken body")
        else:
            expect(reply.document is None, "a cut answer", got=brief(reply), wanted="no JSON")
    taken(exchange.post(text), "the same operation afterwards")


@requirement("DX-SM-003")
def test_uploads_can_be_refused(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    made = exchange.create_file(
        store=store.data_store_id, directory=store.home_directory_id, name=exchange.fresh_name()
    )
    status = 0
    # Uploads of other checks may be hit instead, which ask again.
    for _ in range(5):
        with exchange.fault("refuse_upload", times=1, status=FAULTY_STATUS):
            status = exchange.objects.request("PUT", url_in(made), body=b"1").status
        if status >= 400:
            break
    else:
        untestable("uploads of others are refused each time")
    expect(status == FAULTY_STATUS, "status of the upload", got=status, wanted=FAULTY_STATUS)
    exchange.delete_file(item_of(made))
    exchange.settled(lambda: gone(exchange, item_of(made)), what="file that was deleted, gone")


@requirement("DX-SM-003", needs=["full"])
def test_confirmations_can_be_late(exchange: ExchangeTarget) -> None:
    store = ground(exchange)
    late = False
    for _ in range(3):
        made = exchange.create_file(
            store=store.data_store_id,
            directory=store.home_directory_id,
            name=exchange.fresh_name(),
        )
        with exchange.fault("late_confirmation", times=1, duration=f"{DELAY_S:g}s"):
            exchange.objects.put(url_in(made), b"1")
            late = late or not exchange.get_file(item_of(made)).s3_confirmed_upload
        exchange.confirmed(item_of(made))
        if late:
            return
    expect(late, "an upload whose confirmation is late", got="confirmed at once")


@requirement("DX-SM-003")
def test_events_can_be_lost(exchange: ExchangeTarget) -> None:
    upload, url = _upload(exchange)
    with (
        exchange.fault("lose_event", operation=UPLOADED, times=1),
        exchange.subscribe(UPLOADED, uploadId=upload) as subscription,
    ):
        exchange.objects.put(url, b"1")
        quiet = subscription.silent(DELAY_S)
    expect(quiet, "an event that is lost", got="it came", wanted="nothing")


@requirement("DX-SM-003", needs=["full"])
def test_events_can_be_late(exchange: ExchangeTarget) -> None:
    upload, url = _upload(exchange)
    with (
        exchange.fault("delay_event", operation=UPLOADED, times=1, duration=f"{DELAY_S:g}s"),
        exchange.subscribe(UPLOADED, uploadId=upload) as subscription,
    ):
        began = time.monotonic()
        exchange.objects.put(url, b"1")
        subscription.next(within_s=exchange.profile.settle)
        took_s = time.monotonic() - began
    expect(took_s >= DELAY_S * 0.9, "a delayed event", got=f"{took_s:.2f} s", wanted=DELAY_S)


def _upload(exchange: ExchangeTarget) -> tuple[str, str]:
    """The id of a new upload, and its URL."""
    store = ground(exchange)
    made = exchange.create_file(
        store=store.data_store_id, directory=store.home_directory_id, name=exchange.fresh_name()
    )
    if made.upload_id is None:
        not_applicable("uploads have no id of their own")
    return made.upload_id, url_in(made)


@requirement("DX-SM-003", needs=["sql", "full"])
def test_pages_can_be_empty(exchange: ExchangeTarget) -> None:
    database = exchange.database().time_series_db_id
    # Queries of other checks may be hit instead, which go on to the next page.
    for _ in range(3):
        with exchange.fault("empty_pages", operation=SQL, times=1, pages=2):
            pages = exchange.sql_pages(database, "SELECT 1")
        rows = [row for page in pages for row in page.rows]
        expect(len(rows) == 1, "rows of all pages", got=rows, wanted="one")
        if len(pages) > 1:
            return
    untestable("empty pages come to others each time")
