"""Documents are carried out as graphql-core would: it is the oracle here."""

import json

import pytest
from graphql import GraphQLObjectType, build_schema, execute, parse

from fixtures.contracts import exchange_schema
from simulator.services.exchange.graphql.binding import bound, schema
from simulator.services.exchange.graphql.limits import Limits
from simulator.services.exchange.graphql.run import Call, Run
from simulator.services.exchange.graphql.variables import Declared

from .conftest import Face, record


def oracle(face):
    """The contract's schema with our resolvers, for graphql-core's own executor."""
    built = build_schema(exchange_schema())
    run = Run(
        Call(service=face.exchange.service, caller=face.owner), Declared(built, ()).given({}), 10**9
    )
    for kind in built.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                read = bound(kind.name, name).read
                field.resolve = lambda source, info, read=read, **given: read(run, source, **given)
                for key, argument in field.args.items():
                    argument.out_name = schema().get_type(kind.name).fields[name].args[key].out_name
    return built


HOME = 'storage_getDataStoreDirectory(dataStoreDirectoryId: "HOME")'
DOCUMENTS = [
    "{ user_getUserSession { user { userId organization { name } } } }",
    "{ a: __typename b: user_getUserSession { __typename user { __typename userRoles } } }",
    "{ storage_listDataStores { name dataStoreId } timeSeriesDb_listDatabases { tableName } }",
    f"{{ {HOME} {{ contents {{ objectType dataStoreFile {{ name owner {{ email }} }} "
    "dataStoreDirectory { name contents { objectType } owner { userId } } } } }",
    "{ user_getUserSession { user { userId } user { email userId } } "
    "user_getUserSession { user { firstName } } }",
    "query q { ...a ... on Query { storage_listDataStores { ...s } } } "
    "fragment a on Query { user_getUserSession { user { ...u } } } "
    "fragment u on User { lastName organization { ...o } } fragment o on Organization { name } "
    "fragment s on DataStore { name ... @include(if: true) { description } }",
    "query q($yes: Boolean!, $no: Boolean = false) { a: __typename @skip(if: $yes) "
    "b: __typename @include(if: $yes) c: __typename @include(if: $no) "
    "user_getUserSession { user { userId @skip(if: $no) email @skip(if: $yes) } } }",
    "{ collaborative_listCollaboratives { name memberOrganizations { memberState "
    "organization { name } submittedByUser { userId } "
    "usersInCollaborative { permission user { userId organization { organizationId } } } } } }",
    '{ timeSeriesDb_listAllAssetLastValues(timeSeriesDbId: "DATABASE") { resultChunkIndex '
    "queryProgressPercentage data { assetId n: name attributes { name attributeType lastValue "
    "lastValueTime data { value } } } } }",
    '{ a: timeSeriesDb_getDatabase(timeSeriesDbId: "DATABASE") { name } '
    'b: timeSeriesDb_getDatabase(timeSeriesDbId: "DATABASE") { tableName } }',
    '{ timeSeriesDb_getDatabase(timeSeriesDbId: "nothing") { name } __typename }',
    '{ a: __typename collaborative_listCollaborativeServices(collaborativeId: "nothing") '
    "{ serviceId } }",
    '{ __type(name: "User") { name fields { name } } __typename }',
    'query q($a: ID = "DATABASE") { timeSeriesDb_getDatabase(timeSeriesDbId: $a) { name } }',
]


@pytest.mark.parametrize("document", DOCUMENTS)
async def test_answers_are_those_of_graphql_core(face, document):
    store = face.exchange.store("owner")
    face.exchange.make_file("owner", "f")
    face.exchange.service.storage.create_data_store_directory(
        face.owner, store.data_store_id, "d", store.home_directory_id
    )
    face.exchange.service.series.publish(face.owner, face.database, "a", [record("SOC", "1")])
    document = document.replace("HOME", store.home_directory_id).replace("DATABASE", face.database)
    variables = {"yes": True} if "$yes" in document else {}
    result = execute(oracle(face), parse(document), variable_values=variables)
    expected = result if not hasattr(result, "__await__") else await result
    answer = await face.answer(document, variables=variables)
    assert json.dumps(answer["data"]) == json.dumps(expected.data)
    places = [each["path"] for each in answer.get("errors", [])]
    assert places == [each.path for each in expected.errors or []]


def test_the_whole_contract_is_bound():
    """Each field is found; arguments have names of Python."""
    for kind in schema().type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            assert all(bound(kind.name, name) for name in kind.fields)
    arguments = schema().query_type.fields["storage_getDataStore"].args
    assert arguments["dataStoreId"].out_name == "data_store_id"


async def test_a_failure_stands_at_its_field_and_others_go_on(face):
    answer = await face.answer(
        'query { a: storage_getDataStore(dataStoreId: "x") { name }\n  __typename\n'
        '  b: storage_getDataStoreFile(dataStoreFileId: "x") { name } }'
    )
    assert answer["data"] == {"a": None, "__typename": "Query", "b": None}
    first, second = answer["errors"]
    assert (first["path"], second["path"]) == (["a"], ["b"])
    assert first["locations"] == [{"line": 1, "column": 9, "sourceName": None}]
    assert second["locations"] == [{"line": 3, "column": 3, "sourceName": None}]
    assert first["errorType"] == first["extensions"]["code"] == "Unauthorized"
    assert first["message"] == second["message"]


async def test_a_fault_of_ours_tells_no_more_than_its_name(face, caplog):
    def broken(caller):
        raise ZeroDivisionError("secret")

    face.graphql.service.users.get_user_session = broken
    answer = await face.answer("{ user_getUserSession { user { userId } } }")
    (error,) = answer["errors"]
    assert (error["errorType"], error["message"]) == (
        "InternalFailure",
        "internal error: ZeroDivisionError",
    )
    assert "ZeroDivisionError" in caplog.text


async def test_a_large_answer_is_refused(exchange):
    face = Face(exchange, limits=Limits(results=5))
    many = "{ collaborative_listCollaboratives { memberOrganizations { memberState } } }"
    assert await face.kinds(many) == ["LimitExceeded"]
    assert (await face.answer("{ __typename }"))["data"] == {"__typename": "Query"}
    face.graphql.close()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"query": "{ a: __typename ", "operationName": None}, "ValidationError"),
        ({"query": "query a { __typename } query b { __typename }"}, "ValidationError"),
        ({"query": "{ __typename }", "operationName": "c"}, "ValidationError"),
        ({"query": "query($a: Int!) { __typename }"}, "ValidationError"),
        ({"query": "query($a: Int) { a: __typename @skip(if: $a) }"}, "ValidationError"),
        ({"query": ""}, "ValidationError"),
        (
            {"query": "subscription { onNotifyUploadComplete(uploadId: 1) { uploadId } }"},
            "ValidationError",
        ),
    ],
)
async def test_what_cannot_be_carried_out(face, body, kind):
    status, answer = await face.graphql.execute(face.owner, body)
    assert (status, answer["data"]) == (200, None)
    assert answer["errors"][0]["errorType"] == kind


async def test_one_operation_of_several_is_carried_out(face):
    document = "query a { a: __typename } query b { b: __typename }"
    assert await face.answer(document, operationName="b") == {"data": {"b": "Query"}}
    assert await face.answer(document, operationName="a") == {"data": {"a": "Query"}}


async def test_mutations_happen_in_their_order(face):
    document = "mutation { " + " ".join(
        f'm{each}: storage_createDataStore(name: "{each}") {{ name }}' for each in range(5)
    )
    await face.answer(document + " }")
    names = [each.name for each in face.exchange.service.storage.list_data_stores(face.owner)]
    assert names[-5:] == ["0", "1", "2", "3", "4"]


async def test_introspection_can_be_switched_off(exchange):
    face = Face(exchange, introspection=False)
    for document in ("{ __schema { types { name } } }", '{ __type(name: "User") { name } }'):
        assert set(await face.kinds(document)) == {"ValidationError"}
    assert await face.answer("{ __typename }") == {"data": {"__typename": "Query"}}
    face.graphql.close()


async def test_arguments_get_the_defaults_of_the_contract(face):
    made = await face.answer(
        'mutation { platformAdmin_createOrganization(name: "o") { hostOrganization } }', "admin"
    )
    assert made["data"] == {"platformAdmin_createOrganization": {"hostOrganization": False}}
    made = await face.answer(
        "mutation($n: String!, $h: Boolean) { platformAdmin_createOrganization(name: $n, "
        "hostOrganization: $h) { hostOrganization } }",
        "admin",
        variables={"n": "p"},
    )
    assert made["data"] == {"platformAdmin_createOrganization": {"hostOrganization": False}}
