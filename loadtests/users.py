"""Locust users of the dispatch scenarios: a writer, a watcher, and the host of an engine.

Their tasks run under one guard, because an exception in a greenlet would otherwise only reach the
log: whatever a user raises is a fault of the harness and ends the run with exit code 4.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import gevent
import grpc
from locust import User, task
from locust.env import Environment
from locust.exception import StopUser

from loadtests import channels, dispatch
from loadtests.calls import status_of
from loadtests.engine.host import EngineProcess
from loadtests.errors import Inconclusive
from loadtests.node import node_of
from loadtests.run import Run
from loadtests.streams import stream_call

U = TypeVar("U", bound="GridUser")


def guarded(work: Callable[[U], None]) -> Callable[[U], None]:
    """Report whatever `work` raises as a fault of the harness, and idle from then on."""

    @wraps(work)
    def run(self: U) -> None:
        try:
            work(self)
        except StopUser:
            raise
        except Inconclusive as error:
            self.run_part.stopped = str(error)
            self.run_part.over.wait()
            raise StopUser from error
        except Exception as error:
            self.run_part.fault(f"{type(self).__name__}: {type(error).__name__}: {error}")
            self.run_part.over.wait()
            raise StopUser from error

    return run


class GridUser(User):
    """A user that takes part in a run; waits for the plan before it does anything."""

    abstract = True

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.node = node_of(environment)
        self.run_part: Run

    def on_start(self) -> None:
        """Wait for the plan and check in."""
        self.run_part = self.node.await_run()
        self.run_part.users[type(self).__name__] += 1


class Writer(GridUser):
    """Creates, updates and deletes dispatches as arrivals come due."""

    abstract = True

    def on_start(self) -> None:
        """Become an author of the run."""
        super().on_start()
        self.author = self.run_part.author()

    @task
    @guarded
    def write(self) -> None:
        """Take the next arrival and make one call for it."""
        run = self.run_part
        with run.arrival("write") as arrival:
            step = self.author.next(arrival.due_us)
            sent_us = run.clock.now_us()
            self.before_call(step)
            try:
                reply = run.call(step.method, step.request)
            except grpc.RpcError as error:
                status = status_of(error)
                self.author.failed(step, status)
                run.measured(step.method, arrival.due_us, sent_us, status)
                self.after_call(step, is_ok=False)
                return
            self.author.succeeded(step, reply)
            run.wrote(step.microgrid, arrival.due_us)
            run.measured(step.method, arrival.due_us, sent_us)
            self.after_call(step, is_ok=True, reply=reply)

    def before_call(self, step: Any) -> None:
        """Called just before a write is sent."""

    def after_call(self, step: Any, *, is_ok: bool, reply: Any = None) -> None:
        """Called when a write has ended."""


class Subscriber(GridUser):
    """Watches one microgrid on the greenlet plane."""

    abstract = True

    @task
    @guarded
    def watch(self) -> None:
        """Read one stream until the run is over."""
        run = self.run_part
        opening = run.opening.get()
        number = opening["first"] + len(run.fleet.watchers)
        grids = run.plan.microgrids
        watcher = run.fleet.join(f"stream {number}", grids[number % len(grids)])
        method = run.wire.methods[dispatch.STREAM]
        run.gate.enter()
        call: Any = run.shared.take().unary_stream(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=run.decoder,
        )
        watcher.opening(run.clock.now_us())
        now, take = run.clock.now_us, watcher.take

        def start() -> Any:
            return call(
                run.wire.subscribe(watcher.microgrid),
                timeout=run.plan.deadline_s,
                metadata=channels.metadata(run.plan.target, dispatch.STREAM),
            )

        with stream_call(start, run.streams) as stream:
            status = "OK"
            try:
                for delivery in stream.call:
                    take(delivery, now())
            except grpc.RpcError as error:
                status = status_of(error)
            watcher.ended(status, now(), is_ours=stream.is_ours or run.is_hanging_up)
        run.over.wait()
        raise StopUser


class EngineHost(GridUser):
    """Keeps a child process that watches this process's share of the streams."""

    abstract = True

    @task
    @guarded
    def keep(self) -> None:
        """Start the engine and read its lines until the run is over."""
        run = self.run_part
        opening = run.opening.get()
        config = {
            "plan": run.plan.to_json(),
            "first": opening["first"],
            "streams": opening["streams"],
            "offset_us": run.clock.offset_us,
        }
        engine = EngineProcess(config)
        run.engines.append(engine)
        ender = gevent.spawn(self._end_when_over, engine)
        try:
            for line in engine.lines():
                self._take(engine, line)
            if not run.over.is_set():
                run.fault(f"the engine ended with status {engine.end()}")
        finally:
            ender.kill(block=False)
            engine.end()
        run.over.wait()
        raise StopUser

    def _end_when_over(self, engine: EngineProcess) -> None:
        self.run_part.over.wait()
        # Its last figures come in answer to the order that hung up, before the run is over.
        engine.end()

    def _take(self, engine: EngineProcess, line: dict[str, Any]) -> None:
        run = self.run_part
        if "second" in line:
            run.pass_on(line["second"])
        elif "state" in line:
            run.engine_states[engine.pid] = line["state"]
        elif "violation" in line:
            run.note({"what": "violation", "violation": line["violation"]})
        elif "error" in line:
            run.fault(line["error"])
        else:
            for name, value in line.items():
                run.engine_replies.put((name, value))
