"""A dispatch service as plain calls, for tests that need true bytes but no network."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from conformance.oracles.events import Listed
from loadtests.apis.base import Context, Step
from loadtests.apis.dispatch import wire as dispatch
from loadtests.apis.dispatch.api import DispatchApi
from loadtests.apis.dispatch.wire import Wire
from loadtests.apis.dispatch.writing import DispatchAuthor
from loadtests.catalogue import find
from loadtests.options import Options
from loadtests.target import Dispatch, Target

RUN = "ld-0123456789ab-2"
GRIDS = (71, 72)


def api(verify: str = "full") -> DispatchApi:
    """The API of a run on these microgrids, which are its own."""
    made = DispatchApi(
        Context(
            run=RUN,
            entry=find("L-DSP-1"),
            options=Options(verify=verify),
            target=Target(endpoint="127.0.0.1:1", dispatch=Dispatch(microgrid_ids=GRIDS)),
        )
    )
    made.is_exclusive = True
    return made


class Backend:
    """Carries out the steps of authors; returns replies and stream messages as bytes."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.grids: dict[int, dict[int, Any]] = {grid: {} for grid in GRIDS}
        self.last_id = 0

    def apply(self, step: Step) -> tuple[Any, bytes]:
        grid, request = self.grids[step.scope], step.request
        if step.method == dispatch.DELETE:
            shown = grid.pop(step.key)
            return None, self.frame(3, shown)
        reply: Any = self.wire.methods[step.method].response()
        if step.method == dispatch.CREATE:
            self.last_id += 1
            reply.dispatch.metadata.dispatch_id = self.last_id
            reply.dispatch.data.CopyFrom(request.dispatch_data)
        else:
            reply.dispatch.CopyFrom(grid[step.key])
            reply.dispatch.data.payload.CopyFrom(request.update.payload)
        shown = grid[reply.dispatch.metadata.dispatch_id] = reply.dispatch
        return reply, self.frame(1 if step.method == dispatch.CREATE else 2, shown)

    def frame(self, kind: int, shown: Any) -> bytes:
        message: Any = self.wire.methods[dispatch.STREAM].response(dispatch=shown, event=kind)
        data: bytes = message.SerializeToString()
        return data

    def listing(self) -> dict[int, dict[int, Listed]]:
        found: dict[int, dict[int, Listed]] = {grid: {} for grid in self.grids}
        for grid, dispatches in self.grids.items():
            for key, item in dispatches.items():
                shown = self.wire.shown(item, RUN)
                assert shown is not None
                found[grid][key] = Listed(number=shown.mark.number, state=shown.state)
        return found


def authors(wire: Wire, count: int) -> list[DispatchAuthor]:
    return [
        DispatchAuthor(f"0.{n}", wire, RUN, GRIDS, first=n, chance=random.Random(n))
        for n in range(count)
    ]


def written(
    backend: Backend, writers: list[DispatchAuthor], steps: int
) -> Iterator[tuple[int, bytes]]:
    """Microgrid and message of each of so many steps, the authors taking turns."""
    for number in range(steps):
        author = writers[number % len(writers)]
        step = author.next(number)
        reply, frame = backend.apply(step)
        author.succeeded(step, reply)
        yield step.scope, frame
