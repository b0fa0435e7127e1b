"""The child process of the engine plane: many streams on one event loop, judged as they come.

In: one line with the plan and the share of streams, then orders (`measure`, `settle`, `hangup`).
Out: a line whenever the state changes, one line of aggregates per second, and answers to orders.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, BinaryIO

import grpc

from loadtests import apis, channels
from loadtests.arrivals import Pacer
from loadtests.clocks import Clock
from loadtests.plan import Plan
from loadtests.safety import caps_of
from loadtests.stats import Stats
from loadtests.watching import Fleet, Watcher

BEAT_S = 0.01
STATE_EVERY_S = 0.1
CLOSE_GRACE_S = 2.0
POLL_S = 0.02
EOF: Any = vars(grpc.aio)["EOF"]  # what `read` returns at the end; missing in the type stubs


class Engine:
    """The streams of this process.

    Args:
        config: `plan`, `first` (number of the first stream), `streams` (how many), `offset_us`,
            `population`.
        write: takes one line of JSON for the host.
    """

    def __init__(self, config: Mapping[str, Any], write: Callable[[dict[str, Any]], None]) -> None:
        self.plan = Plan.from_json(config["plan"])
        self._write = write
        self._numbers = range(config["first"], config["first"] + config["streams"])
        self._clock = Clock(is_wall=self.plan.uses_wall_clock, offset_us=config.get("offset_us", 0))
        self._api = apis.load(self.plan.context())
        self._api.begin(config["population"])
        self._fleet = Fleet(
            Stats(),
            self._api,
            is_alone=self.plan.nodes == 1,
            judges=self.plan.options.verify != "off",
        )
        self._shared = self._channels(small_window=self.plan.options.small_window)
        self._narrow = self._channels(small_window=True)
        # A cap on calls per second holds for the whole run, and opening a stream is a call.
        cap = caps_of(self.plan.target).max_rate
        self._pacer = Pacer(cap * self.plan.share / max(1, self.plan.nodes)) if cap else None
        self._calls: dict[Watcher, Any] = {}  # grpc.aio calls, untyped
        self._ours: set[Any] = set()  # those that we cancelled
        self._over = asyncio.Event()
        self._opened = 0
        self._closed = 0
        self._sent_violations = 0
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Open the streams and begin to report."""
        for work in (self._open_all(), self._beat(), self._report_state(), self._report_seconds()):
            self._spawn(work)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(self._guard(work)))

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            self._write({"error": f"engine: {type(error).__name__}: {error}"})

    async def obey(self, order: Mapping[str, Any]) -> None:
        """Carry out an order of the host and say so."""
        match order["do"]:
            case "measure":
                self._fleet.begin(order)
                for at_us in order["storms_us"]:
                    self._spawn(self._cut(at_us))
                for at_us, number in order["cuts"]:
                    self._spawn(self._cut(at_us, number))
            case "compare":
                left = await self._compare(order["listing"], order["limit_s"])
                self._write({"outstanding": left})
            case "settle":
                await self._settle(order)
            case "hangup":
                await self._hang_up()
        self._write({"done": order["do"]})

    def _channels(self, *, small_window: bool) -> channels.Shared[grpc.aio.Channel]:
        target = self._api.watched
        return channels.Shared(
            lambda: channels.connect_aio(target, small_window=small_window),
            streams=self.plan.options.streams_per_connection,
        )

    async def _open_all(self) -> None:
        for number in self._numbers:
            await self._take_turn()
            self._spawn(self._watch(self._fleet.join(number)))

    async def _take_turn(self) -> None:
        if self._pacer:
            await asyncio.sleep(self._pacer.reserve(self._clock.now_us()) / 1e6)

    async def _watch(self, watcher: Watcher) -> None:
        channel = (self._narrow if watcher.course.stalls else self._shared).take()
        route, now = watcher.route, self._clock.now_us
        # The multicallable's type parameters are lost in grpc's stubs.
        stream: Any = channel.unary_stream(
            route.path, request_serializer=route.encode, response_deserializer=route.decode
        )
        opens_us: int | None = now()
        is_first = True
        while opens_us is not None and not self._over.is_set():
            if (wait_us := opens_us - now()) > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), wait_us / 1e6)
                continue
            if not is_first:
                await self._take_turn()
            is_first = False
            watcher.opening(now())
            call = stream(
                watcher.request(),
                timeout=self.plan.deadline_s,
                metadata=channels.metadata(route.target, route.path.rpartition("/")[2]),
            )
            await self._read(watcher, call)
            stats = self._fleet.stats
            stats.count("openings", stats.is_measured(watcher.opened_us))
            opens_us = watcher.opens_again_us(now())

    async def _read(self, watcher: Watcher, call: Any) -> None:
        self._calls[watcher] = call
        self._opened += 1
        now, take, course = self._clock.now_us, watcher.take, watcher.course
        status = "OK"
        try:
            while (delivery := await call.read()) is not EOF:
                take(delivery, now())
                if course.is_plain:
                    continue
                if nap_us := course.nap_us(now()):
                    await asyncio.sleep(nap_us / 1e6)
                if watcher.is_done:
                    self._ours.add(call)
                    break
        except grpc.aio.AioRpcError as error:
            status = error.code().name
        except asyncio.CancelledError:
            status = "CANCELLED"
        finally:
            call.cancel()
            self._calls.pop(watcher, None)
            self._closed += 1
            is_ours = self._over.is_set() or call in self._ours
            self._ours.discard(call)
            watcher.ended(status, now(), is_ours=is_ours)

    async def _cut(self, at_us: int, number: int | None = None) -> None:
        await asyncio.sleep(max(0, at_us - self._clock.now_us()) / 1e6)
        for watcher in self._fleet.cut(self._clock.now_us(), number):
            if call := self._calls.get(watcher):
                self._ours.add(call)
                call.cancel()

    async def _compare(self, listing: Any, limit_s: float) -> int:
        known = self._api.listing(listing)
        await _until(lambda: not self._fleet.outstanding(known), limit_s)
        return self._fleet.outstanding(known)

    async def _settle(self, order: Mapping[str, Any]) -> None:
        listing = self._api.listing(order["listing"])
        written = {int(scope): count for scope, count in order["written"].items()}
        await _until(lambda: not self._fleet.outstanding(listing), self._api.settle_s)
        lagging = self._fleet.settle(listing, written, self._clock.now_us())
        self._flush()
        self._write({"lagging": list(lagging)})

    async def _hang_up(self) -> None:
        self._over.set()
        for call in list(self._calls.values()):
            call.cancel()
        await _until(lambda: self._closed >= self._opened, CLOSE_GRACE_S)
        self._flush()
        self._write({"streams": {"opened": self._opened, "closed": self._closed}})

    async def _beat(self) -> None:
        # Not the loop's clock, which uvloop only advances by whole milliseconds.
        clock, stats = Clock(), self._fleet.stats
        while True:
            before = clock.now_us()
            await asyncio.sleep(BEAT_S)
            late_us = clock.now_us() - before - int(BEAT_S * 1e6)
            if stats.is_measured(self._clock.now_us()):
                stats.record("harness.lateness.engine", late_us)

    async def _report_state(self) -> None:
        last: dict[str, int] = {}
        while True:
            state = self._fleet.state()
            if state != last:
                self._write({"state": state})
                last = state
            await asyncio.sleep(STATE_EVERY_S)

    async def _report_seconds(self) -> None:
        used = _cpu_us()
        while True:
            await asyncio.sleep(1 - self._clock.now_us() % 1_000_000 / 1e6)
            now = _cpu_us()
            if self._fleet.stats.is_measured(self._clock.now_us()):
                self._fleet.stats.count("cpu_us.engine", now - used)
            used = now
            self._flush()

    def _flush(self) -> None:
        self._write({"second": self._fleet.flush()})
        for violation in self._fleet.saved[self._sent_violations :]:
            self._write({"violation": violation})
        self._sent_violations = len(self._fleet.saved)

    async def close(self) -> None:
        """End everything that still runs."""
        self._over.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for channel in (*self._shared.channels, *self._narrow.channels):
            await channel.close(None)


async def _until(holds: Callable[[], bool], limit_s: float) -> None:
    """Wait for a condition that the streams bring about, which tell nobody when they do."""
    end = asyncio.get_running_loop().time() + limit_s
    while not holds() and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110 see above
        await asyncio.sleep(POLL_S)


def _cpu_us() -> int:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return int((usage.ru_utime + usage.ru_stime) * 1e6)


def _write_line(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def _leave_when_closed(
    source: BinaryIO, loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[bytes]
) -> None:
    """Hand over lines until the input closes; then make sure that the process ends."""
    for line in source:
        loop.call_soon_threadsafe(lines.put_nowait, line)
    loop.call_soon_threadsafe(lines.put_nowait, b"")
    # A loop that is stuck must not keep an orphan alive.
    timer = threading.Timer(CLOSE_GRACE_S * 2, os._exit, [1])
    timer.daemon = True
    timer.start()


async def _run() -> None:
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    reader = threading.Thread(
        target=_leave_when_closed, args=(sys.stdin.buffer, loop, lines), daemon=True
    )
    reader.start()
    if not (first := await lines.get()):
        return
    engine = Engine(json.loads(first), _write_line)
    engine.start()
    while line := await lines.get():
        await engine.obey(json.loads(line))
    await engine.close()


def main() -> None:
    """Run the engine until standard input closes, on uvloop if there is one."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None
    try:
        import uvloop
    except ImportError:
        factory = None
    else:
        factory = uvloop.new_event_loop
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(_run())
    except (KeyboardInterrupt, BrokenPipeError):
        # The host is gone or going; there is nobody left to tell.
        os._exit(0)
