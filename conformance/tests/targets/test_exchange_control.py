import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from conformance.failures import NotApplicable, Untestable
from conformance.recorder import Recorder
from conformance.targets.api import Surroundings
from conformance.targets.budget import Budget
from conformance.targets.exchange_api import connect
from conformance.targets.exchange_control import fault
from conformance.targets.journal import Journal
from conformance.tests.targets.exchange_target import described
from fixtures.targets.exchange import ExchangeControl


@contextmanager
def control(*, gone: int = 200):
    """A control interface that takes one key: its URL, and what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append((self.command, self.path, json.loads(body or b"{}")))
            known = self.headers["authorization"] == "Bearer key"
            status = (gone if self.command == "DELETE" else 200) if known else 401
            text = b'{"id": "7"}'
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_DELETE = _answer

        def log_message(self, *_):
            """Nothing is logged."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def ordered(folder, url, recorder, *, key="key"):
    """A fault of a target whose control interface is there."""
    block = url and ExchangeControl(url=url, headers={"authorization": f"Bearer {key}"})
    session = connect(
        Surroundings(
            target=described("http://127.0.0.1:1/graphql", control=block),
            budget=Budget(),
            journal=Journal(folder / "journal"),
            run_id="run-of-a-test",
            writes=True,
            depth="full",
        )
    )
    try:
        with fault(session, recorder, {"kind": "delay", "times": 1}):
            yield
    finally:
        session.close()


@pytest.mark.parametrize("gone", [200, 404])
def test_a_fault_is_ordered_and_cleared(tmp_path, gone):
    recorder = Recorder()
    with control(gone=gone) as (url, asked), ordered(tmp_path, url, recorder):
        assert len(asked) == 1
    assert asked == [
        ("POST", "/control/v1/exchange/faults", {"kind": "delay", "times": 1}),
        ("DELETE", "/control/v1/exchange/faults/7", {}),
    ]
    assert [step["kind"] for step in recorder.steps()] == ["hook", "hook"]
    assert recorder.calls == 0


def test_what_cannot_be_ordered(tmp_path):
    nowhere = ordered(tmp_path, None, Recorder())
    with pytest.raises(NotApplicable, match="names no control interface"), nowhere:
        pass
    lost = ordered(tmp_path, "http://127.0.0.1:1", Recorder())
    with pytest.raises(Untestable, match="does not answer"), lost:
        pass
    with control() as (url, _):
        barred = ordered(tmp_path, url, Recorder(), key="other")
        with pytest.raises(Untestable, match="HTTP 401"), barred:
            pass
