"""Nothing that a document holds makes it expensive beyond a bound."""

import pytest

from simulator.services.exchange.graphql.binding import schema
from simulator.services.exchange.graphql.documents import Documents, Refused
from simulator.services.exchange.graphql.limits import DEFAULTS, Limits

from .conftest import Face

NESTED = "contents { dataStoreDirectory { "


def many(count, text, between=" "):
    return between.join(text.replace("#", str(each)) for each in range(count))


HOSTILE = {
    "tokens": "{ " + "a " * 30_000 + "}",
    "texts": "{ " + '"" ' * 30_000 + "}",
    "braces": "{" * 100_000,
    "lists": "{ storage_getDataStore(dataStoreId: " + "[" * 100 + "]" * 100 + ") { name } }",
    "depth": '{ storage_getDataStoreDirectory(dataStoreDirectoryId: "x") { '
    + NESTED * 15
    + "name"
    + " }" * 32,
    "aliases": "{ " + many(51, "a#: __typename") + " }",
    "fields": "{ user_getUserSession { user { " + many(600, "a#: email") + " } } }",
    "same field": "{ user_getUserSession { user { " + "email " * 600 + " } } }",
    "operations": many(60, "query q# { __typename }"),
    "types": "type A { b: C } " * 60,
    "variables": "query(" + many(60, "$a#: Int") + ") { __typename }",
    "arguments": "{ storage_getDataStore(" + many(60, "a#: 1") + ") { name } }",
    "directives": "{ __typename " + "@skip(if: true) " * 60 + "}",
    "object": "mutation { timeSeriesDb_publishToDatabase(data: {" + many(60, "a#: 1") + "}) }",
    "list": "{ storage_getDataStoreZipDownloadUrl(dataStoreObjectIds: ["
    + "{objectType: FILE}" * 2001
    + "]) { url } }",
    "fragment bomb": "{ ...f0 } "
    + " ".join(f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }}" for i in range(20))
    + " fragment f20 on Query { __typename }",
}


@pytest.mark.parametrize("name", list(HOSTILE))
async def test_too_much_is_refused(face, name):
    assert "LimitExceeded" in await face.kinds(HOSTILE[name])
    assert await face.answer("{ __typename }") == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "document",
    [
        "query { ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
        "query { ...a } fragment a on Query { ...a }",
        "query { ...nothing }",
        '{ a(b: "',
        '{ a(b: """',
        "{ a(b: \\",
        "{ " + '"' * 100_000 + "}",
        "{ " + '\\"' * 100_000 + "}",
        "\ufeff\x00",
        "{ a: user_getUserSession { user { email } } a: storage_listDataStores { name } }",
    ],
)
async def test_what_is_wrong_is_told(face, document):
    assert set(await face.kinds(document)) == {"ValidationError"}


async def test_contents_to_depth_four_are_within_the_bounds(face):
    home = face.exchange.store("owner").home_directory_id
    selection = "contents { dataStoreFile { name owner { organization { name } } } }"
    for _ in range(4):
        selection = f"contents {{ objectType dataStoreDirectory {{ name {selection} }} }}"
    document = (
        f'{{ storage_getDataStoreDirectory(dataStoreDirectoryId: "{home}") {{ {selection} }} }}'
    )
    assert await face.answer(document) == {
        "data": {"storage_getDataStoreDirectory": {"contents": []}}
    }


@pytest.mark.parametrize(
    "variables", [{"a": [[[[["x"]]]]]}, {"a": {"b": {"c": {"d": {"e": {}}}}}}, {"a": ["x"] * 9}]
)
async def test_variables_are_bounded(exchange, variables):
    face = Face(exchange, limits=Limits(nesting=4, list_items=8))
    assert await face.kinds("{ __typename }", variables=variables) == ["LimitExceeded"]
    face.graphql.close()


def test_checks_that_take_too_long_are_given_up():
    documents = Documents(schema(), Limits(check_s=0.0))
    with pytest.raises(Refused, match="takes more than 0 s"):
        documents._prepare("{ __typename }")
    documents.close()


async def test_what_is_kept_is_bounded():
    documents = Documents(schema(), DEFAULTS)
    for each in range(300):
        await documents.prepared(f"{{ __typename }} # {each}" + "x" * 1000)
    assert 150 < len(documents._kept) < 200
    assert documents._size == sum(map(len, documents._kept)) <= 200_000
    documents.close()
