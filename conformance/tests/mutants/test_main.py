"""Serving one endpoint by hand."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import grpc
import pytest

from conformance.mutants.__main__ import main
from conformance.mutants.meta.server import Addresses
from conformance.mutants.wire import new
from conformance.tests.mutants.client import Client
from conformance.tests.mutants.meta.client import Client as MetaClient


def test_list_prints_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    out = capsys.readouterr().out
    assert "stream-leaks\tDSP-STR-003\t" in out
    assert "until-included\tA5\t" in out
    assert "chunk-too-large\tMETA-CHK-001\t" in out


def test_a_typo_names_the_neighbour(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--mutant", "stream-leak"])
    assert left.value.code == 2
    assert "did you mean stream-leaks?" in capsys.readouterr().err


@contextmanager
def running(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # else whoever leaves by a failure waits here for ever


def test_serves_until_terminated_and_asks_for_credentials() -> None:
    command = [sys.executable, "-m", "conformance.mutants", "--mutant", "list-leaks", "--auth"]
    with running(command) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with grpc.insecure_channel(address) as channel:
            request = new("ListMicrogridDispatchesRequest")
            request.microgrid_id = 1
            assert Client(channel).refused("List", request) is grpc.StatusCode.UNAUTHENTICATED
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_meta_endpoint_has_two_addresses() -> None:
    command = [sys.executable, "-m", "conformance.mutants", "--mutant", "filter-not-ignored"]
    with running(command) as process:
        assert process.stdout is not None
        addresses = Addresses(*(process.stdout.readline().strip() for _ in range(2)))
        with grpc.insecure_channel(addresses.grpc) as channel:
            client = MetaClient(addresses, channel)
            names = client.names("regions", filter='NOT title = "West"')
        assert names == ["regions/cork", "regions/freiburg"]
        assert client.http("regions/cork")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


@pytest.mark.parametrize("api", ["services", "tasks"])
def test_a_correct_endpoint_of_any_api(api: str) -> None:
    with running([sys.executable, "-m", "conformance.mutants", "--api", api]) as process:
        assert process.stdout is not None
        with grpc.insecure_channel(process.stdout.readline().strip()) as channel:
            grpc.channel_ready_future(channel).result(timeout=10)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
