from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.oracles.exchange.exports import Point
from loadtests.apis.exchange.law import ATTRIBUTES, NS, SEQUENCE, VALUE, Law, value_of

LAW = Law(base_ms=1_700_000_000_000)


def points(numbers: range, asset: str = "a") -> list[Point]:
    return [
        Point(
            asset=asset,
            attribute=name,
            time_ns=LAW.time_ms(number) * NS,
            value=str(number if name == SEQUENCE else value_of(asset, number)),
        )
        for number in numbers
        for name in ATTRIBUTES
    ]


def found(shown: list[Point], expected: range, span: range = range(100)) -> set[str]:
    judged = LAW.judge(shown, set(expected), asset="a", span=span, missing="INT-PAGE")
    return {str(violation.code) for violation in judged}


@given(st.integers(0, 90), st.integers(0, 9), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_what_was_published_is_fine_in_any_order(first: int, width: int, chance: object) -> None:
    shown = points(range(first, first + width))
    chance.shuffle(shown)  # type: ignore[attr-defined]  # a random.Random
    assert found(shown, range(first, first + width)) == set()


def test_what_is_unclear_may_be_there_or_not() -> None:
    assert found(points(range(10)), range(5)) == set()
    assert found(points(range(5)), range(5)) == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda shown: shown[:-2], "INT-PAGE"),
        (lambda shown: shown[:-1], "INT-PAGE"),
        (lambda shown: [*shown, shown[-1]], "INT-DUP"),
        (lambda shown: [*shown[:-1], replace(shown[-1], value="0.5")], "INT-VALUE"),
        (lambda shown: [*shown[:-1], replace(shown[-1], value="x")], "INT-VALUE"),
        (lambda shown: [*shown, *points(range(1), asset="b")], "INT-FOREIGN"),
        (lambda shown: [*shown, replace(shown[0], attribute="other")], "INT-FOREIGN"),
        (lambda shown: [*shown, *points(range(200, 201))], "INT-VALUE"),
        (lambda shown: [*shown, replace(shown[0], time_ns=shown[0].time_ns + 1)], "INT-VALUE"),
        (lambda shown: [*shown, replace(shown[0], time_ns=-1)], "INT-VALUE"),
    ],
)
def test_each_fault_has_its_code(change: Callable[[list[Point]], list[Point]], code: str) -> None:
    assert found(change(points(range(10))), range(10)) == {code}


def test_points_of_another_time_are_missed_too() -> None:
    shown = points(range(10))
    shown[0] = replace(shown[0], time_ns=shown[0].time_ns + 5)
    assert found(shown, range(10)) == {"INT-VALUE", "INT-PAGE"}


def test_assets_have_values_of_their_own() -> None:
    assert value_of("a", 8) - value_of("a", 0) == 1
    assert value_of("gp-x-0-1", 3) != value_of("gp-x-0-2", 3)
    assert LAW.keeps(points(range(3, 4))[1])
    assert points(range(1))[1].attribute == VALUE
