"""Directed sizes and damaged tokens."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.strategies.paging import (
    GARBAGE,
    alter,
    directed_sizes,
    mutilated,
    mutilations,
    near_sizes,
    page_sizes,
)

TOKEN = "eyJrIjoxfQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, (1, 2)), (1, (1, 2, 3)), (7, (1, 2, 3, 6, 7, 8, 15))]
)
def test_sizes_sit_on_the_boundaries(count: int, sizes: tuple[int, ...]) -> None:
    assert directed_sizes(count) == sizes


@pytest.mark.parametrize(("count", "sizes"), [(0, (1,)), (1, (1, 2)), (4, (1, 3, 4, 5))])
def test_few_sizes_sit_next_to_the_number_of_items(count: int, sizes: tuple[int, ...]) -> None:
    assert near_sizes(count) == sizes
    assert set(sizes) <= set(directed_sizes(count))


@settings(max_examples=50, derandomize=True)
@given(st.data())
def test_drawn_values_are_never_zero_nor_the_token(data: st.DataObject) -> None:
    assert data.draw(page_sizes(3)) > 0
    assert data.draw(mutilated(TOKEN)) not in ("", TOKEN)


def test_both_ends_of_a_token_are_altered() -> None:
    damaged = mutilations(TOKEN)
    assert len(set(damaged)) == len(damaged)
    assert alter(TOKEN, 0) in damaged
    assert alter(TOKEN, len(TOKEN) - 1) in damaged
    assert TOKEN[:-1] in damaged
    assert all(alter(TOKEN, at) != TOKEN for at in range(len(TOKEN)))


def test_tokens_of_one_character_can_be_damaged() -> None:
    assert mutilations("a")
    assert set(GARBAGE).isdisjoint({""})
