"""One run as one locust process takes part in it: arrivals, writers, streams, figures.

Users take work from here and report to here; orders of the main process change its phase. The
open model lives in `_feed`: arrivals enter a queue when they are due, whether or not a user is
free, and latency counts from the due time.
"""

from __future__ import annotations

import random
import resource
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import gevent
import grpc
from gevent.event import AsyncResult, Event
from gevent.queue import Queue

from conformance.oracles.events import Code
from loadtests import apis, channels
from loadtests.apis.base import Author, Step
from loadtests.arrivals import Arrival, Arrivals
from loadtests.calls import Gate
from loadtests.clocks import Clock
from loadtests.engine.host import EngineProcess
from loadtests.histogram import Histogram
from loadtests.plan import Plan
from loadtests.safety import State
from loadtests.stats import Stats
from loadtests.streams import Stream, Streams
from loadtests.watching import Fleet, Watcher

LONGEST_NAP_S = 0.2
STORM_US = 3_000_000
"""Writes due within this time after a storm are told apart."""
SHOWN = ("deliver.", "open.", "sync.", "resume.")
"""Distributions that locust's own tables show too."""
ACHIEVED_WITHIN_US = 1_000_000
"""A write that completes later than this after the window counts as not achieved in it."""

Note = Callable[[dict[str, Any]], None]
Fire = Callable[[str, float, Exception | None], None]


class Run:
    """This process's part of a run.

    Args:
        plan: the run.
        index: number of this process among the plan's nodes.
        offset_us: what to add to the wall clock where the run uses that.
        note: tells the main process something.
        fire: shows a request in locust's own tables (name, milliseconds, error).
    """

    def __init__(self, plan: Plan, *, index: int, offset_us: int, note: Note, fire: Fire) -> None:
        self.plan = plan
        self.index = index
        self.clock = Clock(is_wall=plan.uses_wall_clock, offset_us=offset_us)
        self.stats = Stats()
        self.api = apis.load(plan.context(index))
        self.gate = Gate(plan.target, share=plan.share / plan.nodes, sleep=gevent.sleep)
        self.streams = Streams()
        self.reading: dict[Watcher, Stream] = {}
        """The open stream behind each watcher of our greenlets."""
        self.fleet = Fleet(
            self.stats,
            self.api,
            is_alone=plan.nodes == 1,
            judges=plan.options.verify != "off",
        )
        self.engines: list[EngineProcess] = []
        self.engine_states: dict[int, Mapping[str, int]] = {}
        self.engine_replies: Queue[tuple[str, Any]] = Queue()
        self.users: Counter[str] = Counter()
        self.authors: list[Author] = []
        self.opening: AsyncResult[Mapping[str, Any]] = AsyncResult()
        self.begun = Event()
        self.over = Event()
        self.owned: list[Step] = []
        """Deletions of what was made beside the authors."""
        self.is_hanging_up = False
        self.faults: list[str] = []
        self.stopped = ""
        """Why the run has to end early; empty as long as it need not."""
        self.note = note
        self._fire = fire
        self._queues: dict[str, Queue[Arrival]] = {}
        self._feeding = 0
        self._inflight = 0
        self._is_halted = False
        self._end_us = 0
        self._sent_violations = 0
        self._written: Counter[int] = Counter()
        self._told: list[dict[str, Any]] = []
        self._cpu_us = cpu_us()
        self._storms_us: tuple[int, ...] = ()
        self._greenlets: list[gevent.Greenlet] = []
        self.call = self.api.caller(self.gate, timeout_s=plan.options.timeout)
        self.shared = self._shared(small_window=plan.options.small_window)
        self._narrow = self._shared(small_window=True)

    def chance(self, name: str) -> random.Random:
        """A generator of its own for each purpose, the same for the same seed."""
        return random.Random(f"{self.plan.options.seed}/{self.index}/{name}")

    def author(self) -> Author:
        """A new writer."""
        number = len(self.authors)
        name = f"{self.index}.{number}"
        author = self.api.author(name, number, self.chance(f"author {number}"))
        self.authors.append(author)
        return author

    def channel_for(self, watcher: Watcher) -> grpc.Channel:
        """The connection of a stream; those that stall have one among themselves."""
        return (self._narrow if watcher.course.stalls else self.shared).take()

    def open(self, order: Mapping[str, Any]) -> None:
        """Let the streams of this process be opened."""
        self.api.begin(order["population"])
        self.opening.set(order)

    def start(self, order: Mapping[str, Any]) -> None:
        """Set the measured window and let arrivals come, at this process's share of each rate."""
        self._end_us = order["end_us"]
        self.fleet.begin(order)
        self._storms_us = tuple(order["storms_us"])
        for at_us in self._storms_us:
            self._spawn(self._storm, at_us)
        for at_us, number in order["cuts"]:
            self._spawn(self._cut, at_us, number)
        for engine in self.engines:
            engine.order({**order, "do": "measure"})
        is_poisson = self.plan.options.arrivals == "poisson"
        for name, share in order["rates"].items():
            arrivals = Arrivals(
                rate=share["rate"],
                start_us=share.get("start_us", order["start_us"]),
                end_us=order["end_us"],
                chance=self.chance(f"arrivals {name}") if is_poisson else None,
                phase=self.index / self.plan.nodes,
            )
            self._feeding += 1
            self._spawn(self._feed, name, arrivals)
        self.begun.set()

    def halt(self) -> None:
        """Let no more work begin; what is queued is forgotten."""
        self._is_halted = True
        for queue in self._queues.values():
            while not queue.empty():
                queue.get()

    @property
    def is_past_end(self) -> bool:
        """Whether the measured window is over or the run was halted."""
        return self._is_halted or self.clock.now_us() >= self._end_us

    @property
    def is_idle(self) -> bool:
        """Whether every arrival has been dealt with."""
        waiting = any(not queue.empty() for queue in self._queues.values())
        return not (self._feeding or waiting or self._inflight)

    @contextmanager
    def arrival(self, name: str) -> Iterator[Arrival]:
        """Wait for the next piece of work of a kind; it is in flight inside the block."""
        arrival = self._take(name)
        with self.busy():
            yield arrival

    @contextmanager
    def busy(self) -> Iterator[None]:
        """The run does not end while somebody is inside."""
        self._inflight += 1
        try:
            yield
        finally:
            self._inflight -= 1

    def rest(self, began_us: int) -> None:
        """Let a user that works in a closed loop do so for no more than the share of its time."""
        worked_s = (self.clock.now_us() - began_us) / 1e6
        self.over.wait(worked_s * (1 / self.plan.options.share - 1))

    def measured(self, method: str, due_us: int, sent_us: int, error: str = "") -> None:
        """Note that a call ended just now, well or with an error.

        A result that is normal but not what was hoped for has a name of its own, METHOD.RESULT.
        """
        now = self.clock.now_us()
        self.counted(method, due_us, error)
        if self.stats.is_measured(due_us):
            self.stats.record(f"unary.{method}", now - due_us)
            self.stats.record(f"unary.{method}.service", now - sent_us)
            if any(at_us <= due_us < at_us + STORM_US for at_us in self._storms_us):
                self.stats.record(f"unary.{method}.storm", now - due_us)

    def counted(self, name: str, due_us: int, error: str = "") -> None:
        """Note that a piece of work ended just now, well or with an error."""
        elapsed_ms = (self.clock.now_us() - due_us) / 1000
        self._fire(name, elapsed_ms, RuntimeError(error) if error else None)
        if not self.stats.is_measured(due_us):
            return
        self.stats.count("calls")
        if error:
            self.stats.count("failed")
            self.stats.count(f"failed.{error}")

    def wrote(self, step: Step, due_us: int) -> None:
        """Note that a change was confirmed just now."""
        self._written[step.scope] += step.counts
        is_in_time = self.clock.now_us() < self._end_us + ACHIEVED_WITHIN_US
        if is_in_time and self.stats.is_measured(due_us):
            self.stats.count("achieved")

    def state(self) -> dict[str, Any]:
        """What the main process waits on."""
        state = Counter(self.fleet.state())
        for of_engine in self.engine_states.values():
            state.update(of_engine)
        breaker = self.gate.breaker.state if self.gate.breaker else State.CLOSED
        return {
            **state,
            "users": dict(self.users),
            "idle": self.is_idle,
            "faults": self.faults[:5],
            "stopped": self.stopped,
            "breaker": str(breaker),
        }

    def flush(self) -> None:
        """Tell the main process what happened since the last flush."""
        used = cpu_us()
        if self.stats.is_measured(self.clock.now_us()):
            self.stats.count("cpu_us.locust", used - self._cpu_us)
        self._cpu_us = used
        flushed = self.fleet.flush()
        flushed["told"], self._told = self._told, []
        flushed["written"] = {str(scope): count for scope, count in self._written.items()}
        self.pass_on(flushed)
        for violation in self.fleet.saved[self._sent_violations :]:
            self.note({"what": "violation", "violation": violation})
        self._sent_violations = len(self.fleet.saved)

    def pass_on(self, second: Mapping[str, Any]) -> None:
        """Tell the main process the figures of a second, ours or an engine's.

        Locust's tables get one entry per distribution with the second's p99, because one entry
        per message would cost more than the message.
        """
        for name, data in second["distributions"].items():
            if name.startswith(SHOWN):
                p99_us = Histogram.from_json(data).percentile(99) or 0
                self._fire(f"{name}.p99_1s", p99_us / 1000, None)
        self.note({"what": "second", **second})

    def beat(self, late_us: int) -> None:
        """Note how late this process was at what it meant to do just now."""
        if self.stats.is_measured(self.clock.now_us()):
            self.stats.record("harness.lateness", late_us)

    def tell(self, **fact: Any) -> None:
        """Let the desk of the main process know a fact."""
        self._told.append(fact)

    def fault(self, text: str) -> None:
        """Something of ours went wrong; the run is lost."""
        self.faults.append(text)

    def violation(self, code: str, text: str, stream: str, scope: int) -> None:
        """Something other than a watched stream is not what it should be."""
        self.stats.count(f"integrity.{code}")
        violation = {"code": str(code), "text": text, "stream": stream, "last": []}
        where = {"scope": scope, "at_us": self.clock.now_us()}
        self.note({"what": "violation", "violation": {**violation, **where}})

    def compare(self, listing: Any, limit_s: float) -> int:
        """Wait until the greenlets' streams agree with a listing; how much still differs."""
        limit_us = self.clock.now_us() + int(limit_s * 1e6)
        while (left := self.fleet.outstanding(listing)) and self.clock.now_us() < limit_us:
            gevent.sleep(0.05)
        return left

    def settle(self, listing: Any, written: Mapping[int, int]) -> list[dict[str, Any]]:
        """Judge the greenlets' streams and the writers' own book; return lagging streams."""
        self.compare(listing, self.api.settle_s)
        lagging = list(self.fleet.settle(listing, written, self.clock.now_us()))
        for author in self.authors:
            for scope, text in author.differences(listing):
                self.violation(Code.CONV, text, f"writer {author.name}", scope)
        return lagging

    def hang_up(self) -> dict[str, int]:
        """Cancel the streams of this process's greenlets; how many were opened and closed."""
        self.is_hanging_up = True
        self.streams.cancel_all()
        limit = self.clock.now_us() + 2_000_000
        while self.streams.closed < self.streams.opened and self.clock.now_us() < limit:
            gevent.sleep(0.02)
        return {"opened": self.streams.opened, "closed": self.streams.closed}

    def end(self) -> None:
        """Stop what still runs in the background and close the connections."""
        self.over.set()
        gevent.killall(self._greenlets, timeout=1)
        self.call.close()
        for channel in (*self.shared.channels, *self._narrow.channels):
            channel.close()

    def _shared(self, *, small_window: bool) -> channels.Shared[grpc.Channel]:
        target = self.api.watched
        return channels.Shared(
            lambda: channels.connect(target, small_window=small_window),
            streams=self.plan.options.streams_per_connection,
        )

    def _storm(self, at_us: int) -> None:
        self._sleep_until(at_us)
        if not self._is_halted:
            self.fleet.cut(self.clock.now_us())
            self.streams.cancel_all()

    def _cut(self, at_us: int, number: int) -> None:
        self._sleep_until(at_us)
        for watcher in () if self._is_halted else self.fleet.cut(self.clock.now_us(), number):
            if stream := self.reading.get(watcher):
                stream.cancel()

    def _sleep_until(self, at_us: int) -> None:
        while (wait_us := at_us - self.clock.now_us()) > 0:
            gevent.sleep(min(wait_us / 1e6, LONGEST_NAP_S))

    def _queue(self, name: str) -> Queue[Arrival]:
        return self._queues.setdefault(name, Queue())

    def _take(self, name: str) -> Arrival:
        queue, limit_us = self._queue(name), int(self.plan.options.drop_after * 1e6)
        while True:
            arrival: Arrival = queue.get()
            if self.clock.now_us() - arrival.due_us <= limit_us:
                return arrival
            self._fire("arrival", limit_us / 1000, RuntimeError("OMITTED"))
            if self.stats.is_measured(arrival.due_us):
                self.stats.count("dropped")

    def _feed(self, name: str, arrivals: Arrivals) -> None:
        queue, was_slowed = self._queue(name), False
        while (next_us := arrivals.next_us) is not None and not self._is_halted:
            now = self.clock.now_us()
            if next_us > now:
                gevent.sleep(min((next_us - now) / 1e6, LONGEST_NAP_S))
                continue
            for arrival in arrivals.due(now):
                queue.put(arrival)
                if self.stats.is_measured(arrival.due_us):
                    self.stats.count(f"offered.{name}")
            breaker = self.gate.breaker
            if breaker and breaker.state is not State.CLOSED and not was_slowed:
                arrivals.slow(0.5)
                was_slowed = True
        self._feeding -= 1

    def _spawn(self, work: Callable[..., None], *args: Any) -> None:
        def guarded() -> None:
            try:
                work(*args)
            except Exception as error:
                self.fault(f"{type(error).__name__}: {error}")

        self._greenlets.append(gevent.spawn(guarded))


def cpu_us() -> int:
    """Processor time of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return int((usage.ru_utime + usage.ru_stime) * 1e6)
