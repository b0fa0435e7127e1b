"""Texts of instants, days, times, durations and numbers, read and written."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.exchange.errors import ExchangeError
from simulator.services.exchange.sql import instants

NS = st.integers(-(2**63) + 1, 2**63 - 1)


@settings(max_examples=60)
@given(NS)
def test_an_instant_is_read_back_from_its_text(ns: int) -> None:
    assert instants.instant(instants.instant_text(ns)) == ns


@settings(max_examples=40)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_from_its_text(value: float) -> None:
    assert float(instants.double_text(value)) == value


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2022-06-17", 1655424000),
        ("2022-06-17 08:04", 1655453040),
        ("2022-06-17T08:04:05Z", 1655453045),
        ("2022-06-17T08:04:05+05:00", 1655435045),
        ("2022-06-17T08:04:05-0530", 1655472845),
        ("2022-06-17 08:04:05 UTC", 1655453045),
        (" 1969-12-31 23:59:59 ", -1),
    ],
)
def test_forms_of_instants(text: str, seconds: int) -> None:
    assert instants.instant(text) == seconds * 10**9
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert instants.instant_text(seconds * 10**9) == f"{moment:%Y-%m-%d %H:%M:%S}.000000000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2022-13-01",
        "2022-02-30",
        "2022-01-01 24:00:00",
        "2022-01-01 00:60",
        "9999-01-01",
    ],
)
def test_other_texts_are_no_instants(text: str) -> None:
    with pytest.raises(ExchangeError, match=r"timestamp|64 bits"):
        instants.instant(text)


def test_times_of_day_and_days() -> None:
    assert instants.clock("10:20:30.5") == 37_230_500_000_000
    assert instants.clock_text(instants.clock("10:20:30.5")) == "10:20:30.500000000"
    assert instants.day("2024-02-29").isoformat() == "2024-02-29"
    for text in ("25:00", "10:61", "noon"):
        with pytest.raises(ExchangeError, match="time of day"):
            instants.clock(text)
    with pytest.raises(ExchangeError, match="date"):
        instants.day("2023-02-29")


def test_durations() -> None:
    assert instants.duration("1.5", "hour") == 5400 * 10**9
    assert instants.duration("-2", "day") == -2 * instants.DAY
    assert instants.duration("0.0000000019", "second") == 1
    assert instants.duration_text(-5400 * 10**9) == "-0 01:30:00.000000000"
    assert instants.months_text(-14) == "-1-2"
    for text in ("", ".", "1e3", "one"):
        with pytest.raises(ExchangeError, match="not a number"):
            instants.duration(text, "hour")
    with pytest.raises(ExchangeError, match="64 bits"):
        instants.duration("9" * 15, "day")


def test_numbers_have_an_exponent_where_java_gives_them_one() -> None:
    texts = {9999999.5: "9999999.5", 1e7: "1.0E7", 0.001: "0.001", 0.00099: "9.9E-4", -0.0: "-0.0"}
    assert {value: instants.double_text(value) for value in texts} == texts
    assert instants.double_text(float("-inf")) == "-Infinity"
