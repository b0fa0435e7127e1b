"""DX-CO-005 to 008 and 010: who may share, read and write what is shared, and until when."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from conformance.judging import (
    expect,
    not_applicable,
    observe,
    passive,
    refused,
    requirement,
    sampled,
)
from conformance.oracles.exchange.model import Collaborative, DataStore
from conformance.oracles.exchange.records import single
from conformance.oracles.exchange.rights import ACTIVE_STATES
from conformance.suite.exchange.asking import brief, denied, reached
from conformance.suite.exchange.callers import members, others, state_of
from conformance.targets.exchange import REFUSED, ExchangeTarget
from conformance.targets.exchange_documents import Document
from conformance.targets.exchange_errors import refusal
from conformance.targets.naming import is_tagged

DATA = b"shared bytes"


def _in_list(view: ExchangeTarget, collaborative: str, service: str) -> bool:
    return any(each.service_id == service for each in view.list_services(collaborative))


def _share(exchange: ExchangeTarget, collaborative: str, service: str) -> None:
    if _in_list(exchange, collaborative, service):
        return
    exchange.share(collaborative, service)
    exchange.settled(
        lambda: _in_list(exchange, collaborative, service), what="shared service in the list"
    )


@requirement("DX-CO-005")
def test_only_the_owner_shares(exchange: ExchangeTarget) -> None:
    collaborative = exchange.collaborative().collaborative_id
    services = {
        "store": exchange.own_store().data_store_id,
        "database": exchange.own_database().time_series_db_id,
    }
    views = others(exchange)
    if not views:
        not_applicable("the profile gives no token of another user")
    for what, id_ in services.items():
        before = _in_list(exchange, collaborative, id_)
        for view in views:
            refused(
                partial(view.share, collaborative, id_),
                REFUSED,
                f"sharing a {what} of the owner, by {view.role}",
            )
        after = _in_list(exchange, collaborative, id_)
        expect(after == before, f"whether the {what} is shared then", got=after, wanted=before)


@requirement("DX-CO-005")
def test_only_the_owner_takes_back_or_shares_once_more(exchange: ExchangeTarget) -> None:
    views = others(exchange)
    if not views:
        not_applicable("the profile gives no token of another user")
    collaborative, id_ = exchange.collaborative().collaborative_id, _fresh_shared(exchange)
    for view in views:
        refused(
            partial(view.share, collaborative, id_),
            REFUSED,
            f"sharing once more a store that the owner shares, by {view.role}",
        )
        refused(
            partial(view.unshare, collaborative, id_),
            REFUSED,
            f"taking back a store of the owner, by {view.role}",
        )
        there = _in_list(exchange, collaborative, id_)
        expect(there, "whether the store is shared then", got=there, wanted=True)


@requirement("DX-CO-005")
def test_only_the_owner_lists_where_it_is_shared(exchange: ExchangeTarget) -> None:
    views = others(exchange)
    if not views:
        not_applicable("the profile gives no token of another user")
    id_ = _fresh_shared(exchange)
    document = exchange.document(
        "collaborative_listCollaborativesServiceSharedWith",
        serviceType="DATA_STORE",
        serviceId=id_,
    )
    for view in views:
        denied(view, document, f"where a store of the owner is shared, asked by {view.role}")


def _fresh_shared(exchange: ExchangeTarget) -> str:
    """A store that is shared in the collaborative."""
    id_ = exchange.own_store().data_store_id
    _share(exchange, exchange.collaborative().collaborative_id, id_)
    return id_


def _reads(view: ExchangeTarget, store: DataStore, file: str) -> None:
    """Fail unless a member reads all of a shared store."""
    id_, home = store.data_store_id, store.home_directory_id
    shown = reached(view, lambda: view.get_data_store(id_), f"shared store, read by {view.role}")
    expect(shown == store, "shared store as a member sees it", got=shown, wanted=store)
    directory = reached(view, lambda: view.get_directory(home), f"its home, read by {view.role}")
    files = [each.data_store_file_id for each in directory.files]
    expect(file in files, "files as a member sees them", got=files, wanted=file)
    reached(view, lambda: view.get_file(file), f"shared file, read by {view.role}")
    got = view.download(file, store_id=store.data_store_id)
    expect(got == DATA, "bytes as a member gets them", got=got, wanted=DATA)


@requirement("DX-CO-006")
def test_members_read_files_that_are_shared(exchange: ExchangeTarget) -> None:
    collaborative = exchange.common_collaborative("read_only").collaborative_id
    store = exchange.own_store()
    file = exchange.fresh_file(DATA, store=store).data_store_file_id
    _share(exchange, collaborative, store.data_store_id)
    _reads(exchange.as_role("read_only"), store, file)


@requirement("DX-CO-006", needs=["full"])
def test_members_read_series_that_are_shared(exchange: ExchangeTarget) -> None:
    collaborative = exchange.common_collaborative("read_only").collaborative_id
    reader = exchange.as_role("read_only")
    database, asset = exchange.own_database(), exchange.fresh_asset()
    id_ = database.time_series_db_id
    exchange.publish(id_, asset, [single("m", "1.5", exchange.recent_ns())])
    _share(exchange, collaborative, id_)
    shown = reached(reader, lambda: reader.get_database(id_), "shared database, read by a member")
    expect(shown == database, "shared database as a member sees it", got=shown, wanted=database)
    reader.settled(lambda: asset in reader.last_values(id_, asset), what="last values of a member")
    expect(_in_list(reader, collaborative, id_), "services that a member lists", got=f"no {id_}")


@requirement("DX-CO-006")
def test_readers_do_not_write(exchange: ExchangeTarget) -> None:
    collaborative = exchange.common_collaborative("read_only").collaborative_id
    reader, store = exchange.as_role("read_only"), exchange.own_store()
    file = exchange.fresh_file(DATA, store=store)
    database, asset = exchange.own_database().time_series_db_id, exchange.fresh_asset()
    for service in (store.data_store_id, database):
        _share(exchange, collaborative, service)
    name, at = exchange.fresh_name(), exchange.recent_ns()
    writes: dict[str, Callable[[], Any]] = {
        "a new file": lambda: reader.create_file(
            store=store.data_store_id, directory=store.home_directory_id, name=name
        ),
        "deleting a file": lambda: reader.delete_file(file.data_store_file_id),
        "publishing": lambda: reader.publish(database, asset, [single("m", "1.0", at)]),
    }
    if exchange.profile.administration:
        writes |= {
            "renaming a file": lambda: reader.update_file(file.data_store_file_id, name=name),
            "renaming the store": lambda: reader.update_data_store(store.data_store_id, name=name),
            "a new directory": lambda: reader.create_directory(
                store=store.data_store_id, parent=store.home_directory_id, name=name
            ),
            "deleting the store": lambda: reader.delete_data_store(store.data_store_id),
        }
    for what, call in sampled(list(writes.items()), 4):
        refused(call, REFUSED, f"{what}, by a member with READ_ONLY")
    home = exchange.get_directory(store.home_directory_id)
    left = {f.name for f in home.files} | {d.name for d in home.directories}
    right = file.name in left and name not in left
    expect(right, "objects after that", got=sorted(left), wanted=f"{file.name}, and not {name}")
    found = exchange.last_values(database, asset)
    expect(not found, "last values after that", got=found, wanted="none")


def _store_of(view: ExchangeTarget) -> str:
    return view.own_store().data_store_id


@requirement("DX-CO-007", needs=["read_write"])
def test_writers_share_their_own(exchange: ExchangeTarget) -> None:
    collaborative = exchange.common_collaborative("read_write").collaborative_id
    writer = exchange.as_role("read_write")
    id_ = _store_of(writer)
    if not _in_list(writer, collaborative, id_):
        writer.share(collaborative, id_)
    exchange.settled(
        lambda: _in_list(exchange, collaborative, id_), what="what another member has shared"
    )
    reached(exchange, lambda: exchange.get_data_store(id_), "store that another member has shared")


@requirement("DX-CO-007", needs=["read_only"])
def test_readers_share_nothing(exchange: ExchangeTarget) -> None:
    collaborative = exchange.common_collaborative("read_only").collaborative_id
    reader = exchange.as_role("read_only")
    id_ = _store_of(reader)
    before = _in_list(exchange, collaborative, id_)
    what = "sharing a store of one's own, by a member with READ_ONLY"
    refused(lambda: reader.share(collaborative, id_), REFUSED, what)
    after = _in_list(exchange, collaborative, id_)
    expect(after == before, "whether the store is shared then", got=after, wanted=before)


@requirement("DX-CO-007", needs=["outsider"])
def test_outsiders_share_nothing(exchange: ExchangeTarget) -> None:
    collaborative = exchange.collaborative().collaborative_id
    outsider = exchange.as_role("outsider")
    id_ = _store_of(outsider)
    what = "sharing a store of one's own, by whoever is no member"
    refused(lambda: outsider.share(collaborative, id_), REFUSED, what)
    there = _in_list(exchange, collaborative, id_)
    expect(not there, "whether the store is shared then", got=there, wanted=False)


@requirement("DX-CO-008", needs=["administration"])
def test_what_is_taken_back_is_out_of_reach(exchange: ExchangeTarget) -> None:
    views = members(exchange)
    collaborative = exchange.collaborative().collaborative_id
    store, database = exchange.fresh_store(), exchange.fresh_database().time_series_db_id
    file = exchange.fresh_file(DATA, store=store).data_store_file_id
    for service in (store.data_store_id, database):
        _share(exchange, collaborative, service)
    for view in views:
        _reads(view, store, file)
        reached(view, partial(view.get_database, database), f"shared database, read by {view.role}")
    for service in (store.data_store_id, database):
        exchange.unshare(collaborative, service)
    exchange.settled(
        lambda: not _in_list(exchange, collaborative, store.data_store_id), what="list without it"
    )
    ask = exchange.document
    documents = {
        "a store": ask("storage_getDataStore", dataStoreId=store.data_store_id),
        "its home": ask(
            "storage_getDataStoreDirectory", dataStoreDirectoryId=store.home_directory_id
        ),
        "a file": ask("storage_getDataStoreFile", dataStoreFileId=file),
        "the URL of a file": ask("storage_getDataStoreFileDownloadUrl", dataStoreFileId=file),
        "a database": ask("timeSeriesDb_getDatabase", timeSeriesDbId=database),
        "last values": ask("timeSeriesDb_listAllAssetLastValues", timeSeriesDbId=database),
    }
    for view in views:
        for what, document in documents.items():
            view.settled(
                partial(_tells_nothing, view, document),
                what=f"refusal of {what} that was taken back, to {view.role}",
            )
            denied(view, document, f"{what} that was taken back, asked by {view.role}")


def _tells_nothing(view: ExchangeTarget, document: Document) -> bool:
    return not view.post(document.body()).has_data


def _waiting(exchange: ExchangeTarget) -> tuple[ExchangeTarget, Collaborative]:
    """The caller whose organization waits, and the collaborative for which it does."""
    view = exchange.as_role("pending")
    for each in exchange.list_collaboratives():
        state = state_of(each, view.me.user_id)
        if not is_tagged(each.name) and state is not None and state not in ACTIVE_STATES:
            return view, each
    not_applicable("the owner sees no collaborative for which the pending user waits")


def _sees_nothing(view: ExchangeTarget, collaborative: str, who: str) -> None:
    ids = [each.collaborative_id for each in view.list_collaboratives()]
    expect(collaborative not in ids, f"collaboratives of {who}", got=ids, wanted="none of it")
    document = view.document("collaborative_getCollaborative", collaborativeId=collaborative)
    denied(view, document, f"the collaborative, asked by {who}")
    name = "collaborative_listCollaborativeServices"
    reply = view.post(view.document(name, collaborativeId=collaborative).body())
    if reply.data is not None and reply.data.get(name) == [] and not reply.errors:
        observe("services of a collaborative that one is not in: an empty list")
        return
    expect(not reply.has_data, f"its services, asked by {who}", got=brief(reply), wanted="none")
    if reply.errors or reply.status != 200:
        code = refusal(name, reply).code
        expect(code in REFUSED, f"its services, asked by {who}", got=brief(reply))


@requirement("DX-CO-010")
@passive
def test_who_waits_sees_nothing(exchange: ExchangeTarget) -> None:
    view, collaborative = _waiting(exchange)
    _sees_nothing(view, collaborative.collaborative_id, "a user whose organization waits")


@requirement("DX-CO-010")
def test_who_waits_reads_nothing_shared(exchange: ExchangeTarget) -> None:
    view, collaborative = _waiting(exchange)
    store = exchange.own_store()
    _share(exchange, collaborative.collaborative_id, store.data_store_id)
    document = exchange.document("storage_getDataStore", dataStoreId=store.data_store_id)
    denied(view, document, "a shared store, asked by a user whose organization waits")


@requirement("DX-CO-010", needs=["administration", "admin", "second_owner", "full"])
def test_states_of_an_organization_decide(exchange: ExchangeTarget) -> None:
    admin, guest = exchange.as_role("admin"), exchange.as_role("second_owner")
    organization = guest.me.organization
    if organization is None:
        not_applicable("the second owner has no organization")
    made = admin.create_collaborative(exchange.fresh_name()).collaborative_id
    admin.add_member(made, guest.me.user_id, "READ_WRITE")
    for state in ("PENDING_APPROVAL", "APPROVED", "DENIED_ACCESS", "APPROVED"):
        admin.update_member_organization(made, organization.organization_id, state)
        if state in ACTIVE_STATES:
            guest.settled(
                lambda: made in [each.collaborative_id for each in guest.list_collaboratives()],
                what="collaborative that an organization was let into",
            )
            continue
        guest.settled(
            lambda: made not in [each.collaborative_id for each in guest.list_collaboratives()],
            what="list without a collaborative that an organization is not in",
        )
        _sees_nothing(guest, made, f"a user whose organization is {state}")
