from __future__ import annotations

import json

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from fixtures.contracts import exchange_schema
from loadtests.apis.exchange import wire as exchange
from loadtests.apis.exchange.http import Operation
from loadtests.apis.exchange.law import ATTRIBUTES, Law
from loadtests.apis.exchange.notices import DOCUMENT
from loadtests.apis.exchange.wire import (
    Database,
    Wire,
    file_points,
    last_page,
    query_page,
    sql_page,
)

LAW = Law(base_ms=1_700_000_000_000)
DATABASE = Database(id="timeSeriesDb-1", database="d", table="t")
WIRE = Wire(DATABASE, LAW, asset_column="assetId", padding=7)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(exchange_schema())


def calls() -> list[Operation]:
    made = exchange.operation(exchange.CREATE, {"n": "x", "t": "y"})
    gone = exchange.operation(exchange.DELETE, {"d": "x"})
    return [
        WIRE.publish("a", range(3), is_inlined=False),
        WIRE.publish('a"\\', range(3), is_inlined=True),
        WIRE.query("a", range(3), 10, {"n": "token", "c": "client", "q": "text"}),
        WIRE.sql("a", range(3), 10, {}),
        WIRE.last_values({}),
        WIRE.export("query-1", "CSV"),
        exchange.operation(exchange.LIST, {}),
        made,
        gone,
    ]


@pytest.mark.parametrize("call", calls(), ids=lambda call: call.field)
def test_documents_fit_the_contract(schema: GraphQLSchema, call: Operation) -> None:
    assert validate(schema, parse(call.document)) == []
    assert call.field in call.document
    json.dumps(call.variables)


def test_the_subscription_fits_the_contract(schema: GraphQLSchema) -> None:
    assert validate(schema, parse(DOCUMENT)) == []


def test_both_forms_carry_the_same_records() -> None:
    variables = WIRE.publish("a", range(2), is_inlined=False).variables
    inlined = WIRE.publish("a", range(2), is_inlined=True)
    assert not inlined.variables
    for record in variables["r"]:
        assert f'Time:"{record["Time"]}"' in inlined.document
        for value in record["MeasureValues"]:
            text = f'Name:"{value["Name"]}",Type:{value["Type"]},Value:"{value["Value"]}"'
            assert text in inlined.document
    assert [value["Name"] for value in variables["r"][0]["MeasureValues"]] == [
        *ATTRIBUTES,
        "gp_pad",
    ]


def test_a_query_asks_for_both_ends() -> None:
    variables = WIRE.query("a", range(5, 8), 10, {}).variables
    assert (variables["s"], variables["e"]) == (
        "2023-11-14T22:13:20.005Z",
        "2023-11-14T22:13:20.007Z",
    )


def scalars(*values: str) -> dict[str, object]:
    return {"Data": [{"ScalarValue": value} for value in values]}


def test_rows_become_points() -> None:
    kinds = ("TIMESTAMP", "VARCHAR", "BIGINT", "DOUBLE")
    result = {
        "QueryId": "Q",
        "ColumnInfo": [{"Name": kind, "Type": {"ScalarType": kind}} for kind in kinds],
        "QueryStatus": {"ProgressPercentage": 50.0},
        "Rows": [scalars("2023-11-14 22:13:20.003000000", "a", "3", "1.5")],
        "NextToken": "more",
    }
    page = sql_page({"resultJSONString": json.dumps(result), "clientToken": "c"})
    assert (page.size, page.tokens) == (1, {"n": "more", "c": "c"})
    assert [(p.attribute, p.value, LAW.sequence_at(p.time_ns)) for p in page.points] == [
        ("gp_seq", "3", 3),
        ("gp_value", "1.5", 3),
    ]
    del result["NextToken"]
    assert sql_page({"resultJSONString": json.dumps(result)}).tokens is None


def test_last_values_become_points() -> None:
    attribute = {
        "name": "gp_seq",
        "lastValue": "4",
        "lastValueTime": "2023-11-14T22:13:20.004Z",
    }
    other = {**attribute, "name": "SOC"}
    data = [{"assetId": "a", "attributes": [attribute, other]}]
    page = last_page({"queryId": "q", "data": data, "nextToken": None})
    (point,) = page.points
    assert (point.asset, LAW.sequence_at(point.time_ns), page.tokens) == ("a", 4, None)


def test_tokens_of_a_query_are_passed_on() -> None:
    reply = {"queryId": "q", "nextToken": "n", "clientToken": "c", "queryString": "s"}
    assert query_page(reply).tokens == {"n": "n", "c": "c", "q": "s"}
    assert query_page({**reply, "nextToken": None}).tokens is None


@pytest.mark.parametrize("reply", [{}, {"queryId": 1}, {"resultJSONString": "{"}])
def test_what_is_no_page_is_told(reply: dict[str, object]) -> None:
    for read in (query_page, sql_page, last_page):
        with pytest.raises(ValueError, match=r"no |page|QueryId"):
            read(reply)


def test_both_forms_of_files_are_read() -> None:
    point = {"timestamp": "2023-11-14T22:13:20.004Z", "value": "4"}
    attribute = {"name": "gp_seq", "attributeType": "BIGINT", "data": [point]}
    as_json = json.dumps([{"assetId": "a", "attributes": [attribute]}]).encode()
    as_csv = b"asset,attributeName,timestamp,value\na,gp_seq,2023-11-14T22:13:20.004Z,4\n"
    assert file_points(as_json, "JSON", {}) == file_points(as_csv, "CSV", {"assetId": "asset"})
