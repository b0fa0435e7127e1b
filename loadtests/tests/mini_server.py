"""A small, correct dispatch server with fault switches: the target of the load tests' own tests.

    python -m loadtests.tests.mini_server READY_FILE [--fault GRID=KIND:N ...]

Kinds, each applied to one write event in N of a microgrid: `skip` loses it, `repeat` sends it
twice, `swap` sends it after the next event of the same dispatch, `misroute` sends it to the
watchers of another microgrid too. Prints nothing; writes its address to READY_FILE and ends with
its standard input. `/gridproof.test.Mini/Stats` answers counters as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import grpc

from fixtures.contracts import load

SERVICE = "frequenz.api.dispatch.v1.MicrogridDispatchService"
SENTINEL = ";s;0;"


class Log:
    """The events of one microgrid, as bytes, with one wake-up for all its watchers."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.changed = asyncio.Event()

    def append(self, frame: bytes) -> None:
        self.frames.append(frame)
        self.changed.set()
        self.changed = asyncio.Event()


class Mini:
    """The service; `faults` maps a microgrid to a kind and a period."""

    def __init__(self, faults: dict[int, tuple[str, int]]) -> None:
        self.contract = load("dispatch", "1.1")
        self.methods = self.contract.methods(SERVICE)
        self.faults = faults
        self.grids: dict[int, dict[int, Any]] = defaultdict(dict)
        self.logs: dict[int, Log] = defaultdict(Log)
        self.events: dict[int, int] = defaultdict(int)
        self.held: dict[tuple[int, int], bytes] = {}
        self.last_id = 0
        self.open_streams = 0
        self.writes_s: list[float] = []

    def reply(self, method: str, **values: Any) -> Any:
        return self.methods[method].response(**values)

    def commit(self, grid: int, kind: int, dispatch: Any) -> None:
        frame = self.reply("StreamMicrogridDispatches", dispatch=dispatch, event=kind)
        data = frame.SerializeToString()
        fault, period = self.faults.get(grid, ("", 0))
        if not fault or SENTINEL in dispatch.data.payload.fields["gp"].string_value:
            self.logs[grid].append(data)
            return
        key = (grid, dispatch.metadata.dispatch_id)
        if key in self.held:
            self.logs[grid].append(data)
            self.logs[grid].append(self.held.pop(key))
            return
        self.events[grid] += 1
        if self.events[grid] % period:
            self.logs[grid].append(data)
        elif fault == "repeat":
            self.logs[grid].append(data)
            self.logs[grid].append(data)
        elif fault == "misroute":
            self.logs[grid].append(data)
            self.logs[next(other for other in self.logs if other != grid)].append(data)
        elif fault == "swap":
            # A deletion is the last event, so there is nothing to swap it with.
            if kind == 3:
                self.logs[grid].append(data)
            else:
                self.held[key] = data
        else:
            assert fault == "skip"

    async def create(self, request: Any, context: Any) -> Any:
        self.writes_s.append(time.monotonic())
        reply = self.reply("CreateMicrogridDispatch")
        self.last_id += 1
        reply.dispatch.metadata.dispatch_id = self.last_id
        reply.dispatch.data.CopyFrom(request.dispatch_data)
        self.grids[request.microgrid_id][self.last_id] = reply.dispatch
        self.commit(request.microgrid_id, 1, reply.dispatch)
        return reply

    async def find(self, request: Any, context: Any) -> Any:
        found = self.grids[request.microgrid_id].get(request.dispatch_id)
        if found is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no dispatch {request.dispatch_id}")
        return found

    async def update(self, request: Any, context: Any) -> Any:
        self.writes_s.append(time.monotonic())
        reply = self.reply("UpdateMicrogridDispatch")
        reply.dispatch.CopyFrom(await self.find(request, context))
        for path in request.update_mask.paths:
            if path == "payload":
                reply.dispatch.data.payload.CopyFrom(request.update.payload)
            elif path == "duration":
                reply.dispatch.data.duration = request.update.duration
        self.grids[request.microgrid_id][request.dispatch_id] = reply.dispatch
        self.commit(request.microgrid_id, 2, reply.dispatch)
        return reply

    async def delete(self, request: Any, context: Any) -> Any:
        self.writes_s.append(time.monotonic())
        last = await self.find(request, context)
        del self.grids[request.microgrid_id][request.dispatch_id]
        self.commit(request.microgrid_id, 3, last)
        return self.reply(
            "DeleteMicrogridDispatch",
            microgrid_id=request.microgrid_id,
            dispatch_id=request.dispatch_id,
        )

    async def show(self, request: Any, context: Any) -> Any:
        """Newest first; the token is size and last id."""
        grid, page = self.grids[request.microgrid_id], request.pagination_params
        size, before = page.page_size or 100, self.last_id + 1
        if page.page_token:
            size, before = map(int, page.page_token.split("/"))
        ids = [key for key in sorted(grid, reverse=True) if key < before]
        reply = self.reply("ListMicrogridDispatches")
        reply.dispatches.extend(grid[key] for key in ids[:size])
        reply.pagination_info.total_items = len(grid)
        if len(ids) > size:
            reply.pagination_info.next_page_token = f"{size}/{ids[size - 1]}"
        return reply

    async def stream(self, request: Any, context: Any) -> Any:
        log = self.logs[request.microgrid_id]
        at = len(log.frames)
        self.open_streams += 1
        try:
            while True:
                changed = log.changed
                while at < len(log.frames):
                    yield log.frames[at]
                    at += 1
                await changed.wait()
        finally:
            self.open_streams -= 1

    async def stats(self, request: bytes, context: Any) -> bytes:
        return json.dumps(
            {
                "open_streams": self.open_streams,
                "dispatches": sum(map(len, self.grids.values())),
                "writes_s": self.writes_s,
            }
        ).encode()

    def handlers(self) -> Any:  # a list of generic handlers, whose type parameters grpc lacks
        calls = {
            "CreateMicrogridDispatch": self.create,
            "UpdateMicrogridDispatch": self.update,
            "DeleteMicrogridDispatch": self.delete,
            "ListMicrogridDispatches": self.show,
        }
        found: dict[str, Any] = {
            name: grpc.unary_unary_rpc_method_handler(
                call,
                self.methods[name].request.FromString,
                self.methods[name].response.SerializeToString,
            )
            for name, call in calls.items()
        }
        found["StreamMicrogridDispatches"] = grpc.unary_stream_rpc_method_handler(
            self.stream, self.methods["StreamMicrogridDispatches"].request.FromString, None
        )
        stats = {"Stats": grpc.unary_unary_rpc_method_handler(self.stats, None, None)}
        return [
            grpc.method_handlers_generic_handler(SERVICE, found),
            grpc.method_handlers_generic_handler("gridproof.test.Mini", stats),
        ]


def fault_of(text: str) -> tuple[int, tuple[str, int]]:
    grid, _, fault = text.partition("=")
    kind, _, period = fault.partition(":")
    return int(grid), (kind, int(period))


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ready_file", type=Path)
    parser.add_argument("--fault", action="append", default=[], type=fault_of)
    arguments = parser.parse_args()
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers(Mini(dict(arguments.fault)).handlers())
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    partial = arguments.ready_file.with_suffix(".partial")
    partial.write_text(f"127.0.0.1:{port}", "ascii")
    partial.rename(arguments.ready_file)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop(0)


if __name__ == "__main__":
    asyncio.run(main())
