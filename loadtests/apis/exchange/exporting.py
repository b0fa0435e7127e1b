"""Locust user of L-DX-2: asks for data, subscribes, has it exported, waits, and reads the file.

The order is that of a careful client: the subscription stands before the export begins, so a
notice that does not come was lost. `deliver` counts from the mutation to the notice, `file` to the
last byte of the file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import grpc
from locust import task

from conformance.oracles.events import Code
from loadtests.apis.exchange.notices import Notices
from loadtests.apis.exchange.paging import INT_PAGE, INT_PROTO, api_of, query_pages
from loadtests.apis.exchange.wire import EXPORT, FILE, file_points
from loadtests.calls import status_of
from loadtests.streams import stream_call
from loadtests.users import GridUser, guarded

FORMS = ("CSV", "JSON")
SMALLEST, LARGEST = 10, 500
"""Records of an export, spread evenly over the orders of magnitude."""
LOST = "DEADLINE_EXCEEDED"
SUBSCRIBE = "Subscribe"


class Exporter(GridUser):
    """Exports as arrivals come due."""

    abstract = True

    def on_start(self) -> None:
        """Take a number, which decides what to ask for."""
        super().on_start()
        self.number = self.run_part.users[type(self).__name__] - 1
        self.chance = self.run_part.chance(f"exporter {self.number}")
        self.exports = self.number

    @task
    @guarded
    def export(self) -> None:
        """Take the next arrival: one export, from the query to the file."""
        run, api = self.run_part, api_of(self)
        with run.arrival("export") as arrival:
            by_us = run.clock.now_us() - api.settle_us
            if not (assets := api.ledger.assets(by_us)):
                return
            self.exports += 1
            asset, form = self.chance.choice(assets), FORMS[self.exports % len(FORMS)]
            width = self._size()
            span = api.ledger.span(asset, width, by_us, self.chance)
            expected = api.ledger.expected(asset, span, by_us)
            if (query_id := query_pages(self, asset, span, self._size())) is None:
                return
            data = self._exported(query_id, form)
            if data is None:
                return
            try:
                points = file_points(data, form, api.said.csv_columns)
            except ValueError as error:
                self._wrong(INT_PROTO, f"the {form} file of {query_id}: {error}")
                return
            judged = api.wire.law.judge(points, expected, asset=asset, span=span, missing=INT_PAGE)
            for violation in judged:
                self._wrong(violation.code, f"the {form} file: {violation.text}")
            if run.stats.is_measured(arrival.due_us):
                run.stats.count("exports")

    def _size(self) -> int:
        return round(math.exp(self.chance.uniform(math.log(SMALLEST), math.log(LARGEST))))

    def _exported(self, query_id: str, form: str) -> bytes | None:
        """The file of a query; None if there is none, which is noted under what it means."""
        run, timeout_s = self.run_part, self.run_part.plan.options.timeout
        opened_us = run.clock.now_us()
        run.gate.enter()
        subscribe = partial(Notices, run.plan.target, query_id, timeout_s=timeout_s)
        try:
            with stream_call(subscribe, run.streams) as stream:
                subscribed_us = run.clock.now_us()
                if run.stats.is_measured(opened_us):
                    run.stats.record(f"open.{run.api.stream}", subscribed_us - opened_us)
                if self._call(EXPORT, api_of(self).wire.export(query_id, form)) is None:
                    return None
                notice = self._notice(iter(stream.call), query_id)
        except grpc.RpcError as error:
            if not run.is_hanging_up:
                run.counted(SUBSCRIBE, opened_us, status_of(error))
            return None
        if notice is None:
            return None
        if run.stats.is_measured(subscribed_us):
            run.stats.record(f"deliver.{run.api.stream}", run.clock.now_us() - subscribed_us)
            run.stats.count("messages")
        return self._file(notice, query_id, form, subscribed_us)

    def _notice(self, notices: Any, query_id: str) -> Mapping[str, Any] | None:
        """The notice of a query; one that does not come in time is lost."""
        run = self.run_part
        try:
            notice: Mapping[str, Any] = next(notices)
        except grpc.RpcError as error:
            if run.is_hanging_up:
                return None
            is_lost = status_of(error) == LOST
            how = "no notice came" if is_lost else f"the subscription ended: {error}"
            self._wrong(Code.GAP if is_lost else Code.FEED, f"{query_id}: {how}")
            return None
        if notice.get("queryId") != query_id:
            self._wrong(Code.FOREIGN, f"{query_id}: the notice is of {notice.get('queryId')!r}")
            return None
        return notice

    def _file(
        self, notice: Mapping[str, Any], query_id: str, form: str, asked_us: int
    ) -> bytes | None:
        run = self.run_part
        url, size = notice.get("url"), notice.get("fileSizeBytes")
        if notice.get("fileType") != form or not isinstance(url, str):
            what = notice.get("fileType")
            self._wrong(INT_PROTO, f"{query_id}: {form} was asked for, the notice tells of {what}")
            return None
        data: bytes | None = self._call(FILE, url)
        if data is None:
            return None
        if run.stats.is_measured(asked_us):
            run.stats.record(f"file.{run.api.stream}", run.clock.now_us() - asked_us)
            run.stats.count("bytes", len(data))
        if size is not None and size != len(data):
            self._wrong(INT_PROTO, f"{query_id}: {len(data)} bytes, the notice told of {size}")
        return data

    def _call(self, method: str, request: Any) -> Any:
        """The reply; None if there is none, which is counted."""
        run = self.run_part
        sent_us = run.clock.now_us()
        try:
            reply = run.call(method, request)
        except grpc.RpcError as error:
            run.measured(method, sent_us, sent_us, status_of(error))
            return None
        run.measured(method, sent_us, sent_us)
        return reply

    def _wrong(self, code: str, text: str) -> None:
        self.run_part.violation(code, text, f"exporter {self.number}", 0)
