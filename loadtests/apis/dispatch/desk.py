"""The main process's own calls: sentinels of the barriers, population, final listing, clean-up.

A subscriber cannot know when its subscription is live, because a gRPC server sends no metadata
before the first message. So sentinels are written until every subscriber has seen one, and once
more at the end, as a mark that everything before it has arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc

from conformance.oracles.events import Listed
from loadtests import marks
from loadtests.apis.base import Desk
from loadtests.apis.dispatch import wire as dispatch
from loadtests.apis.dispatch.watching import listing_to_json
from loadtests.apis.dispatch.wire import Shown, Wire
from loadtests.calls import Caller, answer_of, status_of
from loadtests.errors import Inconclusive, Unreachable, UsageError
from loadtests.marks import Mark

PAGE_SIZE = 500


class DispatchDesk(Desk):
    """Calls that belong to no user of the run.

    Args:
        run: the run's id; everything made here carries it.
        microgrids: of the run.
        wire: builds the requests.
        call: makes the calls.
        compares_states: the listing holds digests of whole dispatches.
    """

    def __init__(
        self,
        run: str,
        microgrids: tuple[int, ...],
        wire: Wire,
        call: Caller,
        *,
        compares_states: bool = True,
    ) -> None:
        self._run = run
        self._microgrids = microgrids
        self._wire = wire
        self._call = call
        self._compares_states = compares_states
        self._sentinels: dict[int, tuple[int, int]] = {}

    def check(self) -> None:
        """Make one harmless call.

        Raises:
            Unreachable: nobody answers, or not with the dispatch API.
            UsageError: the target refuses our credentials or our microgrids.
        """
        try:
            self._call(dispatch.LIST, self._wire.page(self._microgrids[0], size=1))
        except grpc.RpcError as error:
            status, details = status_of(error), answer_of(error)
        else:
            return
        if status in ("UNAUTHENTICATED", "PERMISSION_DENIED"):
            raise UsageError(f"the target refuses our credentials: {status}, {details}")
        if status in ("NOT_FOUND", "INVALID_ARGUMENT"):
            raise UsageError(
                f"the target refuses microgrid {self._microgrids[0]} ({status}): "
                "name some in services.dispatch.microgrid_ids of its profile"
            )
        if status == "UNIMPLEMENTED":
            raise Unreachable("the target answers, but not with the dispatch API")
        raise Unreachable(f"the target does not answer: {status}, {details}")

    def sentinel(self, role: str) -> bool:
        """Write a sentinel of this role on each microgrid; whether all could be written."""
        are_written = True
        for microgrid in self._microgrids:
            try:
                self._write_sentinel(microgrid, role)
            except grpc.RpcError:
                are_written = False
        return are_written

    def _write_sentinel(self, microgrid: int, role: str) -> None:
        dispatch_id, number = self._sentinels.get(microgrid, (0, -1))
        mark = Mark(
            run=self._run,
            scope=microgrid,
            writer=marks.SENTINEL_WRITER,
            object=0,
            number=number + 1,
            due_us=0,
            role=role,
        )
        if dispatch_id:
            self._call(dispatch.UPDATE, self._wire.update(mark, dispatch_id))
        else:
            reply = self._call(dispatch.CREATE, self._wire.create(mark, duration_s=0))
            dispatch_id = reply.dispatch.metadata.dispatch_id
        self._sentinels[microgrid] = (dispatch_id, number + 1)

    def populate(self, count: int) -> dict[str, list[int]]:
        """Create dispatches that nobody is going to touch; their ids by microgrid.

        Raises:
            Inconclusive: one could not be created.
        """
        made: dict[str, list[int]] = {str(microgrid): [] for microgrid in self._microgrids}
        for number in range(count):
            microgrid = self._microgrids[number % len(self._microgrids)]
            mark = Mark(
                run=self._run,
                scope=microgrid,
                writer=marks.POPULATION_WRITER,
                object=number,
                number=0,
                due_us=0,
            )
            try:
                reply = self._call(dispatch.CREATE, self._wire.create(mark, duration_s=60))
            except grpc.RpcError as error:
                raise Inconclusive(f"cannot create the population: {status_of(error)}") from None
            made[str(microgrid)].append(reply.dispatch.metadata.dispatch_id)
        return made

    def listing(self) -> dict[str, Any]:
        """Everything of this run but its population that is listed now, by microgrid and id.

        Raises:
            Inconclusive: a page could not be read, so nothing can be compared.
        """
        try:
            return listing_to_json({grid: dict(self._listed(grid)) for grid in self._microgrids})
        except grpc.RpcError as error:
            raise Inconclusive(f"the final listing failed: {status_of(error)}") from None

    def _listed(self, microgrid: int) -> Iterator[tuple[int, Listed]]:
        for shown in self._shown(microgrid):
            if shown.mark.writer == marks.POPULATION_WRITER:
                continue
            state = shown.state if self._compares_states else None
            yield shown.id, Listed(number=shown.mark.number, state=state)

    def _shown(self, microgrid: int) -> Iterator[Shown]:
        token: str | None = ""
        while token is not None:
            reply: Any = self._call(
                dispatch.LIST, self._wire.page(microgrid, size=PAGE_SIZE, token=token)
            )
            dispatches, _, token = dispatch.pages(reply)
            for item in dispatches:
                shown = self._wire.shown(item, self._run)
                if shown is not None:
                    yield shown
            token = token or None

    def sweep(self) -> tuple[int, int]:
        """Delete whatever carries the run's mark; how many were deleted and how many are left."""
        deleted = left = 0
        for microgrid in self._microgrids:
            try:
                found = [shown.id for shown in self._shown(microgrid)]
            except grpc.RpcError:
                left += 1
                continue
            for dispatch_id in found:
                try:
                    self._call(dispatch.DELETE, self._wire.delete(microgrid, dispatch_id))
                    deleted += 1
                except grpc.RpcError as error:
                    left += status_of(error) != "NOT_FOUND"
        return deleted, left
