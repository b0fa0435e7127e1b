from __future__ import annotations

import os
import random

import pytest

from loadtests.memory import HISTORY_BYTES, LEAST_S, Growth, MemoryLog, held_by

HALF_HOUR = (0.0, 1800.0)


def sampled(until_s: float, mb_per_h: float, *, warm_mb: float = 0.0, name: str = "a") -> MemoryLog:
    """Samples of each second of a process that fills `warm_mb` of caches within two minutes."""
    log, chance = MemoryLog(), random.Random(1)
    for at_s in range(int(until_s)):
        warm = warm_mb * min(1.0, at_s / 120)
        mb = 100 + warm + mb_per_h * at_s / 3600 + chance.uniform(0, 0.2)
        log.add(float(at_s), {name: round(mb * 1e6)})
    return log


def growth(log: MemoryLog, window_s: tuple[float, float] = HALF_HOUR) -> Growth:
    found = log.growth(window_s)
    assert found is not None
    return found


@pytest.mark.parametrize("mb_per_h", [0.0, 12.0, 90.0])
def test_a_leak_is_measured_whatever_was_warmed_up_before(mb_per_h: float) -> None:
    slope = growth(sampled(1800, mb_per_h, warm_mb=300)).slope
    assert slope is not None
    assert slope.value == pytest.approx(mb_per_h, abs=1)
    assert slope.low - 0.1 <= mb_per_h <= slope.high + 0.1


def test_a_short_run_says_nothing_of_growth_but_what_is_held() -> None:
    found = growth(sampled(LEAST_S, 900.0), (0.0, LEAST_S - 1))
    assert found.slope is None
    assert found.held_mb > 100
    assert growth(sampled(LEAST_S, 900.0), (0.0, LEAST_S)).slope is not None


def test_a_rise_that_ends_is_no_leak() -> None:
    log = MemoryLog()
    for at_s in range(1800):
        log.add(float(at_s), {"a": round((100 + min(at_s, 1100) / 10) * 1e6)})
    slope = growth(log).slope
    assert slope is not None
    assert slope.low <= 0


def test_processes_count_together_and_a_missing_one_is_not_taken_for_less() -> None:
    log = MemoryLog()
    for at_s in range(1800):
        log.add(float(at_s), {"master": 50_000_000})
        if at_s < 1500:
            log.add(float(at_s), {"worker": 70_000_000})
    found = growth(log)
    assert found.slope is not None
    assert (found.held_mb, found.slope.value) == (120, 0)


def test_what_was_committed_may_be_history() -> None:
    log = MemoryLog()
    for at_s in range(1800):
        changes = at_s * 100 if at_s < 500 else 50_000 + (at_s - 500) * 10
        log.add(float(at_s), {"server": 100_000_000 + at_s * 30_000}, committed=changes)
    found = growth(log)
    assert found.slope is not None
    assert found.slope.value == pytest.approx(108)
    assert found.history == pytest.approx(10 * HISTORY_BYTES * 3600 / 1e6)
    assert growth(sampled(1800, 90.0)).history == 0


def test_without_samples_there_is_nothing_to_say() -> None:
    assert MemoryLog().growth(HALF_HOUR) is None


def test_the_memory_of_a_process() -> None:
    assert held_by(os.getpid()) > 1_000_000
    assert held_by(2**22 + 1) == 0
