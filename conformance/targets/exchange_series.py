"""Time series of the exchange API: publishing, last values, structured queries, exports, SQL."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from conformance.failures import Nonconformance
from conformance.oracles.exchange.exports import Points, read_csv, read_json
from conformance.oracles.exchange.model import (
    AssetData,
    CallStatus,
    ExportFile,
    ExportRequest,
    LastValuesPage,
    QueryPage,
    TimeSeriesDb,
    TimestreamPage,
)
from conformance.oracles.exchange.records import Record
from conformance.oracles.exchange.times import iso
from conformance.oracles.exchange.timestream import BadResult, Result, joined, read_result
from conformance.targets.exchange_cleaning import STAYS
from conformance.targets.exchange_objects import Objects
from conformance.targets.exchange_speaking import Speaking
from conformance.targets.journal import Made

MAX_PAGES = 2000
"""A walk over more pages than this never ends."""

Assets = Mapping[str, Sequence[str]]
"""Asset ids, and the attributes asked of each; none is all."""


class Series(Speaking):
    """Operations that begin with `timeSeriesDb_`."""

    objects: Objects

    def with_deadline(self, deadline_s: float) -> Self:
        """The same caller, whose calls may take so long instead of the profile's deadline."""
        other, caller, client = (
            copy.copy(self),
            copy.copy(self.caller),
            copy.copy(self.caller.client),
        )
        client.deadline_s = deadline_s
        caller.client, other.caller = client, caller
        return other

    def list_databases(self) -> tuple[TimeSeriesDb, ...]:
        """timeSeriesDb_listDatabases."""
        found: tuple[TimeSeriesDb, ...] = self.ask("timeSeriesDb_listDatabases")
        return found

    def get_database(self, id: str) -> TimeSeriesDb:
        """timeSeriesDb_getDatabase."""
        found: TimeSeriesDb = self.ask("timeSeriesDb_getDatabase", timeSeriesDbId=id)
        return found

    def create_database(self, name: str, description: str | None = None) -> TimeSeriesDb:
        """timeSeriesDb_createDatabase; needs administration."""
        found: TimeSeriesDb = self.ask(
            "timeSeriesDb_createDatabase", name=name, description=description
        )
        return found

    def update_database(self, id: str, **fields: Any) -> TimeSeriesDb:
        """timeSeriesDb_updateDatabase; name, description; needs administration."""
        found: TimeSeriesDb = self.ask("timeSeriesDb_updateDatabase", timeSeriesDbId=id, **fields)
        return found

    def delete_database(self, id: str) -> TimeSeriesDb:
        """timeSeriesDb_deleteDatabase; needs administration."""
        found: TimeSeriesDb = self.ask("timeSeriesDb_deleteDatabase", timeSeriesDbId=id)
        return found

    def publish(
        self, database: str, asset: str, records: Iterable[Record | Mapping[str, Any]]
    ) -> tuple[AssetData, ...]:
        """timeSeriesDb_publishToDatabase; what is published stays, and the journal says so.

        Args:
            database: its id.
            asset: its id; `fresh_asset` makes one.
            records: as records, or as the contract has them.
        """
        self._stays(database, asset)
        data = [r.to_input() if isinstance(r, Record) else dict(r) for r in records]
        found: tuple[AssetData, ...] = self.ask(
            "timeSeriesDb_publishToDatabase",
            assetId=asset,
            timeSeriesDbId=database,
            data={"records": data},
        )
        return found

    def last_values_page(
        self, database: str, *, next_token: str | None = None, client_token: str | None = None
    ) -> LastValuesPage:
        """timeSeriesDb_listAllAssetLastValues, one page."""
        found: LastValuesPage = self.ask(
            "timeSeriesDb_listAllAssetLastValues",
            timeSeriesDbId=database,
            nextToken=next_token,
            clientToken=client_token,
        )
        return found

    def last_values_pages(self, database: str) -> tuple[LastValuesPage, ...]:
        """All pages of last values, tokens followed.

        Raises:
            Nonconformance: the pages do not end.
        """
        pages = [self.last_values_page(database)]
        while pages[-1].next_token:  # an empty one is told by `wrong_pages`
            _bounded(len(pages), "last values")
            last = pages[-1]
            pages.append(
                self.last_values_page(
                    database, next_token=last.next_token, client_token=last.client_token
                )
            )
        return tuple(pages)

    def last_values(self, database: str, *assets: str) -> dict[str, AssetData]:
        """Last values by asset, of these assets or of all, pages joined.

        Attributes that come a second time stay, for checks to see.
        """
        found: dict[str, AssetData] = {}
        for page in self.last_values_pages(database):
            for data in page.data:
                if assets and data.asset_id not in assets:
                    continue
                earlier = found.get(data.asset_id)
                attributes = (*(earlier.attributes or ()),) if earlier else ()
                found[data.asset_id] = AssetData(
                    asset_id=data.asset_id,
                    name=data.name,
                    attributes=(*attributes, *(data.attributes or ())),
                )
        return found

    def query_page(
        self,
        database: str,
        assets: Assets,
        start: int | str | None,
        end: int | str | None,
        *,
        max_rows: int | None = None,
        next_token: str | None = None,
        client_token: str | None = None,
        query_string: str | None = None,
        query_type: str = "TIME_PERIOD",
    ) -> QueryPage:
        """timeSeriesDb_queryDatabase, one page.

        Args:
            database: its id.
            assets: ids and attribute filters; an empty filter is not sent.
            start: nanoseconds since the epoch, or the text to send.
            end: as `start`.
            max_rows: of a page.
            next_token: of the page before.
            client_token: of the page before.
            query_string: of the page before.
            query_type: always TIME_PERIOD in the published SDK.
        """
        asked = [
            {"assetId": id, **({"attributeNamesFilter": list(names)} if names else {})}
            for id, names in assets.items()
        ]
        found: QueryPage = self.ask(
            "timeSeriesDb_queryDatabase",
            timeSeriesDbId=database,
            queryType=query_type,
            startTime=iso(start) if isinstance(start, int) else start,
            endTime=iso(end) if isinstance(end, int) else end,
            assets=asked,
            maxRows=max_rows,
            nextToken=next_token,
            queryString=query_string,
            clientToken=client_token,
        )
        return found

    def query_pages(
        self,
        database: str,
        assets: Assets,
        start: int | str,
        end: int | str,
        *,
        max_rows: int | None = None,
    ) -> tuple[QueryPage, ...]:
        """All pages of a structured query, tokens followed as the published SDK does.

        Raises:
            Nonconformance: the pages do not end.
        """
        pages = [self.query_page(database, assets, start, end, max_rows=max_rows)]
        while pages[-1].next_token:  # an empty one is told by `wrong_pages`
            _bounded(len(pages), "structured query")
            pages.append(
                self.query_page(
                    database,
                    assets,
                    start,
                    end,
                    max_rows=max_rows,
                    next_token=pages[-1].next_token,
                    client_token=pages[-1].client_token,
                    query_string=pages[-1].query_string,
                )
            )
        return tuple(pages)

    def cancel_query(self, database: str, query_id: str) -> CallStatus:
        """timeSeriesDb_cancelDatabaseQuery."""
        found: CallStatus = self.ask(
            "timeSeriesDb_cancelDatabaseQuery", timeSeriesDbId=database, queryId=query_id
        )
        return found

    def request_export(
        self, database: str, query_id: str, file_format: str | None = "CSV"
    ) -> ExportRequest:
        """timeSeriesDb_generateQueryResultExportFile; the event comes by subscription."""
        found: ExportRequest = self.ask(
            "timeSeriesDb_generateQueryResultExportFile",
            queryId=query_id,
            fileFormat=file_format,
            timeSeriesDbId=database,
        )
        return found

    def points_of(self, export: ExportFile) -> Points:
        """The points in an exported file, whichever format it has.

        Raises:
            Nonconformance: the file is not there, or cannot be read.
        """
        answer = self.objects.get(export.url)
        if answer.status != 200:
            raise Nonconformance("URL of the export", got=f"HTTP {answer.status}", wanted="200")
        try:
            if export.file_type == "JSON":
                return read_json(answer.body)
            return read_csv(answer.body, self.session.profile.csv_columns)
        except ValueError as error:
            raise Nonconformance(f"{export.file_type} of the export", got=str(error)) from None

    def sql_page(
        self,
        database: str,
        query: str,
        *,
        max_rows: int | None = None,
        next_token: str | None = None,
        client_token: str | None = None,
    ) -> TimestreamPage:
        """timeSeriesDb_queryDatabaseWithTimestreamQuery, one page as it came."""
        found: TimestreamPage = self.ask(
            "timeSeriesDb_queryDatabaseWithTimestreamQuery",
            timeSeriesDbId=database,
            queryString=query,
            maxRows=max_rows,
            nextToken=next_token,
            clientToken=client_token,
        )
        return found

    def sql_pages(
        self, database: str, query: str, *, max_rows: int | None = None
    ) -> tuple[Result, ...]:
        """All pages of an SQL query, tokens followed even over empty pages.

        Raises:
            Nonconformance: a page cannot be read, or the pages do not end.
        """
        page = self.sql_page(database, query, max_rows=max_rows)
        results = [result_of(page)]
        while results[-1].next_token is not None:
            _bounded(len(results), "SQL query")
            page = self.sql_page(
                database,
                query,
                max_rows=max_rows,
                next_token=results[-1].next_token,
                client_token=page.client_token,
            )
            results.append(result_of(page))
        return tuple(results)

    def sql(self, database: str, query: str, *, max_rows: int | None = None) -> Result:
        """The whole result of an SQL query, pages joined.

        Raises:
            Nonconformance: a page cannot be read, or the pages do not end.
        """
        return joined(self.sql_pages(database, query, max_rows=max_rows))

    def _stays(self, database: str, asset: str) -> None:
        if self.session.writes and asset not in self.session.noted:
            self.session.noted.add(asset)
            made = Made(service="exchange", parent=f"{STAYS}/{database}", id=asset)
            self.session.journal.created(made)


def result_of(page: TimestreamPage) -> Result:
    """The result in the JSON text of a page.

    Raises:
        Nonconformance: it is not in Timestream's form.
    """
    try:
        return read_result(page.result_json_string)
    except BadResult as error:
        raise Nonconformance("resultJSONString", got=str(error)) from None


def _bounded(pages: int, what: str) -> None:
    if pages >= MAX_PAGES:
        raise Nonconformance(f"pages of {what}", got=f"{pages}, and still a token")
