"""Documents prepared by their shape mean what they say."""

import json

import pytest
from graphql import GraphQLInputObjectType, is_input_type
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.exchange.errors import ExchangeError
from simulator.services.exchange.graphql.binding import schema
from simulator.services.exchange.graphql.coercion import coercer
from simulator.services.exchange.graphql.execution import Graphql
from simulator.services.exchange.graphql.limits import DEFAULTS, Limits
from simulator.services.exchange.graphql.literals import shape_of

PUBLISH = (
    'mutation{{timeSeriesDb_publishToDatabase(assetId:"a",timeSeriesDbId:"t",data:{}){{assetId}}}}'
)


def shape(text, limits=DEFAULTS):
    return shape_of(text, schema(), limits)


def test_values_become_variables():
    found = shape('query q { a: storage_getDataStore(dataStoreId: "x", ) { name } __typename }')
    assert found.text == (
        "query q ($_literal0: ID!){ a: storage_getDataStore(dataStoreId: $_literal0, ) "
        "{ name } __typename }"
    )
    assert found.values == {"_literal0": "x"}


def test_documents_that_differ_in_values_have_one_shape():
    first, second = (
        shape(f'{{storage_getDataStoreFile(dataStoreFileId:"{each}"){{name}}}}') for each in "ab"
    )
    assert first.text == second.text
    assert first.values != second.values


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ('{records:[{MeasureName:"m" Version:-3}]}', {"MeasureName": "m", "Version": -3}),
        ("{records:{Time:null}}", {"Time": None}),
        ("{records:[{MeasureValueType:MULTI}]}", {"MeasureValueType": "MULTI"}),
        (r'{records:[{Time:"\"\\\n\t/"}]}', {"Time": '"\\\n\t/'}),
        ('{records:[{Time:"#{}[]"}] # {\n,}', {"Time": "#{}[]"}),
        ('{records:[{Time:"ü€😀"}]}', {"Time": "ü€😀"}),
    ],
)
def test_literals(literal, value):
    found = shape(PUBLISH.format(literal))
    assert found.values == {"_literal0": "a", "_literal1": "t", "_literal2": {"records": [value]}}


@pytest.mark.parametrize(
    "literal",
    [
        "{records:[{Time:5}]}",
        "{records:[{Time:TEXT}]}",
        '{records:[{MeasureValueType:"MULTI"}]}',
        "{records:[{MeasureValueType:NONE}]}",
        "{records:[{Version:1.0}]}",
        "{records:[{Version:3000000000}]}",
        "{records:[{Version:true}]}",
        "{records:[{Nothing:1}]}",
        '{records:[{Time:"1" Time:"2"}]}',
        "{records:[null]}",
        "{}",
        "{records:[$a]}",
        '{records:[{Time:"""x"""}]}',
        r'{records:[{Time:"\u0041"}]}',
        '{records:[{Time:"a\nb"}]}',
        "{records:[{Time:'a'}]}",
        "{records:[}",
        "{records:]}",
        "{records:" + "[" * 100 + "]" * 100 + "}",
    ],
)
def test_what_is_wrong_or_unusual_is_left_alone(literal):
    assert shape(PUBLISH.format(literal)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "}",
        "query",
        "{ __typename }",
        "subscription{onNotifyUploadComplete(uploadId:1){uploadId}}",
        "query($a:ID!){storage_getDataStore(dataStoreId:$a){name}}",
        '{storage_getDataStore(dataStoreId:"a") @skip(if:true){name}}',
        '{storage_getDataStore(dataStoreId:"a" dataStoreId:"a"){name}}',
        '{storage_getDataStore(other:"a"){name}}',
        '{nothing(a:"a"){name}}',
        '{...f storage_getDataStore(dataStoreId:"a"){name}}',
        '{storage_getDataStore(dataStoreId:"a"){name}} query b{__typename}',
        '{storage_getDataStore(dataStoreId:"a"){name',
        "fragment f on Query{__typename}",
    ],
)
def test_other_documents_have_no_shape(text):
    assert shape(text) is None


def test_bounds():
    rows = "{records:[" + "{}" * 40 + "]}"
    assert shape(PUBLISH.format(rows)) is not None
    with pytest.raises(ExchangeError, match="longer than 39"):
        shape(PUBLISH.format(rows), Limits(list_items=39))
    with pytest.raises(ExchangeError, match="more than 50 values"):
        shape(PUBLISH.format(rows), Limits(literals=50))


def test_places_are_those_of_the_document():
    text = 'query {\n a: storage_getDataStore(dataStoreId: "long")\n { name } b: __typename }'
    found = shape(text)
    for word in ("storage", "{ name", "b:", "query"):
        place = found.locate(found.text.index(word))
        before = text[: text.index(word)]
        assert (place.line, place.column) == (
            before.count("\n") + 1,
            len(before) - before.rfind("\n"),
        )


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "MeasureName": TEXTS | st.none(),
            "Time": TEXTS | st.integers(-5, 5),
            "Version": st.integers(-(2**33), 2**33),
            "Dimensions": st.lists(
                st.fixed_dictionaries({"Name": TEXTS}, optional={"Value": TEXTS}), max_size=2
            ),
        },
    ),
    max_size=3,
)


def literal(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + " ".join(map(literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


@settings(max_examples=60, deadline=None)
@given(records=RECORDS)
async def test_the_same_call_in_all_ways(records):
    """As literals by the shape and by graphql-core alone, and as variables."""

    class Noting:
        def publish(self, caller, database, asset, given):
            self.given = given
            return []

    class Service:
        series = Noting()

    service = Service()
    graphql = Graphql(service)

    async def told(body):
        service.series.given = None
        _, answer = await graphql.execute(None, body)
        errors = [each["errorType"] for each in answer.get("errors", [])]
        return answer["data"], sorted(set(errors)), service.series.given

    data = {"records": records}
    inlined = PUBLISH.format(literal(data))
    # A directive makes the document unusual.
    plain = inlined.replace("{assetId}", "{assetId @skip(if:false)}")
    variables = (
        'mutation($d:TimeSeriesDbDataInput!){timeSeriesDb_publishToDatabase(assetId:"a",'
        'timeSeriesDbId:"t",data:$d){assetId}}'
    )
    assert shape(plain) is None
    by_shape = await told({"query": inlined})
    assert by_shape == await told({"query": plain})
    assert by_shape == await told({"query": variables, "variables": {"d": data}})
    graphql.close()


def test_every_argument_of_the_contract_has_a_coercer():
    for kind in (schema().query_type, schema().mutation_type, schema().subscription_type):
        for field in kind.fields.values():
            for argument in field.args.values():
                assert coercer(argument.type, literal=True)
    inputs = [each for each in schema().type_map.values() if is_input_type(each)]
    assert sum(isinstance(each, GraphQLInputObjectType) for each in inputs) == 6
