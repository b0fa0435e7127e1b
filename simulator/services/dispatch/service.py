"""The core of the dispatch API: one collection per microgrid, six methods, no socket, no waiting.

Follows seed 000, MicrogridDispatchService, in the readings of its policy. Methods take request
messages of either generation and return encoded replies, because replies are joined out of
encodings made at commit time. They raise `ServiceError`, and nothing else, whatever they are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from simulator.microgrid.dispatch import Dispatch
from simulator.services import instants
from simulator.services.dispatch import codec
from simulator.services.dispatch.ends import end_us
from simulator.services.dispatch.feed import DispatchFeed
from simulator.services.dispatch.filters import where
from simulator.services.dispatch.listing import read_walk, write_token
from simulator.services.dispatch.policy import Policy
from simulator.services.dispatch.stored import EVENTS, ORDERS, Stored, encode, frame
from simulator.services.dispatch.updates import changes, read_mask, updated
from simulator.services.dispatch.validation import check_data, check_start
from simulator.services.dispatch.wire import Data, PaginationInfo
from simulator.services.errors import ServiceError, invalid
from simulator.services.pages import bounded_page
from simulator.services.wire import delimited, uint
from simulator.store import Change, Collection, Kind, Query, TokenSigner

if TYPE_CHECKING:
    from simulator.microgrid.clock import Clock

Observer = Callable[[int, Change[Stored]], None]
"""Told each change after its commit, with the id of its microgrid."""


class DispatchService:
    """Dispatches of any number of microgrids, held in memory.

    Args:
        clock: says what time it is for starts, create and update times.
        signer: signs page tokens; the same secret makes them outlive a restart.
        policy: the readings of open questions; the preferred ones by default.
        ids: where dispatch ids come from: unique, above 0.
        log_size: changes that each microgrid's log keeps for its streams.
    """

    def __init__(
        self,
        clock: Clock,
        signer: TokenSigner,
        *,
        policy: Policy | None = None,
        ids: Iterator[int] | None = None,
        log_size: int = 10_000,
    ) -> None:
        self.policy = policy or Policy()
        self.observers: list[Observer] = []
        self._clock = clock
        self._signer = signer
        self._ids = ids or count(1)
        self._log_size = log_size
        self._grids: dict[int, Collection[Stored]] = {}
        # Microgrids that are watched before they hold anything live as long as someone watches.
        self._watched: WeakValueDictionary[int, Collection[Stored]] = WeakValueDictionary()

    def clear(
        self, signer: TokenSigner, policy: Policy, *, ids: Iterator[int] | None = None
    ) -> None:
        """Drop everything, and go on as a new service would. Open feeds see nothing any more."""
        self.policy = policy
        self._signer = signer
        self._ids = ids or count(1)
        self._grids.clear()
        self._watched.clear()

    def create(self, request: Any) -> bytes:
        """Keep a new dispatch and return CreateMicrogridDispatchResponse.

        Raises:
            ServiceError: INVALID_ARGUMENT.
        """
        microgrid_id = _microgrid_id(request)
        if not request.HasField("dispatch_data"):
            raise invalid("dispatch_data: is not set")
        now_us = self._clock.now_us()
        data = Data()
        data.CopyFrom(request.dispatch_data)
        data.DiscardUnknownFields()
        if request.start_immediately:
            # Whole seconds as for any start, but never ahead of the moment it is asked for.
            instants.write(data.start_time, now_us - now_us % instants.SECOND_US)
        elif data.HasField("start_time"):
            check_start(data.start_time, now_us, self.policy, "dispatch_data.start_time")
        check_data(data, self.policy)
        self._settle(data, starts=True)
        stored = self._stored(data, next(self._ids), create_us=now_us, update_us=now_us)
        return self._put(microgrid_id, stored).item

    def get(self, request: Any) -> bytes:
        """Return GetMicrogridDispatchResponse.

        Raises:
            ServiceError: NOT_FOUND, INVALID_ARGUMENT.
        """
        _, stored = self._find(request)
        repeated = uint(1, request.microgrid_id) if self.policy.repeats_ids else b""
        return repeated + _AS_FIELD_2 + encode(stored)[1:]

    def update(self, request: Any) -> bytes:
        """Change the masked fields, all or none, and return UpdateMicrogridDispatchResponse.

        Raises:
            ServiceError: NOT_FOUND, INVALID_ARGUMENT.
        """
        _, old = self._find(request)
        mask = read_mask(request, self.policy)
        request.update.DiscardUnknownFields()
        now_us = self._clock.now_us()
        data = updated(old.data, request.update, mask)
        starts = changes(mask, "start_time")
        if starts:
            check_start(data.start_time, now_us, self.policy, "update.start_time")
        check_data(data, self.policy, "update")
        self._settle(data, starts=starts)
        stored = self._stored(
            data,
            old.dispatch.id,
            create_us=old.create_us,
            update_us=max(now_us, old.update_us + 1),
        )
        return self._put(request.microgrid_id, stored).item

    def delete(self, request: Any) -> bytes:
        """Remove a dispatch and return DeleteMicrogridDispatchResponse.

        Raises:
            ServiceError: NOT_FOUND, INVALID_ARGUMENT.
        """
        grid, old = self._find(request)
        final = Stored(
            dispatch=old.dispatch,
            data=old.data,
            target=old.target,
            create_us=old.create_us,
            update_us=self.policy.deletion_us(old.update_us, self._clock.now_us()),
            end_us=old.end_us,
        )
        self._tell(request.microgrid_id, grid.delete(old.dispatch.id, final))
        if not self.policy.repeats_ids:
            return b""
        return uint(1, request.microgrid_id) + uint(2, request.dispatch_id)

    def list(self, request: Any) -> bytes:
        """Return one page as ListMicrogridDispatchesResponse.

        Raises:
            ServiceError: INVALID_ARGUMENT; also for tokens that are not ours, or not this list's.
        """
        _microgrid_id(request)
        walk = read_walk(request, self.policy, self._signer)
        query = Query(
            order=walk.order, descending=walk.descending, where=where(walk.filter, self.policy)
        )
        grid = self._grids.get(walk.microgrid_id)
        if grid is None:
            return delimited(2, b"")
        page, joined = bounded_page(grid, query, size=walk.size, after=walk.after)
        info = PaginationInfo(total_items=page.total if self.policy.counts_matches else len(grid))
        if page.next is not None:
            info.next_page_token = write_token(walk, page.next, self._signer)
        return joined + delimited(2, info.SerializeToString())

    def stream(self, request: Any) -> DispatchFeed:
        """Watch a microgrid: every change from now on, as StreamMicrogridDispatchesResponse.

        Raises:
            ServiceError: INVALID_ARGUMENT.
        """
        microgrid_id = _microgrid_id(request)
        grid = self._grids.get(microgrid_id, self._watched.get(microgrid_id))
        if grid is None:
            grid = self._watched[microgrid_id] = self._collection()
        replayed = self._replayed(grid) if self.policy.replays else ()
        return DispatchFeed(grid, replayed)

    def load(self, microgrid_id: int, dispatches: Iterable[Dispatch]) -> None:
        """Keep dispatches of a scenario under their own ids, wherever in time they start.

        Later creates get ids above theirs.

        Raises:
            ServiceError: INVALID_ARGUMENT; a dispatch that the API would refuse.
        """
        now_us = self._clock.now_us()
        highest = 0
        for dispatch in dispatches:
            data = codec.encode_data(dispatch)
            check_data(data, self.policy, f"dispatch {dispatch.id}")
            stored = self._stored(data, dispatch.id, create_us=now_us, update_us=now_us)
            self._put(microgrid_id, stored)
            highest = max(highest, dispatch.id)
        self._ids = _above(highest, self._ids)

    @property
    def committed(self) -> int:
        """How many changes were made so far, over all microgrids."""
        return sum(grid.revision for grid in self._grids.values())

    def snapshot(self, microgrid_id: int) -> tuple[Stored, ...]:
        """Return the present dispatches of a microgrid, in order of creation."""
        grid = self._grids.get(microgrid_id)
        return () if grid is None else tuple(stored for _, stored in grid.items())

    def _settle(self, data: Any, *, starts: bool) -> None:
        """Turn accepted data into what is answered."""
        if starts:
            start_us = instants.floor_us(data.start_time)
            instants.write(data.start_time, self.policy.round_start(start_us))
        if data.recurrence.freq:
            data.recurrence.interval = self.policy.answered_interval(data.recurrence.interval)
        self.policy.answer_target(data.target)

    def _stored(self, data: Any, dispatch_id: int, *, create_us: int, update_us: int) -> Stored:
        dispatch = codec.decode_data(data, dispatch_id, numbering=self.policy.numbering)
        end = end_us(dispatch, until_inclusive=self.policy.until_inclusive)
        return Stored(
            dispatch=dispatch,
            data=data,
            target=codec.target_key(data.target),
            create_us=create_us,
            update_us=update_us,
            end_us=end if self.policy.computes_end else None,
        )

    def _find(self, request: Any) -> tuple[Collection[Stored], Stored]:
        microgrid_id = _microgrid_id(request)
        grid = self._grids.get(microgrid_id)
        stored = grid.get(request.dispatch_id) if grid is not None else None
        if grid is None or stored is None:
            raise ServiceError(
                self.policy.not_found,
                f"dispatch_id: microgrid {microgrid_id} has no dispatch {request.dispatch_id}",
            )
        return grid, stored

    def _put(self, microgrid_id: int, stored: Stored) -> Change[Stored]:
        grid = self._grids.get(microgrid_id)
        if grid is None:
            grid = self._watched.pop(microgrid_id, None)
            if grid is None:
                grid = self._collection()
            self._grids[microgrid_id] = grid
        change = grid.put(stored.dispatch.id, stored)
        self._tell(microgrid_id, change)
        return change

    def _tell(self, microgrid_id: int, change: Change[Stored]) -> None:
        for observer in self.observers:
            observer(microgrid_id, change)

    def _collection(self) -> Collection[Stored]:
        return Collection(orders=ORDERS, encode=encode, frame=frame, log_size=self._log_size)

    def _replayed(self, grid: Collection[Stored]) -> tuple[bytes, ...]:
        created = uint(2, EVENTS[Kind.CREATED])
        return tuple(item + created for item in grid.snapshot().chunks(1))


_AS_FIELD_2: Final = b"\x12"
"""The tag under which the reply to get carries a dispatch."""


def _microgrid_id(request: Any) -> int:
    if not request.microgrid_id:
        raise invalid("microgrid_id: 0 is no microgrid")
    return int(request.microgrid_id)


def _above(lowest: int, ids: Iterator[int]) -> Iterator[int]:
    return (each for each in ids if each > lowest)
