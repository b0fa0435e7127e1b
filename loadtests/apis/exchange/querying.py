"""Locust users of L-DX-1: some publish, some walk over pages and have to find it, once, unaltered.

A walk goes over rows of an asset in SQL, where the target has it, over the last values of all
assets, or over the pages of a structured query, whose rows come by its export alone.
"""

from __future__ import annotations

import math
from typing import Any

from locust import task

from conformance.oracles.events import Code
from loadtests.apis.base import Step
from loadtests.apis.exchange.law import ATTRIBUTES, INT_VALUE
from loadtests.apis.exchange.paging import INT_PAGE, INT_PROTO, api_of, pages_of, query_pages
from loadtests.apis.exchange.wire import LAST, SQL, last_page, sql_page
from loadtests.users import GridUser, Writer, guarded

SMALLEST, LARGEST = 10, 1000
"""Page sizes asked for, spread evenly over the orders of magnitude."""
WIDEST = 2000
"""Records that a walk goes over at most."""
MOST_PAGES = 10
NAP_S = 0.05


class Publisher(Writer):
    """Publishes batches and notes when they were taken."""

    abstract = True

    def after_call(self, step: Step, *, is_ok: bool, reply: Any = None) -> None:
        """A batch was taken: its answer has to be about its asset."""
        if not is_ok:
            return
        run, api = self.run_part, api_of(self)
        asset = self.author.asset  # type: ignore[attr-defined]  # an author of this API
        api.ledger.confirm(asset, step.key, run.clock.now_us())
        if run.stats.is_measured(run.clock.now_us()):
            run.stats.count("records", len(step.key))
        if [item.get("assetId") for item in reply] != [asset]:
            text = f"the answer to a publish for {asset} is {reply!r}"[:300]
            run.violation(INT_PROTO, text, f"publisher {self.author.name}", 0)


class Querier(GridUser):
    """Walks over pages, one walk after the other."""

    abstract = True

    def on_start(self) -> None:
        """Take a number, which decides where to begin and which sizes to ask for."""
        super().on_start()
        number = self.run_part.users[type(self).__name__]
        self.turn = number
        self.chance = self.run_part.chance(f"querier {number}")

    @task
    @guarded
    def walk(self) -> None:
        """One walk, judged at its end."""
        run, api = self.run_part, api_of(self)
        run.begun.wait()
        if run.over.is_set() or run.is_past_end:
            run.over.wait()
            return
        by_us = run.clock.now_us() - api.settle_us
        assets = api.ledger.assets(by_us)
        if not assets:
            run.over.wait(NAP_S)
            return
        self.turn += 1
        size = round(math.exp(self.chance.uniform(math.log(SMALLEST), math.log(LARGEST))))
        asset = self.chance.choice(assets)
        began_us = run.clock.now_us()
        with run.busy():
            if self.turn % 5 == 0:
                is_whole = self._walk_last_values(by_us)
            elif self.turn % 5 == 1 or not api.said.has_sql:
                is_whole = self._walk_query(asset, size, by_us)
            else:
                is_whole = self._walk_rows(asset, size, by_us)
            if is_whole and run.stats.is_measured(began_us):
                run.stats.record(f"walk.{run.api.stream}", run.clock.now_us() - began_us)
                run.stats.count("walks")
        run.rest(began_us)

    def _walk_rows(self, asset: str, size: int, by_us: int) -> bool:
        api = api_of(self)
        width = min(WIDEST, size * self.chance.randint(1, MOST_PAGES))
        span = api.ledger.span(asset, width, by_us, self.chance)
        expected = api.ledger.expected(asset, span, by_us)
        pages = pages_of(
            self, SQL, lambda t: api.wire.sql(asset, span, size, t), sql_page, width, size
        )
        if pages is None:
            return False
        points = [point for page in pages for point in page.points]
        law, name = api.wire.law, f"walk over {asset} by {size}"
        for violation in law.judge(points, expected, asset=asset, span=span, missing=INT_PAGE):
            self.run_part.violation(violation.code, violation.text, name, 0)
        return True

    def _walk_query(self, asset: str, size: int, by_us: int) -> bool:
        api = api_of(self)
        width = min(WIDEST, size * self.chance.randint(1, MOST_PAGES))
        span = api.ledger.span(asset, width, by_us, self.chance)
        return query_pages(self, asset, span, size) is not None

    def _walk_last_values(self, by_us: int) -> bool:
        """Every asset has to come once, with a record that is at least as new as the confirmed."""
        api = api_of(self)
        ledger, law = api.ledger, api.wire.law
        newest = {asset: ledger.newest(asset, by_us) for asset in ledger.assets(by_us)}
        pages = pages_of(self, LAST, api.wire.last_values, last_page)
        if pages is None:
            return False
        shown = [(p.asset, p.attribute, p) for page in pages for p in page.points]
        for asset, last in newest.items():
            for attribute in ATTRIBUTES:
                points = [p for a, name, p in shown if (a, name) == (asset, attribute)]
                if not points:
                    self._wrong(INT_PAGE, f"{asset}: no last value of {attribute}")
                if len(points) > 1:
                    self._wrong(Code.DUP, f"{asset}: {attribute} came {len(points)} times")
                for point in points:
                    number = law.sequence_at(point.time_ns)
                    if not law.keeps(point) or number not in ledger.sent(asset):
                        self._wrong(INT_VALUE, f"{point} was not published")
                    elif number < last:
                        self._wrong(INT_VALUE, f"{point} is older than number {last}")
        return True

    def _wrong(self, code: str, text: str) -> None:
        self.run_part.violation(code, text, "walk over last values", 0)
