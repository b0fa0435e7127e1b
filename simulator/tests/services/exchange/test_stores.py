"""Data stores."""

from typing import Any

import pytest

from simulator.services.exchange.objects import ObjectError
from simulator.tests.services.exchange.exchange import Exchange, refused


def names(found: Any) -> list[str]:
    return [each.name for each in found]


def test_everyone_sees_their_own_stores_oldest_first(exchange: Exchange) -> None:
    owner = exchange.user("owner")
    made = [exchange.storage.create_data_store(owner, name) for name in ("b", "a", "a")]
    found = exchange.storage.list_data_stores(owner)
    assert names(found) == ["Site reports", "b", "a", "a"]
    assert found[1:] == made
    assert exchange.storage.list_data_stores(exchange.user("same_organization")) == []


@pytest.mark.parametrize(
    ("role", "asked", "expected"),
    [
        ("owner", {"user_id": "user-owner"}, ["Site reports"]),
        ("read_only", {"user_id": "user-owner"}, ["Site reports"]),
        ("read_only", {"user_id": "user-second-owner"}, []),
        ("outsider", {"user_id": "user-owner"}, []),
        ("read_only", {"organization_id": "organization-utility"}, ["Site reports"]),
        ("read_only", {"organization_id": "organization-vendor"}, ["Field diary"]),
        (
            "read_only",
            {"user_id": "user-owner", "organization_id": "organization-vendor"},
            [],
        ),
        ("read_only", {"user_id": "user-none"}, []),
    ],
)
def test_stores_of_others_are_listed_as_far_as_they_are_shared(
    exchange: Exchange, role: str, asked: dict[str, str], expected: list[str]
) -> None:
    found = exchange.storage.list_data_stores(exchange.user(role), **asked)
    assert names(found) == expected


def test_a_store_is_got_as_it_is_listed(exchange: Exchange) -> None:
    store = exchange.store("owner")
    assert exchange.storage.get_data_store(exchange.user("owner"), store.data_store_id) == store
    assert exchange.storage.get_data_store(exchange.user("read_only"), store.data_store_id) == store


def test_ids_tell_the_kind_of_service(exchange: Exchange) -> None:
    made = exchange.storage.create_data_store(exchange.user("owner"), "timeSeriesDb")
    assert "dataStore" in made.data_store_id
    assert "timeSeriesDb" not in made.data_store_id


async def test_a_home_has_no_parent_and_is_empty(exchange: Exchange) -> None:
    owner = exchange.user("owner")
    made = exchange.storage.create_data_store(owner, "New", "A text\nof two lines.")
    assert (made.description, made.owner_user_id) == ("A text\nof two lines.", "user-owner")
    home = exchange.storage.get_data_store_directory(owner, made.home_directory_id)
    assert (home.home_directory, home.parent_directory_id) == (True, None)
    assert (home.data_store_id, home.owner_user_id) == (made.data_store_id, "user-owner")
    assert await exchange.storage.contents(home) == []


@pytest.mark.parametrize(("name", "description"), [("", None), ("a/b", None), ("a", "x" * 10_001)])
def test_bad_texts_make_no_store(exchange: Exchange, name: str, description: str | None) -> None:
    owner = exchange.user("owner")
    with refused("ValidationError"):
        exchange.storage.create_data_store(owner, name, description)
    assert names(exchange.storage.list_data_stores(owner)) == ["Site reports"]


def test_an_update_changes_what_is_given(exchange: Exchange) -> None:
    owner, id = exchange.user("owner"), exchange.store("owner").data_store_id
    exchange.storage.update_data_store(owner, id, name="Renamed")
    after = exchange.storage.update_data_store(owner, id, description="")
    assert (after.name, after.description) == ("Renamed", "")
    assert exchange.store("owner") == after
    with refused("ValidationError"):
        exchange.storage.update_data_store(owner, id, name="", description="changed")
    assert exchange.store("owner") == after


@pytest.mark.parametrize("role", ["second_owner", "read_only", "outsider", "admin"])
async def test_only_owners_change_and_remove_stores(exchange: Exchange, role: str) -> None:
    store = exchange.store("owner")
    with refused():
        exchange.storage.update_data_store(exchange.user(role), store.data_store_id, "x")
    with refused():
        await exchange.storage.delete_data_store(exchange.user(role), store.data_store_id)
    assert exchange.store("owner") == store


async def test_a_deleted_store_takes_everything_along(exchange: Exchange) -> None:
    owner, store = exchange.user("owner"), exchange.store("owner")
    made = exchange.make_file("owner")
    await exchange.put(made.url, b"bytes")
    url = exchange.storage.get_data_store_file_download_url(owner, made.item_id).url
    assert await exchange.storage.delete_data_store(owner, store.data_store_id) == store
    assert exchange.storage.list_data_stores(owner) == []
    with refused():
        exchange.storage.get_data_store(owner, store.data_store_id)
    with refused():
        exchange.storage.get_data_store_directory(owner, store.home_directory_id)
    with refused():
        await exchange.storage.get_data_store_file(owner, made.item_id)
    with pytest.raises(ObjectError):
        await exchange.get(url)
    with refused():
        await exchange.storage.delete_data_store(owner, store.data_store_id)


def test_a_database_is_no_store(exchange: Exchange) -> None:
    with refused():
        exchange.storage.get_data_store(
            exchange.user("owner"), exchange.database("owner").time_series_db_id
        )
