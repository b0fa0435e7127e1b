import pytest
from hypothesis import given, settings

from conformance.failures import Nonconformance
from conformance.strategies.meta_histories import Action, Batch, Step, Write, histories
from conformance.suite.laws.watch import View
from conformance.suite.laws.watch_histories import HISTORIES, telling
from conformance.suite.laws.watch_machine import WIDE, Machine
from conformance.tests.checking import running
from conformance.tests.suite.laws.small_watch import Store

VIEWS = (
    View(chunk=1),
    View(chunk=2, narrow=True, inside=True),
    View(stateful=True, chunk=2, page=WIDE),
    View(stateful=True, chunk=1, page=2, narrow=True, inside=True),
)


@settings(max_examples=60, deadline=None)
@given(steps=histories(watchers=len(VIEWS), capabilities=Store().capabilities))
def test_a_right_store_keeps_the_law(steps):
    with running():
        Machine(Store(), VIEWS).run(steps)


@pytest.mark.parametrize("number", range(len(HISTORIES)))
def test_a_right_store_keeps_the_law_in_telling_sequences(number):
    arguments = list(telling(Store().capabilities))[number]
    with running():
        Machine(Store(), VIEWS).run(arguments["steps"])


@pytest.mark.parametrize(
    ("bug", "broken"),
    [
        ("loses", {"META-RSM-003", "META-RSM-006", "META-CHK-023"}),
        ("keeps", {"META-CHK-023", "META-RSM-003", "META-RST-001"}),
        ("gives up", {"META-RST-001"}),
        ("repeats", {"META-CHK-018", "META-WST-002"}),
        ("off by one", {"META-WST-002", "META-WST-003", "META-WST-006"}),
    ],
)
def test_what_is_wrong_is_reported_under_its_requirement(bug, broken):
    found = set()
    for arguments in telling(Store().capabilities):
        with running():
            try:
                Machine(Store(bug=bug), VIEWS).run(arguments["steps"])
            except Nonconformance as failure:
                found.add(failure.breaks)
    assert found
    assert found <= broken


def test_a_breach_tells_what_becomes_of_the_published_client():
    steps: list[Step] = [Write(what="create"), Action(what="barrier"), Write(what="delete")]
    with running(), pytest.raises(Nonconformance, match="published client: silent divergence"):
        Machine(Store(bug="keeps"), VIEWS[:1]).run(steps)


def test_what_a_target_cannot_do_is_left_out():
    for arguments in telling(frozenset({"mutate"})):
        for step in arguments["steps"]:
            assert not isinstance(step, Batch)
            assert not isinstance(step, Action) or step.what not in ("drop", "size", "soft_reset")
