"""What the operations on stores work on, between two resets of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.services.exchange.errors import unauthorized
from simulator.services.exchange.registry import ServiceType

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock
    from simulator.services.exchange.ids import Ids
    from simulator.services.exchange.notices import Notices
    from simulator.services.exchange.objects.storage import ObjectStorage
    from simulator.services.exchange.people import People, User
    from simulator.services.exchange.policy import Policy
    from simulator.services.exchange.registry import Registry
    from simulator.services.exchange.rights import Need, Rights
    from simulator.services.exchange.tree import DataStore, DataStoreDirectory, DataStoreFile, Tree
    from simulator.services.timers import Timers


@dataclass(kw_only=True)
class Core:
    """All that an operation needs."""

    clock: Clock
    timers: Timers
    ids: Ids
    policy: Policy
    people: People
    registry: Registry
    rights: Rights
    objects: ObjectStorage
    notices: Notices
    tree: Tree

    def store(self, caller: User, data_store_id: str, need: Need) -> DataStore:
        """Return a store if the caller may do that with it; ExchangeError: Unauthorized."""
        self.rights.require(caller, data_store_id, need, ServiceType.DATA_STORE)
        return self.tree.store(data_store_id)

    def directory(self, caller: User, directory_id: str, need: Need) -> DataStoreDirectory:
        """Return a directory if the caller may do that with its store."""
        directory = self.tree.directory(directory_id)
        self.rights.require(caller, directory.data_store_id, need, ServiceType.DATA_STORE)
        return directory

    def file(self, caller: User, file_id: str, need: Need) -> DataStoreFile:
        """Return a file if the caller may do that with its store."""
        file = self.tree.file(file_id)
        self.rights.require(caller, file.data_store_id, need, ServiceType.DATA_STORE)
        return file

    def check_place(self, data_store_id: str, directory_id: str) -> None:
        """Let a directory pass that is in a store; ExchangeError: Unauthorized."""
        if self.tree.directory(directory_id).data_store_id != data_store_id:
            raise unauthorized()

    async def drop_objects(self, keys: list[str]) -> None:
        """Remove the bytes of files that are forgotten already."""
        for key in keys:
            await self.objects.delete(key)
