"""The host: one event loop, one world, its clock, the services that show it, and their doors.

It serves until it is told to stop, then drains: health says so, streams end with UNAVAILABLE, calls
in flight may finish.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import grpc
from google.protobuf import duration_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.rpc import error_details_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from fixtures.contracts import Contract
from simulator.server.apis import controls, described, mounted, routes
from simulator.server.auth import Gate
from simulator.server.calls import Calls
from simulator.server.exchange_doors import GRAPHQL, doors
from simulator.server.history import History
from simulator.server.http import application, http_server
from simulator.server.net import at, listen
from simulator.server.rest import Rest
from simulator.server.rpc_host import OPTIONS, handlers
from simulator.server.settings import Settings, SettingsError
from simulator.server.stats import Stats, resident_bytes
from simulator.server.steering import HostSteering
from simulator.server.streams import SWEEP_S, Streams
from simulator.services.errors import Code, ServiceError

if TYPE_CHECKING:
    import socket

    from starlette.routing import BaseRoute

TICK_S: Final = 0.1
"""How often the world is brought up to a running clock."""
GRACE_S: Final = 3.0
"""How long calls in flight may take once the server stops."""
_BREATH_S: Final = 0.001
"""The least pause between two looks at the clock."""
_LAG_DECAY: Final = 0.9
_GOING: Final = ServiceError(Code.UNAVAILABLE, "the server is shutting down")

Ready = Callable[[str, str], None]
"""Told the addresses, gRPC's and HTTP's, once both accept requests."""


class Host:
    """A server: set up when made, serving while `run` runs.

    Raises:
        SettingsError: what was asked for cannot be served.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.history = History(settings)
        self.streams = Streams()
        self.calls = Calls(Gate(settings.access, time.time), self.streams, self.history.settle)
        self.apis = mounted(self.history, settings.services)
        if settings.control:
            self.apis += controls(HostSteering(self), self.history, settings.services)
        self.loop_lag_ms = 0.0
        self.stopping = asyncio.Event()
        """Set once it is to drain."""
        self._health: Any = health.aio.HealthServicer()  # type: ignore[attr-defined]  # not in stubs

    def stop(self) -> None:
        """Let `run` drain and return. Safe to call from a signal handler of the loop."""
        self.stopping.set()

    async def run(self, ready: Ready = lambda grpc_address, http_address: None) -> None:
        """Serve until `stop` is called.

        Raises:
            SettingsError: an address cannot be listened on.
        """
        settings = self.settings
        http_socket = listen(settings.host, settings.http_port)
        try:
            server = grpc.aio.server(options=OPTIONS)
            port = await self._open(server)
            http = http_server(
                application(
                    stats=self.stats,
                    facts=self._facts,
                    healthy=lambda: not self.stopping.is_set(),
                    rest=Rest(self.calls, routes(self.apis)),
                    doors=self._doors(http_socket),
                ),
                settings.tls,
            )
        except BaseException:
            http_socket.close()
            raise
        serving = asyncio.create_task(http.serve(sockets=[http_socket]))
        tasks = [
            asyncio.create_task(self._keep_pace()),
            asyncio.create_task(self._watch_streams()),
            asyncio.create_task(self.stopping.wait()),
            serving,
        ]
        try:
            await http.up.wait()
            ready(at(settings.host, port), self._url(http_socket))
            # Each of them runs until the end; whichever ends first, well or not, is the end.
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await self._drain(server)
            await http.drain(serving)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.history.close()

    def stats(self) -> Stats:
        """Return the counters as they are now."""
        return Stats(
            open_streams=len(self.streams),
            pending_changes=self.streams.pending,
            overflows=self.streams.overflows,
            changes_committed=self.history.committed,
            loop_lag_ms=self.loop_lag_ms,
            rss_bytes=resident_bytes(),
            calls=dict(self.calls.counts),
        )

    def _doors(self, bound: socket.socket) -> list[BaseRoute]:
        """Return the ways into APIs that HTTP alone serves."""
        exchange = self.history.exchange
        if exchange is None:
            return []
        exchange.address.url = exchange.address.url or self._url(bound)
        return doors(exchange, self.calls)

    async def _open(self, server: grpc.aio.Server) -> int:
        """Mount everything, listen, start; returns the port."""
        dialects = [each.dialect for each in self.apis]
        server.add_generic_rpc_handlers(tuple(handlers(self.calls, dialects)))
        names = [name for each in self.apis for name in each.names]
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        for name in ("", *names):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        services = [*names, health.SERVICE_NAME, reflection.SERVICE_NAME]
        reflection.enable_server_reflection(services, server, pool=self._reflected().pool)
        port = self._bind(server)
        await server.start()
        return port

    def _bind(self, server: grpc.aio.Server) -> int:
        settings = self.settings
        if settings.port:
            # gRPC only says "failed"; the attempt on our own says why.
            listen(settings.host, settings.port).close()
        address = at(settings.host, settings.port)
        try:
            if settings.tls is None:
                return server.add_insecure_port(address)
            credentials = grpc.ssl_server_credentials(
                [(settings.tls.key, settings.tls.cert)],
                root_certificates=settings.tls.client_ca,
                require_client_auth=settings.tls.client_ca is not None,
            )
            return server.add_secure_port(address, credentials)
        except RuntimeError:
            raise SettingsError(f"cannot listen on {address}") from None

    def _reflected(self) -> Contract:
        """The contract that reflection shows: all that is served, details of refusals, itself."""
        files = described(self.apis)
        for module in (duration_pb2, error_details_pb2, health_pb2, reflection_pb2):
            if module.DESCRIPTOR.name not in files:
                file = files[module.DESCRIPTOR.name] = FileDescriptorProto()
                module.DESCRIPTOR.CopyToProto(file)
        return Contract("reflection", files.values())

    async def _keep_pace(self) -> None:
        """Bring the world up to a running clock, again and again, and when something is due."""
        history, sooner = self.history, asyncio.Event()
        history.timers.sooner = sooner.set
        while True:
            sooner.clear()
            await history.site.follow(history.clock.peek_us())
            if history.site.is_over:
                self.stop()
            with suppress(TimeoutError):
                await asyncio.wait_for(sooner.wait(), self._pause_s())
            # Whatever is planned, and however fast the clock is, others have their turn.
            await asyncio.sleep(0)

    def _pause_s(self) -> float:
        """Return how long nothing will be due, at most a tick."""
        next_us = self.history.timers.next_us
        wait_s = None if next_us is None else self.history.clock.wait_s(next_us)
        return TICK_S if wait_s is None else min(max(wait_s, _BREATH_S), TICK_S)

    async def _watch_streams(self) -> None:
        """End stalled streams; measure how late the loop is."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + SWEEP_S
            await asyncio.sleep(SWEEP_S)
            late_ms = max(loop.time() - due, 0.0) * 1000
            self.loop_lag_ms = max(late_ms, self.loop_lag_ms * _LAG_DECAY)
            self.streams.sweep()

    async def _drain(self, server: grpc.aio.Server) -> None:
        self.calls.draining = _GOING
        await self._health.enter_graceful_shutdown()
        stopped = asyncio.create_task(server.stop(GRACE_S))
        self.streams.end_all(_GOING)
        await self.streams.ended(GRACE_S)
        await stopped

    def _facts(self) -> dict[str, str]:
        history = self.history
        served = [name for each in self.apis for name in each.names]
        if history.exchange is not None:
            served.append(f"exchange, GraphQL at {GRAPHQL}")
        return {
            "scenario": f"{history.name}, seed {history.seed}",
            "microgrid": str(history.site.microgrid_id),
            "clock": f"{_iso(history.clock.now_us())} ({history.clock.mode.value})",
            "services": ", ".join(served),
        }

    def _url(self, bound: socket.socket) -> str:
        scheme = "https" if self.settings.tls else "http"
        return f"{scheme}://{at(self.settings.host, bound.getsockname()[1])}"


def _iso(t_us: int) -> str:
    from simulator.microgrid.scenario_base import from_us

    return from_us(t_us).isoformat().replace("+00:00", "Z")
