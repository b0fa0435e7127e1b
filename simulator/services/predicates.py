"""Tests of one value, combined: what the filters of several APIs are made of."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def opposite(test: Callable[[T], bool]) -> Callable[[T], bool]:
    """Return the test that passes what `test` does not."""
    return lambda value: not test(value)


def all_of(tests: Sequence[Callable[[T], bool]]) -> Callable[[T], bool]:
    """Return the test that passes what every one of `tests` does."""

    def test(value: T) -> bool:
        for each in tests:  # noqa: SIM110  # a generator would take twice as long
            if not each(value):
                return False
        return True

    return test


def any_of(tests: Sequence[Callable[[T], bool]]) -> Callable[[T], bool]:
    """Return the test that passes what at least one of `tests` does."""

    def test(value: T) -> bool:
        for each in tests:  # noqa: SIM110  # as above
            if each(value):
                return True
        return False

    return test
