"""Serving one endpoint by hand."""

from __future__ import annotations

import signal
import subprocess
import sys

import grpc
import pytest

from conformance.mutants.__main__ import main
from conformance.mutants.wire import new
from conformance.tests.mutants.client import Client


def test_list_prints_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    out = capsys.readouterr().out
    assert "stream-leaks\tDSP-STR-003\t" in out
    assert "until-included\tA5\t" in out


def test_a_typo_names_the_neighbour(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--mutant", "stream-leak"])
    assert left.value.code == 2
    assert "did you mean stream-leaks?" in capsys.readouterr().err


def test_serves_until_terminated_and_asks_for_credentials() -> None:
    command = [sys.executable, "-m", "conformance.mutants", "--mutant", "list-leaks", "--auth"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with grpc.insecure_channel(address) as channel:
            request = new("ListMicrogridDispatchesRequest")
            request.microgrid_id = 1
            assert Client(channel).refused("List", request) is grpc.StatusCode.UNAUTHENTICATED
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
