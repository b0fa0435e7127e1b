"""RFC 3339 in nanoseconds, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.oracles.meta.times import format_time, parse_time


@pytest.mark.parametrize(
    ("text", "at_ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T01:00:01+01:00", 1_000_000_000),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("2024-06-01T12:00:00.5Z", 1_717_243_200_500_000_000),
        ("2024-06-01T06:30:00.5-05:30", 1_717_243_200_500_000_000),
    ],
)
def test_times(text, at_ns):
    assert parse_time(text) == at_ns


@pytest.mark.parametrize(
    "text",
    ["", "2024-06-01", "2024-06-01T12:00:00", "2024-13-01T00:00:00Z", "2024-06-01 12:00:00Z"],
)
def test_what_is_no_time(text):
    with pytest.raises(ValueError):
        parse_time(text)


@given(st.integers(-(10**18), 10**19), st.integers(-1439, 1439))
def test_there_and_back(at_ns, offset):
    assert parse_time(format_time(at_ns, offset_minutes=offset)) == at_ns
