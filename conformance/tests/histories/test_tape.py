import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from conformance.failures import UsageError
from conformance.histories.history import load
from conformance.histories.messages import Messages
from conformance.histories.tape import Recording, begin
from conformance.recorder import Recorder, Step, now_us
from conformance.targets.profile import DispatchProfile, ExchangeProfile, Services, Target
from fixtures.contracts import load as contract

TASKS = contract("tasks")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def task(name: str) -> Any:
    return TASKS.message("enpowerx.tasks.v3.Task")(name=name, state=1)


def test_calls_come_back_as_the_messages_they_were(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    recording = Recording(path, [], "w1.")
    request = TASKS.message("enpowerx.tasks.v3.GetTaskRequest")(name="a")
    at_us = now_us() - 2000
    step = Step(kind="call", method="GetTask", request=request, reply=task("a"), at_us=at_us,
                took_ms=1.5, metadata=("authorization",), caller="t2")  # fmt: skip
    Recorder(recording.tape("tasks", "tasks/test_get.py::test_x")).add(step)
    (record,) = lines(path)
    assert record["metadata"] == ["authorization"]
    assert record["check"] == "tasks/test_get.py::test_x"
    (call,) = load(path).calls["tasks"]
    assert (call.line.caller, call.line.took_us, call.line.at_us) == ("t2", 1500, at_us)
    messages = Messages(TASKS, TASKS.services)
    known = messages.method(call)
    assert known is not None
    assert known[1] == request
    assert messages.reply(known[0], call) == task("a")


def test_what_has_no_json_is_kept_as_bytes(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    late = task("a")
    late.create_time.seconds = 10**15
    step = Step(kind="call", method="GetTask", request=b"\x0a\x01a", reply=late, at_us=now_us())
    Recorder(Recording(path, []).tape("tasks", "")).add(step)
    (call,) = load(path).calls["tasks"]
    messages = Messages(TASKS, TASKS.services)
    known = messages.method(call)
    assert known is not None
    assert known[1].name == "a"
    assert messages.reply(known[0], call) == late


def test_credentials_are_never_written(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    tape = Recording(path, ['to"ken-1', "token-2"]).tape("exchange", "")
    for request in ({"query": 'x to"ken-1 y token-2'}, b"\x00token-2\x00"):
        tape(Step(kind="call", method="a", request=request, at_us=now_us(), details="token-2"))
    tape(Step(kind="end", method="a", code="closed", details='to"ken-1', stream=1, at_us=now_us()))
    text = path.read_text()
    assert "ken-1" not in text
    assert "token-2" not in text
    first, second, third = lines(path)
    assert first["request"]["query"] == "x [redacted] y [redacted]"
    assert second["request"] == {"left_out": "bytes that hold a credential"}
    assert third["status"]["details"] == "[redacted]"


def test_only_the_user_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    begin(path, Target(), run_id="r", sole_writer=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_first_line_tells_what_matters_and_nothing_secret(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text("what was there before\n")
    services = Services(
        dispatch=DispatchProfile(generation="0.15", auth_key="secret-key", pins={"A5": "excluded"}),
        exchange=ExchangeProfile(tokens={"owner": "secret-token"}, profile="reference"),
    )
    begin(path, Target(services=services), run_id="r", sole_writer=True)
    assert lines(path) == [
        {
            "gridproof_history": 1,
            "run_id": "r",
            "services": {
                "dispatch": {"generation": "0.15", "pins": {"A5": "excluded"}},
                "exchange": {"profile": "reference"},
            },
            "sole_writer": True,
        }
    ]


def test_processes_write_whole_lines_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    reply = {"text": "x" * 5000}

    def write(worker: str) -> None:
        tape = Recording(path, [], worker).tape("exchange", "")
        for _ in range(50):
            tape(Step(kind="call", method="a", reply=reply, at_us=now_us()))

    threads = [threading.Thread(target=write, args=(f"w{n}.",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = lines(path)
    assert len(written) == 200
    assert {(line["worker"], line["seq"]) for line in written} == {
        (f"w{n}.", seq) for n in range(4) for seq in range(1, 51)
    }


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--record .*absent"):
        Recording(tmp_path / "absent" / "h.jsonl", [])


def test_shown_steps_of_earlier_checks_are_not_taken_down_again(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    recorder = Recorder(Recording(path, []).tape("exchange", ""))
    recorder.recall([Step(kind="call", method="a", at_us=now_us())])
    assert path.read_text() == ""


def test_streams_of_checks_side_by_side_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    recording = Recording(path, [], "beside.")
    one, other = (recording.tape("meta", check) for check in "ab")
    for tape in (one, other):
        tape(Step(kind="open", method="WatchRegions", stream=1, at_us=now_us()))
    one(Step(kind="event", method="WatchRegions", stream=1, at_us=now_us(), reply={}))
    first, second = load(path).streams["meta"]
    assert (len(first.frames), len(second.frames)) == (1, 0)
