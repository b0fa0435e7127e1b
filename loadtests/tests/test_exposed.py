from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest

from fixtures.contracts import load
from loadtests.exposed import CONTROL, ServerView
from loadtests.launch import free_port
from loadtests.options import Options
from loadtests.target import Target, hooked

STATS = load("control").methods(CONTROL)["GetStats"]


@contextmanager
def server(*, exposes: bool) -> Iterator[tuple[str, list[str]]]:
    """A server that tells of itself or not; its address, and the calls that it got."""
    calls: list[str] = []

    def get_stats(request: bytes, context: Any) -> bytes:
        calls.append("GetStats")
        if not exposes:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "no such service")
        told = STATS.response(open_streams=7, rss_bytes=123_000_000, changes_committed=55)
        data: bytes = told.SerializeToString()
        return data

    handler = grpc.unary_unary_rpc_method_handler(get_stats)
    with ThreadPoolExecutor(2) as pool:
        made = grpc.server(pool, options=[("grpc.so_reuseport", 0)])
        made.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(CONTROL, {"GetStats": handler}),)
        )
        port = made.add_insecure_port("127.0.0.1:0")
        made.start()
        yield f"127.0.0.1:{port}", calls
        made.stop(None).wait()


@contextmanager
def view(target: Target, options: Options | None = None) -> Iterator[ServerView]:
    made = ServerView(target, options or Options())
    try:
        yield made
    finally:
        made.close()


def test_a_server_tells_of_its_memory_and_its_streams() -> None:
    with server(exposes=True) as (address, _), view(Target(endpoint=address)) as seeing:
        seen = seeing.look()
    assert (seen.memory, seen.open_streams, seen.committed) == (123_000_000, 7, 55)


def test_a_process_that_is_named_is_measured_itself() -> None:
    options = Options(server_pid=os.getpid())
    with server(exposes=True) as (address, _), view(Target(endpoint=address), options) as seeing:
        seen = seeing.look()
    assert seen.memory not in (None, 123_000_000)
    assert seen.open_streams == 7


def test_a_server_that_exposes_nothing_is_asked_once() -> None:
    with server(exposes=False) as (address, calls), view(Target(endpoint=address)) as seeing:
        found = [seeing.look() for _ in range(3)]
    assert {(seen.memory, seen.open_streams) for seen in found} == {(None, None)}
    assert len(calls) == 1


def test_a_foreign_target_is_only_asked_at_the_hook_that_it_names() -> None:
    foreign = Target(endpoint="example.org:443")
    with server(exposes=True) as (address, calls):
        with view(foreign) as seeing:
            assert seeing.look().open_streams is None
        assert calls == []
        with view(hooked(foreign, address)) as seeing:
            assert seeing.look().open_streams == 7


@pytest.mark.parametrize("has_grpc", [True, False])
def test_nobody_there_is_nothing_exposed(has_grpc: bool) -> None:
    target = Target(endpoint=f"127.0.0.1:{free_port()}", has_grpc=has_grpc)
    with view(target) as seeing:
        assert seeing.look().memory is None
