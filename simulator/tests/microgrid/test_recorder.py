"""What a run keeps of its segments."""

import numpy as np
import pytest

from simulator.microgrid.world import World

from .sites import BATTERY, GRID, INVERTER, PV, START, H, dispatch, inputs, run, site, steps

LOAD = steps([500.0, 3_000.0, 200.0] * 8, H)
DISPATCH = dispatch(1, at=H // 2, s=7_200, power_w=4_000.0)


def kept(*names, hours=24.0):
    scenario = site(hours=hours, base_strategy="self_consumption")
    made = World(
        scenario,
        seed=1,
        start_us=scenario.meta.start_us,
        end_us=scenario.meta.end_us,
        inputs=inputs(load=LOAD),
        columns=names,
    )
    made.put(DISPATCH)
    return made.finish()


def test_named_columns_are_those_of_a_whole_record():
    whole = run(site(base_strategy="self_consumption"), DISPATCH, load=LOAD)
    names = [f"c{BATTERY}.soc_end", f"c{INVERTER}.source", f"c{GRID}.in_wh", f"c{PV}.p_w"]
    record = kept(*names)
    assert list(record.segments) == ["t_start_us", "t_end_us", *names]
    for name, column in record.segments.items():
        assert column.tobytes() == whole.segments[name].tobytes(), name
    assert set(np.unique(record.segments[f"c{INVERTER}.source"])) == {0, 1}
    assert (record.totals, record.occurrences) == (whole.totals, whole.occurrences)


def test_no_columns_leave_the_moments():
    record = kept()
    assert list(record.segments) == ["t_start_us", "t_end_us"]
    assert record.segments["t_start_us"][0] == START
    assert record.segments["t_end_us"][-1] == START + 24 * H


def test_a_column_that_the_site_does_not_have():
    with pytest.raises(KeyError):
        kept("c99.p_w")


def test_sources_stand_with_the_segments_that_they_begin_with():
    record = run(site(hours=4), DISPATCH, load=LOAD)
    starts, sources = record.segments["t_start_us"], record.segments[f"c{INVERTER}.source"]
    begin, end = START + H // 2, START + H // 2 + 2 * H
    assert [begin <= each < end for each in starts] == [each == 1 for each in sources]
