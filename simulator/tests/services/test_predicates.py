"""Tests combined: all, any, and the opposite."""

from simulator.services.predicates import all_of, any_of, opposite


def even(number: int) -> bool:
    return number % 2 == 0


def small(number: int) -> bool:
    return number < 10


def test_tests_are_combined() -> None:
    assert [all_of([even, small])(number) for number in (2, 3, 12)] == [True, False, False]
    assert [any_of([even, small])(number) for number in (2, 3, 13)] == [True, True, False]
    assert opposite(even)(3)
    assert not opposite(even)(2)
    assert all_of([])(1)
    assert not any_of([])(1)
