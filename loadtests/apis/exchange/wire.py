"""GraphQL of the exchange API as load speaks it: documents of our own, and answers as points.

Publishing has two forms. With variables the document stays the same and a server need not parse
the records again; the published SDK writes them into the document, which costs a server far more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.oracles.exchange.exports import Point, read_csv, read_json
from conformance.oracles.exchange.times import instant, iso
from conformance.oracles.exchange.timestream import BadResult, Result, read_result
from loadtests.apis.exchange.http import Operation
from loadtests.apis.exchange.law import ATTRIBUTES, NS, SEQUENCE, VALUE, Law, value_of

PUBLISH, INLINED = "Publish", "Publish.inlined"
QUERY, EXPORT, FILE = "Query", "Export", "File"
LAST, SQL = "LastValues", "SqlQuery"
LIST, CREATE, DELETE = "ListDatabases", "CreateDatabase", "DeleteDatabase"
MEASURE, PADDING_NAME = "gp", "gp_pad"
NOTICE = "onNotifyTimeSeriesQueryExportComplete"

_PUBLISHED = "{assetId attributes{name lastValue lastValueTime}}"
_DATABASE = "{timeSeriesDbId name databaseName tableName}"
_PAGE = "queryId queryProgressPercentage nextToken clientToken"

DOCUMENTS = {
    PUBLISH: "mutation Publish($a:ID!,$d:ID!,$r:[TimeSeriesDbRecordInput!]!)"
    "{timeSeriesDb_publishToDatabase(assetId:$a,timeSeriesDbId:$d,data:{records:$r})"
    f"{_PUBLISHED}}}",
    QUERY: "query Query($d:ID!,$s:String,$e:String,$a:[TimeSeriesQueryAssetInput!]!,$m:Int,"
    "$n:String,$q:String,$c:String){timeSeriesDb_queryDatabase(timeSeriesDbId:$d,"
    "queryType:TIME_PERIOD,startTime:$s,endTime:$e,assets:$a,maxRows:$m,nextToken:$n,"
    f"queryString:$q,clientToken:$c){{{_PAGE} queryString}}}}",
    EXPORT: "mutation Export($q:String!,$d:ID!,$f:TimeSeriesQueryOutputFileType)"
    "{timeSeriesDb_generateQueryResultExportFile(queryId:$q,fileFormat:$f,timeSeriesDbId:$d)"
    "{queryId fileFormat}}",
    LAST: "query Last($d:ID!,$n:String,$c:String){timeSeriesDb_listAllAssetLastValues("
    f"timeSeriesDbId:$d,nextToken:$n,clientToken:$c){{{_PAGE} data{{assetId attributes"
    "{name lastValue lastValueTime}}}}",
    SQL: "query Sql($d:ID!,$q:String!,$m:Int,$n:String,$c:String)"
    "{timeSeriesDb_queryDatabaseWithTimestreamQuery(timeSeriesDbId:$d,queryString:$q,"
    "maxRows:$m,nextToken:$n,clientToken:$c){resultJSONString clientToken}}",
    LIST: f"query List{{timeSeriesDb_listDatabases{_DATABASE}}}",
    CREATE: "mutation Create($n:String!,$t:String){timeSeriesDb_createDatabase(name:$n,"
    f"description:$t){_DATABASE}}}",
    DELETE: "mutation Delete($d:ID!){timeSeriesDb_deleteDatabase(timeSeriesDbId:$d)"
    "{timeSeriesDbId}}",
}
_FIELD = re.compile(r"\{(\w+)")
FIELDS = {name: _FIELD.findall(document)[0] for name, document in DOCUMENTS.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """The database of a run; `is_ours`: it was made for it and goes with it."""

    id: str
    database: str
    table: str
    is_ours: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of an answer; `tokens` lead to the next one, None on the last."""

    query_id: str
    points: Sequence[Point]
    size: int
    tokens: Mapping[str, str | None] | None


class Wire:
    """Builds requests for one database and reads what comes back.

    Args:
        database: of the run.
        law: what the records are.
        asset_column: of the table, holds the asset id.
        padding: bytes that every record carries besides.
    """

    def __init__(self, database: Database, law: Law, *, asset_column: str, padding: int) -> None:
        self.database = database
        self.law = law
        self._asset_column = asset_column
        self._padding = padding

    def publish(self, asset: str, numbers: range, *, is_inlined: bool) -> Operation:
        """A call that publishes these records of an asset."""
        records = [self._record(asset, number) for number in numbers]
        variables = {"a": asset, "d": self.database.id, "r": records}
        if not is_inlined:
            return operation(PUBLISH, variables)
        texts = (
            f"assetId:{json.dumps(asset)},timeSeriesDbId:{json.dumps(self.database.id)}",
            f"data:{{records:{_literal(records)}}}",
        )
        document = f"mutation Publish{{{FIELDS[PUBLISH]}({','.join(texts)}){_PUBLISHED}}}"
        return Operation(field=FIELDS[PUBLISH], document=document)

    def query(
        self, asset: str, span: range, size: int, tokens: Mapping[str, str | None]
    ) -> Operation:
        """A call for a page of a structured query over these numbers of an asset."""
        times = [iso(self.law.time_ms(number) * NS) for number in (span.start, span.stop - 1)]
        assets = [{"assetId": asset, "attributeNamesFilter": list(ATTRIBUTES)}]
        period = {"s": times[0], "e": times[1], "a": assets, "m": size}
        return operation(QUERY, {"d": self.database.id, **period, **tokens})

    def sql(self, asset: str, span: range, size: int, tokens: Mapping[str, Any]) -> Operation:
        """A call for a page of rows of these numbers of an asset, oldest first."""
        column, first, last = self._asset_column, span.start, span.stop - 1
        times = [f"from_milliseconds({self.law.time_ms(number)})" for number in (first, last)]
        text = (
            f'SELECT time, "{column}", "{SEQUENCE}", "{VALUE}" '
            f'FROM "{self.database.database}"."{self.database.table}" '
            f"WHERE \"{column}\" = '{asset}' AND time BETWEEN {times[0]} AND {times[1]} "
            "ORDER BY time"
        )
        return operation(SQL, {"d": self.database.id, "q": text, "m": size, **tokens})

    def last_values(self, tokens: Mapping[str, str | None]) -> Operation:
        """A call for a page of last values."""
        return operation(LAST, {"d": self.database.id, **tokens})

    def export(self, query_id: str, form: str) -> Operation:
        """A call that has the result of a query written to a file, CSV or JSON."""
        return operation(EXPORT, {"q": query_id, "d": self.database.id, "f": form})

    def _record(self, asset: str, number: int) -> dict[str, Any]:
        values = [
            (SEQUENCE, "BIGINT", str(number)),
            (VALUE, "DOUBLE", str(value_of(asset, number))),
        ]
        if self._padding:
            values.append((PADDING_NAME, "VARCHAR", "x" * self._padding))
        return {
            "Dimensions": [],
            "MeasureName": MEASURE,
            "MeasureValueType": "MULTI",
            "MeasureValues": [{"Name": n, "Type": t, "Value": v} for n, t, v in values],
            "Time": str(self.law.time_ms(number)),
            "TimeUnit": "MILLISECONDS",
        }


def operation(name: str, variables: Mapping[str, Any]) -> Operation:
    """The call of this name."""
    return Operation(field=FIELDS[name], document=DOCUMENTS[name], variables=variables)


def query_page(reply: Any) -> Page:
    """A page of a structured query; its rows come by the export alone.

    Raises:
        ValueError: it is none.
    """
    more = {"n": reply.get("nextToken"), "c": reply.get("clientToken")}
    tokens = {**more, "q": reply.get("queryString")} if more["n"] else None
    return Page(query_id=_text(reply, "queryId"), points=(), size=0, tokens=tokens)


def last_page(reply: Any) -> Page:
    """A page of last values, of attributes that the run wrote.

    Raises:
        ValueError: it is none.
    """
    points = [
        Point(
            asset=_text(asset, "assetId"),
            attribute=_text(attribute, "name"),
            time_ns=instant(_text(attribute, "lastValueTime")) or -1,
            value=_text(attribute, "lastValue"),
        )
        for asset in reply.get("data") or ()
        for attribute in asset.get("attributes") or ()
        if attribute.get("name") in ATTRIBUTES
    ]
    more = {"n": reply.get("nextToken"), "c": reply.get("clientToken")}
    tokens = more if more["n"] else None
    size = len(reply.get("data") or ())
    return Page(query_id=_text(reply, "queryId"), points=points, size=size, tokens=tokens)


def sql_page(reply: Any) -> Page:
    """A page of rows as `Wire.sql` asks for them, two points in each.

    Raises:
        ValueError: it is none.
    """
    try:
        found = read_result(_text(reply, "resultJSONString"))
    except BadResult as error:
        raise ValueError(str(error)) from None
    tokens = {"n": found.next_token, "c": reply.get("clientToken")} if found.next_token else None
    points = list(_points(found))
    return Page(query_id=found.query_id, points=points, size=len(found.rows), tokens=tokens)


def file_points(data: bytes, form: str, columns: Mapping[str, str]) -> Sequence[Point]:
    """The points of an export.

    Raises:
        ValueError: it cannot be read.
    """
    found = read_csv(data, columns) if form == "CSV" else read_json(data)
    return found.points


def _points(result: Result) -> Iterator[Point]:
    for row in result.rows:
        if len(row) != 4:
            raise ValueError(f"a row of four columns is {row!r}"[:300])
        time_ns = instant(row[0]) or -1
        for attribute, value in ((SEQUENCE, row[2]), (VALUE, row[3])):
            yield Point(asset=str(row[1]), attribute=attribute, time_ns=time_ns, value=str(value))


def _text(value: Any, key: str) -> str:
    found = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(found, str):
        raise ValueError(f"no text {key} in {value!r}"[:300])
    return found


def _literal(value: Any, key: str = "") -> str:
    """A value as it is written into a document; names of enums stand bare."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{name}:{_literal(v, name)}" for name, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_literal(each) for each in value) + "]"
    return str(value) if key in ("MeasureValueType", "Type", "TimeUnit") else json.dumps(value)
