from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixtures.terminal import Exit
from loadtests.catalogue import find
from loadtests.errors import UsageError
from loadtests.outcome import Outcome
from loadtests.report.summary import build
from loadtests.tests.outcomes import add, outcome
from loadtests.verdict import Verdict, judge_run, read_baseline

ENTRY = find("L-DSP-1")


def verdict(made: Outcome, *expressions: str) -> Verdict:
    return judge_run(made, ENTRY, list(expressions))


def test_a_good_run() -> None:
    found = verdict(outcome(), "deliver.p99<50ms", "deliveries_per_s>100")
    assert found.exit is Exit.GOOD
    assert found.reasons == ()


def test_a_missed_threshold_is_bad() -> None:
    found = verdict(outcome(), "deliver.p99<5ms")
    assert found.exit is Exit.BAD
    assert "measured 10.00 ms" in found.bad[0] or "measured 9.9" in found.bad[0]


def test_one_violation_is_bad_and_has_no_tolerance() -> None:
    made = outcome()
    made.totals.counts["integrity.INT-GAP"] = 1
    assert verdict(made).exit is Exit.BAD
    assert "1 x INT-GAP" in verdict(made).bad[0]


def test_a_waived_code_does_not_fail_the_run_but_is_told() -> None:
    made = outcome(waive=("INT-DUP",))
    made.totals.counts["integrity.INT-DUP"] = 3
    assert verdict(made).exit is Exit.GOOD
    assert verdict(made).waived == {"INT-DUP": 3}
    made.totals.counts["integrity.INT-GAP"] = 1
    assert verdict(made).exit is Exit.BAD


def test_failures_are_judged_unless_the_user_says_otherwise() -> None:
    made = outcome()
    made.totals.counts["failed"] = 10
    assert verdict(made).exit is Exit.BAD
    assert verdict(made, "failures<10%").exit is Exit.GOOD


def test_dropped_arrivals_are_failures() -> None:
    made = outcome()
    made.totals.counts["dropped"] = 10
    assert verdict(made).exit is Exit.BAD


def test_a_fault_of_ours_is_an_error() -> None:
    made = outcome()
    made.faults.append("worker lost: 7")
    assert verdict(made).exit is Exit.ERROR


@pytest.mark.parametrize(
    ("is_error", "is_bad", "is_unclear", "code"),
    [
        (True, True, True, Exit.ERROR),
        (True, False, True, Exit.ERROR),
        (False, True, True, Exit.BAD),
        (False, False, True, Exit.INCONCLUSIVE),
        (False, False, False, Exit.GOOD),
    ],
)
def test_the_weightiest_reason_decides(
    is_error: bool, is_bad: bool, is_unclear: bool, code: Exit
) -> None:
    made = outcome()
    made.faults += ["lost"] * is_error
    made.totals.counts["integrity.INT-ORD"] = int(is_bad)
    made.stopped = "breaker" if is_unclear else ""
    if not is_bad:
        del made.totals.counts["integrity.INT-ORD"]
    found = verdict(made)
    assert found.exit is code
    assert len(found.reasons) == is_error + is_bad + is_unclear


def test_too_few_samples_are_inconclusive() -> None:
    assert verdict(outcome(), "deliver.p99.9<1s").exit is Exit.INCONCLUSIVE


def test_a_saturated_client_makes_latencies_inconclusive_and_nothing_else() -> None:
    made = outcome()
    add(made, 1, {"harness.lateness": 100}, {})
    assert verdict(made, "deliver.p99<1s").exit is Exit.GOOD
    made.lateness["other harness.lateness"] = made.lateness["local harness.lateness"]
    made.lateness["other harness.lateness"].record(900_000, times=50)
    found = verdict(made, "deliver.p99<1s")
    assert found.exit is Exit.INCONCLUSIVE
    assert "saturated" in found.inconclusive[0]
    assert verdict(made).exit is Exit.GOOD
    assert verdict(made, "deliveries_per_s>1").exit is Exit.GOOD


def test_uncertain_clocks_make_deliveries_inconclusive() -> None:
    made = outcome()
    made.clock_is_uncertain = True
    assert verdict(made, "deliver.p99<1s").exit is Exit.INCONCLUSIVE


def test_lagging_streams_are_inconclusive() -> None:
    made = outcome()
    made.lagging.append({"stream": "stream 3", "distance": 17})
    found = verdict(made)
    assert found.exit is Exit.INCONCLUSIVE
    assert "17 changes behind" in found.inconclusive[0]


def test_a_run_that_checked_nothing_is_inconclusive() -> None:
    made = outcome()
    made.totals.counts["messages"] = 0
    assert verdict(made).exit is Exit.INCONCLUSIVE
    unverified = outcome(verify="off")
    unverified.totals.counts["calls"] = 0
    assert verdict(unverified).exit is Exit.INCONCLUSIVE


def test_what_could_not_be_removed_is_told_with_the_way_to_do_it() -> None:
    made = outcome()
    made.residue = 2
    found = verdict(made)
    assert found.exit is Exit.INCONCLUSIVE
    assert "gridproof load cleanup ld-0123456789ab-2" in found.inconclusive[0]


def baseline_of(made: Outcome, folder: Path) -> Path:
    path = folder / "summary.json"
    path.write_text(json.dumps(build(made, verdict(made), ENTRY)), "utf-8")
    return path


def test_a_regression_against_the_baseline_is_bad(tmp_path: Path) -> None:
    baseline = read_baseline(baseline_of(outcome(), tmp_path))
    assert judge_run(outcome(), ENTRY, [], baseline).exit is Exit.GOOD
    slow = outcome()
    slow.totals.distributions["deliver.dispatch"].record(40_000, times=100)
    found = judge_run(slow, ENTRY, [], baseline)
    assert found.exit is Exit.BAD
    assert "ratio(deliver.dispatch.p99, baseline)<=1.3" in found.bad[0]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"metrics": {"a": 1}, "scalars": {}}'])
def test_a_wrong_baseline_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "summary.json"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match="of a load run"):
        read_baseline(path)


def test_a_missing_baseline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_baseline(tmp_path / "none.json")
