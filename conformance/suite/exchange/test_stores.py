"""DX-DS: lists of data stores, single ones, their home directories and ids."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from conformance.judging import expect, not_applicable, observe, passive, refused, requirement
from conformance.oracles.exchange.model import DataStore
from conformance.suite.exchange.asking import wrong
from conformance.suite.exchange.callers import members, others
from conformance.targets.exchange import REFUSED, ExchangeTarget
from conformance.targets.naming import is_tagged


def _ids(stores: Sequence[DataStore]) -> list[str]:
    return [store.data_store_id for store in stores]


@requirement("DX-DS-001")
@passive
def test_lists_hold_the_callers_own(exchange: ExchangeTarget) -> None:
    seen: dict[str, str] = {}
    for view in [exchange, *others(exchange)]:
        stores = view.list_data_stores()
        owners = {store.owner_user_id for store in stores} - {view.me.user_id}
        expect(not owners, f"owners of the stores of {view.role}", got=owners, wanted="the caller")
        for id_ in _ids(stores):
            expect(id_ not in seen, "store", got=f"listed for {seen.get(id_)} and {view.role}")
            seen[id_] = view.role


@requirement("DX-DS-001")
@passive
def test_the_known_store_is_listed(exchange: ExchangeTarget) -> None:
    store = exchange.store()
    if store.owner_user_id != exchange.me.user_id:
        not_applicable("the store of the profile is another user's")
    ids = _ids(exchange.list_data_stores())
    expect(store.data_store_id in ids, "ids of the list", got=ids, wanted=store.data_store_id)


@requirement("DX-DS-001", needs=["administration"])
def test_new_stores_are_listed_for_their_owner(exchange: ExchangeTarget) -> None:
    made = [exchange.fresh_store().data_store_id for _ in range(2)]
    exchange.settled(
        lambda: set(made) <= set(_ids(exchange.list_data_stores())), what="new stores in the list"
    )
    for view in others(exchange):
        taken = set(made) & set(_ids(view.list_data_stores()))
        expect(not taken, f"stores of the owner in the list of {view.role}", got=taken)
    exchange.delete_data_store(made[0])
    exchange.settled(
        lambda: made[0] not in _ids(exchange.list_data_stores()), what="list without what is gone"
    )


@requirement("DX-DS-001")
def test_what_is_shared_is_not_listed(exchange: ExchangeTarget) -> None:
    views = members(exchange)
    collaborative, store = exchange.collaborative(), exchange.own_store()
    id_ = collaborative.collaborative_id
    if all(each.service_id != store.data_store_id for each in exchange.list_services(id_)):
        exchange.share(id_, store.data_store_id)
    for view in views:
        ids = _ids(view.list_data_stores())
        right = store.data_store_id not in ids
        expect(right, f"stores of {view.role}", got=ids, wanted="not what others share")


@requirement("DX-DS-002")
@passive
def test_single_stores_are_as_listed(exchange: ExchangeTarget) -> None:
    stores = [store for store in exchange.list_data_stores() if not is_tagged(store.name)]
    if not stores:
        not_applicable("the owner of the profile has no data store")
    for listed in stores[:3]:
        shown = exchange.get_data_store(listed.data_store_id)
        expect(shown == listed, "store by its id", got=shown, wanted=listed)


@requirement("DX-DS-002", needs=["administration", "full"])
def test_a_new_store_is_as_listed(exchange: ExchangeTarget) -> None:
    made = exchange.fresh_store("of a check")
    shown = exchange.get_data_store(made.data_store_id)
    expect(shown == made, "store by its id", got=shown, wanted=made)

    def listed() -> DataStore | None:
        found = (s for s in exchange.list_data_stores() if s.data_store_id == made.data_store_id)
        return next(found, None)

    entry = exchange.settled(listed, what="new store in the list")
    expect(shown == entry, "store by its id", got=shown, wanted=entry)


def _is_home(exchange: ExchangeTarget, store: DataStore) -> None:
    home = exchange.get_directory(store.home_directory_id, contents=0)
    got = (home.data_store_directory_id, home.home_directory, home.parent_directory_id)
    wanted = (store.home_directory_id, True, None)
    expect(got == wanted, "id, homeDirectory and parent of the home", got=got, wanted=wanted)
    right = home.data_store_id in (None, store.data_store_id)
    expect(right, "store of the home", got=home.data_store_id, wanted=store.data_store_id)


@requirement("DX-DS-003")
@passive
def test_home_directories(exchange: ExchangeTarget) -> None:
    found = [(v, s) for v in [exchange, *others(exchange)] for s in v.list_data_stores()[:2]]
    found = [(view, store) for view, store in found if not is_tagged(store.name)]
    if not found:
        not_applicable("nobody whose token the profile has has a data store")
    for view, store in found:
        _is_home(view, store)


@requirement("DX-DS-003", needs=["administration"])
def test_only_the_home_is_home(exchange: ExchangeTarget) -> None:
    store = exchange.fresh_store()
    _is_home(exchange, store)
    inner = exchange.fresh_directory(store)
    shown = exchange.get_directory(inner.data_store_directory_id)
    expect(not shown.home_directory, "homeDirectory of another", got=True, wanted=False)


@requirement("DX-DS-004")
@passive
def test_a_store_needs_an_id(exchange: ExchangeTarget) -> None:
    for what, text in {
        "no id": "{ storage_getDataStore { dataStoreId name } }",
        "null as id": "{ storage_getDataStore(dataStoreId: null) { dataStoreId name } }",
    }.items():
        wrong(exchange.post({"query": text}), f"a store by {what}")
    text = "query a($id: ID!) { storage_getDataStore(dataStoreId: $id) { dataStoreId name } }"
    for what, variables in {"nothing": {}, "null": {"id": None}}.items():
        body = {"query": text, "variables": variables, "operationName": "a"}
        wrong(exchange.post(body), f"a store by a variable that is {what}")


@requirement("DX-DS-004")
@passive
def test_unknown_ids_are_no_store(exchange: ExchangeTarget) -> None:
    ids = {"an unknown id": exchange.absent("dataStore"), "an empty id": "", "a word": "nothing"}
    if stores := exchange.list_data_stores():
        ids |= {
            "the beginning of an id": stores[0].data_store_id[:-1],
            "the id of a directory": stores[0].home_directory_id,
        }
    if databases := exchange.list_databases():
        ids["the id of a database"] = databases[0].time_series_db_id
    for what, id_ in ids.items():
        found = refused(partial(exchange.get_data_store, id_), REFUSED, f"a store by {what}")
        if getattr(found, "silent", False):
            observe("null without an error")


@requirement("DX-DS-005")
@passive
def test_lists_keep_their_order(exchange: ExchangeTarget) -> None:
    _same_order(exchange)


@requirement("DX-DS-005", needs=["administration", "full"])
def test_lists_of_several_keep_their_order(exchange: ExchangeTarget) -> None:
    made = {exchange.fresh_store().data_store_id for _ in range(3)}
    exchange.settled(
        lambda: made <= set(_ids(exchange.list_data_stores())), what="new stores in the list"
    )
    _same_order(exchange)


def _same_order(exchange: ExchangeTarget) -> None:
    lists = [_ids(exchange.list_data_stores()) for _ in range(3)]
    common = set(lists[0]).intersection(*lists)
    first, *more = [[id_ for id_ in ids if id_ in common] for ids in lists]
    for ids in more:
        expect(ids == first, "order of the list, asked again", got=ids, wanted=first)


@requirement("DX-DS-006")
@passive
def test_ids_tell_what_they_are_of(exchange: ExchangeTarget) -> None:
    views = [exchange, *others(exchange)]
    stores = [id_ for view in views for id_ in _ids(view.list_data_stores())]
    databases = [each.time_series_db_id for view in views for each in view.list_databases()]
    if not stores and not databases:
        not_applicable("nobody whose token the profile has has a store or database")
    _telling(stores, databases)


@requirement("DX-DS-006", needs=["administration"])
def test_new_ids_tell_what_they_are_of(exchange: ExchangeTarget) -> None:
    stores = [exchange.fresh_store().data_store_id for _ in range(2)]
    _telling(stores, [exchange.fresh_database().time_series_db_id for _ in range(2)])


def _telling(stores: Sequence[str], databases: Sequence[str]) -> None:
    for id_ in stores:
        expect("dataStore" in id_, "id of a store", got=id_, wanted="dataStore in it")
    for id_ in databases:
        right = "timeSeriesDb" in id_ and "dataStore" not in id_
        wanted = "timeSeriesDb in it, and not dataStore"
        expect(right, "id of a database", got=id_, wanted=wanted)
