"""Unary calls of a process: gated by caps, watched by the breaker, with deadline and metadata."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import grpc

from loadtests import channels, mercy
from loadtests.apis.base import Route
from loadtests.arrivals import Budget, Pacer
from loadtests.errors import Inconclusive, Unreachable, UsageError
from loadtests.safety import Breaker, State, caps_of
from loadtests.target import Target

LONGEST_PAUSE_S = 60.0
"""A retry delay beyond this ends the run rather than keep it waiting."""


class Gate:
    """What every call of a process has to pass: spacing, budget, requested pauses.

    A target on this machine without caps in its profile passes freely.

    Args:
        target: whose caps hold.
        share: this process's part of the caps, above 0 up to 1.
        now_us: the monotonic clock.
        sleep: waits a number of seconds.
    """

    def __init__(
        self,
        target: Target,
        *,
        share: float = 1.0,
        now_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        caps = caps_of(target)
        self.breaker = None if target.is_loopback else Breaker()
        self._pacer = Pacer(caps.max_rate * share) if caps.max_rate else None
        self._budget = Budget(int(caps.max_calls * share)) if caps.max_calls else None
        self._now_us = now_us
        self._sleep = sleep
        self._paused_until_us = 0

    def enter(self) -> None:
        """Wait for the turn of one call.

        Raises:
            Inconclusive: the budget of calls is spent.
        """
        if self._budget and not self._budget.spend():
            raise Inconclusive("the target's cap on calls is reached")
        now = self._now_us()
        wait_us = max(0, self._paused_until_us - now)
        if self._pacer:
            wait_us += self._pacer.reserve(now + wait_us)
        if wait_us:
            self._sleep(wait_us / 1e6)

    def lift_budget(self) -> None:
        """Let calls pass that remove what was made, even when the budget is spent."""
        self._budget = None

    def left(self, failed: grpc.Call | None) -> State:
        """Note how a call ended (None: well) and return what the breaker thinks."""
        begs = failed is not None and mercy.begs(failed)
        if failed is not None and (delay_s := mercy.retry_delay_s(failed)):
            pause_us = int(min(delay_s, LONGEST_PAUSE_S) * 1e6)
            self._paused_until_us = max(self._paused_until_us, self._now_us() + pause_us)
        if self.breaker is None:
            return State.CLOSED
        return self.breaker.record(self._now_us(), is_ok=failed is None, begs=begs)


class Caller:
    """Makes unary calls, over one channel for each address.

    Args:
        routes: the methods by name.
        gate: what every call has to pass.
        timeout_s: deadline of each.
    """

    def __init__(self, routes: Mapping[str, Route], gate: Gate, *, timeout_s: float) -> None:
        self.gate = gate
        self._timeout_s = timeout_s
        self._channels: dict[tuple[str, bool], grpc.Channel] = {}
        self._routes = routes
        self._calls: dict[str, Any] = {
            name: self._channel(route.target).unary_unary(
                route.path, request_serializer=route.encode, response_deserializer=route.decode
            )
            for name, route in routes.items()
        }

    def __call__(self, method: str, request: Any, *, expected: Collection[str] = ()) -> Any:
        """Pass the gate, call, and return the reply (a message of a private pool).

        Args:
            method: which, by its name among the routes.
            request: a message.
            expected: statuses that tell of no distress of the target.

        Raises:
            grpc.RpcError: the call failed; `status_of` names its status.
            Inconclusive: the budget of calls is spent.
        """
        self.gate.enter()
        try:
            reply = self._send(method, request)
        except grpc.RpcError as error:
            self.gate.left(None if status_of(error) in expected else failure(error))
            raise
        self.gate.left(None)
        return reply

    def _send(self, method: str, request: Any) -> Any:
        metadata = channels.metadata(self._routes[method].target_of(request), method)
        return self._calls[method](request, timeout=self._timeout_s, metadata=metadata)

    def stream(self, method: str, request: Any) -> Any:
        """Pass the gate and open a stream, a context that cancels it (an iterator of messages)."""
        self.gate.enter()
        route = self._routes[method]
        target = route.target_of(request)
        call: Any = self._channel(target).unary_stream(
            route.path, request_serializer=route.encode, response_deserializer=route.decode
        )
        metadata = channels.metadata(target, method)
        return _cancelled(call(request, timeout=self._timeout_s, metadata=metadata))

    def close(self) -> None:
        """Close the connections."""
        for channel in self._channels.values():
            channel.close()

    def _channel(self, target: Target) -> grpc.Channel:
        key = (target.endpoint, target.tls is None)
        if key not in self._channels:
            self._channels[key] = channels.connect(target)
        return self._channels[key]


@contextmanager
def _cancelled(call: Any) -> Iterator[Any]:
    try:
        yield call
    finally:
        call.cancel()


def probed(call: Caller, method: str, request: Any, *, who: str, what: str) -> Any:
    """The reply to a harmless call that tells whether a run makes sense.

    Args:
        call: makes it.
        method: which one.
        request: its request.
        who: is asked, for people.
        what: API it is expected to have.

    Raises:
        Unreachable: nobody answers, or not with this API.
        UsageError: our credentials or what we ask for are refused.
    """
    try:
        return call(method, request)
    except grpc.RpcError as error:
        status, answer = status_of(error), answer_of(error)
    if status in ("UNAUTHENTICATED", "PERMISSION_DENIED"):
        raise UsageError(f"{who} refuses our credentials: {status}, {answer}")
    if status in ("NOT_FOUND", "INVALID_ARGUMENT"):
        raise UsageError(f"{who} refuses what its profile names: {status}, {answer}")
    if status == "UNIMPLEMENTED":
        raise Unreachable(f"{who} answers, but not with {what}")
    raise Unreachable(f"{who} does not answer: {status}, {answer}")


def failure(error: grpc.RpcError) -> grpc.Call:
    """The call side of an error: what a failed unary call raises is both."""
    return cast(grpc.Call, error)


def answer_of(error: grpc.RpcError) -> str:
    """What a failed call was told, or the last of a long chain of causes, such as "refused"."""
    return (failure(error).details() or "").rpartition(": ")[2]


def status_of(error: grpc.RpcError) -> str:
    """The name of the status that a call failed with."""
    return failure(error).code().name
