from __future__ import annotations

import random
from pathlib import Path

import pytest

from loadtests import clocks
from loadtests.clocks import Clock, RoundTrip, is_uncertain, machine, offset_us


def test_the_quickest_round_trip_decides_the_offset() -> None:
    chance, true_offset, trips = random.Random(5), 1_234_567, []
    for _ in range(20):
        sent, there, back = chance.randint(0, 10**6), chance.randint(50, 9000), 50
        trips.append(
            RoundTrip(
                sent_us=sent,
                answered_us=sent + there + true_offset,
                received_us=sent + there + back,
            )
        )
    quickest = min(trip.received_us - trip.sent_us for trip in trips)
    assert abs(offset_us(trips) - true_offset) <= quickest / 2 + 1


def test_estimates_far_apart_are_uncertain() -> None:
    assert not is_uncertain([])
    assert not is_uncertain([100, 4_000])
    assert is_uncertain([0, 6_000])


def test_a_clock_moves_on() -> None:
    for clock in (Clock(), Clock(is_wall=True)):
        assert clock.now_us() <= clock.now_us()


def test_the_offset_belongs_to_the_wall_clock_only() -> None:
    hour = 3_600_000_000
    assert Clock(is_wall=True, offset_us=hour).now_us() > Clock(is_wall=True).now_us() + hour // 2
    assert Clock(offset_us=hour).now_us() < Clock().now_us() + hour // 2


def test_a_machine_knows_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine() == machine()
    monkeypatch.setattr(clocks, "_BOOT_ID", Path("no such file"))
    assert machine() == machine()
