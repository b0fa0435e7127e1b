"""The registry of the tests as a server: List, collection watches and the mutation hook.

    python -m loadtests.tests.apis.meta.mini_meta READY_FILE [--fault KIND:N]

Prints nothing; writes its address to READY_FILE and ends with its standard input.
`/gridproof.test.Mini/Stats` answers counters as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict

from fixtures.contracts import load
from loadtests.tests.apis.meta.registry import KIND, METHODS, NO_FAULT, Fault, Registry, View

HOOK = "gridproof.control.v1.MetaControl"
VERBS = load("control").methods(HOOK)
REGIONS = load("meta").methods("ntt.meta.v1alpha2.RegionService")


class Mini:
    """The service; watches have the fault, counted for each of them."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.registry = Registry()
        self.changed = asyncio.Event()
        self.open_streams = 0
        self.tampered = 0
        self.run = ""

    def wake(self) -> Any:
        self.changed.set()
        self.changed = asyncio.Event()
        return VERBS["Upsert"].response(revision=str(len(self.registry.log)))

    async def capabilities(self, request: Any, context: Any) -> Any:
        return VERBS["GetCapabilities"].response(capabilities=["mutate", "atomic"])

    async def upsert(self, request: Any, context: Any) -> Any:
        self.registry.upsert(MessageToDict(request.resource))
        return self.wake()

    async def delete(self, request: Any, context: Any) -> Any:
        self.registry.put(request.name, None)
        return self.wake()

    async def apply(self, request: Any, context: Any) -> Any:
        for change in request.changes:
            self.registry.upsert(found := MessageToDict(change.upsert))
            self.run = found.get("metadata", {}).get("labels", {}).get("gridproof_run", self.run)
        return self.wake()

    async def regions(self, request: Any, context: Any) -> Any:
        return REGIONS["ListRegions"].response()

    async def show(self, request: Any, context: Any) -> Any:
        start = int(request.page_token.rpartition(".")[2] or 0)
        found, end = self.registry.listed(request), start + request.page_size
        reply: Any = METHODS["ListDeployments"].response(deployments=found[start:end])
        if end < len(found):
            reply.next_page_token = f"r.e.O.{end}"
        return reply

    async def watch(self, request: Any, context: Any) -> Any:
        since = int(request.resume_token) if request.resume_token else None
        view = View(self.registry, request, self.fault, since)
        self.open_streams += 1
        try:
            if since is None:
                for message in view.snapshot():
                    yield message
            else:
                for message in [*view.increments()] or [*_refresh(view)]:
                    yield message
            while True:
                changed = self.changed
                for message in view.increments():
                    yield message
                await changed.wait()
        finally:
            self.open_streams -= 1
            self.tampered += view.tampered

    async def stats(self, request: bytes, context: Any) -> bytes:
        return json.dumps(
            {
                "open_streams": self.open_streams,
                "objects": len(self.registry.objects),
                "tampered": self.tampered,
                "run": self.run,
            }
        ).encode()

    def handlers(self) -> Any:  # a list of generic handlers, whose type parameters grpc lacks
        hook = {
            "GetCapabilities": self.capabilities,
            "Upsert": self.upsert,
            "Delete": self.delete,
            "Apply": self.apply,
        }
        watch = grpc.unary_stream_rpc_method_handler(
            self.watch, METHODS["WatchDeployments"].request.FromString, None
        )
        lists = {"ListDeployments": self.show}
        services: dict[str, dict[str, Any]] = {
            HOOK: {name: _unary(VERBS[name], call) for name, call in hook.items()},
            KIND.service: {
                **{name: _unary(METHODS[name], call) for name, call in lists.items()},
                "WatchDeployments": watch,
            },
            "ntt.meta.v1alpha2.RegionService": {
                "ListRegions": _unary(REGIONS["ListRegions"], self.regions)
            },
            "gridproof.test.Mini": {
                "Stats": grpc.unary_unary_rpc_method_handler(self.stats, None, None)
            },
        }
        return [
            grpc.method_handlers_generic_handler(name, methods)
            for name, methods in services.items()
        ]


def _refresh(view: View) -> Any:
    """An empty closing message, as a sign that the token was understood."""
    yield (
        METHODS["WatchDeployments"]
        .response(snapshot_size=-1, is_current=True, resume_token=str(view.at))
        .SerializeToString()
    )


def _unary(method: Any, call: Any) -> Any:
    return grpc.unary_unary_rpc_method_handler(
        call, method.request.FromString, method.response.SerializeToString
    )


def fault_of(text: str) -> Fault:
    kind, _, period = text.partition(":")
    return Fault(kind=kind, period=int(period))


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ready_file", type=Path)
    parser.add_argument("--fault", default=NO_FAULT, type=fault_of)
    arguments = parser.parse_args()
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers(Mini(arguments.fault).handlers())
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    partial = arguments.ready_file.with_suffix(".partial")
    partial.write_text(f"127.0.0.1:{port}", "ascii")
    partial.rename(arguments.ready_file)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop(0)


if __name__ == "__main__":
    asyncio.run(main())
