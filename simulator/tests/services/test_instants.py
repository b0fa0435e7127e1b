from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.contracts import load
from simulator.services import instants
from simulator.services.errors import Code, ServiceError

TIMESTAMP = load("dispatch").message("google.protobuf.Timestamp")


def test_bounds_are_the_years_1_to_9999():
    first = datetime(1, 1, 1, tzinfo=UTC)
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert (first - epoch).days * 86_400_000_000 == instants.MIN_US
    assert int((last - epoch).total_seconds()) * 1_000_000 + 999_999 == instants.MAX_US


@pytest.mark.parametrize(
    ("seconds", "nanos", "field"),
    [
        (0, -1, "nanos"),
        (0, 1_000_000_000, "nanos"),
        (-62_135_596_801, 0, "seconds"),
        (253_402_300_800, 0, "seconds"),
        (2**63 - 1, 0, "seconds"),
        (-(2**63), 0, "seconds"),
    ],
)
def test_impossible_timestamps_are_refused(seconds, nanos, field):
    with pytest.raises(ServiceError, match=rf"^when\.{field}: ") as caught:
        instants.checked(TIMESTAMP(seconds=seconds, nanos=nanos), "when")
    assert caught.value.code is Code.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("seconds", "nanos"), [(-62_135_596_800, 0), (253_402_300_799, 999_999_999)]
)
def test_the_first_and_the_last_instant_are_accepted(seconds, nanos):
    message = TIMESTAMP(seconds=seconds, nanos=nanos)
    assert instants.checked(message, "when") is message


@given(st.integers(instants.MIN_US, instants.MAX_US))
def test_microseconds_survive_there_and_back(t_us):
    message = TIMESTAMP()
    instants.write(message, t_us)
    assert 0 <= message.nanos < 10**9
    assert instants.floor_us(message) == instants.bound_us(message) == t_us


@given(st.integers(-(10**9), 10**9), st.integers(0, 999_999_999))
def test_nanoseconds_are_rounded_down_for_instants_and_up_for_bounds(seconds, nanos):
    exact = seconds * 1_000_000 + Fraction(nanos, 1000)
    message = TIMESTAMP(seconds=seconds, nanos=nanos)
    low, high = instants.floor_us(message), instants.bound_us(message)
    assert low <= exact <= high
    assert high - low == (exact.denominator != 1)


def test_the_epoch_is_written_too():
    holder = load("dispatch").message("frequenz.api.dispatch.v1.DispatchMetadata")()
    instants.write(holder.create_time, 0)
    assert holder.HasField("create_time")


@pytest.mark.parametrize(
    ("t_us", "rounded_s"),
    [
        (0, 0),
        (499_999, 0),
        (500_000, 0),
        (500_001, 1),
        (1_500_000, 2),
        (2_500_000, 2),
        (-500_000, 0),
    ],
)
def test_starts_are_rounded_half_to_even(t_us, rounded_s):
    assert instants.nearest_second(t_us) == rounded_s * 1_000_000


@given(st.integers(-(10**15), 10**15))
def test_rounding_agrees_with_pythons(t_us):
    assert instants.nearest_second(t_us) == round(Fraction(t_us, 1_000_000)) * 1_000_000


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T01:00:00.5+01:00", 500_000_000),
        ("1969-12-31t23:59:59.999999999z", -1),
        ("1970-01-01T00:00:00-00:01", 60_000_000_000),
        ("1970-01-01", None),
        ("1970-02-30T00:00:00Z", None),
        ("1970-01-01T24:00:00Z", None),
        ("1970-01-01T00:00:60Z", None),
        ("1970-01-01T00:00:00+24:00", None),
        ("1970-01-01T00:00:00.1234567890Z", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("1970-01-01 00:00:00Z", None),
    ],
)
def test_texts_of_rfc_3339_are_read_to_the_nanosecond(text: str, ns: int | None) -> None:
    assert instants.parse_ns(text) == ns
