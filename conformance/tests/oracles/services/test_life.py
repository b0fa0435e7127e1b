import pytest

from conformance.oracles.services import life
from conformance.oracles.services.life import Model
from conformance.oracles.services.model import Service, State

IDLE = Model(config="c", load="ok")
FAILING = Model(config="f", load="fail")


@pytest.mark.parametrize(
    ("load", "state"),
    [("ok", State.ACTIVE), ("slow", State.ACTIVE), ("retry", State.ACTIVE), ("fail", State.ERROR)],
)
def test_what_a_load_comes_to(load, state):
    assert life.create("c", load, active=True).state == state
    assert life.create("c", load, active=False).state == State.INACTIVE
    assert life.create("", None, active=True).state == State.ACTIVE


def test_commands_that_are_refused():
    running = life.start(IDLE, allow_active=False)
    assert isinstance(running, Model)
    assert life.start(running, allow_active=False) == "FAILED_PRECONDITION"
    assert life.start(running, allow_active=True) == running
    assert life.stop(IDLE, allow_inactive=False) == "FAILED_PRECONDITION"
    assert life.stop(IDLE, allow_inactive=True) == IDLE
    assert life.start(None, allow_active=True) == "NOT_FOUND"
    assert life.stop(None, allow_inactive=True) == "NOT_FOUND"
    assert life.configure(None, "c", "ok") == "NOT_FOUND"
    assert life.delete(None, allow_missing=False) == "NOT_FOUND"
    assert life.delete(None, allow_missing=True) is None


def test_an_error_stays_until_a_start_succeeds():
    failed = life.start(FAILING, allow_active=False)
    assert isinstance(failed, Model)
    assert (failed.active, failed.state) == (False, State.ERROR)
    assert life.stop(failed, allow_inactive=True) == failed
    mended = life.configure(failed, "c", "ok")
    assert isinstance(mended, Model)
    assert mended.state is None
    started = life.start(mended, allow_active=False)
    assert isinstance(started, Model)
    assert started.state == State.ACTIVE


def test_a_failing_configuration_ends_what_runs():
    running = life.create("c", "ok", active=True)
    failed = life.configure(running, "f", "fail")
    assert isinstance(failed, Model)
    assert (failed.state, failed.config) == (State.ERROR, "f")


def test_differences_are_sentences():
    running = life.create("c", "ok", active=True)
    assert life.differences(running, Service(active=True, config_raw="c")) == []
    wrong = Service(loading=True, config_raw="d", error="x")
    assert len(life.differences(running, wrong)) == 4
    unsure = life.create("c", "retry", active=True)
    assert life.differences(unsure, Service(active=True, config_raw="c", error="left")) == []
