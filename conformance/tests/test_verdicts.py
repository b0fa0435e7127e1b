from datetime import date

import pytest

from conformance.outcome import Outcome, judged
from conformance.requirements import load
from conformance.run.known import Known
from conformance.tests.checking import running
from conformance.verdicts import Row, classified, rows, summary

TODAY = date(2030, 1, 1)
MUST, SHOULD, MAY = "DSP-CRE-001", "DSP-CRE-005", "DSP-LIM-008"


def row(*outcomes: Outcome, id_: str = MUST, known: Known | None = None) -> Row:
    listed = {id_: known} if known else {}
    return rows([load()[id_]], outcomes, known=listed, today=TODAY)[0]


def outcome(state: str = "pass", id_: str = MUST, **fields: object) -> Outcome:
    return Outcome(node="n", ids=(id_,), state=state, message=state, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        (["pass"], "pass"),
        (["pass", "fail"], "fail"),
        (["fail", "error"], "error"),
        (["pass", "untestable"], "untestable"),
        (["pass", "not_applicable"], "pass"),
        (["not_applicable", "not_applicable"], "not_applicable"),
        ([], "untestable"),
    ],
)
def test_worst_state_of_all_checks_counts(states: list[str], verdict: str) -> None:
    assert row(*(outcome(state) for state in states)).verdict == verdict


@pytest.mark.parametrize(("id_", "verdict"), [(MUST, "fail"), (SHOULD, "warn"), (MAY, "warn")])
def test_level_decides_what_a_finding_is(id_: str, verdict: str) -> None:
    assert row(outcome("fail", id_), id_=id_).verdict == verdict


def reading(preferred: bool) -> list[dict[str, object]]:
    return [{"trait": "A5", "reading": "excluded", "preferred": preferred}]


@pytest.mark.parametrize(
    ("id_", "preferred", "verdict"),
    [(MUST, True, "pass"), (MUST, False, "observed"), (MAY, True, "observed")],
)
def test_readings(id_: str, preferred: bool, verdict: str) -> None:
    found = row(outcome("pass", id_, observations=reading(preferred)), id_=id_)
    assert found.verdict == verdict
    assert found.observed[0]["reading"] == "excluded"


def test_warning_of_a_passing_check() -> None:
    found = row(outcome(warnings=["empty token"]))
    assert (found.verdict, found.reason) == ("warn", "empty token")


def two(breaks: str) -> Outcome:
    return Outcome(node="n", ids=(MUST, SHOULD), state="fail", message="x", breaks=breaks)


def test_other_requirements_of_a_check_that_stopped_are_not_green() -> None:
    assert row(two(MUST)).verdict == "fail"
    stopped = row(two(MUST), id_=SHOULD)
    assert (stopped.verdict, stopped.reason) == ("untestable", f"the check stopped at {MUST}")


def test_another_check_may_judge_what_one_did_not_reach() -> None:
    assert row(two(MUST), outcome("pass", SHOULD), id_=SHOULD).verdict == "pass"


def test_check_without_calls_left_is_made_good_by_another() -> None:
    short = outcome("untestable", out_of_calls=True)
    assert row(short).verdict == "untestable"
    assert row(short, outcome("pass")).verdict == "pass"


def test_gated_requirement_of_a_check_that_ran() -> None:
    found = row(outcome(gated={MUST: "the profile has no auth_key"}))
    assert (found.verdict, found.reason) == ("not_applicable", "the profile has no auth_key")


def entry(expires: date) -> Known:
    return Known(id=MUST, reason="fixed soon", expires=expires)


@pytest.mark.parametrize(
    ("state", "expires", "verdict"),
    [
        ("fail", date(2030, 1, 1), "known"),
        ("fail", date(2029, 12, 31), "fail"),
        ("pass", date(2030, 1, 1), "stale"),
        ("untestable", date(2030, 1, 1), "untestable"),
    ],
)
def test_known_failing_list(state: str, expires: date, verdict: str) -> None:
    assert row(outcome(state), known=entry(expires)).verdict == verdict


@pytest.mark.parametrize(
    ("runs", "kind"),
    [
        (["fail"], ""),
        (["fail", "fail", "fail"], "deterministic, 3 of 3 runs"),
        (["fail", "pass"], "timing, 1 of 2 runs"),
        (["fail", "fail", "pass"], "order, 2 of 3 runs"),
    ],
)
def test_repeated_failures_are_classified(runs: list[str], kind: str) -> None:
    assert classified(runs) == kind  # type: ignore[arg-type]


def test_summary_counts_by_level() -> None:
    counts = summary([row(outcome()), row(outcome("fail", SHOULD), id_=SHOULD)])
    assert counts["must"]["pass"] == 1
    assert counts["should"]["warn"] == 1
    assert sum(counts["may"].values()) == 0


def test_exceptions_of_ours_are_errors_and_keep_their_traceback() -> None:
    with running() as check:
        found = judged(check, ZeroDivisionError("x"))
    assert (found.state, found.message) == ("error", "ZeroDivisionError: x")


def test_outcome_survives_json() -> None:
    before = outcome("fail", runs=["fail"], calls=3)
    assert Outcome.from_json(before.to_json()) == before
