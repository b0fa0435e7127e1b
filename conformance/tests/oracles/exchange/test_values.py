import pytest

from conformance.oracles.exchange.values import TYPES, meaning, same, shown
from conformance.strategies.exchange import BAD_VALUES

GOOD = [
    ("DOUBLE", "1.5", 1.5, "1.5"),
    ("DOUBLE", "1e2", 100.0, "100.0"),
    ("DOUBLE", "-0", 0.0, "0"),
    ("BIGINT", "-9223372036854775808", -(2**63), "-9223372036854775808"),
    ("VARCHAR", "a b", "a b", "a b"),
    ("BOOLEAN", "TRUE", True, "true"),
    ("TIMESTAMP", "1500", 1_500_000_000, "1970-01-01T00:00:01.500Z"),
]


@pytest.mark.parametrize(("type_", "text", "meant", "read"), GOOD)
def test_what_a_text_means_and_how_it_reads_back(type_, text, meant, read):
    assert meaning(type_, text, "MILLISECONDS") == meant
    assert same(type_, meant, read)


@pytest.mark.parametrize(("type_", "text"), BAD_VALUES)
def test_texts_that_mean_nothing(type_, text):
    assert type_ in TYPES
    assert meaning(type_, text, "MILLISECONDS") is None


def test_other_values_are_not_the_same():
    assert not same("DOUBLE", 1.5, "1.6")
    assert not same("DOUBLE", 1.5, "x")
    assert not same("BIGINT", 2**53, str(2**53 + 1))
    assert not same("VARCHAR", "a", "a ")
    assert not same("BOOLEAN", True, "false")
    assert not same("TIMESTAMP", 1_500_000_000, "1970-01-01T00:00:01.501Z")


def test_a_timestamp_shows_milliseconds_alone():
    assert same("TIMESTAMP", 1_500_999_999, "1970-01-01T00:00:01.500Z")
    assert shown("TIMESTAMP", "1970-01-01") is None
