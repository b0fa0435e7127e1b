import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.services.exchange.series import ColumnType
from simulator.services.exchange.series.cells import cells_of

VALUES = {
    ColumnType.DOUBLE: st.floats(allow_nan=False),
    ColumnType.BIGINT: st.integers(-(2**63), 2**63 - 1),
    ColumnType.BOOLEAN: st.booleans(),
    ColumnType.TIMESTAMP: st.integers(-(2**63) + 1, 2**63 - 1),
    ColumnType.VARCHAR: st.text(max_size=4),
}


@pytest.mark.parametrize("type", VALUES)
@given(data=st.data())
def test_cells_hold_what_was_set_last(type, data) -> None:
    cells, model = cells_of(type), {}
    for row, value in data.draw(st.lists(st.tuples(st.integers(0, 200), VALUES[type]))):
        cells.set(row, value)
        model[row] = value
    stop = data.draw(st.integers(0, 220))
    start = data.draw(st.integers(0, stop))
    values, valid = cells.span(start, stop)
    there = np.ones(len(values), bool) if valid is None else valid
    found = {start + n: values.tolist()[n] for n in range(len(values)) if there[n]}
    assert found == {row: value for row, value in model.items() if start <= row < stop}
    assert len(values) == stop - start
    assert {row: cells.get(row) for row in model} == model


def test_rows_that_were_never_set_hold_nothing() -> None:
    for type in VALUES:
        cells = cells_of(type)
        assert cells.get(3) is None
        assert cells.take(np.array([5, 1]))[1].tolist() == [False, False]


def test_rows_are_taken_in_the_order_asked_for() -> None:
    cells = cells_of(ColumnType.VARCHAR)
    for row, text in enumerate("abc"):
        cells.set(row, text)
    assert cells.take(np.array([2, 0]))[0].tolist() == ["c", "a"]
    assert cells.take(np.array([2, 0]))[1] is None


def test_what_was_read_is_not_pulled_away_by_growth() -> None:
    cells = cells_of(ColumnType.DOUBLE)
    cells.set(0, 1.0)
    values, _ = cells.span(0, 1)
    for row in range(1, 10_000):
        cells.set(row, 2.0)
    assert values.tolist() == [1.0]
