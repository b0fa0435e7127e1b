"""Payloads drawn as within or beyond the limits are what the oracle says they are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from conformance.oracles.payload import compact_size, depth, judge_limits, struct_size
from conformance.strategies.payloads import (
    ACCEPTED_SHAPES,
    REFUSED_SHAPES,
    many_keys,
    nested,
    one_long_text,
    payloads_beyond,
    payloads_within,
)

QUICK = settings(max_examples=60, deadline=None, derandomize=True)


@QUICK
@given(payloads_within(3))
def test_within(payload: dict[str, Any]) -> None:
    assert judge_limits(payload) == "accept"
    assert depth(payload) <= 3


@QUICK
@given(payloads_beyond())
def test_beyond(payload: dict[str, Any]) -> None:
    assert judge_limits(payload) == "refuse"


def test_shapes() -> None:
    assert [judge_limits(shape) for shape in ACCEPTED_SHAPES] == ["accept", "accept"]
    assert [judge_limits(shape) for shape in REFUSED_SHAPES] == ["refuse", "refuse"]
    assert compact_size(one_long_text(1_000)) == 1_000
    assert (depth(nested(4)), depth(nested(4, lists=True))) == (4, 4)
    assert depth(nested(4, lists=True), lists=False) == 1


@pytest.mark.parametrize("size", [45_000, 60_000])
def test_many_keys_are_close_to_the_size_asked(size: int) -> None:
    sizes = compact_size(many_keys(size)), struct_size(many_keys(size))
    assert max(sizes) <= size if size == 45_000 else min(sizes) >= size
    assert min(sizes) > 0.7 * size
