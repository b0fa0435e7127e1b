from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, cast

import grpc
import pytest

from loadtests.apis.base import Route
from loadtests.calls import Caller, Gate, probed, status_of
from loadtests.errors import Inconclusive, Unreachable, UsageError
from loadtests.mercy import DETAILS_KEY, begs, contract, retry_delay_s
from loadtests.safety import State
from loadtests.target import Caps, Target


class Failed:
    """The call side of a failed call."""

    def __init__(self, code: grpc.StatusCode, details: bytes | None = None) -> None:
        self._code = code
        self._details = details

    def code(self) -> grpc.StatusCode:
        return self._code

    def trailing_metadata(self) -> tuple[tuple[str, bytes], ...] | None:
        return ((DETAILS_KEY, self._details),) if self._details else None


def failed(code: grpc.StatusCode, details: bytes | None = None) -> grpc.Call:
    return cast(grpc.Call, Failed(code, details))


def retry_in(seconds: float) -> bytes:
    info: Any = contract().message("google.rpc.RetryInfo")()
    info.retry_delay.FromMilliseconds(int(seconds * 1000))
    status: Any = contract().message("google.rpc.Status")()
    status.details.add(type_url="type.googleapis.com/google.rpc.Help", value=b"\xff")
    status.details.add(
        type_url="type.googleapis.com/google.rpc.RetryInfo", value=info.SerializeToString()
    )
    data: bytes = status.SerializeToString()
    return data


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 0

    def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1e6)


def gate(caps: Caps, *, endpoint: str = "127.0.0.1:1", share: float = 1) -> tuple[Gate, Time]:
    clock = Time()
    target = Target(endpoint=endpoint, caps=caps)
    return Gate(target, share=share, now_us=lambda: clock.now, sleep=clock.sleep), clock


def sent(made: Gate, clock: Time, calls: int) -> Iterator[int]:
    for _ in range(calls):
        made.enter()
        yield clock.now


def test_without_caps_calls_pass_at_once() -> None:
    made, clock = gate(Caps())
    assert set(sent(made, clock, 50)) == {0}


@pytest.mark.parametrize(("cap", "share"), [(10, 1.0), (10, 0.5), (33, 1.0)])
def test_calls_are_spaced_to_this_process_s_share_of_the_cap(cap: float, share: float) -> None:
    made, clock = gate(Caps(max_rate=cap), share=share)
    times = list(sent(made, clock, 100))
    for start in times:
        assert sum(1 for at in times if start <= at < start + 1_000_000) <= cap * share * 1.05


def test_a_spent_budget_lets_only_the_clean_up_pass() -> None:
    made, _ = gate(Caps(max_calls=2))
    made.enter()
    made.enter()
    with pytest.raises(Inconclusive, match="cap on calls"):
        made.enter()
    made.lift_budget()
    made.enter()


def test_a_retry_delay_is_honoured() -> None:
    made, clock = gate(Caps())
    made.left(failed(grpc.StatusCode.UNAVAILABLE, retry_in(2.5)))
    made.enter()
    assert clock.now == 2_500_000


def test_foreign_targets_have_a_breaker_and_this_machine_has_none() -> None:
    exhausted = failed(grpc.StatusCode.RESOURCE_EXHAUSTED)
    ours, _ = gate(Caps())
    assert ours.left(exhausted) is State.CLOSED
    theirs, _ = gate(Caps(), endpoint="example.org:1")
    assert theirs.left(exhausted) is State.HALVED
    assert theirs.left(None) is State.HALVED
    assert theirs.left(exhausted) is State.OPEN


def test_how_a_server_begs() -> None:
    assert begs(failed(grpc.StatusCode.RESOURCE_EXHAUSTED))
    assert begs(failed(grpc.StatusCode.UNAVAILABLE, retry_in(1)))
    assert not begs(failed(grpc.StatusCode.UNAVAILABLE))
    assert retry_delay_s(failed(grpc.StatusCode.UNAVAILABLE, retry_in(1.5))) == 1.5
    assert retry_delay_s(failed(grpc.StatusCode.UNAVAILABLE, b"\xff\xff")) is None


@contextmanager
def served(status: grpc.StatusCode | None = None) -> Iterator[Target]:
    """A server of `/s/Echo`, which answers the metadata x, and of the stream `/s/Count`."""

    def echo(request: bytes, context: Any) -> bytes:
        if status is not None:
            context.abort(status, "no")
        return str(dict(context.invocation_metadata()).get("x")).encode()

    def count(request: bytes, context: Any) -> Iterator[bytes]:
        while context.is_active():
            yield b"1"

    handlers = {
        "Echo": grpc.unary_unary_rpc_method_handler(echo),
        "Count": grpc.unary_stream_rpc_method_handler(count),
    }
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool, options=[("grpc.so_reuseport", 0)])
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("s", handlers)])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield Target(endpoint=f"127.0.0.1:{port}")
        finally:
            server.stop(0).wait()


@contextmanager
def caller(target: Target) -> Iterator[Caller]:
    def seen_by(request: bytes) -> Target:
        return target.model_copy(update={"metadata": {"x": request.decode()}})

    routes = {
        name: Route(path=f"/s/{name}", encode=bytes, decode=bytes, target=target, targets=seen_by)
        for name in ("Echo", "Count")
    }
    made = Caller(routes, Gate(target), timeout_s=5)
    try:
        yield made
    finally:
        made.close()


def test_each_request_may_have_credentials_of_its_own() -> None:
    with served() as target, caller(target) as call:
        assert [call("Echo", b"one"), call("Echo", b"two")] == [b"one", b"two"]


def test_a_stream_is_cancelled_when_it_is_left() -> None:
    with served() as target, caller(target) as call:
        with call.stream("Count", b"x") as messages:
            assert next(messages) == b"1"
        with pytest.raises(grpc.RpcError) as left:
            list(messages)
        assert status_of(left.value) == "CANCELLED"


def test_an_expected_refusal_is_no_sign_of_distress() -> None:
    with served(grpc.StatusCode.FAILED_PRECONDITION) as target, caller(target) as call:
        ends: list[Any] = []
        call.gate.left = lambda failed: ends.append(failed) or State.CLOSED  # type: ignore[method-assign, func-returns-value]
        for expected in ((), ("FAILED_PRECONDITION",)):
            with pytest.raises(grpc.RpcError):
                call("Echo", b"x", expected=expected)
        assert [end is None for end in ends] == [False, True]


@pytest.mark.parametrize(
    ("status", "error", "text"),
    [
        (grpc.StatusCode.PERMISSION_DENIED, UsageError, "refuses our credentials"),
        (grpc.StatusCode.NOT_FOUND, UsageError, "refuses what its profile names"),
        (grpc.StatusCode.UNIMPLEMENTED, Unreachable, "answers, but not with this"),
        (grpc.StatusCode.UNAVAILABLE, Unreachable, "does not answer: UNAVAILABLE"),
    ],
)
def test_a_probe_tells_what_is_wrong(
    status: grpc.StatusCode, error: type[Exception], text: str
) -> None:
    with served(status) as target, caller(target) as call, pytest.raises(error, match=text):
        probed(call, "Echo", b"x", who="it", what="this")


def test_a_probe_gives_the_answer() -> None:
    with served() as target, caller(target) as call:
        assert probed(call, "Echo", b"one", who="it", what="this") == b"one"
