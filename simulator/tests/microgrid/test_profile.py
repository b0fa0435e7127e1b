from itertools import islice

import numpy as np
import pytest

from simulator.microgrid.inputs import Series
from simulator.microgrid.inputs_errors import InputError
from simulator.microgrid.profile import rows

from .sites import DAY, MIN, START, H


def series(points, end_us):
    return Series(
        t_us=np.array([t for t, _ in points], dtype=np.int64),
        values=np.array([value for _, value in points], dtype=np.float64),
        end_us=end_us,
    )


def test_series_of_different_steps_become_one_stream_of_changes():
    end = START + 2 * H
    found = {
        "a": series([(START, 1.0), (START + H, 2.0)], end),
        "b": series([(START + i * 30 * MIN, float(i // 2)) for i in range(4)], end),
    }
    assert list(rows(lambda *_: found, ["a", "b"], START, end)) == [
        (START, (1.0, 0.0)),
        (START + H, (2.0, 1.0)),
    ]


def test_the_first_row_stands_at_the_start_even_between_labels():
    found = {"a": series([(START, 1.0), (START + 2 * H, 2.0)], START + DAY)}
    assert next(rows(lambda *_: found, ["a"], START + H, START + DAY)) == (START + H, (1.0,))


def test_a_long_run_is_built_once_and_complete_across_its_stretches():
    end = START + 100 * DAY
    points = [(START + i * DAY, float(i)) for i in range(100)]
    calls = []

    def build(first, last):
        calls.append((first, last))
        return {"a": series(points, end)}

    assert list(rows(build, ["a"], START, end)) == [(t, (value,)) for t, value in points]
    assert calls == [(START, end)]


def test_without_an_end_a_month_is_built_at_a_time():
    calls = []

    def build(first, last):
        calls.append((first, last))
        return {"a": series([(first, 7.0)], last)}

    found = list(islice(rows(build, ["a"], START, None), 3))
    assert found == [(START + i * 31 * DAY, (7.0,)) for i in range(3)]
    assert len(calls) == 3


def test_a_site_without_inputs_has_one_row():
    assert list(rows(lambda *_: {}, [], START, None)) == [(START, ())]


def test_what_cannot_be_built_is_an_error_when_it_is_needed():
    def build(first, last):
        if last > START + 40 * DAY:
            raise InputError("no values")
        return {"a": series([(first, 7.0)], last)}

    stream = rows(build, ["a"], START, None)
    next(stream)
    with pytest.raises(InputError):
        next(stream)
