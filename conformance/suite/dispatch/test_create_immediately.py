"""Creating a dispatch that starts at the server's own time (release 1.0 and later)."""

from __future__ import annotations

from conformance.judging import expect, requirement
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import HOUR_US, SECOND_US, Dispatch


def _expect_now(dispatch: DispatchTarget, created: Dispatch) -> None:
    now = dispatch.clock.now_us()
    expect(
        abs(created.start_us - now) <= dispatch.clock.tolerance_us,
        "start of a dispatch that starts immediately",
        got=created.start_us,
        wanted=now,
        times=True,
    )
    ends = created.start_us + (created.duration_s or 0) * SECOND_US
    what = "end time of a dispatch that starts immediately"
    # That there is an end time at all is for other requirements.
    expect(created.end_us in (None, ends), what, got=created.end_us, wanted=ends, times=True)


@requirement("DSP-CRE-008", needs=["simulated_site"])
def test_server_time_replaces_a_future_start(dispatch: DispatchTarget) -> None:
    later = dispatch.start_us + 5 * HOUR_US
    _expect_now(dispatch, dispatch.create(start_us=later, start_immediately=True))


@requirement("DSP-CRE-008", needs=["simulated_site"])
def test_server_time_replaces_a_past_start(dispatch: DispatchTarget) -> None:
    earlier = dispatch.clock.now_us() - 5 * HOUR_US
    _expect_now(dispatch, dispatch.create(start_us=earlier, start_immediately=True))


@requirement("DSP-CRE-008", needs=["simulated_site"])
def test_server_time_replaces_the_empty_start_of_the_clients(dispatch: DispatchTarget) -> None:
    # The published client sends a start message without content: the epoch.
    _expect_now(dispatch, dispatch.create(start_us=0, start_immediately=True))


@requirement("DSP-CRE-008", needs=["simulated_site"])
def test_no_start_is_needed(dispatch: DispatchTarget) -> None:
    _expect_now(dispatch, dispatch.create(start_us=None, start_immediately=True))


@requirement("DSP-CRE-009")
def test_false_keeps_the_start(dispatch: DispatchTarget) -> None:
    created = dispatch.create(start_immediately=False)
    expect(
        created.start_us == dispatch.start_us,
        "start with start_immediately false",
        got=created.start_us,
        wanted=dispatch.start_us,
        times=True,
    )
