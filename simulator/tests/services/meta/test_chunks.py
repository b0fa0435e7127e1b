from hypothesis import given
from hypothesis import strategies as st

from simulator.services.meta.chunks import cut

FRAMES = st.lists(st.binary(max_size=6), max_size=12)


@given(FRAMES, st.none() | st.integers(1, 13), st.integers(1, 20))
def test_nothing_is_lost_and_only_the_last_is_last(frames, most, most_bytes):
    chunks = list(cut(iter(frames), most, most_bytes))
    assert [frame for chunk, _ in chunks for frame in chunk] == frames
    assert [last for _, last in chunks] == [False] * (len(chunks) - 1) + [True]
    for chunk, _ in chunks:
        assert most is None or len(chunk) <= most
        assert len(chunk) < 2 or sum(map(len, chunk)) <= most_bytes
    assert len(chunks) == 1 or all(chunk for chunk, _ in chunks)


def test_by_count():
    assert [len(chunk) for chunk, _ in cut([b"x"] * 6, 3)] == [3, 3]


def test_nothing_is_one_empty_chunk():
    assert list(cut([])) == [([], True)]
