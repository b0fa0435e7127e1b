"""Our own reading and writing of GraphQL, against the library that the judge does without."""

import json

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    StringValueNode,
    build_schema,
    parse,
    parse_value,
    print_ast,
    validate,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.oracles.exchange import model
from conformance.oracles.exchange.records import measure, multi, single
from conformance.strategies.exchange import lines, reformatted
from conformance.targets.exchange_codec import snake
from conformance.targets.exchange_contract import KINDS, schema
from conformance.targets.exchange_documents import Raw, inlined, quoted, with_variables
from fixtures.contracts import exchange_schema

LIBRARY = build_schema(exchange_schema())

RECORDS = [
    multi(
        "m", [measure("a", "1.0"), measure("b", 'q"\\')], 10**9, dimensions={"x": "y"}
    ).to_input(),
    single("P", "1", 10**9, type="BIGINT", unit="SECONDS", version=3).to_input(),
]

SAMPLES = {
    "ID": "x-1",
    "String": 'a "quoted" \\ text\nand more é 🔋',
    "Int": 5,
    "Boolean": True,
    "DataStoreObjectIdInput": {"objectType": "FILE", "dataStoreFileId": "f"},
    "TimeSeriesQueryAssetInput": {"assetId": "a", "attributeNamesFilter": ["SOC"]},
    "TimeSeriesDbDataInput": {"records": RECORDS},
}


def sample(type_):
    words = schema().enums.get(type_.name)
    value = words[0] if words else SAMPLES[type_.name]
    return [value] if type_.is_list else value


def test_types_and_arguments_are_read_as_the_library_reads_them():
    for name, fields in schema().types.items():
        theirs = LIBRARY.type_map[name].fields  # type: ignore[attr-defined]  # object types
        assert list(fields) == list(theirs)
        for field in fields.values():
            assert str(field.type).replace("!]", "]") == str(theirs[field.name].type).replace(
                "!]", "]"
            )
            assert {n: str(t) for n, t in field.arguments.items()} == {
                n: str(a.type) for n, a in theirs[field.name].args.items()
            }
    for name, words in schema().enums.items():
        found = LIBRARY.type_map[name]
        assert isinstance(found, GraphQLEnumType)
        assert list(words) == list(found.values)


@pytest.mark.parametrize("operation", schema().operations(), ids=lambda each: each.name)
def test_documents_of_every_operation_are_valid_in_both_forms(operation):
    arguments = {name: sample(type_) for name, type_ in operation.field.arguments.items()}
    for write in (inlined, with_variables):
        document = write(operation.name, arguments, contents=4)
        assert validate(LIBRARY, parse(document.query)) == []
        body = document.body()
        assert list(body) == (
            ["query"] if write is inlined else ["query", "variables", "operationName"]
        )
        assert json.loads(json.dumps(body)) == body


def test_values_of_answers_have_a_place_for_every_field():
    for name, type_ in LIBRARY.type_map.items():
        if not isinstance(type_, GraphQLObjectType) or name.startswith("__") or name in KINDS:
            continue
        assert set(getattr(model, name).__dataclass_fields__) == {snake(f) for f in type_.fields}


@settings(max_examples=60)
@given(lines())
def test_strings_are_what_the_library_reads(text):
    literal = parse_value(quoted(text))
    assert isinstance(literal, StringValueNode)
    assert literal.value == text


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_another_format_is_the_same_document(seed):
    document = inlined("timeSeriesDb_publishToDatabase", {"data": {"records": RECORDS}})
    other = reformatted(document.query, seed)
    assert other != document.query
    assert print_ast(parse(other)) == print_ast(parse(document.query))


def test_what_no_value_can_say():
    arguments = {"serviceType": Raw("unknown"), "serviceId": "a"}
    document = inlined(
        "collaborative_listCollaborativesServiceSharedWith", arguments, selection="{ name }"
    )
    assert '(serviceType: unknown, serviceId: "a") { name }' in document.query
    with pytest.raises(KeyError, match="no operation nothing"):
        inlined("nothing", {})


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("resultJSONString", "result_json_string"),
        ("s3ConfirmedUpload", "s3_confirmed_upload"),
        ("timeSeriesDbId", "time_series_db_id"),
        ("url", "url"),
    ],
)
def test_names_of_attributes(name, attribute):
    assert snake(name) == attribute
