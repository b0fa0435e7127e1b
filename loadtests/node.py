"""A locust process that drives load: carries out the orders of the main process, and reports.

Orders and notes travel as locust's custom messages; with a single process they are plain calls.
A process that hears nothing of its master for ten seconds, or outlives the planned end, stops by
itself and removes what it made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import gevent
import grpc
from gevent.event import AsyncResult
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests import apis
from loadtests.apis.base import Step
from loadtests.calls import status_of
from loadtests.catalogue import find
from loadtests.clocks import ROUND_TRIPS, RoundTrip, machine, offset_us
from loadtests.errors import LoadError
from loadtests.plan import Plan, digest, version
from loadtests.run import Run

ORDER = "gridproof_order"
NOTE = "gridproof_note"
TICK_S = 0.1
FLUSH_EVERY = 10
SILENT_MASTER_S = 10.0
ENGINE_ANSWER_S = 20.0
IDLE_LIMIT_S = 5.0


_NODES: WeakKeyDictionary[Environment, Node] = WeakKeyDictionary()


def node_of(environment: Environment) -> Node:
    """The node of a locust environment; users find it this way."""
    return _NODES[environment]


class Node:
    """The part of a process that drives load, over any number of runs (the web UI repeats them)."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        assert environment.runner is not None, "a node is made when locust has its runner"
        self.runner = environment.runner
        self.offset_us = 0
        self._runs: AsyncResult[Run] = AsyncResult()
        self._trips: list[RoundTrip] = []
        self._last_state: dict[str, Any] = {}
        self._started_s = time.monotonic()
        self.runner.register_message(ORDER, self._on_order)
        _NODES[environment] = self
        gevent.spawn(self._tick)

    def hello(self) -> None:
        """Introduce this process to the main one."""
        self.note({"what": "hello", "version": version(), "digest": digest(), "machine": machine()})

    def await_run(self) -> Run:
        """The current run, as soon as its plan has arrived; for users."""
        run: Run = self._runs.get()
        return run

    @property
    def run(self) -> Run | None:
        """The current run if there is one."""
        return self._runs.value if self._runs.ready() else None

    def note(self, data: dict[str, Any]) -> None:
        """Tell the main process something."""
        self.runner.send_message(NOTE, data)

    def forget(self) -> None:
        """End the current run; the next one may begin."""
        if (run := self.run) is None:
            return  # users may be waiting for the plan already
        run.end()
        self._runs = AsyncResult()
        self._last_state = {}

    def abandon(self) -> None:
        """Leave the current run on our own: stop, cancel, remove what our writers made."""
        if (run := self.run) is None:
            return
        run.halt()
        limit = time.monotonic() + IDLE_LIMIT_S
        while not run.is_idle and time.monotonic() < limit:
            gevent.sleep(TICK_S / 2)
        run.hang_up()
        run.over.set()
        self._clean_up(run)
        self.forget()

    def _on_order(self, environment: Environment, msg: Any) -> None:
        order: Mapping[str, Any] = msg.data
        match order["do"]:
            case "greet":
                self.hello()
            case "clock":
                self._trips = []
                self._ask_time()
            case "echo":
                self._take_time(order)
            case "plan":
                self._begin(order)
            case "forget":
                self.forget()
            case _:
                gevent.spawn(self._obey, order)

    def _obey(self, order: Mapping[str, Any]) -> None:
        run = self.await_run()
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
        self.note({"what": "done", "of": order["do"], **answer})

    def _begin(self, order: Mapping[str, Any]) -> None:
        self.forget()
        plan = Plan.from_json(order["plan"])
        self._started_s = time.monotonic()
        run = Run(
            plan,
            index=order["index"],
            offset_us=self.offset_us,
            note=self.note,
            fire=self._fire(apis.kind(find(plan.scenario).api).protocol),
        )
        self._runs.set(run)

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
            if run := self.run:
                state = run.state()
                if state != self._last_state:
                    self.note({"what": "state", **state})
                    self._last_state = state
                if ticks % FLUSH_EVERY == 0:
                    run.flush()
            if self._is_abandoned():
                gevent.spawn(self._leave)
                return

    def _is_abandoned(self) -> bool:
        """Whether the master is silent, or the planned end has long passed."""
        run = self.run
        if run and time.monotonic() - self._started_s > run.plan.deadline_s:
            return True
        heard = getattr(self.runner, "last_heartbeat_timestamp", None)
        return isinstance(self.runner, WorkerRunner) and bool(
            heard and time.time() - heard > SILENT_MASTER_S
        )

    def _leave(self) -> None:
        self.abandon()
        self.runner.quit()

    def _ask_time(self) -> None:
        self.note({"what": "echo", "sent_us": time.time_ns() // 1000})

    def _take_time(self, order: Mapping[str, Any]) -> None:
        now = time.time_ns() // 1000
        self._trips.append(
            RoundTrip(sent_us=order["sent_us"], answered_us=order["answered_us"], received_us=now)
        )
        if len(self._trips) < ROUND_TRIPS:
            self._ask_time()
            return
        self.offset_us = offset_us(self._trips)
        self.note({"what": "offset", "offset_us": self.offset_us})


def _is_deleted(run: Run, step: Step) -> bool:
    try:
        run.call(step.method, step.request)
    except grpc.RpcError as error:
        return status_of(error) == "NOT_FOUND"
    return True
