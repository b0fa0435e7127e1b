import json
from pathlib import Path

import pytest

from conformance.failures import UsageError
from conformance.histories.history import load, steps
from conformance.tests.histories.files import call, write

OPEN = {"api": "meta", "kind": "open", "stream": 1, "method": "WatchRegions", "at_us": 5}


def test_calls_and_streams_are_put_together(tmp_path: Path) -> None:
    history = load(
        write(
            tmp_path,
            {"gridproof_history": 1, "services": {"meta": {"profile": "sdk"}}},
            call("GetTask", 1, {"name": "a"}, {}),
            OPEN,
            {"api": "meta", "kind": "event", "stream": "1", "at_us": 6, "reply": {}},
            {"api": "meta", "kind": "end", "stream": 1, "status": {"code": "CANCELLED"}},
        )
    )
    assert history.apis == ("meta", "tasks")
    assert history.total() == (1, 1)
    assert history.about.services == {"meta": {"profile": "sdk"}}
    (stream,) = history.streams["meta"]
    assert stream.code == "CANCELLED"
    assert [frame.line.method for frame in stream.received] == ["WatchRegions"]


def test_order_is_known_only_of_calls_whose_end_is(tmp_path: Path) -> None:
    one = call("GetTask", 1, {})
    other = {**call("GetTask", 2, {}), "took_ms": None}
    first, second = load(write(tmp_path, one, other)).calls["tasks"]
    assert first.before(second)
    assert not second.before(first)
    assert second.ended_us is None


def test_the_monotonic_clock_is_used_if_every_line_has_it(tmp_path: Path) -> None:
    lines = [{**call("GetTask", 3 - n, {}), "mono_us": n * 1_000_000} for n in (1, 2)]
    one, other = load(write(tmp_path, *lines)).calls["tasks"]
    assert one.before(other)
    del lines[1]["mono_us"]
    one, other = load(write(tmp_path, *lines)).calls["tasks"]
    assert other.before(one)


def test_a_last_line_that_breaks_off_is_noted(tmp_path: Path) -> None:
    file = write(tmp_path, call("GetTask", 1, {}))
    file.write_text(file.read_text() + '{"api": "tasks", "meth')
    history = load(file)
    assert history.total() == (1, 0)
    assert history.notes == ("line 2, the last one, breaks off and is left out",)


def test_broken_lines_are_named(tmp_path: Path) -> None:
    file = tmp_path / "h.jsonl"
    good = json.dumps(call("GetTask", 1, {}))
    file.write_text(f'{good}\n{{"api": \n\n{{"api": "meta", "kind": "event", "stream": 4}}\n[1]\n')
    with pytest.raises(UsageError) as told:
        load(file)
    first, second, third = str(told.value).splitlines()
    assert first.startswith(f"{file}:2: no JSON")
    assert second == f"{file}:5: no JSON object"
    assert third == f"{file}:4: stream 4 was not opened"


def test_many_broken_lines_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "h.jsonl"
    file.write_text("x\n" * 50)
    with pytest.raises(UsageError, match="and 30 more lines"):
        load(file)


def test_unknown_services_are_left_out_with_a_note(tmp_path: Path) -> None:
    other = {"method": "/a.b.C/D", "at_us": 1}
    history = load(write(tmp_path, other, other, call("GetTask", 1, {})))
    assert history.notes == ("2 lines of API a.b.C are left out",)


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "h.jsonl"
    file.write_text(text)
    with pytest.raises(UsageError, match="no line of a history"):
        load(file)
    with pytest.raises(UsageError, match="No such file"):
        load(tmp_path / "absent")


def test_steps_read_as_those_of_a_run(tmp_path: Path) -> None:
    line = call("GetTask", 1, {"name": "a"}, status={"code": "NOT_FOUND", "details": "no"})
    history = load(write(tmp_path, line))
    (found,) = steps((*history.calls["tasks"], *history.calls["tasks"]))
    assert (found["kind"], found["method"]) == ("call", "GetTask")
    assert found["status"] == {"code": "NOT_FOUND", "details": "no"}
    assert found["took_ms"] == 100
    assert found["line"] == 1
