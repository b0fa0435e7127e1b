from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.histogram import Histogram, bucket_of, middle_of, union

VALUES = st.lists(st.integers(0, 10**9), max_size=60)


def of(values: list[int]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    return histogram


@given(st.integers(0, 10**12))
def test_a_bucket_is_off_by_less_than_one_percent(value: int) -> None:
    assert abs(middle_of(bucket_of(value)) - value) <= max(0, value * 0.01)


@given(st.integers(0, 10**9))
def test_recording_uses_the_same_buckets(value: int) -> None:
    assert list(of([value]).buckets) == [bucket_of(value)]


def test_buckets_are_in_the_order_of_their_values() -> None:
    buckets = [bucket_of(value) for value in range(5000)]
    assert buckets == sorted(buckets)


@settings(max_examples=50)
@given(VALUES, VALUES)
def test_the_merge_of_two_equals_the_histogram_of_the_union(a: list[int], b: list[int]) -> None:
    assert union([of(a), of(b)]).to_json() == of(a + b).to_json()


@settings(max_examples=50)
@given(VALUES)
def test_the_sparse_form_survives_json(values: list[int]) -> None:
    data = json.loads(json.dumps(of(values).to_json()))
    assert Histogram.from_json(data).to_json() == of(values).to_json()
    assert Histogram.from_json(data).count == len(values)


@pytest.mark.parametrize("percent", [0.1, 50, 90, 99, 99.9, 100])
def test_percentiles_agree_with_sorting(percent: float) -> None:
    values = sorted(random.Random(1).randint(0, 10**7) for _ in range(5000))
    exact = values[max(0, -int(-len(values) * percent // 100) - 1)]
    found = of(values).percentile(percent)
    assert found == pytest.approx(exact, rel=0.01)


def test_the_highest_value_is_exact() -> None:
    assert of([1, 1_234_567]).percentile(100) == 1_234_567


def test_an_empty_histogram_has_no_percentiles() -> None:
    assert Histogram().percentile(50) is None
    assert not Histogram().is_enough_for(100)


@pytest.mark.parametrize(
    ("count", "percent", "enough"),
    [(19, 50, False), (20, 50, True), (999, 99, False), (1000, 99, True), (10_000, 99.9, True)],
)
def test_a_percentile_needs_ten_samples_beyond_it(count: int, percent: float, enough: bool) -> None:
    histogram = Histogram()
    histogram.record(5, times=count)
    assert histogram.is_enough_for(percent) is enough


def test_negative_values_count_as_zero() -> None:
    assert of([-5]).percentile(50) == 0
