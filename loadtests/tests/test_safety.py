from __future__ import annotations

from typing import Any

import pytest

from loadtests.catalogue import ENTRIES, Entry, find
from loadtests.errors import Refused
from loadtests.mixture import Part, parts_of
from loadtests.options import Options, resolve
from loadtests.safety import Breaker, State, caps_of, check, planned_calls
from loadtests.target import Caps, Target, hooked

FANOUT, CHURN = find("L-DSP-1"), find("L-DSP-3")
SMALL = {"subscribers": 10, "rate": 5.0, "duration": 30.0}


def options(**given: Any) -> Options:
    return resolve({**SMALL, **given}, FANOUT)


def only(entry: Entry, given: dict[str, Any]) -> Part:
    return Part(name="", entry=entry, options=resolve(given, entry))


def fanout(**given: Any) -> Part:
    return only(FANOUT, {**SMALL, **given})


def remote(**given: Any) -> Target:
    return Target(endpoint="example.org:443", load_allowed=True, **given)


def test_this_machine_may_be_loaded() -> None:
    check(Target(endpoint="127.0.0.1:1"), fanout(rate=1e6, subscribers=10**6))


def test_a_foreign_target_needs_permission() -> None:
    with pytest.raises(Refused, match="load_allowed"):
        check(Target(endpoint="example.org:443"), fanout())
    check(remote(), fanout())


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
        check(remote(caps=Caps(**caps)), fanout(**given))


def test_caps_of_a_profile_hold_on_this_machine_too() -> None:
    target = Target(endpoint="127.0.0.1:1", caps=Caps(max_rate=3))
    with pytest.raises(Refused, match="cap of 3"):
        check(target, fanout())


def test_each_export_in_flight_is_a_stream() -> None:
    export = find("L-DX-2")
    target = remote(caps=Caps(max_streams=4))
    with pytest.raises(Refused, match="--max-inflight 5 is above the target's cap of 4 streams"):
        check(target, only(export, {}))
    check(target, only(export, {"max_inflight": 4}))
    check(target, only(export, {"flaps": 0.0}))


def test_stated_caps_replace_the_careful_ones() -> None:
    caps = caps_of(remote(caps=Caps(max_rate=50)))
    assert (caps.max_rate, caps.max_streams) == (50, 20)


def test_disturbing_scenarios_need_their_own_permission() -> None:
    few = only(CHURN, {**SMALL, "flaps": 2.0, "rate": 5.0})
    with pytest.raises(Refused, match="allow_disruptive"):
        check(remote(), few)
    check(remote(allow_disruptive=True), few)


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


@pytest.mark.parametrize(
    ("caps", "sentence"),
    [
        ({"max_rate": 21.0}, "--share: the rate of all parts, 22 is above"),
        ({"max_rate": 22.0, "max_streams": 52}, "--share: the number of all streams, 53 is above"),
        ({"max_rate": 22.0, "max_streams": 53, "max_calls": 5000}, "the target's cap is 5000"),
    ],
)
def test_scenarios_that_are_played_together_count_together(
    caps: dict[str, Any], sentence: str
) -> None:
    soak = find("L-ALL-1")
    given = {"services": "meta,services", "duration": 100.0, "share": 0.25}
    parts = parts_of(resolve(given, soak), soak)
    target = remote(caps=Caps(**caps))
    with pytest.raises(Refused, match=sentence):
        check(target, *parts)
    most = Caps(max_rate=22.0, max_streams=53, max_calls=20_000, max_duration=105)
    check(remote(caps=most), *parts)
