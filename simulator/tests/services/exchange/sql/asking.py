"""Asks SQL of a service over fake tables and reads the answers back into plain values."""

import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from simulator.services.exchange.errors import unauthorized
from simulator.services.exchange.sql.policy import SqlPolicy
from simulator.services.exchange.sql.service import SqlQueries
from simulator.store import TokenSigner
from simulator.tests.services.exchange.sql.tables import MINUTE, START, FakeTable

NOW = START + 60 * MINUTE
"""2024-01-01 01:00:00 UTC."""
SECRET = b"a secret of 16 bytes or more"


class Rights:
    """Everyone may read what there is."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._tables = tables

    def require(self, caller: Any, service_id: str, need: Any, type: Any) -> None:
        if service_id not in self._tables:
            raise unauthorized()


class Asking:
    """A service whose clock stands at NOW until it is set."""

    def __init__(self, tables: Mapping[str, FakeTable], **policy: Any) -> None:
        self.now_ns = NOW
        self.queries = SqlQueries(
            SimpleNamespace(now_us=lambda: self.now_ns // 1000),
            TokenSigner(SECRET, purpose="sql"),
            SqlPolicy(**policy),
            tables.__getitem__,
            Rights(tables),
        )

    async def page(self, query: str, user: str = "u1", db: str = "db-1", **how: Any) -> Any:
        caller = SimpleNamespace(user_id=user)
        return await self.queries.query(caller, db, query, **how)

    async def answer(self, query: str, **how: Any) -> dict[str, Any]:
        page = await self.page(query, **how)
        return json.loads(page.result_json_string)

    async def rows(self, query: str, **how: Any) -> list[tuple[Any, ...]]:
        """Return the rows of the first page, values as texts, lists and None."""
        return rows_of(await self.answer(query, **how))

    async def walk(self, query: str, max_rows: int, **how: Any) -> list[list[tuple[Any, ...]]]:
        """Return the rows of every page."""
        pages, token = [], None
        while True:
            answer = await self.answer(query, max_rows=max_rows, next_token=token, **how)
            pages.append(rows_of(answer))
            token = answer.get("NextToken")
            if token is None:
                return pages


def rows_of(answer: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(plain(datum) for datum in row["Data"]) for row in answer["Rows"]]


def plain(datum: Mapping[str, Any]) -> Any:
    [(kind, value)] = datum.items()
    readers: dict[str, Callable[[Any], Any]] = {
        "ScalarValue": lambda text: text,
        "NullValue": lambda _: None,
        "ArrayValue": lambda items: [plain(item) for item in items],
        "RowValue": lambda row: tuple(plain(item) for item in row["Data"]),
        "TimeSeriesValue": lambda points: [(p["Time"], plain(p["Value"])) for p in points],
    }
    return readers[kind](value)


def columns_of(answer: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(each["Name"], each["Type"].get("ScalarType")) for each in answer["ColumnInfo"]]
