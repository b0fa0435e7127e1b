"""The core of the services API: eleven methods over named collections, no socket, no waiting.

Follows seed 004 in the readings of its policy. Methods take request messages of either generation
and return encoded replies. They raise `ServiceError`, and nothing else, whatever they are sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from simulator.services.errors import Code, ServiceError, invalid, shown
from simulator.services.services import paging
from simulator.services.services.collection import LOG_SIZE, Observer, ServiceCollection
from simulator.services.services.feed import PullFeed
from simulator.services.services.masks import WHOLE, View, read_view
from simulator.services.services.policy import Policy
from simulator.services.services.pulls import AllServices, AllTotals, Frames, OneService
from simulator.services.services.wire import Metadata, Service
from simulator.services.wire import delimited, uint

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock
    from simulator.services.services.kinds import CollectionSpec
    from simulator.services.services.stored import Stored
    from simulator.services.timers import Timers
    from simulator.store import Change, TokenSigner

_SERVICE: Final = Service.DESCRIPTOR
_METADATA: Final = Metadata.DESCRIPTOR


class ServicesService:
    """Collections of services, each under its name and aliases.

    Args:
        clock: says what time it is.
        timers: where loads wait, in the same time.
        signer: signs page tokens; the same secret makes them outlive a restart.
        policy: the readings of open questions.
        collections: what may be in each collection.
        seed: of the ids that are generated.
        log_size: changes that each collection's log keeps for its streams.
    """

    def __init__(
        self,
        clock: Clock,
        timers: Timers,
        signer: TokenSigner,
        policy: Policy | None = None,
        collections: Sequence[CollectionSpec] = (),
        *,
        seed: int = 0,
        log_size: int = LOG_SIZE,
    ) -> None:
        self.policy = policy or Policy()
        self.observers: list[Observer] = []
        """Told each change after its commit, with the name of its collection."""
        self.collections: Mapping[str, ServiceCollection] = {}
        """By name, without aliases."""
        self._clock = clock
        self._timers = timers
        self._signer = signer
        self._log_size = log_size
        self._by_name: dict[str, ServiceCollection] = {}
        self._nodes: frozenset[str] = frozenset()
        self._frames: WeakValueDictionary[tuple[str, View], Frames] = WeakValueDictionary()
        self._fill(collections, seed)

    def clear(
        self,
        signer: TokenSigner,
        policy: Policy,
        collections: Sequence[CollectionSpec],
        *,
        timers: Timers | None = None,
        seed: int = 0,
    ) -> None:
        """Drop everything, and go on as a new service would, without telling drivers.

        Open feeds see nothing any more.
        """
        for collection in self.collections.values():
            collection.close()
        self.policy = policy
        self._signer = signer
        self._timers = self._timers if timers is None else timers
        self._frames.clear()
        self._fill(collections, seed)

    @property
    def committed(self) -> int:
        """How many changes were made so far, over all collections."""
        return sum(each.store.revision for each in self.collections.values())

    def get(self, request: Any) -> bytes:
        """Return Service.

        Raises:
            ServiceError: NOT_FOUND, UNIMPLEMENTED, INVALID_ARGUMENT; so for all methods.
        """
        stored = self._collection(request).get(request.id)
        return self._service_view(request).encoded(stored)

    def create(self, request: Any) -> bytes:
        """Add a service and return it as it is at first; further fields are ignored.

        Raises:
            ServiceError: ALREADY_EXISTS.
        """
        collection = self._collection(request)
        if not request.HasField("service"):
            self._break("a creation without a service")
            raise invalid("service: is not set")
        asked = request.service
        return collection.create(
            asked.type,
            service_id=asked.id,
            config_raw=asked.config_raw,
            active=asked.active,
        ).item

    def start(self, request: Any) -> bytes:
        """Activate a service and return it as it begins to load.

        Raises:
            ServiceError: FAILED_PRECONDITION.
        """
        collection = self._collection(request)
        return collection.start(request.id, allow_active=request.allow_active).item

    def configure(self, request: Any) -> bytes:
        """Give a service another config and return it as it begins to load.

        Raises:
            ServiceError: FAILED_PRECONDITION.
        """
        return self._collection(request).configure(request.id, request.config_raw).item

    def stop(self, request: Any) -> bytes:
        """Deactivate a service and return it.

        Raises:
            ServiceError: FAILED_PRECONDITION.
        """
        collection = self._collection(request)
        return collection.stop(request.id, allow_inactive=request.allow_inactive).item

    def delete(self, request: Any) -> bytes:
        """Stop and remove a service, and return its last state; of one that is missing the id."""
        collection = self._collection(request)
        last = collection.delete(request.id, allow_missing=request.allow_missing)
        if last is None:
            return bytes(Service(id=request.id).SerializeToString())
        if self.policy.delete_tells_type:
            return last.item
        reply = Service.FromString(last.item)
        reply.ClearField("type")
        return bytes(reply.SerializeToString())

    def list(self, request: Any) -> bytes:
        """Return one page as ListServicesResponse, by id."""
        collection = self._collection(request)
        view = self._service_view(request)
        if request.page_size < 0:
            self._break("a negative page size")
        size = paging.read_size(request.page_size)
        name = collection.spec.name
        after = paging.read_token(request.page_token, name, self._signer, self.policy)
        items, last = paging.page(collection.store, view, size=size, after=after)
        token = paging.write_token(name, last, self._signer, self.policy)
        following = delimited(2, token.encode()) if token else b""
        return items + following + uint(3, len(collection.store))

    def get_metadata(self, request: Any) -> bytes:
        """Return ServiceMetadata."""
        view = read_view(request, _METADATA, self.policy)
        return view.encoded(self._collection(request).totals)

    def pull(self, request: Any) -> PullFeed:
        """Follow one service, as PullServiceResponse, until it is deleted."""
        collection = self._collection(request)
        present = collection.get(request.id)
        pull = OneService(
            collection,
            present,
            request.name,
            self._pulled_view(request),
            self.policy,
            updates_only=request.updates_only,
        )
        return PullFeed(collection.store, pull, pull.follows)

    def pull_all(self, request: Any) -> PullFeed:
        """Follow a collection, as PullServicesResponse."""
        collection = self._collection(request)
        pull = AllServices(
            collection,
            self._framed(request.name, self._pulled_view(request)),
            self.policy,
            updates_only=request.updates_only,
        )
        return PullFeed(collection.store, pull)

    def pull_metadata(self, request: Any) -> PullFeed:
        """Follow what a collection adds up to, as PullServiceMetadataResponse."""
        collection = self._collection(request)
        view = read_view(request, _METADATA, self.policy)
        pull = AllTotals(
            collection, request.name, view, self.policy, updates_only=request.updates_only
        )
        return PullFeed(collection.store, pull)

    def _fill(self, specs: Sequence[CollectionSpec], seed: int) -> None:
        ids = Random(seed)
        self.collections = {
            spec.name: ServiceCollection(
                spec,
                self._clock,
                self._timers,
                self.policy,
                tell=self._tell,
                ids=ids,
                log_size=self._log_size,
            )
            for spec in specs
        }
        self._by_name = {
            name: collection
            for collection in self.collections.values()
            for name in (collection.spec.name, *collection.spec.aliases)
        }
        # A node has collections, and no services of its own; the empty name is this one.
        self._nodes = frozenset({"", *(name.rpartition("/")[0] for name in self._by_name)})

    def _collection(self, request: Any) -> ServiceCollection:
        found = self._by_name.get(request.name)
        if found is not None:
            return found
        if request.name in self._nodes:
            text = f"name: {shown(request.name)} is a node, not a collection of services"
            raise ServiceError(Code.UNIMPLEMENTED, text)
        known = ", ".join(sorted(self.collections))
        raise ServiceError(
            Code.NOT_FOUND, f"name: there is no {shown(request.name)}, there are {known}"
        )

    def _service_view(self, request: Any) -> View:
        return read_view(request, _SERVICE, self.policy)

    def _pulled_view(self, request: Any) -> View:
        return self._service_view(request) if self.policy.pull_masks else WHOLE

    def _framed(self, name: str, view: View) -> Frames:
        frames = self._frames.get((name, view))
        if frames is None:
            frames = self._frames[name, view] = Frames(name, view)
        return frames

    def _break(self, cause: str) -> None:
        """End the call as a server that goes down would, if the policy has it so."""
        if self.policy.fragile:
            raise ServiceError(Code.UNAVAILABLE, f"Socket closed: {cause}")

    def _tell(self, name: str, change: Change[Stored]) -> None:
        for observer in self.observers:
            observer(name, change)
