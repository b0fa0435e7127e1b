"""Locust users that every API has: a writer, a reader, and the host of an engine.

Their tasks run under one guard, because an exception in a greenlet would otherwise only reach the
log: whatever a user raises is a fault of the harness and ends the run with exit code 4.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, ClassVar, TypeVar

import gevent
import grpc
from locust import User, task
from locust.env import Environment
from locust.exception import StopUser

from loadtests import channels
from loadtests.apis.base import Step
from loadtests.calls import status_of
from loadtests.engine.host import EngineProcess
from loadtests.errors import Inconclusive
from loadtests.node import node_of
from loadtests.run import Run
from loadtests.streams import Stream, stream_call
from loadtests.watching import Watcher

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
    """A user that takes part in a run; waits for the plan before it does anything.

    Attributes:
        part: of the scenarios that are played together, the one it belongs to.
    """

    abstract = True
    part: ClassVar[str] = ""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.node = node_of(environment)
        self.run_part: Run

    def on_start(self) -> None:
        """Wait for the plan and check in."""
        self.run_part = self.node.await_run(self.part)
        self.run_part.users[type(self).__name__] += 1


class Writer(GridUser):
    """Writes as arrivals come due."""

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
                reply = run.call(step.method, step.request, expected=step.excuses)
            except grpc.RpcError as error:
                status = status_of(error)
                self.author.failed(step, status)
                if result := step.excuses.get(status):
                    run.measured(f"{step.method}.{result}", arrival.due_us, sent_us)
                else:
                    run.measured(step.method, arrival.due_us, sent_us, status)
                self.after_call(step, is_ok=False)
                return
            self.author.succeeded(step, reply)
            run.wrote(step, arrival.due_us)
            run.measured(step.method, arrival.due_us, sent_us)
            self.after_call(step, is_ok=True, reply=reply)

    def before_call(self, step: Step) -> None:
        """Called just before a write is sent."""

    def after_call(self, step: Step, *, is_ok: bool, reply: Any = None) -> None:
        """Called when a write has ended."""


class Subscriber(GridUser):
    """Reads one stream on the greenlet plane, and opens it again where its course has it."""

    abstract = True

    @task
    @guarded
    def watch(self) -> None:
        """Read until the run is over."""
        run = self.run_part
        opening = run.opening.get()
        watcher = run.fleet.join(opening["first"] + len(run.fleet.watchers))
        channel = run.channel_for(watcher)
        route = watcher.route
        call: Any = channel.unary_stream(
            route.path, request_serializer=route.encode, response_deserializer=route.decode
        )
        metadata = partial(channels.metadata, route.target, route.path.rpartition("/")[2])

        def start() -> Any:
            return call(watcher.request(), timeout=run.plan.deadline_s, metadata=metadata())

        opens_us: int | None = run.clock.now_us()
        while opens_us is not None and not run.is_hanging_up:
            if (wait_us := opens_us - run.clock.now_us()) > 0:
                run.over.wait(wait_us / 1e6)
                continue
            run.gate.enter()
            watcher.opening(run.clock.now_us())
            with stream_call(start, run.streams) as stream:
                run.reading[watcher] = stream
                self._read(watcher, stream)
            run.stats.count("openings", run.stats.is_measured(watcher.opened_us))
            opens_us = watcher.opens_again_us(run.clock.now_us())
        run.over.wait()
        raise StopUser

    def _read(self, watcher: Watcher, stream: Stream) -> None:
        run, take, course = self.run_part, watcher.take, watcher.course
        now, status = run.clock.now_us, "OK"
        try:
            for delivery in stream.call:
                take(delivery, now())
                if course.is_plain:
                    continue
                if nap_us := course.nap_us(now()):
                    gevent.sleep(nap_us / 1e6)
                if watcher.is_done:
                    stream.cancel()
                    break
        except grpc.RpcError as error:
            status = status_of(error)
        watcher.ended(status, now(), is_ours=stream.is_ours or run.is_hanging_up)


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
            "population": opening["population"],
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
