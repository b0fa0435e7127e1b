"""DX-WS: somebody who subscribes and does not read."""

from __future__ import annotations

import time
from collections.abc import Sequence

from conformance.judging import Refused, attempt, not_applicable, observe, requirement
from conformance.oracles.exchange.records import Record, single
from conformance.suite.exchange.publishing import NAMES, SECOND_NS, Asset, becomes_right
from conformance.targets.exchange import ExchangeTarget, Subscription

PUBLISHED = "onTimeSeriesDbPublish"

CALLS = 60
"""So many calls of 100 KB each are more than sockets and their readers buffer by themselves."""

TEXTS = 50
LENGTH = 2000


def _records(asset: Asset, call: int) -> Sequence[Record]:
    first = asset.base_ns + call * SECOND_NS
    return [
        single(NAMES["VARCHAR"], "x" * LENGTH, first + n * 1_000_000, type="VARCHAR")
        for n in range(TEXTS)
    ]


@requirement("DX-WS-007", needs=["full", "administration"])
def test_whoever_does_not_read_holds_up_nobody(exchange: ExchangeTarget) -> None:
    """Every publish is answered in its time, and who reads is told of all of them."""
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    speaker = exchange.with_variables
    document = exchange.document(PUBLISHED, timeSeriesDbId=asset.database, assetId=asset.id)
    with exchange.socket() as reading, exchange.socket(reads=False) as silent:
        reading.initiate()
        heard = attempt(lambda: reading.subscribe(document))
        if isinstance(heard, Refused):
            not_applicable(f"the target has no subscription {PUBLISHED}")
        silent.send({"type": "connection_init"})
        silent.subscribe(document, acknowledged=False)
        time.sleep(exchange.profile.quiet)
        for call in range(CALLS):
            speaker.publish(asset.database, asset.id, _records(asset, call))
        becomes_right(exchange, lambda: _missing(heard), "events of a subscriber who reads")
        silent.read()
        dropped = silent.wait_closed(exchange.profile.quiet)
        observe(f"a subscriber who does not read is {'dropped' if dropped else 'kept for now'}")


def _missing(heard: Subscription) -> str | None:
    messages = heard.socket.messages
    count = sum(m.get("id") == heard.id and m.get("type") == "data" for m in messages)
    return None if count >= CALLS else f"{count} of {CALLS}"
