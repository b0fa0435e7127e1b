import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.services.exchange.series import ColumnType
from simulator.services.exchange.series.values import (
    MAX_TIME_NS,
    MIN_TIME_NS,
    READERS,
    UNITS,
    iso,
    isos,
    read_instant,
    text_of,
    texts_of,
)
from simulator.services.instants import parse_ns

TIMES = st.integers(MIN_TIME_NS, MAX_TIME_NS)


def read(type: str, text: str, unit: str = "MILLISECONDS"):
    return READERS[type][1](text, UNITS[unit])


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        ("DOUBLE", "1.50", 1.5),
        ("DOUBLE", "-.5e3", -500.0),
        ("DOUBLE", "7.", 7.0),
        ("DOUBLE", "1e-400", 0.0),
        ("BIGINT", "-9223372036854775808", -(2**63)),
        ("BIGINT", "+007", 7),
        ("BOOLEAN", "True", True),
        ("BOOLEAN", "false", False),
        ("VARCHAR", " ü ", " ü "),
        ("TIMESTAMP", "1500", 1_500_000_000),
    ],
)
def test_texts_become_values(type, text, value) -> None:
    assert read(type, text) == value


@pytest.mark.parametrize(
    ("type", "text"),
    [
        *[("DOUBLE", text) for text in ("", "NaN", "inf", "1e400", "1_0", " 1", "1 ", "0x1", "٣")],
        *[("BIGINT", text) for text in ("", "1.0", "9223372036854775808", "1_0", " 1", "ten")],
        *[("BOOLEAN", text) for text in ("", "1", "yes")],
        ("VARCHAR", "\ud800"),
        ("TIMESTAMP", "2027-01-01"),
        ("TIMESTAMP", "9223372036855"),
    ],
)
def test_what_is_no_value_of_a_type_is_refused(type, text) -> None:
    with pytest.raises(ValueError):
        read(type, text)


@pytest.mark.parametrize("unit", UNITS)
def test_an_instant_is_the_same_in_each_unit(unit) -> None:
    assert (
        read_instant(str(1_700_000_000 * 10**9 // UNITS[unit]), UNITS[unit])
        == 1_700_000_000 * 10**9
    )


def test_an_instant_has_as_many_digits_as_it_needs() -> None:
    assert iso(0) == "1970-01-01T00:00:00.000Z"
    assert iso(-1_000_000) == "1969-12-31T23:59:59.999Z"
    assert iso(1_001_000) == "1970-01-01T00:00:00.001001Z"
    assert iso(1) == "1970-01-01T00:00:00.000000001Z"


@given(TIMES)
def test_instants_read_back(time) -> None:
    assert parse_ns(iso(time)) == time


@given(st.lists(TIMES | TIMES.map(lambda time: time // 10**6 * 10**6)))
def test_many_instants_are_written_as_one_by_one(times) -> None:
    assert isos(np.array(times, np.int64)) == [iso(time) for time in times]


def test_values_are_written_as_texts_that_parse_as_their_type() -> None:
    assert text_of(0.1, ColumnType.DOUBLE) == "0.1"
    assert text_of(2**62, ColumnType.BIGINT) == str(2**62)
    assert texts_of(np.array([True, False]), ColumnType.BOOLEAN) == ["true", "false"]
    assert texts_of(np.array(["a", ""], object), ColumnType.VARCHAR) == ["a", ""]
    assert texts_of(np.array([1_500_000_000]), ColumnType.TIMESTAMP) == ["1970-01-01T00:00:01.500Z"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_read_back(value) -> None:
    assert read("DOUBLE", text_of(value, ColumnType.DOUBLE)) == value
