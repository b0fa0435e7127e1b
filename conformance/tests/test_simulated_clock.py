"""A target with a time of its own: DSP-CRE-004 is about how it goes on, not what it shows."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from conformance.judging import requirement
from conformance.mutants.book import Book
from conformance.mutants.policy import STRAIGHT
from conformance.outcome import Outcome
from conformance.recorder import now_us
from conformance.running import Spec
from conformance.suite.dispatch import test_create
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.profile import DispatchProfile
from conformance.tests.checking import running_on

DECADE_US = 3652 * 86_400 * 1_000_000


def judged(
    folder: Path,
    clock_us: Callable[[], int],
    *,
    clock: Literal["wall", "simulated"] = "simulated",
    body: Callable[[DispatchTarget], None] = test_create.test_create_time_is_the_time_of_the_call,
) -> Outcome:
    """What comes of a check on an endpoint whose clock shows `clock_us()`."""

    def shown_us(book: Book) -> int:
        return clock_us()

    profile = DispatchProfile(simulated_site=True, clock=clock)
    policy = replace(STRAIGHT, now_us=shown_us)
    with running_on(folder, policy=policy, profile=profile) as runner:
        return runner.run(Spec(node="x", ids=("DSP-CRE-004",)), body)


@pytest.mark.parametrize("ahead_us", [-DECADE_US, DECADE_US])
def test_any_time_that_goes_on_is_fine(tmp_path: Path, ahead_us: int) -> None:
    outcome = judged(tmp_path, lambda: now_us() + ahead_us)
    assert (outcome.state, outcome.message) == ("pass", "")


def test_such_a_time_is_no_wall_clock(tmp_path: Path) -> None:
    outcome = judged(tmp_path, lambda: now_us() - DECADE_US, clock="wall")
    assert outcome.state == "fail"
    assert "creation time: got 20" in outcome.message


def test_time_that_stands_still_is_found(tmp_path: Path) -> None:
    stopped_us = now_us() - DECADE_US
    outcome = judged(tmp_path, lambda: stopped_us)
    assert outcome.state == "fail"
    assert "expected at least 20" in outcome.message


def test_time_that_hurries_is_found(tmp_path: Path) -> None:
    began = time.monotonic_ns()
    outcome = judged(tmp_path, lambda: DECADE_US + (time.monotonic_ns() - began) // 500)
    assert outcome.state == "fail"
    assert "expected at most 19" in outcome.message


def test_checks_start_in_the_time_of_the_target(tmp_path: Path) -> None:
    seen: list[int] = []

    @requirement("DSP-CRE-004")
    def check(dispatch: DispatchTarget) -> None:
        seen.append(dispatch.create().start_us)

    outcome = judged(tmp_path, lambda: now_us() + DECADE_US, body=check)
    assert outcome.state == "pass"
    assert 0 < seen[0] - (now_us() + DECADE_US) < 3_700 * 1_000_000
