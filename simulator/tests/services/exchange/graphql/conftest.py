"""What the tests of the GraphQL face share."""

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.services.exchange.graphql.execution import Graphql
from simulator.tests.services.exchange.exchange import NOW_US, Exchange


class Face:
    """An exchange behind its GraphQL face."""

    def __init__(self, exchange: Exchange, **options: Any) -> None:
        self.exchange = exchange
        self.graphql = Graphql(exchange.service, **options)
        self.owner = exchange.user("owner")
        self.database = exchange.database("owner").time_series_db_id

    async def answer(self, document: str, token: str = "owner", **body: Any) -> Any:
        """Return the JSON that comes of a document."""
        caller = self.exchange.user(token)
        status, content = await self.graphql.execute(caller, {"query": document, **body})
        assert status == 200
        return content

    async def kinds(self, document: str, **body: Any) -> list[str]:
        """Return the types of the errors that come of a document."""
        return [each["errorType"] for each in (await self.answer(document, **body))["errors"]]


def record(name: str, value: str, number: int = 0) -> dict[str, Any]:
    """Return a record, a millisecond earlier for each number."""
    return {
        "MeasureName": name,
        "MeasureValue": value,
        "MeasureValueType": "DOUBLE",
        "Time": str(NOW_US // 1000 - number),
    }


@pytest.fixture
def face(exchange: Exchange) -> Iterator[Face]:
    made = Face(exchange)
    yield made
    made.graphql.close()
