from hypothesis import given
from hypothesis import strategies as st

from simulator.services.exchange.series.timeline import Timeline

TIMES = st.lists(st.integers(-50, 50) | st.integers(-(2**63) + 1, 2**63 - 1), unique=True)


@given(TIMES, st.integers(-60, 60), st.integers(-60, 60))
def test_rows_are_found_by_time_in_whichever_order_they_came(times, first, last) -> None:
    timeline = Timeline()
    for row, time in enumerate(times):
        assert timeline.row(time) is None
        timeline.add(time, row)
        assert timeline.row(time) == row
    assert len(timeline) == len(times)
    expected = sorted((time, row) for row, time in enumerate(times) if first <= time <= last)
    found, rows = timeline.between(first, last)
    assert list(zip(found.tolist(), rows.tolist(), strict=True)) == expected
    assert [timeline.row(time) for time in times] == list(range(len(times)))


def test_filling_backwards_merges_now_and_then() -> None:
    timeline = Timeline()
    for time in range(5000, 0, -1):
        timeline.add(time, time)
    assert timeline.row(17) == 17
    assert timeline.between(1, 5000)[0].tolist() == list(range(1, 5001))
