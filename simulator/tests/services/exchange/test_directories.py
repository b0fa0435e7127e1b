"""Directories of a data store."""

from pathlib import Path
from typing import Any

import pytest

from simulator.tests.services.exchange.exchange import Exchange, refused


class Home:
    """The home of the owner's store, and short ways to make directories in it."""

    def __init__(self, exchange: Exchange) -> None:
        self.storage = exchange.storage
        self.owner = exchange.user("owner")
        self.store = exchange.store("owner")
        self.id = self.store.home_directory_id

    def make(self, name: str, parent_id: str | None = None, user: Any = None) -> Any:
        return self.storage.create_data_store_directory(
            user or self.owner, self.store.data_store_id, name, parent_id or self.id
        )

    def update(self, id: str, **changes: str) -> Any:
        return self.storage.update_data_store_directory(self.owner, id, **changes)

    async def names(self, id: str) -> list[str]:
        found = await self.storage.contents(self.storage.get_data_store_directory(self.owner, id))
        for each in found:
            assert each.object_type == "DIRECTORY"
            assert each.data_store_file is None
            assert each.data_store_directory.parent_directory_id == id
        return [each.data_store_directory.name for each in found]


@pytest.fixture
def home(exchange: Exchange) -> Home:
    return Home(exchange)


async def test_directories_stand_in_their_parents(home: Home) -> None:
    first = home.make("b")
    home.make("a")
    below = home.make("c", first.data_store_directory_id)
    assert await home.names(home.id) == ["b", "a"]
    assert await home.names(first.data_store_directory_id) == ["c"]
    assert not below.home_directory
    assert below.data_store_id == home.store.data_store_id


async def test_a_parent_has_one_directory_of_a_name(home: Home) -> None:
    first = home.make("a")
    second = home.make("b")
    with refused("ConflictException"):
        home.make("a")
    with refused("ConflictException"):
        home.update(second.data_store_directory_id, name="a")
    home.make("a", first.data_store_directory_id)
    assert await home.names(home.id) == ["a", "b"]


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a\0"])
async def test_bad_names_are_refused(home: Home, name: str) -> None:
    made = home.make("a")
    with refused("ValidationError"):
        home.make(name)
    with refused("ValidationError"):
        home.update(made.data_store_directory_id, name=name)
    assert await home.names(home.id) == ["a"]


def test_a_parent_has_to_be_in_the_store(exchange: Exchange, home: Home) -> None:
    other = exchange.storage.create_data_store(home.owner, "Other")
    made = home.make("a")
    for parent_id in (other.home_directory_id, "dataStoreDirectory-none"):
        with refused():
            home.make("x", parent_id)
        with refused():
            home.update(made.data_store_directory_id, parent_directory_id=parent_id)


async def test_renaming_and_moving(home: Home) -> None:
    first, second = home.make("a"), home.make("b")
    first_id, second_id = first.data_store_directory_id, second.data_store_directory_id
    assert home.update(first_id, name="a") == first
    assert home.update(first_id).name == "a"
    moved = home.update(first_id, name="c", parent_directory_id=second_id)
    assert (moved.name, moved.parent_directory_id) == ("c", second_id)
    assert await home.names(home.id) == ["b"]
    assert await home.names(second_id) == ["c"]


def test_a_tree_has_no_cycle(home: Home) -> None:
    first = home.make("a").data_store_directory_id
    second = home.make("b", first).data_store_directory_id
    for target in (first, second):
        with refused("ConflictException"):
            home.update(first, parent_directory_id=target)
    assert home.storage.get_data_store_directory(home.owner, second).parent_directory_id == first


async def test_a_home_keeps_its_name_and_place(home: Home) -> None:
    below = home.make("a").data_store_directory_id
    with refused("ConflictException"):
        home.update(home.id, name="x")
    with refused("ConflictException"):
        home.update(home.id, parent_directory_id=below)
    with refused("ConflictException"):
        await home.storage.delete_data_store_directory(home.owner, home.id)


async def test_removing_takes_files_along(exchange: Exchange, home: Home) -> None:
    first = home.make("a")
    below = home.make("b", first.data_store_directory_id)
    made = exchange.storage.create_data_store_file(
        home.owner, below.data_store_directory_id, home.store.data_store_id, "f", "csv"
    )
    await exchange.put(made.url, b"bytes")
    id = first.data_store_directory_id
    assert await home.storage.delete_data_store_directory(home.owner, id) == first
    assert await home.names(home.id) == []
    assert await home.storage.contents(first) == []
    assert await exchange.objects.head(made.item_id) is None
    with refused():
        home.storage.get_data_store_directory(home.owner, below.data_store_directory_id)
    with refused():
        await home.storage.delete_data_store_directory(home.owner, id)


@pytest.mark.parametrize("role", ["read_write", "read_only"])
async def test_members_look_but_do_not_touch(exchange: Exchange, home: Home, role: str) -> None:
    user, made = exchange.user(role), home.make("a")
    id = made.data_store_directory_id
    assert home.storage.get_data_store_directory(user, id) == made
    with refused():
        home.make("x", user=user)
    with refused():
        home.storage.update_data_store_directory(user, id, name="x")
    with refused():
        await home.storage.delete_data_store_directory(user, id)


@pytest.mark.parametrize("role", ["outsider", "pending", "same_organization", "admin"])
def test_others_do_not_even_look(exchange: Exchange, home: Home, role: str) -> None:
    with refused():
        home.storage.get_data_store_directory(exchange.user(role), home.id)


def test_writers_write_where_the_policy_lets_them(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path, "shared-write")
    made = Home(exchange).make("a", user=exchange.user("read_write"))
    assert made.owner_user_id == "user-read-write"


def test_a_tree_is_a_hundred_levels_deep_at_most(home: Home) -> None:
    parents = [home.id]
    for number in range(99):
        parents.append(home.make(f"d{number}", parents[-1]).data_store_directory_id)
    with refused("LimitExceeded"):
        home.make("x", parents[-1])
    branch = home.make("branch").data_store_directory_id
    home.make("leaf", branch)
    with refused("LimitExceeded"):
        home.update(branch, parent_directory_id=parents[-2])
    assert home.update(branch, parent_directory_id=parents[-3]).parent_directory_id == parents[-3]
