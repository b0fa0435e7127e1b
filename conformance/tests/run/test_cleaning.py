"""Looking whether everything is gone: at some places, and at all of them once anything is found."""

from pathlib import Path

from conformance.recorder import Recorder
from conformance.run.cleaning import Cleaned, clean
from conformance.running import Runner
from conformance.targets.budget import Budget
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_api import Caretaker
from conformance.targets.dispatch_session import DispatchSession
from conformance.targets.journal import Journal, Made
from conformance.tests.checking import running_on


def left_by(runner: Runner, *, removed: bool) -> None:
    """Make one dispatch in each of six microgrids; the journal calls them removed."""
    book = Journal(runner.settings.journal)
    session = runner.session
    assert isinstance(session, DispatchSession)
    for _ in range(6):
        target = DispatchTarget(session, Recorder())
        created = target.create()
        if removed:
            target.delete(created.id)
        book.removed(Made(service="dispatch", parent=str(target.microgrid), id=str(created.id)))
    book.close()


def cleaned(runner: Runner, looks: int | None) -> Cleaned:
    caretaker = Caretaker(runner.settings.target, runner.budget)
    try:
        them = {"dispatch": caretaker}
        return clean(runner.settings.journal, them, runner.budget, looks=looks)
    finally:
        caretaker.close()


def test_what_nobody_can_look_after_counts_as_left(tmp_path: Path) -> None:
    book = Journal(tmp_path)
    book.created(Made(service="meta", parent="regions", id="regions/x"))
    book.close()
    assert clean(tmp_path, {}, Budget()) == Cleaned(residue=1, calls=0)


def test_everything_is_asked_for_where_calls_are_free(tmp_path: Path) -> None:
    with running_on(tmp_path) as runner:
        left_by(runner, removed=True)
        assert cleaned(runner, None) == Cleaned(residue=0, calls=6)


def test_few_looks_where_calls_are_counted(tmp_path: Path) -> None:
    with running_on(tmp_path) as runner:
        left_by(runner, removed=True)
        assert cleaned(runner, 2) == Cleaned(residue=0, calls=2)


def test_what_is_found_makes_it_look_everywhere(tmp_path: Path) -> None:
    with running_on(tmp_path) as runner:
        left_by(runner, removed=False)
        assert cleaned(runner, 2) == Cleaned(residue=6, calls=6)
