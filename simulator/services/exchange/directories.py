"""Directories of a data store: `storage_*DataStoreDirectory`.

Two directories of one parent have different names, since clients find their way by names (our
choice); a home directory is neither renamed, moved nor removed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from simulator.services.errors import shown
from simulator.services.exchange.errors import conflict, limit
from simulator.services.exchange.rights import Need
from simulator.services.exchange.texts import check_name
from simulator.services.exchange.tree import DataStoreDirectory

if TYPE_CHECKING:
    from simulator.services.exchange.core import Core
    from simulator.services.exchange.people import User

MOST_LEVELS: Final = 100
"""How deep a tree is at most, its home included (our choice)."""


class Directories:
    """The operations on directories."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def get_data_store_directory(
        self, caller: User, data_store_directory_id: str
    ) -> DataStoreDirectory:
        """Return a directory of a store that the caller may read.

        Raises:
            ExchangeError: Unauthorized.
        """
        return self._core.directory(caller, data_store_directory_id, Need.READ)

    def create_data_store_directory(
        self, caller: User, data_store_id: str, name: str, parent_directory_id: str
    ) -> DataStoreDirectory:
        """Make a directory.

        Raises:
            ExchangeError: Unauthorized, also for a parent in another store; ValidationError, name;
                ConflictException, the parent has a directory of that name; LimitExceeded, too deep.
        """
        core = self._core
        core.store(caller, data_store_id, Need.WRITE)
        core.check_place(data_store_id, parent_directory_id)
        _check_depth(len(core.tree.path(parent_directory_id)) + 1)
        _check_free(core, parent_directory_id, check_name("name", name))
        directory = DataStoreDirectory(
            data_store_directory_id=core.ids.new("dataStoreDirectory"),
            data_store_id=data_store_id,
            name=name,
            owner_user_id=caller.user_id,
            parent_directory_id=parent_directory_id,
        )
        core.tree.put_directory(directory)
        return directory

    def update_data_store_directory(
        self,
        caller: User,
        data_store_directory_id: str,
        name: str | None = None,
        parent_directory_id: str | None = None,
    ) -> DataStoreDirectory:
        """Rename a directory, move it within its store, or both.

        Raises:
            ExchangeError: Unauthorized, also for a parent in another store; ValidationError, name;
                ConflictException, a home directory, into itself, or a name that is taken;
                LimitExceeded, too deep.
        """
        core = self._core
        before = core.directory(caller, data_store_directory_id, Need.WRITE)
        if before.parent_directory_id is None:
            raise conflict("a home directory keeps its name and place")
        parent_id = before.parent_directory_id
        if parent_directory_id is not None:
            core.check_place(before.data_store_id, parent_directory_id)
            if before in core.tree.path(parent_directory_id):
                raise conflict("parentDirectoryId: is the directory itself, or below it")
            height = core.tree.height(data_store_directory_id)
            _check_depth(len(core.tree.path(parent_directory_id)) + height)
            parent_id = parent_directory_id
        after = replace(
            before,
            name=before.name if name is None else check_name("name", name),
            parent_directory_id=parent_id,
        )
        if after != before:
            _check_free(core, parent_id, after.name)
            core.tree.put_directory(after)
        return after

    async def delete_data_store_directory(
        self, caller: User, data_store_directory_id: str
    ) -> DataStoreDirectory:
        """Remove a directory and all that is in it; returns what it was.

        Raises:
            ExchangeError: Unauthorized; ConflictException, a home directory.
        """
        core = self._core
        directory = core.directory(caller, data_store_directory_id, Need.WRITE)
        if directory.home_directory:
            raise conflict("a home directory goes only with its store")
        await core.drop_objects(core.tree.remove_directory(data_store_directory_id))
        return directory


def _check_depth(levels: int) -> None:
    if levels > MOST_LEVELS:
        raise limit(f"directories are at most {MOST_LEVELS} deep, their home included")


def _check_free(core: Core, parent_directory_id: str, name: str) -> None:
    for each in core.tree.contents(parent_directory_id):
        if isinstance(each, DataStoreDirectory) and each.name == name:
            raise conflict(f"name: there is a directory {shown(name)} already")
