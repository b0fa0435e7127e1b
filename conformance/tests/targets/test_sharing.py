"""What checks share: made once for a process, only read, removed when the run ends."""

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.judging import expect
from conformance.outcome import Outcome
from conformance.run.cleaning import clean
from conformance.running import Runner, Spec
from conformance.suite.dispatch.listing import made
from conformance.targets import journal
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_api import Caretaker
from conformance.targets.dispatch_model import Dispatch
from conformance.targets.profile import DispatchProfile
from conformance.tests.checking import running_on

POOL = DispatchProfile(simulated_site=True, microgrid_ids=(7, 8))
SPEC = Spec(node="x", ids=("DSP-CRE-001",))


def check(runner: Runner, body: Callable[[DispatchTarget], None]) -> Outcome:
    outcome = runner.run(SPEC, body)
    assert (outcome.state, outcome.message) == ("pass", "")
    return outcome


def shared(runner: Runner, count: int = 2) -> list[Dispatch]:
    """What one check gets to read; it has to be there and the check's own."""
    found: list[Dispatch] = []

    def body(dispatch: DispatchTarget) -> None:
        found.extend(dispatch.prepared(made, count))
        shown = dispatch.mine(dispatch.list_all())
        expect(sorted(d.id for d in shown) == sorted(d.id for d in found), "list", got=shown)

    check(runner, body)
    return found


def left(runner: Runner) -> set[int]:
    return {int(made.id) for made in journal.read(runner.settings.journal)[1]}


@pytest.mark.parametrize("profile", [None, POOL], ids=["fresh", "pool"])
def test_made_once_for_all_checks_of_a_process(
    tmp_path: Path, profile: DispatchProfile | None
) -> None:
    with running_on(tmp_path, profile=profile) as runner:
        first = shared(runner)
        calls = runner.session.client.budget.used
        assert shared(runner) == first
        assert runner.session.client.budget.used == calls + 1
        assert left(runner) == {item.id for item in first}


def test_other_arguments_make_others(tmp_path: Path) -> None:
    with running_on(tmp_path) as runner:
        assert len(shared(runner, 2)) == 2
        assert len(shared(runner, 3)) == 3
        assert len(left(runner)) == 5


def test_profile_full_makes_them_anew_and_removes_them(tmp_path: Path) -> None:
    with running_on(tmp_path, depth="full") as runner:
        ids = {item.id for _ in range(2) for item in shared(runner)}
        assert len(ids) == 4
        assert left(runner) == set()


def test_microgrid_of_a_pool_is_emptied_when_a_check_wants_that(tmp_path: Path) -> None:
    seen: list[Dispatch] = []

    def body(dispatch: DispatchTarget) -> None:
        dispatch.new_microgrid()
        dispatch.require_private()
        seen.extend(dispatch.list_all())

    with running_on(tmp_path, profile=POOL) as runner:
        first = shared(runner)
        check(runner, body)
        assert seen == []
        assert left(runner) == set()
        assert {item.id for item in shared(runner)}.isdisjoint(item.id for item in first)


@pytest.mark.parametrize("profile", [None, POOL], ids=["fresh", "pool"])
def test_nothing_is_written_beside_what_is_shared(
    tmp_path: Path, profile: DispatchProfile | None
) -> None:
    def deletes(dispatch: DispatchTarget) -> None:
        dispatch.delete(dispatch.prepared(made, 1)[0].id)

    def creates(dispatch: DispatchTarget) -> None:
        dispatch.prepared(made, 1)
        dispatch.create()

    with running_on(tmp_path, profile=profile) as runner:
        for body in (deletes, creates):
            outcome = runner.run(SPEC, body)
            assert outcome.state == "error"
            assert "what checks share is only read" in outcome.message


def test_failure_shows_how_it_was_made(tmp_path: Path) -> None:
    def body(dispatch: DispatchTarget) -> None:
        dispatch.prepared(made, 2)
        expect(False, "anything")

    with running_on(tmp_path) as runner:
        shared(runner)
        outcome = runner.run(SPEC, body)
    assert outcome.failure is not None
    assert [step["method"] for step in outcome.failure["steps"]] == ["CreateMicrogridDispatch"] * 2
    assert outcome.calls == 0


def test_removed_with_the_rest_when_the_run_ends(tmp_path: Path) -> None:
    with running_on(tmp_path) as runner:
        shared(runner)
        caretaker = Caretaker(runner.settings.target, runner.budget)
        cleaned = clean(runner.settings.journal, {"dispatch": caretaker}, runner.budget, looks=5)
        caretaker.close()
        assert left(runner) == set()
    assert (cleaned.residue, cleaned.calls) == (0, 3)


def test_budget_keeps_its_removal_back(tmp_path: Path) -> None:
    with running_on(tmp_path, max_calls=100) as runner:
        shared(runner)
        budget = runner.session.client.budget
        assert budget.left == 100 - 1 - budget.used - 2
