"""Queries whose exports somebody may subscribe to: what the published clients listen for."""

from __future__ import annotations

from conformance.judging import Refused, attempt, not_applicable
from conformance.suite.exchange.publishing import SECOND_NS
from conformance.suite.exchange.telemetry import Telemetry
from conformance.targets.exchange import ExchangeTarget

EXPORTED = "onNotifyTimeSeriesQueryExportComplete"
"""The subscription that tells of a complete export."""


def query_of_nothing(exchange: ExchangeTarget) -> str:
    """The id of a query that needs no data; it writes nothing.

    Where a target refuses to ask for an asset that is not there, the query is about one that is.
    """
    database, now = exchange.database().time_series_db_id, exchange.now_ns()
    page = attempt(
        lambda: exchange.query_page(database, {exchange.absent("asset"): ()}, now - SECOND_NS, now)
    )
    if not isinstance(page, Refused):
        return page.query_id
    for asset in exchange.last_values(database):
        return exchange.query_page(database, {asset: ()}, now - SECOND_NS, now).query_id
    not_applicable("the database has no data to query")


def query_of(exchange: ExchangeTarget, given: Telemetry, *assets: str) -> str:
    """The id of a query for some assets of the telemetry, or all of them, all pages read."""
    asked = {asset: () for asset in assets or given.assets}
    end = given.end_ns + SECOND_NS
    return exchange.query_pages(given.id, asked, given.start_ns, end)[0].query_id
