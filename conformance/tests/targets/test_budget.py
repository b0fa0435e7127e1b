import fcntl
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from conformance.failures import BudgetSpent
from conformance.targets.budget import Budget


def spent(budget: Budget, calls: int) -> None:
    for _ in range(calls):
        budget.spend()


def test_calls_end_with_the_budget() -> None:
    budget = Budget(max_calls=3)
    spent(budget, 3)
    with pytest.raises(BudgetSpent, match=r"the 3 calls granted .* raise max_calls under caps"):
        budget.spend()
    assert (budget.used, budget.left) == (3, 0)


def test_creating_keeps_a_call_back_for_cleaning() -> None:
    budget = Budget(max_calls=4)
    budget.spend(creates=True)
    budget.spend(creates=True)
    with pytest.raises(BudgetSpent):
        budget.spend()
    for _ in range(2):
        budget.clean()
    assert budget.used == 4


def test_what_was_not_made_needs_no_cleaning() -> None:
    budget = Budget(max_calls=3)
    budget.spend(creates=True)
    budget.release()
    spent(budget, 2)
    assert budget.left == 0


def test_cleaning_is_never_refused() -> None:
    budget = Budget(max_calls=1)
    budget.spend()
    budget.clean()
    assert budget.used == 2


def test_calls_for_looking_are_kept_back() -> None:
    budget = Budget(max_calls=300)
    assert budget.looks == 3
    spent(budget, 297)
    with pytest.raises(BudgetSpent):
        budget.spend()


def test_failures_have_an_allowance() -> None:
    budget = Budget(max_calls=1500)
    assert budget.spare == 150
    budget.spent_on_failures(120)
    assert budget.spare == 30
    budget.spent_on_failures(120)
    assert budget.spare == 0


def test_without_bound_there_is_always_more() -> None:
    budget = Budget()
    spent(budget, 50)
    assert (budget.used, budget.left, budget.looks, budget.spare) == (50, None, None, None)


def test_processes_share_one_budget(tmp_path: Path) -> None:
    one, other = (Budget(max_calls=10, shared=tmp_path / "budget") for _ in range(2))
    spent(one, 7)
    assert other.left == 3
    spent(other, 3)
    for budget in (one, other):
        with pytest.raises(BudgetSpent):
            budget.spend()
        budget.close()


def test_no_call_is_counted_twice_or_lost(tmp_path: Path) -> None:
    budgets = [Budget(shared=tmp_path / "budget") for _ in range(2)]
    threads = [
        threading.Thread(target=spent, args=(budget, 100)) for budget in budgets for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [budget.used for budget in budgets] == [400, 400]
    for budget in budgets:
        budget.close()


def test_a_stream_may_end_while_the_file_is_closed(tmp_path: Path) -> None:
    budget = Budget(shared=tmp_path / "budget")
    leave = budget.open_stream()
    with ThreadPoolExecutor() as threads:
        with (tmp_path / "budget").open() as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            left = threads.submit(leave)
            wait([left], timeout=0.1)
            closed = threads.submit(budget.close)
            wait([closed], timeout=0.1)
        assert (left.result(), closed.result()) == (None, None)


def test_rate_spreads_calls() -> None:
    budget = Budget(max_rate=100)
    began = time.monotonic()
    spent(budget, 70)
    # Half a second's worth may be caught up at once.
    assert time.monotonic() - began >= 0.15


def test_rate_holds_for_all_processes_together(tmp_path: Path) -> None:
    one, other = (Budget(max_rate=100, shared=tmp_path / "budget") for _ in range(2))
    began = time.monotonic()
    for _ in range(35):
        one.spend()
        other.spend()
    assert time.monotonic() - began >= 0.15
    one.close()
    other.close()


def test_streams_have_so_many_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("conformance.targets.budget.PLACE_S", 0.1)
    one, other = (Budget(max_streams=2, shared=tmp_path / "budget") for _ in range(2))
    ended = one.open_stream()
    other.open_stream()
    with pytest.raises(BudgetSpent, match=r"the 2 streams granted .* raise max_streams"):
        one.open_stream()
    ended()
    ended()
    other.open_stream()
    with pytest.raises(BudgetSpent):
        one.open_stream()


def test_whoever_waits_gets_the_place_of_a_stream_that_ends() -> None:
    budget = Budget(max_streams=1)
    ended = budget.open_stream()
    threading.Timer(0.1, ended).start()
    budget.open_stream()
    assert budget.used == 2


def test_after_its_time_only_cleaning_is_granted() -> None:
    budget = Budget(ends_s=time.monotonic() - 1)
    with pytest.raises(BudgetSpent, match="raise max_duration under caps"):
        budget.spend()
    budget.clean()
    assert budget.used == 1
