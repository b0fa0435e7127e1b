"""What a trail makes of the states that were seen, whatever the pull or Get has missed."""

import pytest

from conformance.failures import Untestable
from conformance.mutants.services.book import Code, Refuse
from conformance.mutants.services.making import fault
from conformance.mutants.trial import try_mutant
from conformance.oracles.services.model import SECOND_NS, Service
from conformance.suite.services.retrying import TOLERANCE_NS, Sight, Trail, slack_ns


def sight(next_s, count=1, at_s=0.0):
    at = None if next_s is None else next_s * SECOND_NS
    return Sight(state=Service(next_attempt_time=at, failed_attempts=count), at_s=at_s)


def test_each_wait_is_taken_where_it_was_seen_first():
    told = (sight(None), sight(1, 1, 0.1), sight(1, 9, 0.2), sight(3, 2, 0.6), sight(None))
    trail = Trail(told=told, got=(sight(3, 2), sight(None, 0)))
    assert [s.state.failed_attempts for s in trail.waits] == [1, 2]
    assert trail.pause_s == pytest.approx(0.5)
    assert trail.last.failed_attempts == 0


def test_get_helps_out_where_the_pull_has_less():
    got = (sight(1, 1), sight(3, 2), sight(6, 3), sight(None))
    assert len(Trail(told=(sight(1), sight(3, 2)), got=got).waits) == 3


def test_one_attempt_proves_nothing():
    with pytest.raises(Untestable, match="1 failed attempts"):
        _ = Trail(told=(), got=(sight(1), sight(None))).waits


def test_slack_is_the_larger_of_both():
    assert slack_ns(SECOND_NS // 10) == TOLERANCE_NS
    assert slack_ns(10 * SECOND_NS) == 2 * SECOND_NS


def broken(state):
    raise Refuse(Code.INTERNAL, "no first value")


def test_a_pull_that_ends_without_a_word_is_judged_all_the_same():
    ids = ("SVC-RTY-004", "SVC-CFG-002")
    silent = fault("pull-broken", "A pull of one service breaks.", {"one_first": broken}, *ids)
    verdicts = {row.requirement.id: row.verdict for row in try_mutant(silent).rows}
    assert "error" not in verdicts.values(), verdicts
