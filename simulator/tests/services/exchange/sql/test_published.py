"""SQL over what was really published: the store's own tables, rights and versions."""

import json
from typing import Any

import pytest

from simulator.services.exchange.errors import ExchangeError
from simulator.tests.services.exchange.exchange import NOW_US, Exchange
from simulator.tests.services.exchange.sql.asking import rows_of


def multi(second: int, version: int = 1, **values: tuple[str, Any]) -> dict[str, Any]:
    measures = [
        {"Name": name, "Type": type, "Value": str(value)} for name, (type, value) in values.items()
    ]
    return {
        "Dimensions": [{"Name": "name", "Value": "Battery"}],
        "MeasureName": "telemetry",
        "MeasureValueType": "MULTI",
        "MeasureValues": measures,
        "Time": str(NOW_US // 10**6 - second),
        "TimeUnit": "SECONDS",
        "Version": version,
    }


class Site:
    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.owner = exchange.user("owner")
        self.database = exchange.database("owner")
        self.id = self.database.time_series_db_id
        self.table = f'"{self.database.database_name}"."{self.database.table_name}"'

    def publish(self, *records: Any, asset: str = "b1") -> None:
        self.exchange.series.publish(self.owner, self.id, asset, list(records))

    async def rows(self, query: str, token: str = "owner") -> list[tuple[Any, ...]]:
        page = await self.exchange.sql.query(self.exchange.user(token), self.id, query)
        return rows_of(json.loads(page.result_json_string))


async def test_published_records_are_there_at_once(exchange: Exchange) -> None:
    site = Site(exchange)
    query = f"SELECT assetId, name, SOC, ok FROM {site.table} ORDER BY time"
    with pytest.raises(ExchangeError, match="does not exist"):
        await site.rows(query)
    site.publish(multi(10, SOC=("DOUBLE", 50.5), ok=("BOOLEAN", "true")))
    assert await site.rows(query) == [("b1", "Battery", "50.5", "true")]
    site.publish(multi(5, SOC=("DOUBLE", 51)), asset="b2")
    expected = [("b1", "Battery", "50.5", "true"), ("b2", "Battery", "51.0", None)]
    assert await site.rows(query) == expected


async def test_a_higher_version_replaces_what_queries_see(exchange: Exchange) -> None:
    site = Site(exchange)
    site.publish(multi(10, SOC=("DOUBLE", 50)), multi(9, SOC=("DOUBLE", 51)))
    assert await site.rows(f"SELECT sum(SOC) FROM {site.table}") == [("101.0",)]
    site.publish(multi(10, 2, SOC=("DOUBLE", 60), kW=("DOUBLE", 7)))
    query = f"SELECT SOC, kW FROM {site.table} ORDER BY time"
    assert await site.rows(query) == [("60.0", "7.0"), ("51.0", None)]


async def test_every_type_is_read_back(exchange: Exchange) -> None:
    site = Site(exchange)
    largest = 2**63 - 1
    site.publish(
        multi(
            1,
            d=("DOUBLE", 1e300),
            i=("BIGINT", largest),
            b=("BOOLEAN", "false"),
            v=("VARCHAR", "ü'\"\\ 🔋"),
            t=("TIMESTAMP", 1_700_000_000),
        )
    )
    [row] = await site.rows(f"SELECT d, i, b, v, t FROM {site.table}")
    moment = "2023-11-14 22:13:20.000000000"
    assert row == ("1.0E300", str(largest), "false", "ü'\"\\ 🔋", moment)


async def test_only_who_may_read_may_ask(exchange: Exchange) -> None:
    site = Site(exchange)
    for token in ("outsider", "same_organization", "pending"):
        with pytest.raises(ExchangeError) as refused:
            await site.rows("SELECT 1", token)
        assert refused.value.kind == "Unauthorized"


async def test_a_forgotten_database_is_copied_anew(exchange: Exchange) -> None:
    site = Site(exchange)
    site.publish(multi(10, SOC=("DOUBLE", 50)))
    query = f"SELECT count(*) FROM {site.table}"
    assert await site.rows(query) == [("1",)]
    exchange.sql.forget(site.id)
    assert await site.rows(query) == [("1",)]


async def test_after_a_reset_nothing_is_left(exchange: Exchange) -> None:
    site = Site(exchange)
    site.publish(multi(10, SOC=("DOUBLE", 50)))
    assert await site.rows(f"SELECT count(*) FROM {site.table}") == [("1",)]
    exchange.reset()
    again = Site(exchange)
    assert await again.rows(f"SELECT count(*) FROM {again.table}") == [("0",)]
