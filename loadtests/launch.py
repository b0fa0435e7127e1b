"""Starts and ends the processes of `gridproof load`: the built-in server, and locust.

Locust patches the standard library, so it runs in an interpreter of its own. Both children get a
session of their own: Ctrl-C reaches this process alone, which then ends them in the right order.
Locust also ends when its standard input closes, so that it survives nobody.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from fixtures.targets.services import fault_config
from loadtests.errors import HarnessError
from loadtests.plan import environment

SERVER_START_LIMIT_S = 60.0
SERVER_END_LIMIT_S = 10.0
LOCUST_END_LIMIT_S = 90.0
"""After an interrupt: writes in flight, deletions, reports."""
LAST_WORDS = 2000


@dataclass(frozen=True, kw_only=True)
class Server:
    """How the reference server is started for an API, and what a target profile says of it.

    `is_hooked`: it is written to by its hook; `profile` is the block of the API; `path`: where it
    is below the HTTP address, empty for gRPC.
    """

    is_hooked: bool = False
    path: str = ""
    profile: Mapping[str, Any] = field(default_factory=dict)


SERVERS = {
    "dispatch": Server(),
    "meta": Server(is_hooked=True),
    "services": Server(
        profile={
            "service_package": "v1",
            "names": {"required": "drivers", "generated": "scratch"},
            "types": {
                "mock": {
                    "ok_config": fault_config(),
                    "failing_config": fault_config(failAlways=True),
                    "slow_config": fault_config(loadDelay="200ms"),
                }
            },
        },
    ),
    "tasks": Server(
        profile={"tenants": ["t1", "t2"], "event_adapter": {"kind": "feed"}},
    ),
    "exchange": Server(
        profile={"administration": True, "settle": "0s"},
        path="/graphql",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Serving:
    """The reference server while it runs: where it is, and its process id."""

    grpc: str
    http: str
    pid: int


@contextmanager
def built_in_target(*apis: str) -> Iterator[dict[str, str | None]]:
    """The reference server with these APIs, as the options that lead a run to it.

    Raises:
        HarnessError: it does not start; with its last words.
    """
    servers = {api: SERVERS[api] for api in apis}
    with serving(*apis) as server, tempfile.TemporaryDirectory(prefix="gridproof-") as there:
        profile = Path(there) / "target.yaml"
        blocks = {api: dict(said.profile) for api, said in servers.items()}
        for api, said in servers.items():
            if said.path and len(apis) > 1:
                blocks[api]["url"] = f"{server.http}{said.path}"
        # JSON is YAML.
        profile.write_text(json.dumps({"services": blocks}), "utf-8")
        is_hooked = any(said.is_hooked for said in servers.values())
        is_described = any(blocks.values()) or len(apis) > 1
        yield {
            "endpoint": _address(server, *apis),
            "hook": server.grpc if is_hooked else None,
            "target": str(profile) if is_described else None,
            "server_pid": str(server.pid),
        }


@contextmanager
def built_in_server(api: str) -> Iterator[str]:
    """The reference server with one API; the address of the API.

    Raises:
        HarnessError: it does not start; with its last words.
    """
    with serving(api) as server:
        yield _address(server, api)


def _address(server: Serving, *apis: str) -> str:
    """Where several APIs are, or one, which may be below the HTTP address."""
    path = SERVERS[apis[0]].path if len(apis) == 1 else ""
    return f"{server.http}{path}" if path else server.grpc


@contextmanager
def serving(*apis: str) -> Iterator[Serving]:
    """The reference server with these APIs as a process on free ports.

    Raises:
        HarnessError: it does not start; with its last words.
    """
    with tempfile.TemporaryDirectory(prefix="gridproof-") as folder:
        ready, log = Path(folder) / "ready.json", Path(folder) / "server.log"
        command = [sys.executable, "-m", "gridproof", "serve", "--services", ",".join(apis)]
        command += ["--control", "--port", "0", "--http-port", "0", "--ready-file", str(ready)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(),
                start_new_session=True,
            )
        try:
            addresses = _addresses(process, ready, log)
            yield Serving(grpc=addresses["grpc"], http=addresses["http"], pid=process.pid)
        finally:
            process.terminate()
            try:
                process.wait(SERVER_END_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _addresses(process: subprocess.Popen[bytes], ready: Path, log: Path) -> dict[str, str]:
    limit = time.monotonic() + SERVER_START_LIMIT_S
    while time.monotonic() < limit and process.poll() is None:
        if ready.exists() and (text := ready.read_text("utf-8")).strip():
            found: dict[str, str] = json.loads(text)
            return found
        time.sleep(0.05)
    words = log.read_text("utf-8", "replace").strip()[-LAST_WORDS:]
    state = "is not ready" if process.poll() is None else f"ended with {process.returncode}"
    raise HarnessError(f"the built-in server {state}: {words or 'it said nothing'}")


def run_locust(
    arguments: Sequence[str],
    tell: Callable[[str, float, float], None],
    *,
    ends_by_interrupt: bool = False,
) -> int:
    """Run locust to its end and return its exit code; `tell` gets phase, done and total seconds.

    Args:
        arguments: of locust.
        tell: shown how far the run is.
        ends_by_interrupt: an interrupt is the normal end (of the web page).

    Raises:
        KeyboardInterrupt: after any other interrupt, once locust has ended.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "locust", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith(b'{"phase"'):
                news = json.loads(line)
                tell(news["phase"], news["done"], news["total"])
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        if not ends_by_interrupt:
            raise
        return process.wait(LOCUST_END_LIMIT_S)
    finally:
        process.stdin.close()
        try:
            process.wait(LOCUST_END_LIMIT_S)
        finally:
            # Only if it did not end by itself, or somebody is out of patience.
            process.kill()
            process.wait()
            process.stdout.close()


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end us as Ctrl-C does, with everything cleaned up."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def free_port() -> int:
    """A TCP port of this machine that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
