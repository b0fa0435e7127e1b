"""A watch as checks see it: what fails a check, what does not, and what is waited for."""

from typing import Any, cast

import grpc
import pytest

from conformance.failures import Nonconformance, Refused
from conformance.oracles.meta.assembly import Asked
from conformance.oracles.meta.model import Change, Message
from conformance.oracles.model import Violation
from conformance.suite.meta.watching import Watch, chunk_sizes, judge
from conformance.targets.profile import MetaProfile
from conformance.tests.checking import running


class Target:
    """As much of a target as a watch asks for."""

    profile = MetaProfile(quiet=0.0, latency=0.0)


class Stream:
    """A stream that has received everything it ever will, and stays open unless it has a status."""

    method = "WatchRegions"
    details = ""

    def __init__(self, *messages, status=None):
        self.left = list(messages)
        self.status = status

    def next(self, timeout_s):
        return self.left.pop(0) if self.left else None


def region(letter, **fields):
    return {"name": f"regions/a{letter}", **fields}


def current(letter, **fields):
    data = region(letter, **fields)
    return Change(kind="current", name=data["name"], data=data, object_name=data["name"])


def closing(*changes, **fields):
    return Message(changes=changes, is_current=True, resume_token="t", **fields)


def watch(*messages, status=None, before=None, **asked):
    target, stream = cast(Any, Target()), cast(Any, Stream(*messages, status=status))
    return Watch(target, "regions", Asked(**asked), stream, before)


@pytest.fixture
def judging_sizes():
    with running(ids=("META-CHK-011",)):
        yield


@pytest.mark.usefixtures("judging_sizes")
def test_breach_of_a_judged_rule_fails_with_its_consequence():
    read = watch(closing(current("a"), snapshot_size=0))
    with pytest.raises(Nonconformance) as found:
        read.snapshot(0.0)
    assert found.value.breaks == "META-CHK-011"
    assert "reconnects without pause" in found.value.got


@pytest.mark.usefixtures("judging_sizes")
def test_breach_of_another_rule_is_left_to_other_checks():
    read = watch(closing(current("a"), current("a")))
    read.snapshot(0.0)
    assert read.names == ["regions/aa"]
    assert read.strict.violations


@pytest.mark.usefixtures("judging_sizes")
def test_snapshot_ends_with_the_first_closing_message():
    read = watch(Message(changes=(current("a"),)), closing(current("b")), closing(current("c")))
    assert len(read.snapshot(0.0)) == 2
    assert read.names == ["regions/aa", "regions/ab"]
    assert len(read.changeset(0.0)) == 1


@pytest.mark.usefixtures("judging_sizes")
def test_snapshot_that_does_not_come_fails_every_check():
    with pytest.raises(Nonconformance, match="nothing within 0 s"):
        watch(Message(changes=(current("a"),))).snapshot(0.0)
    with pytest.raises(Refused, match="INTERNAL"):
        watch(status=grpc.StatusCode.INTERNAL).snapshot(0.0)
    with pytest.raises(Nonconformance, match="the end"):
        watch(status=grpc.StatusCode.OK).snapshot(0.0)


@pytest.mark.usefixtures("judging_sizes")
def test_convergence_needs_a_closed_changeset_and_the_same_items():
    read = watch(closing(current("a")), Message(changes=(current("b"),)), closing())
    read.converges([region("a"), region("b")], "view")
    stale = watch(closing(current("a", title="old")))
    with pytest.raises(Nonconformance, match="other than listed"):
        stale.converges([region("a", title="new")], "view")
    unclosed = watch(closing(current("a")), Message(changes=(current("a"),)))
    unclosed.snapshot(0.0)
    unclosed.next(0.0)
    with pytest.raises(Nonconformance, match="without end"):
        unclosed.converges([region("a")], "view")


@pytest.mark.usefixtures("judging_sizes")
def test_continued_watch_keeps_its_view():
    first = watch(closing(current("a")))
    first.snapshot(0.0)
    gone = Change(kind="removed", name="regions/aa", data=None)
    again = watch(closing(gone, current("b")), before=first, resumed=True)
    again.snapshot(0.0)
    assert again.names == ["regions/ab"]
    assert len(again.messages) == 2


def test_only_judged_codes_fail():
    found = [Violation(code="flags", text="both"), Violation(code="chunk", text="too many")]
    with running(ids=("META-CHK-001",)), pytest.raises(Nonconformance, match="too many"):
        judge(found)
    with running(ids=("META-CHK-002",)):
        judge(found)


def test_staging_takes_few_chunk_sizes():
    with running(profile="full"):
        assert chunk_sizes(7) == [1, 2, 3, 6, 7, 8, 100]
    with running(profile="staging"):
        assert chunk_sizes(7) == [2, 6, 1]
        assert chunk_sizes(1) == [2, 1]
