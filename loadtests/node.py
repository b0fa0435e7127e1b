"""A locust process that drives load: carries out the orders of the main process, and reports.

Orders and notes travel as locust's custom messages; with a single process they are plain calls.
A process that hears nothing of its master for ten seconds, or outlives the planned end, stops by
itself and removes what it made. Scenarios that are played together are runs side by side, each
with the orders and notes of its part.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import gevent
import grpc
from gevent.event import AsyncResult
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests import apis, memory
from loadtests.apis.base import Step
from loadtests.calls import status_of
from loadtests.catalogue import find
from loadtests.clocks import ROUND_TRIPS, Clock, RoundTrip, machine, offset_us
from loadtests.errors import LoadError
from loadtests.plan import Plan, digest, version
from loadtests.run import Run

ORDER = "gridproof_order"
NOTE = "gridproof_note"
BEAT_S = 0.01
TICK_S = 0.1
FLUSH_EVERY = 10
SILENT_MASTER_S = 10.0
ENGINE_ANSWER_S = 20.0
IDLE_LIMIT_S = 5.0


_NODES: WeakKeyDictionary[Environment, Node] = WeakKeyDictionary()


def node_of(environment: Environment) -> Node:
    """The node of a locust environment; users find it this way."""
    return _NODES[environment]


@dataclass(kw_only=True)
class Place:
    """Where a run of this process stands: the run once it has its plan, and what was told of it."""

    run: AsyncResult[Run] = field(default_factory=AsyncResult)
    last_state: dict[str, Any] = field(default_factory=dict)
    started_s: float = field(default_factory=time.monotonic)


class Node:
    """The part of a process that drives load, over any number of runs (the web UI repeats them)."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        assert environment.runner is not None, "a node is made when locust has its runner"
        self.runner = environment.runner
        self.offset_us = 0
        self._places: defaultdict[str, Place] = defaultdict(Place)
        self._trips: defaultdict[str, list[RoundTrip]] = defaultdict(list)
        self.runner.register_message(ORDER, self._on_order)
        _NODES[environment] = self
        gevent.spawn(self._tick)
        gevent.spawn(self._beat)

    def await_run(self, part: str = "") -> Run:
        """The current run of a part, as soon as its plan has arrived; for users."""
        run: Run = self._places[part].run.get()
        return run

    @property
    def runs(self) -> dict[str, Run]:
        """The current runs by their parts."""
        places = self._places.items()
        return {part: place.run.value for part, place in places if place.run.ready()}

    def note(self, data: Mapping[str, Any], part: str = "") -> None:
        """Tell the main process something."""
        self.runner.send_message(NOTE, {**data, "part": part})

    def forget(self, part: str) -> None:
        """End the current run of a part; the next one may begin."""
        if part not in self.runs:
            return  # users may be waiting for the plan already
        self._places.pop(part).run.value.end()

    def abandon(self) -> None:
        """Leave the current runs on our own: stop, cancel, remove what our writers made."""
        runs = self.runs
        for run in runs.values():
            run.halt()
        limit = time.monotonic() + IDLE_LIMIT_S
        while not all(run.is_idle for run in runs.values()) and time.monotonic() < limit:
            gevent.sleep(TICK_S / 2)
        for part, run in runs.items():
            run.hang_up()
            run.over.set()
            self._clean_up(run)
            self.forget(part)

    def _on_order(self, environment: Environment, msg: Any) -> None:
        order: Mapping[str, Any] = msg.data
        part = order["part"]
        match order["do"]:
            case "greet":
                known = {"version": version(), "digest": digest(), "machine": machine()}
                self.note({"what": "hello", **known}, part)
            case "clock":
                self._trips[part].clear()
                self._ask_time(part)
            case "echo":
                self._take_time(order)
            case "plan":
                self._begin(order)
            case "forget":
                self.forget(part)
            case _:
                gevent.spawn(self._obey, order)

    def _obey(self, order: Mapping[str, Any]) -> None:
        run = self.await_run(order["part"])
        answer: dict[str, Any] = {}
        try:
            match order["do"]:
                case "open":
                    run.open(order)
                case "start":
                    run.start(order)
                case "halt":
                    run.halt()
                case "compare":
                    answer["outstanding"] = self._compare(run, order)
                case "settle":
                    answer["lagging"] = self._settle(run, order)
                case "hangup":
                    answer["streams"] = self._hang_up(run)
                case "cleanup":
                    answer["left"] = self._clean_up(run)
        except Exception as error:
            run.fault(f"{order['do']}: {type(error).__name__}: {error}")
        run.flush()
        run.note({"what": "done", "of": order["do"], **answer})

    def _begin(self, order: Mapping[str, Any]) -> None:
        part = order["part"]
        self.forget(part)
        plan = Plan.from_json(order["plan"])
        run = Run(
            plan,
            index=order["index"],
            offset_us=self.offset_us,
            note=partial(self.note, part=part),
            fire=self._fire(apis.kind(find(plan.scenario).api).protocol),
        )
        self._places[part].started_s = time.monotonic()
        self._places[part].run.set(run)

    def _fire(self, protocol: str) -> Callable[[str, float, Exception | None], None]:
        request: Any = self.environment.events.request  # partly typed

        def fire(name: str, elapsed_ms: float, error: Exception | None) -> None:
            request.fire(
                request_type=protocol,
                name=name,
                response_time=elapsed_ms,
                response_length=0,
                exception=error,
                context={},
            )

        return fire

    def _compare(self, run: Run, order: Mapping[str, Any]) -> int:
        for engine in run.engines:
            engine.order(order)
        left = run.compare(run.api.listing(order["listing"]), order["limit_s"])
        return left + sum(int(reply) for reply in self._engine_replies(run, "outstanding"))

    def _settle(self, run: Run, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        for engine in run.engines:
            engine.order(order)
        written = {int(scope): count for scope, count in order["written"].items()}
        lagging = run.settle(run.api.listing(order["listing"]), written)
        lagging += [late for reply in self._engine_replies(run, "lagging") for late in reply]
        return lagging

    def _hang_up(self, run: Run) -> dict[str, int]:
        for engine in run.engines:
            engine.order({"do": "hangup"})
        streams = run.hang_up()
        for reply in self._engine_replies(run, "streams"):
            streams = {name: count + reply[name] for name, count in streams.items()}
        run.over.set()
        return streams

    def _engine_replies(self, run: Run, name: str) -> list[Any]:
        replies: list[Any] = []
        limit_s = ENGINE_ANSWER_S + run.api.settle_s
        with gevent.Timeout(limit_s, LoadError(f"no answer of an engine to {name}")):
            while len(replies) < len(run.engines):
                answered, value = run.engine_replies.get()
                if answered == name:
                    replies.append(value)
        return replies

    def _clean_up(self, run: Run) -> int:
        left = 0
        run.gate.lift_budget()
        for author in run.authors:
            for step in list(author.leftovers()):
                if _is_deleted(run, step):
                    author.succeeded(step, None)
                else:
                    left += 1
        while run.owned:
            left += not _is_deleted(run, run.owned.pop())
        return left

    def _tick(self) -> None:
        ticks = 0
        while True:
            gevent.sleep(TICK_S)
            ticks += 1
            for part, run in self.runs.items():
                state, place = run.state(), self._places[part]
                if state != place.last_state:
                    run.note({"what": "state", **state})
                    place.last_state = state
                if ticks % FLUSH_EVERY == 0:
                    run.flush()
            if ticks % FLUSH_EVERY == 0:
                self.note({"what": "memory", "held": dict(self._memory())})
            if self._is_abandoned():
                gevent.spawn(self._leave)
                return

    def _beat(self) -> None:
        clock = Clock()
        while True:
            before_us = clock.now_us()
            gevent.sleep(BEAT_S)
            late_us = clock.now_us() - before_us - int(BEAT_S * 1e6)
            for run in self.runs.values():
                run.beat(late_us)

    def _memory(self) -> Iterator[tuple[str, int]]:
        """The memory of this process and its engines, by names that tell them apart."""
        engines = [engine.pid for run in self.runs.values() for engine in run.engines]
        for pid in (os.getpid(), *engines):
            if held := memory.held_by(pid):
                yield memory.name_of(pid), held

    def _is_abandoned(self) -> bool:
        """Whether the master is silent, or the planned end has long passed."""
        now = time.monotonic()
        if any(now - self._places[p].started_s > r.plan.deadline_s for p, r in self.runs.items()):
            return True
        heard = getattr(self.runner, "last_heartbeat_timestamp", None)
        return isinstance(self.runner, WorkerRunner) and bool(
            heard and time.time() - heard > SILENT_MASTER_S
        )

    def _leave(self) -> None:
        self.abandon()
        self.runner.quit()

    def _ask_time(self, part: str) -> None:
        self.note({"what": "echo", "sent_us": time.time_ns() // 1000}, part)

    def _take_time(self, order: Mapping[str, Any]) -> None:
        now, part = time.time_ns() // 1000, order["part"]
        trips = self._trips[part]
        trips.append(
            RoundTrip(sent_us=order["sent_us"], answered_us=order["answered_us"], received_us=now)
        )
        if len(trips) < ROUND_TRIPS:
            self._ask_time(part)
            return
        self.offset_us = offset_us(trips)
        self.note({"what": "offset", "offset_us": self.offset_us}, part)


def _is_deleted(run: Run, step: Step) -> bool:
    try:
        run.call(step.method, step.request)
    except grpc.RpcError as error:
        return status_of(error) == "NOT_FOUND"
    return True
