import time

import pytest

from conformance.failures import BudgetSpent
from conformance.targets.budget import Budget


def test_calls_end_with_the_budget() -> None:
    budget = Budget(max_calls=3)
    for _ in range(3):
        budget.spend()
    with pytest.raises(BudgetSpent, match="the 3 calls granted"):
        budget.spend()


def test_creating_keeps_calls_back_for_cleaning() -> None:
    budget = Budget(max_calls=4)
    budget.spend(creates=True)
    budget.spend(creates=True)
    with pytest.raises(BudgetSpent):
        budget.spend()
    budget.clean()
    budget.clean()
    assert budget.used == 4


def test_cleaning_is_never_refused() -> None:
    budget = Budget(max_calls=1)
    budget.spend()
    budget.clean()
    assert budget.used == 2


def test_rate_spreads_calls() -> None:
    budget = Budget(max_rate=100)
    began = time.monotonic()
    for _ in range(70):
        budget.spend()
    # Half a second's worth may be caught up at once.
    assert time.monotonic() - began >= 0.15
