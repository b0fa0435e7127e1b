"""The decision table: what each role may do with a service that is shared."""

from pathlib import Path

import pytest

from simulator.services.exchange.registry import Registry, ServiceType
from simulator.services.exchange.rights import Need, Rights
from simulator.tests.services.exchange.exchange import Exchange, refused

ROLES = (
    "owner",
    "second_owner",
    "read_write",
    "read_only",
    "pending",
    "denied",
    "outsider",
    "same_organization",
    "admin",
)
MAY_READ = {"owner", "second_owner", "read_write", "read_only"}


@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what_with_a_shared_store(exchange: Exchange, role: str) -> None:
    user, store_id = exchange.user(role), exchange.store("owner").data_store_id
    may = {need for need in Need if exchange.rights.may(user, store_id, need)}
    owned = set(Need) if role == "owner" else set()
    assert may == owned | ({Need.READ} if role in MAY_READ else set())


@pytest.mark.parametrize("role", ROLES)
def test_shared_write_lets_writers_write(tmp_path: Path, role: str) -> None:
    exchange = Exchange(tmp_path, "shared-write")
    user, db_id = exchange.user(role), exchange.database("owner").time_series_db_id
    writes = exchange.rights.may(user, db_id, Need.WRITE)
    assert writes is (role in {"owner", "second_owner", "read_write"})
    assert exchange.rights.may(user, db_id, Need.OWN) is (role == "owner")


@pytest.mark.parametrize("role", ROLES)
def test_what_is_not_shared_is_its_owners(exchange: Exchange, role: str) -> None:
    user, store_id = exchange.user(role), exchange.store("outsider").data_store_id
    may = {need for need in Need if exchange.rights.may(user, store_id, need)}
    assert may == (set(Need) if role == "outsider" else set())


def test_require_agrees_and_returns_the_service(exchange: Exchange) -> None:
    store_id = exchange.store("owner").data_store_id
    found = exchange.rights.require(exchange.user("read_only"), store_id, Need.READ)
    assert (found.service_id, found.owner_user_id) == (store_id, "user-owner")
    with refused():
        exchange.rights.require(exchange.user("read_only"), store_id, Need.WRITE)


def test_another_kind_of_service_is_as_good_as_none(exchange: Exchange) -> None:
    user, store_id = exchange.user("owner"), exchange.store("owner").data_store_id
    exchange.rights.require(user, store_id, Need.OWN, ServiceType.DATA_STORE)
    with refused() as wrong:
        exchange.rights.require(user, store_id, Need.READ, ServiceType.TIME_SERIES_DB)
    with refused() as missing:
        exchange.rights.require(user, "dataStore-none", Need.READ)
    with refused() as forbidden:
        exchange.rights.require(exchange.user("outsider"), store_id, Need.READ)
    assert str(wrong.value) == str(missing.value) == str(forbidden.value)
    assert not exchange.rights.may(user, "dataStore-none", Need.READ)


def test_without_sharing_only_owners_have_rights(exchange: Exchange) -> None:
    registry = Registry()
    registry.add("dataStore-1", ServiceType.DATA_STORE, "user-owner")
    rights = Rights(registry)
    assert rights.may(exchange.user("owner"), "dataStore-1", Need.OWN)
    assert not rights.may(exchange.user("second_owner"), "dataStore-1", Need.READ)
