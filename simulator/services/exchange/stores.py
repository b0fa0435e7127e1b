"""Data stores: `storage_*DataStore`. Each user sees their own; what is shared, by its id."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.services.exchange.registry import ServiceType
from simulator.services.exchange.rights import Need
from simulator.services.exchange.texts import check_description, check_name
from simulator.services.exchange.tree import DataStore, DataStoreDirectory

if TYPE_CHECKING:
    from simulator.services.exchange.core import Core
    from simulator.services.exchange.people import User


class Stores:
    """The operations on stores as a whole."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def list_data_stores(
        self, caller: User, user_id: str | None = None, organization_id: str | None = None
    ) -> list[DataStore]:
        """Return the caller's stores, oldest first.

        With a user or an organization: their stores, as far as the caller may read them.
        """
        core = self._core
        if user_id is None and organization_id is None:
            user_id = caller.user_id
        owners = [
            each.user_id
            for each in core.people.users()
            if user_id in (None, each.user_id) and organization_id in (None, each.organization_id)
        ]
        return [
            core.tree.store(id)
            for owner in owners
            for id in core.registry.owned(owner, ServiceType.DATA_STORE)
            if core.rights.may(caller, id, Need.READ)
        ]

    def get_data_store(self, caller: User, data_store_id: str) -> DataStore:
        """Return a store that the caller may read.

        Raises:
            ExchangeError: Unauthorized.
        """
        return self._core.store(caller, data_store_id, Need.READ)

    def create_data_store(
        self, caller: User, name: str, description: str | None = None
    ) -> DataStore:
        """Make a store of the caller, with its home directory.

        Raises:
            ExchangeError: ValidationError; name or description.
        """
        core, owner = self._core, caller.user_id
        store = DataStore(
            data_store_id=core.ids.new("dataStore"),
            name=check_name("name", name),
            description=check_description(description),
            owner_user_id=owner,
            home_directory_id=core.ids.new("dataStoreDirectory"),
        )
        home = DataStoreDirectory(
            data_store_directory_id=store.home_directory_id,
            data_store_id=store.data_store_id,
            name="home",
            owner_user_id=owner,
            parent_directory_id=None,
        )
        core.tree.put_store(store)
        core.tree.put_directory(home)
        core.registry.add(store.data_store_id, ServiceType.DATA_STORE, owner)
        return store

    def update_data_store(
        self,
        caller: User,
        data_store_id: str,
        name: str | None = None,
        description: str | None = None,
    ) -> DataStore:
        """Change what is given of a store of the caller.

        Raises:
            ExchangeError: Unauthorized; ValidationError, name or description.
        """
        store = self._core.store(caller, data_store_id, Need.OWN)
        if name is not None:
            store = replace(store, name=check_name("name", name))
        if description is not None:
            store = replace(store, description=check_description(description))
        self._core.tree.put_store(store)
        return store

    async def delete_data_store(self, caller: User, data_store_id: str) -> DataStore:
        """Remove a store of the caller with all that is in it; it is shared nowhere any more.

        Raises:
            ExchangeError: Unauthorized.
        """
        core = self._core
        store = core.store(caller, data_store_id, Need.OWN)
        files = core.tree.remove_store(data_store_id)
        core.registry.remove(data_store_id)
        await core.drop_objects(files)
        return store
