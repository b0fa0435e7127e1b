"""Whole runs against the naive endpoint: pytest in a process of its own, journal, clean-up."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.failures import Unreachable, UsageError
from conformance.mutants.catalogue import mutant
from conformance.mutants.change import policy_of
from conformance.mutants.server import served
from conformance.mutants.services.server import served as served_services
from conformance.requirements import load
from conformance.run.judge import Options, clean_up, judge, selection
from conformance.run.paths import ROOT
from conformance.targets import client
from conformance.targets.journal import Journal, Made, run_folder, state_folder
from conformance.targets.profile import DispatchProfile, ExchangeProfile, Services, Target
from conformance.verdicts import Verdict
from fixtures.terminal import Exit


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def target(endpoint: str) -> Target:
    dispatch = DispatchProfile(simulated_site=True)
    return Target(endpoint=endpoint, services=Services(dispatch=dispatch))


def options(endpoint: str, *only: str, **fields: Any) -> Options:
    return Options(target=target(endpoint), only=only, depth="full", seed=1, **fields)


def left_over() -> list[Path]:
    folder = state_folder()
    return list(folder.iterdir()) if folder.exists() else []


def test_correct_endpoint_passes_and_is_left_clean() -> None:
    with served() as endpoint:
        result = judge(options(endpoint, "DSP-DEL-001", "DSP-DEL-003", writes=True))
    assert [row.verdict for row in result.rows] == ["pass", "pass"]
    assert (result.exit, result.residue) == (Exit.GOOD, 0)
    assert result.calls >= 6
    assert left_over() == []


def test_fault_is_found_shown_and_repeated() -> None:
    with served(policy_of(mutant("absent-is-unknown"))) as endpoint:
        result = judge(options(endpoint, "DSP-DEL-003", "DSP-DEL-001", writes=True))
    verdicts: dict[str, Verdict] = {row.requirement.id: row.verdict for row in result.rows}
    assert verdicts == {"DSP-DEL-001": "pass", "DSP-DEL-003": "fail"}
    finding = next(row for row in result.rows if row.verdict == "fail")
    assert "[deterministic, 3 of 3 runs]" in finding.reason
    assert finding.failure is not None
    methods = [step["method"] for step in finding.failure["steps"]]
    delete = "DeleteMicrogridDispatch"
    assert methods == ["CreateMicrogridDispatch", delete, delete]
    assert result.exit == Exit.BAD


def test_without_writes_nothing_is_made() -> None:
    with served() as endpoint:
        result = judge(options(endpoint, "DSP-GET-002", "DSP-GET-003"))
    made, unknown = result.rows
    assert (made.verdict, made.reason) == (
        "not_applicable",
        "writes not allowed (--allow-writes)",
    )
    assert unknown.verdict == "pass"
    assert result.exit == Exit.GOOD


def test_nobody_there_is_said_before_any_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "CONNECT_S", 0.5)
    with served() as endpoint:
        pass
    with pytest.raises(Unreachable, match=f"{endpoint} does not answer"):
        judge(options(endpoint, "DSP-GET"))
    assert left_over() == []


@pytest.mark.parametrize(("api", "serve"), [("dispatch", served), ("services", served_services)])
def test_interrupt_leaves_nothing_behind(api: str, serve: Any) -> None:
    with serve() as endpoint:
        command = [sys.executable, "-m", "conformance.tests.run.interrupted", endpoint, api]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not _made_something():
            time.sleep(0.05)
        process.terminate()
        printed, _ = process.communicate(timeout=30)
    assert printed.split() == ["interrupted", "0"]
    assert left_over() == []


def _made_something() -> bool:
    return any(path.stat().st_size for path in state_folder().glob("*/journal-*.jsonl"))


def test_what_a_crash_left_is_removed_by_its_run_id() -> None:
    with served() as endpoint:
        run_id = "20300101-crash"
        book = Journal(run_folder(run_id))
        book.created(Made(service="dispatch", parent="5", id="77"))
        book.close()
        assert clean_up(target(endpoint), run_id).residue == 0
        assert left_over() == []
        with pytest.raises(UsageError, match="left nothing behind"):
            clean_up(target(endpoint), run_id)


def test_selection_is_what_the_target_claims() -> None:
    ledger = load()
    claimed = selection(
        Options(target=target("127.0.0.1:1"), only=("DSP-AUT",)), target("127.0.0.1:1"), ledger
    )
    assert {row.group for row in claimed} == {"AUT"}
    other = Target(services=Services(exchange=ExchangeProfile()))
    rows = selection(Options(target=other), other, ledger)
    assert {row.service for row in rows} == {"exchange"}
    assert {row.level for row in rows if row.id == "DX-TR-008"} == {"should"}
    with pytest.raises(UsageError, match="claims no API dispatch; it has exchange"):
        selection(Options(target=other, services=("dispatch",)), other, ledger)
