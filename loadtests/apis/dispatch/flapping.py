"""Locust user of the churn scenario: opens a stream, waits for a sign of life, cancels.

A server sends nothing before the first event, so the user nudges a dispatch of its own until the
stream shows an event; only then is the subscription known to be live.
"""

from __future__ import annotations

from typing import Any

import gevent
import grpc
from gevent.event import Event
from locust import task

from conformance.oracles.events import Code, StreamHistory
from loadtests import channels, marks
from loadtests.apis.base import Step
from loadtests.apis.dispatch import wire as dispatch
from loadtests.apis.dispatch.api import DispatchApi
from loadtests.apis.dispatch.wire import Delivery
from loadtests.calls import status_of
from loadtests.marks import Mark
from loadtests.streams import Stream, stream_call
from loadtests.users import GridUser, guarded

OPEN_LIMIT_S = 10.0
FIRST_NUDGE_S = 0.02
LAST_NUDGE_S = 0.5


class Flapper(GridUser):
    """Subscribes and cancels as arrivals come due."""

    abstract = True

    def on_start(self) -> None:
        """Choose a microgrid."""
        super().on_start()
        run = self.run_part
        assert isinstance(run.api, DispatchApi)
        self.api = run.api
        number = run.users[type(self).__name__] - 1
        self.name = f"{run.index}.f{number}"
        self.microgrid = self.api.scopes[number % len(self.api.scopes)]
        self.channel = run.shared.take()
        self.dispatch_id = 0
        self.number = 0
        self.objects = 0

    @task
    @guarded
    def flap(self) -> None:
        """Take the next arrival: open a stream, see it live, cancel it."""
        run = self.run_part
        with run.arrival("flap") as arrival:
            route = self.api.subscription()
            run.gate.enter()
            open_stream: Any = self.channel.unary_stream(
                route.path, request_serializer=route.encode, response_deserializer=route.decode
            )

            def start() -> Any:
                return open_stream(
                    self.api.wire.subscribe(self.microgrid),
                    timeout=OPEN_LIMIT_S,
                    metadata=channels.metadata(run.plan.target, dispatch.STREAM),
                )

            error, seen = "", Event()
            with stream_call(start, run.streams) as stream:
                nudging = gevent.spawn(self._nudge, seen)
                try:
                    self._await_event(stream)
                except grpc.RpcError as failed:
                    error = "" if run.is_hanging_up else status_of(failed)
                finally:
                    live_us = run.clock.now_us()
                    seen.set()
            # Not killed: a write cut off in the middle may or may not have been committed.
            nudging.join()
            run.counted("flap", arrival.due_us, error)
            if not error and run.stats.is_measured(arrival.due_us):
                run.stats.record("open.flap", live_us - arrival.due_us)
                run.stats.count("flaps")

    def _await_event(self, stream: Stream) -> None:
        run = self.run_part
        history = StreamHistory(
            self.microgrid, exclusive=self.api.is_exclusive, witnesses_birth=False
        )
        for delivery in stream.call:
            got: Delivery = delivery
            found = history.see(got.event) if got.event else ()
            for violation in found:
                run.violation(violation.code, violation.text, f"flap {self.name}", self.microgrid)
            return
        run.violation(Code.FEED, "the stream ended with OK", f"flap {self.name}", self.microgrid)

    def _nudge(self, seen: Event) -> None:
        """Write to our own dispatch, ever more slowly, until the stream has shown an event."""
        gap_s = FIRST_NUDGE_S
        while not seen.is_set():
            try:
                self._write()
            except grpc.RpcError:
                # It may have been committed or not, so its number must not be followed by another.
                self.objects += 1
                self.dispatch_id = 0
            seen.wait(gap_s)
            gap_s = min(2 * gap_s, LAST_NUDGE_S)

    def _write(self) -> None:
        run = self.run_part
        self.number = self.number + 1 if self.dispatch_id else 0
        mark = Mark(
            run=run.plan.run,
            scope=self.microgrid,
            writer=self.name,
            object=self.objects,
            number=self.number,
            due_us=0,
            role=marks.OPEN,
        )
        if self.dispatch_id:
            run.call(dispatch.UPDATE, self.api.wire.update(mark, self.dispatch_id))
            return
        reply = run.call(dispatch.CREATE, self.api.wire.create(mark, duration_s=0))
        self.dispatch_id = reply.dispatch.metadata.dispatch_id
        delete = self.api.wire.delete(self.microgrid, self.dispatch_id)
        run.owned.append(
            Step(method=dispatch.DELETE, request=delete, scope=self.microgrid, mark=None)
        )
