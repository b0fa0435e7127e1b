"""A proxy that breaks some of what passes, so that a run against a good server has to notice.

    python -m loadtests.tests.proxy READY_FILE --upstream HOST:PORT [--fault KIND:N]

Of the stream messages that show a write of the run, one in N is lost (`skip`), sent twice
(`repeat`), sent after the one that follows (`swap`), sent as one of somebody else (`misroute`), or
names a wrong old value (`old`). With `claim` one in N refused claims is said to have succeeded.
Writes its address to READY_FILE and ends with its standard input; `/gridproof.test.Mini/Stats`
answers counters as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc

from fixtures.contracts import load

WRITTEN = re.compile(rb";\d+\.\d+;\d+;")
"""Part of the mark of a writer of a run."""
FEED = load("events").methods("gridproof.events.v1.EventFeed")["Subscribe"]
PULL = load("services", "v1").methods("smartcore.bos.services.v1.ServicesApi")["PullServices"]
TASK = load("tasks").methods("enpowerx.tasks.v3.Tasks")["ClaimTask"].response
IN_PROGRESS = 2


def misrouted_event(data: bytes) -> bytes:
    event: Any = FEED.response.FromString(data)
    event.source = event.source.replace("tenants/t", "tenants/x")
    event.subject = event.subject.replace("tenants/t", "tenants/x")
    return bytes(event.SerializeToString())


def misrouted_change(data: bytes) -> bytes:
    message: Any = PULL.response.FromString(data)
    for change in message.changes:
        for name in ("new_value", "old_value"):
            if change.HasField(name):
                value = getattr(change, name)
                value.id += "-x"
                run, scope, *rest = value.config_raw.split(";")
                value.config_raw = ";".join([run, str(int(scope) + 7), *rest])
    return bytes(message.SerializeToString())


def wrong_old(data: bytes) -> bytes:
    message: Any = PULL.response.FromString(data)
    for change in message.changes:
        if change.type == 2:
            change.old_value.config_raw += " "
    return bytes(message.SerializeToString())


EDITS: dict[tuple[str, str], Callable[[bytes], bytes]] = {
    ("misroute", FEED.path): misrouted_event,
    ("misroute", PULL.path): misrouted_change,
    ("old", PULL.path): wrong_old,
}
STREAMED = {"Subscribe", "PullServices", "PullService", "PullServiceMetadata"}


class Proxy(grpc.GenericRpcHandler):
    """Passes every call on, and breaks some messages of the streams that it can break."""

    def __init__(self, channel: Any, kind: str, period: int) -> None:
        self.channel = channel
        self.kind = kind
        self.period = period
        self.open_streams = 0
        self.tampered = 0
        self.refused = 0

    def service(self, details: Any) -> Any:
        path = details.method
        name = path.rpartition("/")[2]
        if path == "/gridproof.test.Mini/Stats":
            return grpc.unary_unary_rpc_method_handler(self.stats)
        if name in STREAMED:
            return grpc.unary_stream_rpc_method_handler(self.stream(path))
        return grpc.unary_unary_rpc_method_handler(self.unary(path, name))

    async def stats(self, request: bytes, context: Any) -> bytes:
        return json.dumps({"open_streams": self.open_streams, "tampered": self.tampered}).encode()

    def unary(self, path: str, name: str) -> Any:
        async def call(request: bytes, context: Any) -> bytes:
            try:
                reply: bytes = await self.channel.unary_unary(path)(request)
            except grpc.aio.AioRpcError as error:
                if name == "ClaimTask" and self.kind == "claim":
                    self.refused += 1
                    if self.refused % self.period == 0:
                        self.tampered += 1
                        # The name is the first field of both messages.
                        task: Any = TASK.FromString(request)
                        task.state = IN_PROGRESS
                        return bytes(task.SerializeToString())
                await context.abort(error.code(), error.details())
                raise
            return reply

        return call

    def stream(self, path: str) -> Any:
        edit = EDITS.get((self.kind, path))
        breaks = edit is not None or (
            self.kind in ("skip", "repeat", "swap") and path in (FEED.path, PULL.path)
        )

        async def call(request: bytes, context: Any) -> Any:
            self.open_streams += 1
            count, held = 0, None
            try:
                async for data in self.channel.unary_stream(path)(request):
                    count += WRITTEN.search(data) is not None
                    if held is not None:
                        yield data
                        yield held
                        held = None
                        continue
                    is_due = breaks and count >= self.period and WRITTEN.search(data)
                    changed = edit(data) if edit and is_due else data
                    if not is_due or (edit and changed == data):
                        yield data
                        continue
                    count, self.tampered = 0, self.tampered + 1
                    if self.kind == "swap":
                        held = data
                    elif self.kind != "skip":
                        yield changed if self.kind == "old" else data
                        if self.kind != "old":
                            yield changed
            except grpc.aio.AioRpcError as error:
                await context.abort(error.code(), error.details())
            finally:
                self.open_streams -= 1

        return call


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ready_file", type=Path)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--fault", default=":0")
    arguments = parser.parse_args()
    kind, _, period = arguments.fault.partition(":")
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    async with grpc.aio.insecure_channel(arguments.upstream) as channel:
        server.add_generic_rpc_handlers([Proxy(channel, kind, int(period))])
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        partial = arguments.ready_file.with_suffix(".partial")
        partial.write_text(f"127.0.0.1:{port}", "ascii")
        partial.rename(arguments.ready_file)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        await server.stop(0)


if __name__ == "__main__":
    asyncio.run(main())
