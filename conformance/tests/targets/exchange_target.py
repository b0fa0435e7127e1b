"""The exchange adapter over a naive endpoint, for tests, and a server that is none."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from conformance.mutants.exchange.policy import STRAIGHT, Policy
from conformance.mutants.exchange.population import TOKENS
from conformance.mutants.exchange.server import served
from conformance.recorder import Recorder
from conformance.targets.api import Surroundings
from conformance.targets.budget import Budget
from conformance.targets.exchange import ExchangeTarget
from conformance.targets.exchange_api import connect
from conformance.targets.journal import Journal
from conformance.targets.profile import ExchangeProfile, Services, Target


@contextmanager
def target(
    folder: Path, policy: Policy = STRAIGHT, *, writes: bool = True, **fields: Any
) -> Iterator[ExchangeTarget]:
    """An adapter; `fields` replace parts of the profile."""
    with served(policy) as url:
        session = connect(
            Surroundings(
                target=described(url, **fields),
                budget=Budget(),
                journal=Journal(folder / "journal"),
                run_id="run-of-a-test",
                writes=writes,
                depth="staging",
            )
        )
        adapter = ExchangeTarget(session, Recorder())
        try:
            yield adapter
        finally:
            adapter.close()
            session.close()


def described(url: str, **fields: Any) -> Target:
    """The naive endpoint as a target."""
    parts = {"tokens": dict(TOKENS), "administration": True, "sql": "full", "quiet": 0.05}
    profile = ExchangeProfile(url=url, **{**parts, **fields})
    return Target(services=Services(exchange=profile))


@contextmanager
def another(status: int, body: bytes, *, version: str = "HTTP/1.1") -> Iterator[str]:
    """A server that gives the same answer to everything; its host and port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = version

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
