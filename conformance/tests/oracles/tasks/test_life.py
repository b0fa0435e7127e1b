"""The life of a task as a model."""

from dataclasses import replace

import pytest

from conformance.oracles.tasks.life import after, judge_history, judge_step, judge_task
from conformance.tests.oracles.tasks.samples import NOW, TASKS

NEW = TASKS[0]
CLAIMED = replace(NEW, state="IN_PROGRESS", update_ns=NOW + 1)
COMPLETED = replace(CLAIMED, state="COMPLETED", update_ns=NOW + 2, completion_ns=NOW + 2)


@pytest.mark.parametrize(
    ("state", "call", "from_new", "wanted"),
    [
        ("NEW", "claim", None, ("IN_PROGRESS", False, False)),
        ("IN_PROGRESS", "claim", None, ("IN_PROGRESS", True, False)),
        ("COMPLETED", "claim", None, ("COMPLETED", True, False)),
        ("NEW", "complete", None, ("COMPLETED", False, True)),
        ("NEW", "complete", True, ("COMPLETED", False, False)),
        ("NEW", "complete", False, ("NEW", True, False)),
        ("IN_PROGRESS", "complete", None, ("COMPLETED", False, False)),
        ("COMPLETED", "complete", True, ("COMPLETED", True, False)),
    ],
)
def test_calls_lead_from_state_to_state(state, call, from_new, wanted):
    outcome = after(state, call, from_new=from_new)
    assert (outcome.state, outcome.refused, outcome.open) == wanted


def test_right_steps_have_nothing_wrong():
    assert judge_step(NEW, CLAIMED, "claim") == []
    assert judge_step(CLAIMED, COMPLETED, "complete") == []
    assert judge_history([NEW, NEW, CLAIMED, COMPLETED]) == []


@pytest.mark.parametrize(
    ("before", "shown", "call", "code"),
    [
        (NEW, NEW, "claim", "state"),
        (NEW, replace(CLAIMED, update_ns=NOW), "claim", "update"),
        (NEW, replace(CLAIMED, description="other"), "claim", "changed"),
        (NEW, replace(CLAIMED, metadata={**(NEW.metadata or {}), "b": 1.0}), "claim", "changed"),
        (CLAIMED, replace(COMPLETED, completion_ns=None), "complete", "completion"),
        (NEW, replace(CLAIMED, completion_ns=NOW), "claim", "completion"),
        (CLAIMED, replace(COMPLETED, completion_ns=NOW - 1), "complete", "times"),
    ],
)
def test_wrong_steps_are_told(before, shown, call, code):
    assert code in {violation.code for violation in judge_step(before, shown, call)}


def test_history_never_goes_back():
    codes = {v.code for v in judge_history([CLAIMED, NEW])}
    assert codes == {"backwards"}
    later = replace(COMPLETED, completion_ns=NOW + 3)
    assert {v.code for v in judge_history([COMPLETED, later])} == {"changed"}
    assert {v.code for v in judge_task(replace(NEW, state="STATE_UNSPECIFIED"))} == {"state"}
    assert {v.code for v in judge_task(replace(NEW, create_ns=None))} == {"times"}
