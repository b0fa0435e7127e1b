import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.oracles.exchange import times

SECOND = 10**9


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("2026-05-11 06:00:00.123456789", 1_778_479_200_123_456_789),
        ("1969-12-31T23:59:59.999Z", -1_000_000),
        ("2026-05-11T06:00:00+00:00", 1_778_479_200 * SECOND),
        ("2026-02-30T00:00:00Z", None),
        ("2026-05-11T06:00:00+02:00", None),
        ("1778479200", None),
        ("", None),
        (None, None),
    ],
)
def test_texts_of_instants(text, ns):
    assert times.instant(text) == ns


def test_strict_forms():
    assert times.is_iso("2026-05-11T06:00:00.123Z")
    assert times.is_iso("2026-05-11T06:00:00+00:00")
    assert not times.is_iso("2026-05-11 06:00:00Z")
    assert not times.is_iso("2026-05-11T06:00:00")
    assert not times.is_iso("2026-13-11T06:00:00Z")
    assert times.is_sql_timestamp("2026-05-11 06:00:00.000000000")
    assert not times.is_sql_timestamp("2026-05-11 06:00:00.000")
    assert not times.is_sql_timestamp("2026-05-11T06:00:00.000000000")


@settings(max_examples=50)
@given(st.integers(-(2**62), 2**62))
def test_writing_and_reading_are_inverse(ns):
    assert times.instant(times.iso(ns, digits=9)) == ns
    assert times.instant(times.sql(ns)) == ns
    assert times.is_sql_timestamp(times.sql(ns))
    assert times.instant(times.iso(ns)) == ns // 10**6 * 10**6


@pytest.mark.parametrize("unit", times.UNITS_NS)
def test_units_count_the_same_instant(unit):
    ns = 1_778_479_200 * SECOND
    assert times.of_unit(times.in_unit(ns, unit), unit) == ns


@pytest.mark.parametrize("text", ["", "1.5", "1e3", "now", "9" * 20, " 1"])
def test_what_is_no_time_of_a_record(text):
    assert times.of_unit(text, "SECONDS") is None


def test_milliseconds_count_where_no_unit_is_given():
    assert times.of_unit("1500", None) == 1_500_000_000


def test_an_instant_between_two_units_is_our_own_mistake():
    with pytest.raises(ValueError, match="no whole number of SECONDS"):
        times.in_unit(SECOND + 1, "SECONDS")
