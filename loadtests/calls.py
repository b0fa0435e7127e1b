"""Unary calls of a process: gated by caps, watched by the breaker, with deadline and metadata."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

import grpc

from loadtests import channels, mercy
from loadtests.arrivals import Budget, Pacer
from loadtests.dispatch import Wire
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
    """Makes unary calls over one channel."""

    def __init__(
        self, target: Target, wire: Wire, channel: grpc.Channel, gate: Gate, *, timeout_s: float
    ) -> None:
        self.gate = gate
        self._target = target
        self._timeout_s = timeout_s
        self._calls = {
            name: channel.unary_unary(
                method.path,
                request_serializer=method.request.SerializeToString,
                response_deserializer=method.response.FromString,
            )
            for name, method in wire.methods.items()
            if not method.server_streaming
        }

    def __call__(self, method: str, request: Any) -> Any:
        """Pass the gate, call, and return the reply (a message of a private pool).

        Raises:
            grpc.RpcError: the call failed; `status_of` names its status.
            Inconclusive: the budget of calls is spent.
        """
        self.gate.enter()
        try:
            reply = self._calls[method](
                request,
                timeout=self._timeout_s,
                metadata=channels.metadata(self._target, method),
            )
        except grpc.RpcError as error:
            self.gate.left(failure(error))
            raise
        self.gate.left(None)
        return reply


def failure(error: grpc.RpcError) -> grpc.Call:
    """The call side of an error: what a failed unary call raises is both."""
    return cast(grpc.Call, error)


def status_of(error: grpc.RpcError) -> str:
    """The name of the status that a call failed with."""
    return failure(error).code().name
