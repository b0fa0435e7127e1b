"""Unary calls of a process: gated by caps, watched by the breaker, with deadline and metadata."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import grpc

from loadtests import channels, mercy
from loadtests.apis.base import Route
from loadtests.arrivals import Budget, Pacer
from loadtests.errors import Inconclusive
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
        self._calls: dict[str, tuple[Any, Target]] = {
            name: (
                self._channel(route.target).unary_unary(
                    route.path,
                    request_serializer=route.encode,
                    response_deserializer=route.decode,
                ),
                route.target,
            )
            for name, route in routes.items()
        }

    def __call__(self, method: str, request: Any) -> Any:
        """Pass the gate, call, and return the reply (a message of a private pool).

        Raises:
            grpc.RpcError: the call failed; `status_of` names its status.
            Inconclusive: the budget of calls is spent.
        """
        self.gate.enter()
        call, target = self._calls[method]
        try:
            reply = call(
                request, timeout=self._timeout_s, metadata=channels.metadata(target, method)
            )
        except grpc.RpcError as error:
            self.gate.left(failure(error))
            raise
        self.gate.left(None)
        return reply

    def close(self) -> None:
        """Close the connections."""
        for channel in self._channels.values():
            channel.close()

    def _channel(self, target: Target) -> grpc.Channel:
        key = (target.endpoint, target.tls is None)
        if key not in self._channels:
            self._channels[key] = channels.connect(target)
        return self._channels[key]


def failure(error: grpc.RpcError) -> grpc.Call:
    """The call side of an error: what a failed unary call raises is both."""
    return cast(grpc.Call, error)


def answer_of(error: grpc.RpcError) -> str:
    """What a failed call was told, or the last of a long chain of causes, such as "refused"."""
    return (failure(error).details() or "").rpartition(": ")[2]


def status_of(error: grpc.RpcError) -> str:
    """The name of the status that a call failed with."""
    return failure(error).code().name
