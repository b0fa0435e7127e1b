"""An exchange begins with its accounts."""

from pathlib import Path

from simulator.services.exchange.accounts import Accounts
from simulator.tests.services.exchange.exchange import Exchange
from simulator.tests.services.exchange.test_accounts import small


def test_everyone_and_everything_is_there(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path, accounts=Accounts.model_validate(small()))
    user = exchange.user("t1")
    assert user.user_id == "u1"
    assert exchange.user("t2") == user
    (store,) = exchange.storage.list_data_stores(user)
    (db,) = exchange.series.list_databases(user)
    assert (store.name, db.name, db.description) == ("files", "series", "Of meters.")
    (group,) = exchange.sharing.list_collaboratives(user)
    services = exchange.sharing.list_collaborative_services(user, group.collaborative_id)
    assert [each.service_id for each in services] == [store.data_store_id, db.time_series_db_id]
    states = {
        each.organization_id: each.member_state.value
        for each in exchange.sharing.member_organizations(group)
    }
    assert states == {"o1": "HOST_ORGANIZATION", "o2": "PENDING_APPROVAL"}


def test_tokens_end_with_the_worlds_time(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path, accounts=Accounts.model_validate(small()))
    until_us = 1_893_456_000_000_000 - exchange.clock.now_us()
    exchange.advance(until_us - 1)
    assert exchange.service.caller("t2") is not None
    exchange.advance(1)
    assert exchange.service.caller("t2") is None
    assert exchange.service.caller("t1") is not None
