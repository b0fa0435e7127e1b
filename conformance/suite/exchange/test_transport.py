"""DX-TR-001 to 005: documents in each form, the same answer; what is wrong has no effect."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from conformance.judging import (
    Refused,
    attempt,
    expect,
    explore,
    observe,
    passive,
    requirement,
    sampled,
)
from conformance.oracles.exchange.model import DataStoreFile
from conformance.oracles.exchange.records import single
from conformance.strategies.exchange import reformatted, texts
from conformance.suite.exchange.asking import (
    SESSION,
    brief,
    lasting,
    still_answers,
    taken,
    wrong,
)
from conformance.suite.exchange.trees import ground
from conformance.targets.exchange import ExchangeTarget, Raw, item_of
from conformance.targets.exchange_documents import Document

MALFORMED: Mapping[str, str] = {
    "a quote inside of a text": '{ storage_getDataStore(dataStoreId: "a"b") { name } }',
    "a line end inside of a text": '{ storage_getDataStore(dataStoreId: "a\nb") { name } }',
    "a backslash that escapes nothing": r'{ storage_getDataStore(dataStoreId: "a\q") { name } }',
    "a bracket that is not closed": "{ user_getUserSession { user { userId } }",
    "a bracket too many": "{ user_getUserSession { user { userId } } } }",
    "a sign that is none": "{ user_getUserSession { user ? } }",
}
"""Documents that cannot be parsed, by what is wrong with them."""


def _reads(exchange: ExchangeTarget) -> Sequence[Document]:
    """Calls that read what nobody changes, as far as the owner has it."""
    ask = exchange.document
    found = [ask("user_getUserSession")]
    store = attempt(exchange.store) if exchange.list_data_stores() else None
    if store is not None and not isinstance(store, Refused):
        found.append(ask("storage_getDataStore", dataStoreId=store.data_store_id))
        found.append(
            ask(
                "storage_getDataStoreDirectory",
                contents=0,
                dataStoreDirectoryId=store.home_directory_id,
            )
        )
    return found


@requirement("DX-TR-001")
@passive
def test_a_query_alone_is_answered(exchange: ExchangeTarget) -> None:
    for what, text in {
        "named document": SESSION,
        "document without a name": "query { user_getUserSession { user { userId } } }",
        "document without a word": "{ user_getUserSession { user { userId } } }",
    }.items():
        data = taken(exchange.post({"query": text}), what)
        user = (data.get("user_getUserSession") or {}).get("user") or {}
        expect(
            isinstance(user.get("userId"), str) and set(user) == {"userId"},
            f"data of a {what}",
            got=data,
            wanted="the field that was asked for",
        )


@requirement("DX-TR-001")
@passive
def test_errors_come_in_json(exchange: ExchangeTarget) -> None:
    document = exchange.document("storage_getDataStore", dataStoreId=exchange.absent("dataStore"))
    reply = exchange.post({"query": document.query})
    whole = reply.document is not None and ("data" in reply.document or reply.errors)
    expect(whole, "answer to a call that fails", got=brief(reply), wanted="JSON with errors")
    if not reply.errors:
        observe("null without an error")


@requirement("DX-TR-002")
@passive
def test_variables_read_the_same(exchange: ExchangeTarget) -> None:
    plain, variable = _reads(exchange.inlined), _reads(exchange.with_variables)
    for one, other in zip(plain, variable, strict=True):
        name = one.operation.name
        wanted = lasting(taken(exchange.post(one.body()), f"{name}, arguments inlined"))
        body = {"variables": {}, "operationName": name, **other.body()}
        got = lasting(taken(exchange.post(body), f"{name}, arguments as variables"))
        expect(got == wanted, f"{name} with variables", got=got, wanted=wanted)


@requirement("DX-TR-002")
@passive
def test_the_name_chooses_the_operation(exchange: ExchangeTarget) -> None:
    other = "query second { storage_listDataStores { dataStoreId } }"
    body = {"query": f"{SESSION} {other}", "operationName": "second"}
    reply = exchange.post(body)
    if reply.errors and not reply.has_data:
        observe("documents of several operations are refused")
        return
    data = taken(reply, "the second of two operations")
    expect(
        set(data) == {"storage_listDataStores"},
        "data of the second of two operations",
        got=data,
        wanted="storage_listDataStores alone",
    )


@requirement("DX-TR-002")
def test_variables_write_the_same(exchange: ExchangeTarget) -> None:
    store = ground(exchange)

    def kept(view: ExchangeTarget, name: str, text: str) -> DataStoreFile:
        made = view.create_file(
            store=store.data_store_id,
            directory=store.home_directory_id,
            name=name,
            extension="txt",
            description=text,
        )
        shown = view.get_file(item_of(made))
        exchange.delete_file(shown.data_store_file_id)
        return shown

    def body(text: str) -> None:
        name = exchange.fresh_name()
        one = kept(exchange.inlined, f"{name}-1", text)
        other = kept(exchange.with_variables, f"{name}-2", text)
        wanted = (f"{name}-2", one.file_extension, one.description)
        got = (other.name, other.file_extension, other.description)
        expect(got == wanted, "file made with variables", got=got, wanted=wanted)

    explore(
        body,
        examples=5,
        directed=[{"text": 'a "quoted" $text {with} \\ and é'}],
        text=texts().filter(bool),
    )


@requirement("DX-TR-003")
@passive
def test_white_space_changes_nothing(exchange: ExchangeTarget) -> None:
    documents = {each.operation.name: each.query for each in _reads(exchange)}
    wanted = {
        name: lasting(taken(exchange.post({"query": text}), name))
        for name, text in documents.items()
    }

    def body(name: str, seed: int) -> None:
        text = reformatted(documents[name], seed)
        got = lasting(taken(exchange.post({"query": text}), "document in another form"))
        expect(got == wanted[name], "data of a document in another form", got=got)

    explore(
        body,
        examples=20,
        directed=[{"name": name, "seed": 1} for name in documents],
        name=st.sampled_from(sorted(documents)),
        seed=st.integers(0, 2**32),
    )


@requirement("DX-TR-003")
@passive
def test_commas_may_be_missing(exchange: ExchangeTarget) -> None:
    text = exchange.document(
        "timeSeriesDb_queryDatabase",
        timeSeriesDbId=exchange.database().time_series_db_id,
        queryType="TIME_PERIOD",
        startTime="2020-01-01T00:00:00.000Z",
        endTime="2020-01-01T00:00:01.000Z",
        assets=[
            {"assetId": exchange.fresh_asset(), "attributeNamesFilter": ["a", "b"]},
            {"assetId": exchange.fresh_asset(), "attributeNamesFilter": ["c"]},
        ],
    ).query
    for what, sent in {"as usual": text, "without commas": text.replace(",", " ")}.items():
        taken(exchange.post({"query": sent}), f"query with two assets, {what}")


@requirement("DX-TR-003")
def test_commas_between_records_may_be_missing(exchange: ExchangeTarget) -> None:
    database, asset = exchange.own_database().time_series_db_id, exchange.fresh_asset()
    at = exchange.recent_ns()
    exchange.publish(database, asset, [single("a", "1.0", at)])
    records = [single("a", "2.0", at + 10**9), single("b", "3.0", at)]
    text = exchange.inlined.document(
        "timeSeriesDb_publishToDatabase",
        assetId=asset,
        timeSeriesDbId=database,
        data={"records": [record.to_input() for record in records]},
    ).query
    taken(exchange.post({"query": text.replace("}, {", "}{")}), "records without commas")

    def stored() -> bool:
        found = exchange.last_values(database, asset).get(asset)
        shown = {a.name: a.last_value for a in found.attributes or ()} if found else {}
        return set(shown) == {"a", "b"} and float(shown["a"]) == 2.0

    exchange.settled(stored, what="both records that no comma parts")


@requirement("DX-TR-004")
@passive
def test_malformed_documents(exchange: ExchangeTarget) -> None:
    for what, text in sampled(list(MALFORMED.items()), 3):
        reply = wrong(exchange.post({"query": text}), f"document with {what}")
        located = [e.get("locations") for e in reply.errors if isinstance(e, Mapping)]
        expect(
            any(_is_place(place) for places in located if places for place in places),
            f"locations of the error, document with {what}",
            got=brief(reply),
            wanted="line and column",
        )
        still_answers(exchange, f"a document with {what}")


@requirement("DX-TR-004")
@passive
def test_documents_that_say_nothing(exchange: ExchangeTarget) -> None:
    for what, body in {
        "an empty document": {"query": ""},
        "a document of white space": {"query": " \n"},
        "no document": {},
    }.items():
        reply = exchange.post(json.dumps(body))
        right = reply.status in (200, 400) and reply.errors and not reply.has_data
        expect(right, what, got=brief(reply), wanted="status 200 or 400, errors, no data")
        still_answers(exchange, what)


@requirement("DX-TR-004")
def test_a_malformed_mutation_has_no_effect(exchange: ExchangeTarget) -> None:
    store, name = ground(exchange), exchange.fresh_name()
    text = exchange.inlined.document(
        "storage_createDataStoreFile",
        dataStoreDirectoryId=store.home_directory_id,
        dataStoreId=store.data_store_id,
        name=name,
        fileExtension="txt",
        description=Raw('"the "best" of all"'),
    ).query
    wrong(exchange.post({"query": text}), "quotes in a description, not escaped")
    _no_file(exchange, store.home_directory_id, name)


@requirement("DX-TR-005")
@passive
def test_what_the_schema_does_not_have(exchange: ExchangeTarget) -> None:
    id_ = exchange.store().data_store_id
    for what, text in {
        "a field that does not exist": (
            f'{{ storage_getDataStore(dataStoreId: "{id_}") {{ nope }} }}'
        ),
        "an operation that does not exist": "{ storage_getNothing { name } }",
        "an argument that does not exist": (
            f'{{ storage_getDataStore(dataStoreId: "{id_}", nope: 1) {{ name }} }}'
        ),
        "a selection of nothing of an object": f'{{ storage_getDataStore(dataStoreId: "{id_}") }}',
        "the service type unknown": exchange.inlined.document(
            "collaborative_listCollaborativesServiceSharedWith",
            serviceType=Raw("unknown"),
            serviceId=id_,
        ).query,
    }.items():
        wrong(exchange.post({"query": text}), f"document with {what}")


@requirement("DX-TR-005")
@passive
def test_words_in_variables(exchange: ExchangeTarget) -> None:
    body = exchange.with_variables.document(
        "collaborative_listCollaborativesServiceSharedWith",
        serviceType="unknown",
        serviceId=exchange.store().data_store_id,
    ).body()
    wrong(exchange.post(body), "the service type unknown as a variable")


@requirement("DX-TR-005")
def test_an_unknown_word_shares_nothing(exchange: ExchangeTarget) -> None:
    collaborative, service = exchange.collaborative().collaborative_id, exchange.own_store()
    id_ = service.data_store_id
    before = {each.service_id for each in exchange.list_services(collaborative)}
    outcome = attempt(lambda: exchange.inlined.share(collaborative, id_, type=Raw("unknown")))
    expect(
        isinstance(outcome, Refused), "sharing as a service type unknown", got=outcome, wanted="no"
    )
    after = {each.service_id for each in exchange.list_services(collaborative)}
    same = (id_ in after) == (id_ in before)
    expect(same, "services after a refused sharing", got=sorted(after), wanted=sorted(before))


@requirement("DX-TR-005")
def test_an_unknown_field_makes_nothing(exchange: ExchangeTarget) -> None:
    store, name = ground(exchange), exchange.fresh_name()
    document = exchange.document(
        "storage_createDataStoreFile",
        selection="{ itemId nope }",
        dataStoreDirectoryId=store.home_directory_id,
        dataStoreId=store.data_store_id,
        name=name,
        fileExtension="txt",
    )
    wrong(exchange.post(document.body()), "selection of a field that does not exist")
    _no_file(exchange, store.home_directory_id, name)


def _no_file(exchange: ExchangeTarget, directory: str, name: str) -> None:
    files = exchange.get_directory(directory).files
    made = [file.name for file in files if file.name.startswith(name)]
    expect(not made, "files made by a document that was refused", got=made, wanted="none")


def _is_place(place: object) -> bool:
    if not isinstance(place, Mapping):
        return False
    line, column = place.get("line"), place.get("column")
    return isinstance(line, int) and isinstance(column, int) and line > 0 and column > 0
