import json
from pathlib import Path
from typing import Any

import pytest
import typer
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

import conformance.histories
from conformance.commands import conform
from conformance.tests.histories.files import at, call, findings, task, verdicts, write
from fixtures.terminal import Exit

APP = typer.Typer()
APP.command()(conform)

NAME = "tenants/t1/tasks/a"
SCHEMA = json.loads(
    Path(conformance.histories.__file__).with_name("history.schema.json").read_text()
)


def run(*words: str) -> Result:
    return CliRunner().invoke(APP, list(words))


def history(path: Path, *later: dict[str, Any]) -> Path:
    """A creation, and what comes after it: the least that somebody else's tool writes."""
    made = {"parent": "tenants/t1", "task_id": "a", "task": {"type": "tenants/t1/types/a"}}
    return write(path, call("CreateTask", 0, made, task("a")), *later)


GOOD = (
    call("ClaimTask", 1, {"name": NAME}, task("a", "IN_PROGRESS", 1)),
    call("GetTask", 2, {"name": NAME}, task("a", "IN_PROGRESS", 1)),
    call("ClaimTask", 3, {"name": NAME}, status={"code": "FAILED_PRECONDITION"}),
)
BACK = call("GetTask", 4, {"name": NAME}, task("a", "NEW"))


def test_a_good_history_is_good(tmp_path: Path) -> None:
    file = history(tmp_path, *GOOD)
    assert findings(file) == {}
    rows = verdicts(file, "TSK-CLM")
    assert (rows["TSK-CLM-001"].verdict, rows["TSK-CLM-001"].reason) == ("pass", "kept 1 time")
    assert rows["TSK-CLM-003"].reason == "not seen in this history"
    assert rows["TSK-CLM-004"].reason.startswith("needs calls that are made for it")
    done = run("--replay", str(file))
    assert done.exit_code == Exit.GOOD
    assert "4 calls and 0 streams within 3.0 s" in done.stderr


def test_a_finding_is_shown_with_its_lines(tmp_path: Path) -> None:
    file = history(tmp_path, *GOOD, BACK)
    found = findings(file)
    assert found["TSK-STA-001"] == "tenants/t1/tasks/a: NEW after IN_PROGRESS (lines 3, 5)"
    done = run("--replay", str(file), "--only", "TSK-STA-001", "--json", "--report", str(tmp_path))
    assert done.exit_code == Exit.BAD
    report = json.loads(done.stdout)
    assert report["profile"] == "replay"
    assert report["history"]["file"] == str(file)
    (row,) = report["requirements"]
    assert [step["line"] for step in row["counterexample"]["steps"]] == [3, 5]
    assert row["counterexample"]["replay"] == (
        f"gridproof conform --replay {file} --only TSK-STA-001"
    )
    for name in ("report.json", "junit.xml", "report.html"):
        assert "TSK-STA-001" in (tmp_path / name).read_text()
    assert not (tmp_path / "replay").exists()


def test_what_overlaps_proves_nothing(tmp_path: Path) -> None:
    stale = call("GetTask", 0.15, {"name": NAME}, task("a", "NEW"), took_ms=2000)
    unknown = {**BACK, "took_ms": None, "at": at(0.2)}
    claim = call("ClaimTask", 1, {"name": NAME}, task("a", "IN_PROGRESS", 1))
    assert findings(history(tmp_path, claim, stale, unknown)) == {}


def test_nothing_seen_is_inconclusive(tmp_path: Path) -> None:
    file = history(tmp_path)
    assert run("--replay", str(file), "--only", "TSK-EVT").exit_code == Exit.INCONCLUSIVE
    assert run("--replay", str(file), "--services", "meta").exit_code == Exit.INCONCLUSIVE


def test_a_known_finding_is_known(tmp_path: Path) -> None:
    known = tmp_path / "known.yaml"
    known.write_text("- {id: TSK-STA-001, reason: r, expires: 2999-01-01}\n")
    file = history(tmp_path, *GOOD, BACK)
    done = run("--replay", str(file), "--only", "TSK-STA-001", "--known-failing", str(known))
    assert done.exit_code == Exit.GOOD, done.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--endpoint", "a:1"], "so it takes no --endpoint"),
        (["--http", "http://a", "--record", "x"], "no --http and no --record"),
        (["--only", "TSK-NO"], "no requirement 'TSK-NO'"),
        (["--target", "/no/such"], "no such file"),
        (["--services", "tasc"], "did you mean tasks?"),
    ],
)
def test_wrong_usage_is_told(tmp_path: Path, words: list[str], text: str) -> None:
    done = run("--replay", str(history(tmp_path)), *words)
    assert done.exit_code == Exit.USAGE
    assert text.lower() in done.stderr.lower()


def test_broken_lines_are_told_with_file_and_line(tmp_path: Path) -> None:
    file = history(tmp_path)
    file.write_text(file.read_text() + '{"method": 3}\n[]\n')
    done = run("--replay", str(file))
    assert done.exit_code == Exit.USAGE
    assert f"{file}:2: method is 3" in done.stderr
    assert f"{file}:3: no JSON object" in done.stderr


def test_the_target_may_be_told_by_file_or_by_the_history(tmp_path: Path) -> None:
    lines = [{"api": "dispatch", "method": "GetMicrogridDispatch", "at_us": 1}]
    about = {"gridproof_history": 1, "services": {"dispatch": {"generation": "3"}}}
    done = run("--replay", str(write(tmp_path, about, *lines)))
    assert done.exit_code == Exit.USAGE
    assert "services.dispatch.generation" in done.stderr
    target = tmp_path / "t.yaml"
    target.write_text("services: {dispatch: {generation: '0.15'}}\n")
    done = run("--replay", str(write(tmp_path, about, *lines)), "--target", str(target), "--json")
    assert json.loads(done.stdout)["target"]["services"]["dispatch"]["generation"] == "0.15"


def test_the_schema_has_what_is_read(tmp_path: Path) -> None:
    good = Draft202012Validator(SCHEMA)
    lines = history(tmp_path, *GOOD).read_text().splitlines()
    about = {"gridproof_history": 1, "services": {}, "sole_writer": True}
    stream = {"api": "meta", "kind": "event", "stream": 1, "reply": {}}
    for line in (*map(json.loads, lines), about, stream):
        good.validate(line)
    for line in ({"api": "meta", "method": "a"}, {"kind": "event"}, {"gridproof_history": 2}):
        assert not good.is_valid(line)
