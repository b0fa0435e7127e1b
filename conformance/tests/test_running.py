"""Running one check: how failures are repeated, and which microgrids a process has."""

from pathlib import Path

from conformance.judging import expect
from conformance.running import Runner, Spec
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_session import DispatchSession
from conformance.targets.profile import DispatchProfile
from conformance.tests.checking import running_on

SPEC = Spec(node="x", ids=("DSP-CRE-001",))


def fails(dispatch: DispatchTarget) -> None:
    for _ in range(3):
        dispatch.create()
    expect(False, "anything")


def test_failure_is_seen_twice(tmp_path: Path) -> None:
    with running_on(tmp_path, alone=False) as runner:
        outcome = runner.run(SPEC, fails)
    assert outcome.runs == ["fail", "fail"]
    assert outcome.calls == 12


def test_failures_are_repeated_as_long_as_calls_are_left_for_that(tmp_path: Path) -> None:
    with running_on(tmp_path, alone=False, max_calls=140) as runner:
        runs = [runner.run(SPEC, fails).runs for _ in range(4)]
        used = runner.session.client.budget.used
    # Fourteen calls of 140 are for that: two repetitions of six.
    assert runs == [["fail", "fail"], ["fail", "fail"], ["fail"], ["fail"]]
    assert used == 6 * 6


def test_workers_and_what_runs_beside_them_have_microgrids_of_their_own(tmp_path: Path) -> None:
    profile = DispatchProfile(simulated_site=True, microgrid_ids=(1, 2, 3, 4))
    with running_on(tmp_path, profile=profile, workers=2) as runner:
        runners = [Runner(runner.settings, worker=worker) for worker in (0, 1, None)]
        sessions = [r.session_of("dispatch") for r in runners]
        pools = [s.pool for s in sessions if isinstance(s, DispatchSession)]
        for other in runners:
            other.close()
    assert pools == [(1, 3), (2, 4), (4,)]
