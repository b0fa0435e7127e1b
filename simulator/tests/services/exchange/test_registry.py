"""Which services there are."""

import pytest

from simulator.services.exchange.registry import Registry, ServiceType

STORE, DATABASE = ServiceType.DATA_STORE, ServiceType.TIME_SERIES_DB


@pytest.fixture
def registry() -> Registry:
    made = Registry()
    made.add("store-1", STORE, "ann")
    made.add("db-1", DATABASE, "ann")
    made.add("store-2", STORE, "bob")
    made.add("store-3", STORE, "ann")
    return made


def test_a_service_is_found_by_its_id(registry: Registry) -> None:
    found = registry.get("db-1")
    assert found is not None
    assert (found.service_id, found.type, found.owner_user_id) == ("db-1", DATABASE, "ann")
    assert registry.get("db-2") is None


def test_what_someone_owns_of_a_kind_oldest_first(registry: Registry) -> None:
    assert registry.owned("ann", STORE) == ["store-1", "store-3"]
    assert registry.owned("bob", DATABASE) == []
    assert registry.owns("bob")
    assert not registry.owns("cid")


def test_removal_is_told(registry: Registry) -> None:
    told: list[str] = []
    registry.removed.append(told.append)
    registry.remove("store-2")
    assert told == ["store-2"]
    assert registry.get("store-2") is None
    with pytest.raises(KeyError):
        registry.remove("store-2")


def test_an_id_is_taken_once(registry: Registry) -> None:
    with pytest.raises(ValueError, match="store-1"):
        registry.add("store-1", STORE, "bob")


def test_clearing_forgets_all_and_tells_nobody(registry: Registry) -> None:
    told: list[str] = []
    registry.removed.append(told.append)
    registry.clear()
    assert told == []
    assert registry.get("store-1") is None
