"""What stands in data stores."""

import pytest

from simulator.services.exchange.tree import DataStore, DataStoreDirectory, DataStoreFile, Tree
from simulator.tests.services.exchange.exchange import refused


def directory(id: str, parent: str | None) -> DataStoreDirectory:
    return DataStoreDirectory(
        data_store_directory_id=id,
        data_store_id="s",
        name=id,
        owner_user_id="u",
        parent_directory_id=parent,
    )


def file(id: str, parent: str) -> DataStoreFile:
    return DataStoreFile(
        data_store_file_id=id,
        data_store_id="s",
        data_store_directory_id=parent,
        name=id,
        file_extension="",
        description=None,
        storage_size_bytes=None,
        owner_user_id="u",
        s3_confirmed_upload=False,
        last_modified="",
        content_type="",
        upload_id="",
    )


@pytest.fixture
def tree() -> Tree:
    """home: a (b (f1), f2), c, f3."""
    made = Tree()
    made.put_store(
        DataStore(
            data_store_id="s",
            name="s",
            description=None,
            owner_user_id="u",
            home_directory_id="home",
        )
    )
    for id, parent in (("home", None), ("a", "home"), ("b", "a"), ("c", "home")):
        made.put_directory(directory(id, parent))
    for id, parent in (("f1", "b"), ("f2", "a"), ("f3", "home")):
        made.put_file(file(id, parent))
    return made


def names(tree: Tree, id: str) -> list[str]:
    return [each.name for each in tree.contents(id)]


def test_contents_in_the_order_in_which_they_came(tree: Tree) -> None:
    assert names(tree, "home") == ["a", "c", "f3"]
    assert names(tree, "a") == ["b", "f2"]
    assert names(tree, "c") == names(tree, "none") == []


def test_only_the_top_is_a_home(tree: Tree) -> None:
    assert [tree.directory(each).home_directory for each in ("home", "a", "b")] == [
        True,
        False,
        False,
    ]


def test_paths_and_what_is_below(tree: Tree) -> None:
    assert [each.name for each in tree.path("b")] == ["b", "a", "home"]
    assert [tree.height(each) for each in ("home", "a", "b", "c")] == [3, 2, 1, 1]
    below = [each.name for each in tree.below("home")]
    assert sorted(below) == ["a", "b", "c", "home"]
    assert below.index("a") < below.index("b")


def test_changing_keeps_the_place_and_moving_does_not(tree: Tree) -> None:
    tree.put_directory(directory("a", "home"))
    assert names(tree, "home") == ["a", "c", "f3"]
    tree.put_directory(directory("a", "c"))
    tree.put_file(file("f3", "b"))
    assert names(tree, "home") == ["c"]
    assert names(tree, "c") == ["a"]
    assert names(tree, "b") == ["f1", "f3"]


def test_removing_a_directory_removes_what_is_below(tree: Tree) -> None:
    assert sorted(tree.remove_directory("a")) == ["f1", "f2"]
    assert names(tree, "home") == ["c", "f3"]
    assert set(tree.files) == {"f3"}
    with refused():
        tree.directory("b")
    with refused():
        tree.file("f1")


def test_removing_a_store_removes_everything(tree: Tree) -> None:
    assert sorted(tree.remove_store("s")) == ["f1", "f2", "f3"]
    with refused():
        tree.store("s")
    with refused():
        tree.directory("home")


def test_a_very_deep_tree_is_no_trouble(tree: Tree) -> None:
    parent = "home"
    for number in range(3000):
        tree.put_directory(directory(f"d{number}", parent))
        parent = f"d{number}"
    tree.put_file(file("deep", parent))
    assert len(tree.path(parent)) == 3001
    assert "deep" in tree.remove_directory("d0")
