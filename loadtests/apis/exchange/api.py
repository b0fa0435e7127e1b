"""The exchange API as a run loads it: one database, an asset for each author, no streams."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from loadtests import marks
from loadtests.apis.base import Api, Context
from loadtests.apis.exchange.desk import POPULATION, ExchangeDesk, wire_of
from loadtests.apis.exchange.http import HttpCaller
from loadtests.apis.exchange.ledger import Ledger
from loadtests.apis.exchange.wire import Wire
from loadtests.apis.exchange.writing import ExchangeAuthor, Listing
from loadtests.calls import Caller, Gate
from loadtests.errors import UsageError
from loadtests.http_target import is_url


class ExchangeApi(Api):
    """One process's view of the exchange API of the target.

    Attributes:
        ledger: what this process published.
        wire: builds requests and reads replies, once the database of the run is known.
        settle_us: how long a write may take until reads show it.

    Raises:
        UsageError: the profile names no URL, or the address is none.
    """

    name = "exchange"
    protocol = "http"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.said = said = context.target.exchange
        address = context.options.endpoint
        if not said.url or (address and not is_url(address)):
            raise UsageError(
                "the exchange API speaks HTTP: name it with --endpoint http://HOST:PORT/graphql, "
                "or in services.exchange.url of the target profile"
            )
        self.ledger = Ledger()
        self.settle_us = round(said.settle_s * 1e6)
        self._wire: Wire | None = None

    @property
    def wire(self) -> Wire:
        """Builds the requests; only a run that has begun has one."""
        assert self._wire is not None, "the database of the run is not known yet"
        return self._wire

    @property
    def scopes(self) -> tuple[int, ...]:
        """The one database."""
        return (0,)

    def caller(self, gate: Gate, *, timeout_s: float) -> Caller:
        """Makes GraphQL calls."""
        return HttpCaller(self.target, gate, timeout_s=timeout_s)

    def author(self, name: str, number: int, chance: random.Random) -> ExchangeAuthor:
        """A writer with an asset of its own."""
        asset = f"{self.prefix}{name.replace('.', '-')}"
        most = self.said.max_records
        return ExchangeAuthor(name, asset, lambda: self.wire, self.ledger, chance, most=most)

    def desk(self, call: Caller) -> ExchangeDesk:
        """What the main process does."""
        return ExchangeDesk(self.context, call, self.prefix)

    def begin(self, population: Mapping[str, Any]) -> None:
        """Take over the database, and the records that the desk published."""
        self._wire = wire_of(self.context, population)
        if count := population["records"]:
            asset = f"{self.prefix}{POPULATION}"
            self.ledger.confirm(asset, self.ledger.sends(asset, count), 0)

    def listing(self, data: Any) -> Listing:
        """What the desk read in the end, as numbers."""
        return {
            asset: (since, tuple(range(first, after) for first, after in runs))
            for asset, (since, runs) in data["assets"].items()
        }

    @property
    def prefix(self) -> str:
        """How the assets of the run begin."""
        return f"gp-{marks.parts_of(self.run)[1]}-"
