from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.apis.dispatch.api import microgrids_of
from loadtests.marks import Mark, decode, encode, new_run_id

NAMES = st.text("abcdef0123456789.-", min_size=1, max_size=12)


@given(
    st.builds(
        Mark,
        run=NAMES,
        scope=st.integers(0, 2**53),
        writer=NAMES,
        object=st.integers(0, 10**6),
        number=st.integers(0, 10**6),
        due_us=st.integers(0, 2**53),
        role=st.sampled_from("woc"),
    )
)
def test_a_mark_comes_back_as_it_was_written(mark: Mark) -> None:
    assert decode(encode(mark)) == mark


@pytest.mark.parametrize("text", ["", "hello", "a;b;c;d;e;f;g", "a;1;w;1;1;1", "a;1;w;1;1;1;w;x"])
def test_other_texts_are_no_marks(text: str) -> None:
    assert decode(text) is None


def test_the_microgrids_follow_from_the_run_id() -> None:
    run = new_run_id("ld", 4)
    assert run != new_run_id("ld", 4)
    grids = microgrids_of(run)
    assert len(set(grids)) == 4
    assert all(0 < grid < 2**53 for grid in grids)
    assert microgrids_of(run) == grids


def test_a_pool_is_used_as_far_as_needed() -> None:
    assert microgrids_of(new_run_id("ld", 2), (5, 6, 7)) == (5, 6)
    assert microgrids_of(new_run_id("ld", 4), (5,)) == (5,)


@pytest.mark.parametrize("run", ["", "ld", "ld-xyz-4", "ld-0123456789ab", "ld-0123456789ab-0"])
def test_what_is_no_run_id(run: str) -> None:
    with pytest.raises(ValueError, match="is not the id of a load run"):
        microgrids_of(run)
