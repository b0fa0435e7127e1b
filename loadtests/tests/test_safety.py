from __future__ import annotations

from typing import Any

import pytest

from loadtests.catalogue import ENTRIES, find
from loadtests.errors import Refused
from loadtests.options import Options, resolve
from loadtests.safety import Breaker, State, caps_of, check, planned_calls
from loadtests.target import Caps, Target, hooked

FANOUT, CHURN = find("L-DSP-1"), find("L-DSP-3")
SMALL = {"subscribers": 10, "rate": 5.0, "duration": 30.0}


def options(**given: Any) -> Options:
    return resolve({**SMALL, **given}, FANOUT)


def remote(**given: Any) -> Target:
    return Target(endpoint="example.org:443", load_allowed=True, **given)


def test_this_machine_may_be_loaded() -> None:
    check(options(rate=1e6, subscribers=10**6), Target(endpoint="127.0.0.1:1"), FANOUT)


def test_a_foreign_target_needs_permission() -> None:
    with pytest.raises(Refused, match="load_allowed"):
        check(options(), Target(endpoint="example.org:443"), FANOUT)
    check(options(), remote(), FANOUT)


@pytest.mark.parametrize(
    ("given", "caps", "sentence"),
    [
        ({"rate": 11.0}, {}, "--rate 11 is above the target's cap of 10"),
        ({"subscribers": 21}, {}, "--subscribers 21 is above the target's cap of 20"),
        ({"duration": 121.0}, {}, "126 s, are above the target's cap of 120 s"),
        ({"rate": 31.0}, {"max_rate": 30}, "cap of 30"),
        ({}, {"max_calls": 100}, "the target's cap is 100"),
    ],
)
def test_a_figure_above_a_cap_is_refused(
    given: dict[str, Any], caps: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        check(options(**given), remote(caps=Caps(**caps)), FANOUT)


def test_caps_of_a_profile_hold_on_this_machine_too() -> None:
    target = Target(endpoint="127.0.0.1:1", caps=Caps(max_rate=3))
    with pytest.raises(Refused, match="cap of 3"):
        check(options(), target, FANOUT)


def test_each_export_in_flight_is_a_stream() -> None:
    export = find("L-DX-2")
    target = remote(caps=Caps(max_streams=4))
    with pytest.raises(Refused, match="--max-inflight 5 is above the target's cap of 4 streams"):
        check(resolve({}, export), target, export)
    check(resolve({"max_inflight": 4}, export), target, export)
    check(resolve({"flaps": 0.0}, export), target, export)


def test_stated_caps_replace_the_careful_ones() -> None:
    caps = caps_of(remote(caps=Caps(max_rate=50)))
    assert (caps.max_rate, caps.max_streams) == (50, 20)


def test_disturbing_scenarios_need_their_own_permission() -> None:
    few = resolve({**SMALL, "flaps": 2.0, "rate": 5.0}, CHURN)
    with pytest.raises(Refused, match="allow_disruptive"):
        check(few, remote(), CHURN)
    check(few, remote(allow_disruptive=True), CHURN)


def test_storms_and_slow_readers_disturb_others() -> None:
    disturbing = {"L-DSP-3", "L-DSP-4", "L-META-4", "L-META-5", "L-SVC-2"}
    assert {entry.id for entry in ENTRIES if entry.is_disruptive} == disturbing
    assert planned_calls(options(storms=3)) == planned_calls(options()) + 3 * 10


def test_a_foreign_hook_makes_the_target_foreign() -> None:
    local = Target(endpoint="127.0.0.1:1")
    assert local.is_loopback
    assert not hooked(local, "example.org:443").is_loopback


def test_planned_calls_grow_with_everything_that_calls() -> None:
    base = planned_calls(options())
    for more in (
        {"rate": 6.0},
        {"duration": 40.0},
        {"subscribers": 12},
        {"population": 5},
        {"claimants": 2},
        {"cut_share": 0.1},
    ):
        assert planned_calls(options(**more)) > base


def test_the_breaker_halves_and_then_opens() -> None:
    breaker = Breaker()
    states = [breaker.record(n * 1000, is_ok=n % 4 != 0) for n in range(40)]
    assert states[0] is State.CLOSED
    assert State.HALVED in states
    assert states[-1] is State.OPEN


def test_a_plea_for_mercy_trips_the_breaker_at_once() -> None:
    breaker = Breaker()
    assert breaker.record(0, is_ok=False, begs=True) is State.HALVED
    assert breaker.record(1, is_ok=True) is State.HALVED
    assert breaker.record(2, is_ok=False, begs=True) is State.OPEN


def test_old_failures_are_forgotten() -> None:
    breaker = Breaker()
    for n in range(9):
        breaker.record(n, is_ok=False)
    assert all(breaker.record(11_000_000 + n, is_ok=True) is State.CLOSED for n in range(30))
